"""Approvals: asked once, decided once, told once, whoever comes when."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.account import HASHED
from tests.support.at_once import at_once
from tests.support.clock import Clock
from tests.support.plans import plan_of
from utils.accounts.audit import Audit, AuditRecord
from utils.accounts.principal import Role, UserRecord
from utils.accounts.users import add_user
from utils.database.base import Database
from utils.database.tables import approvals as rows
from utils.database.tables import runs as run_rows
from utils.log.activity_log import ActivityLog
from utils.log.errors import SessionGoneError
from utils.log.events import AgentActivity, RunUpdate
from utils.sessions.approval import ApprovalError, ApprovalRecord, Choice, NewApproval, Question
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.deletion import SessionDeletion
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import SessionRecord, Sessions
from utils.sessions.waking import AT_ONCE

FORM = {"type": "object", "properties": {"amount": {"type": "integer", "minimum": 1}}, "required": ["amount"]}


@pytest.fixture
def session(sessions: Sessions, ada: UserRecord) -> SessionRecord:
    return sessions.create("s1", "About boats", ada)


@pytest.fixture
def by(ada: UserRecord) -> Decider:
    return Decider(ada, "dashboard", "192.0.2.1", "request-1")


@pytest.fixture
def add(database: Database, ada: UserRecord) -> Callable[..., UserRecord]:
    def add(name: str, role: Role = "member") -> UserRecord:
        with database.write() as connection:
            return add_user(connection, ada.team_key, f"{name.lower()}@example.org", name, role, HASHED)

    return add


def about(activity_id: str = "step-1", *, run_id: str | None = None, **question: Any) -> NewApproval:
    asked = Question(**{"action": "Pay", "question": "Pay the bill?", **question})
    return NewApproval(activity_id, "Purser", asked, run_id)


def ask(approvals: Approvals, session: SessionRecord, asked: NewApproval | None = None) -> ApprovalRecord:
    approval, is_new = approvals.ask(session.id, session.key, asked or about())
    assert is_new
    return approval


def told(log: ActivityLog, activity_id: str = "step-1") -> list[dict[str, Any]]:
    """The events of a step."""
    position = log.position("s1")
    assert position is not None
    events = [json.loads(event.data()) for event in log.read(position.key, 0)]
    return [event for event in events if event.get("activity_id") == activity_id]


def entries(database: Database, user: UserRecord) -> list[AuditRecord]:
    return [one for one in Audit(database).page(user.team_key).items if one.action == "approval decided"]


def waiting_run(
    run_queue: RunQueue, asked: Callable[[RunRecord], list[NewApproval]], seconds: float = 3600
) -> RunRecord:
    """One of this server's, which has asked and waits."""
    requested = run_queue.request("s1", "Why?")
    assert requested is not None
    run = run_queue.claim("host/1/a")
    assert run is not None
    run_queue.wait(run, seconds, 0, [], asked(run))
    return run


def wakes_at(database: Database, run: RunRecord) -> Any:
    with database.read() as connection:
        return connection.scalar(select(run_rows.c.wake_at).where(run_rows.c.key == run.key))


def test_what_is_asked_is_a_step_that_waits_with_all_that_is_needed_to_decide(
    approvals: Approvals, session: SessionRecord, log: ActivityLog
) -> None:
    choices = [Choice("yes", "Yes"), Choice("no", "No")]
    asked = about(
        choices=choices, form=FORM, context={"tool": "pay"}, deciders=["user-1"], expires_in=60, on_expiry="no"
    )
    approval = ask(approvals, session, asked)
    [event] = told(log)
    assert (event["kind"], event["status"], event["agent_name"], event["action"]) == (
        "approval", "waiting", "Purser", "Pay"
    )  # fmt: skip
    assert approval.expires_at is not None
    assert event["input"] == {
        "approval_id": approval.id, "question": "Pay the bill?", "context": {"tool": "pay"}, "form": FORM,
        "choices": [{"id": "yes", "label": "Yes", "form": True}, {"id": "no", "label": "No", "form": True}],
        "deciders": ["user-1"],
        "expires_at": approval.expires_at.isoformat().replace("+00:00", "Z"), "on_expiry": "no",
    }  # fmt: skip
    assert (approval.status, approval.choices, approval.session_title) == ("open", choices, "About boats")


def test_without_choices_one_approves_or_rejects(
    approvals: Approvals, session: SessionRecord, log: ActivityLog
) -> None:
    ask(approvals, session)
    [event] = told(log)
    assert [one["id"] for one in event["input"]["choices"]] == ["approve", "reject"]
    assert event["input"].keys() == {"approval_id", "question", "choices"}, "what is not there is left out"


def test_asked_again_about_the_same_step_it_is_asked_once(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, by: Decider
) -> None:
    first = ask(approvals, session, about(expires_in=60))
    assert approvals.ask("s1", session.key, about(expires_in=60)) == (first, False)
    approvals.decide(first.id, by, "reject", None, "No.")
    again, is_new = approvals.ask("s1", session.key, about(expires_in=60))
    assert (again.id, again.choice, is_new) == (first.id, "reject", False), "with the answer, if there is one"
    assert len(told(log)) == 2


@pytest.mark.parametrize("other", [
    {"question": "Pay twice?"}, {"action": "Pay twice"}, {"context": 1}, {"form": FORM}, {"deciders": ["user-1"]},
    {"expires_in": 60}, {"choices": [Choice("approve", "Do"), Choice("reject", "Do not")]}, {"run_id": "r"},
])  # fmt: skip
def test_another_question_about_the_same_step_is_refused(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, other: dict[str, Any]
) -> None:
    ask(approvals, session)
    with pytest.raises(ApprovalError, match="another question about this step") as refused:
        approvals.ask("s1", session.key, about(**other))
    assert refused.value.code == "approval_differs"
    assert len(told(log)) == 1


def test_asked_several_times_at_the_same_instant_it_is_asked_once(
    approvals: Approvals, session: SessionRecord, log: ActivityLog
) -> None:
    asked = at_once(*[lambda: approvals.ask("s1", session.key, about())] * 4)
    found = [one for one in asked if not isinstance(one, Exception)]
    assert sorted(is_new for _, is_new in found) == [False, False, False, True]
    assert len({approval.id for approval, _ in found}) == len(told(log)) == 1


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"choices": []}, "choices: must be 1 to 12, each with an id of its own"),
        ({"choices": [Choice("a", "A"), Choice("a", "B")]}, "choices: must be 1 to 12, each with an id of its own"),
        ({"on_expiry": "approve"}, "on_expiry: must be the id of a choice, and needs expires_in"),
        ({"on_expiry": "perhaps", "expires_in": 1}, "on_expiry: must be the id of a choice, and needs expires_in"),
        ({"context": "x" * 65 * 1024}, "context: must have at most 64 KiB as JSON"),
        ({"form": {"type": "array"}}, 'form: must be the JSON schema of an object, with "type": "object"'),
    ],
)
@pytest.mark.any_database
def test_what_does_not_fit_together_cannot_be_asked(question: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", "\\(")):
        about(**question)


def test_a_decision_ends_the_step_and_is_noted(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, database: Database, by: Decider, ada: UserRecord
) -> None:
    approval = ask(approvals, session, about(form=FORM))
    decided = approvals.decide(approval.id, by, "approve", {"amount": 3}, "Only this time.")
    assert decided is not None
    assert decided.decided_at is not None
    assert (decided.status, decided.choice, decided.decided_by, decided.via) == (
        "decided", "approve", "Ada", "dashboard"
    )  # fmt: skip
    _, end = told(log)
    assert (end["status"], end["kind"]) == ("completed", "approval")
    assert end["output"] == {
        "choice": "approve", "values": {"amount": 3}, "comment": "Only this time.", "decided_by": "Ada",
        "decided_at": decided.decided_at.isoformat().replace("+00:00", "Z"), "via": "dashboard",
    }  # fmt: skip
    [entry] = entries(database, ada)
    assert (entry.actor, entry.address, entry.request_id) == (ada.named, "192.0.2.1", "request-1")
    assert entry.subject == f"Approve (approve): {approval.id} in a private session (s1)"
    assert entry.seq is not None, "it is in the chain"


def test_the_second_decision_is_refused_with_words_that_say_who_decided_what(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, database: Database, by: Decider,
    add: Callable[..., UserRecord],
) -> None:  # fmt: skip
    approval = ask(approvals, session)
    approvals.decide(approval.id, by, "approve", None, None)
    other = Decider(add("Max"), "a key")
    for late, choice, comment in ((other, "approve", None), (by, "reject", None), (by, "approve", "But why?")):
        with pytest.raises(ApprovalError, match=r"Ada has chosen “Approve” already, at 20\d\d-") as refused:
            approvals.decide(approval.id, late, choice, None, comment)
        assert refused.value.code == "already_decided"
    found = approvals.get(approval.id)
    assert found is not None
    assert (found.choice, found.comment, len(told(log)), len(entries(database, by.user))) == ("approve", None, 2, 1)


def test_the_same_decision_again_gets_the_one_that_stands(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, database: Database, by: Decider
) -> None:
    approval = ask(approvals, session, about(form=FORM))
    first = approvals.decide(approval.id, by, "approve", {"amount": 1}, "Yes.")
    assert approvals.decide(approval.id, by, "approve", {"amount": 1}, "Yes.") == first
    assert (len(told(log)), len(entries(database, by.user))) == (2, 1)


def test_of_two_who_decide_at_the_same_instant_one_does(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, database: Database, by: Decider,
    add: Callable[..., UserRecord],
) -> None:  # fmt: skip
    people = [by, *(Decider(add(name), "dashboard") for name in ("Max", "Vera", "Olive"))]
    for number in range(5):
        approval = ask(approvals, session, about(f"step-{number}"))

        def decide(who: Decider, choice: str, approval_id: str = approval.id) -> ApprovalRecord | None:
            return approvals.decide(approval_id, who, choice, None, None)

        came = at_once(
            *(lambda w=who, n=n: decide(w, ("approve", "reject")[n % 2]) for n, who in enumerate(people))
        )  # fmt: skip
        [won] = [one for one in came if isinstance(one, ApprovalRecord)]
        assert [type(one) for one in came].count(ApprovalError) == 3
        assert {one.code for one in came if isinstance(one, ApprovalError)} == {"already_decided"}
        assert approvals.get(approval.id) == won
        assert [event["status"] for event in told(log, f"step-{number}")] == ["waiting", "completed"]
    assert len(entries(database, by.user)) == 5


@pytest.mark.parametrize(
    ("choice", "values", "words"),
    [
        ("perhaps", None, "choice: must be approve or reject"),
        ("approve", {}, "values.amount: is missing"),
        ("approve", {"amount": "3"}, "values.amount: must be a whole number"),
        ("approve", {"amount": 0}, "values.amount: must be 1 or more"),
    ],
)
def test_what_does_not_fit_the_question_is_refused_with_the_field_and_nothing_is_decided(
    approvals: Approvals, session: SessionRecord, by: Decider, choice: str, values: Any, words: str
) -> None:
    approval = ask(approvals, session, about(form=FORM))
    with pytest.raises(ValueError, match=words):
        approvals.decide(approval.id, by, choice, values, None)
    assert approvals.get(approval.id) == approval


def test_values_without_a_form_are_refused(approvals: Approvals, session: SessionRecord, by: Decider) -> None:
    approval = ask(approvals, session)
    with pytest.raises(ValueError, match="no form to fill in"):
        approvals.decide(approval.id, by, "approve", {"amount": 1}, None)


def test_nobody_decides_what_does_not_exist(approvals: Approvals, by: Decider) -> None:
    assert approvals.decide("approval-unknown", by, "approve", None, None) is None
    assert approvals.get("approval-unknown") is None


def test_when_the_time_is_over_the_step_has_failed(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, database: Database, by: Decider, clock: Clock
) -> None:
    approval = ask(approvals, session, about(expires_in=60))
    ask(approvals, session, about("step-2", expires_in=62))
    clock.move(seconds=59)
    approvals.expire_due()
    assert len(told(log)) == 1
    clock.move(seconds=2)
    approvals.expire_due()
    approvals.expire_due()
    _, end = told(log)
    assert (end["status"], end["details"][:18]) == ("failed", "Nobody decided by ")
    assert "output" not in end
    assert [one.activity_id for one in approvals.page(by.user).items] == ["step-2"]
    with pytest.raises(ApprovalError, match="time for this decision was over") as refused:
        approvals.decide(approval.id, by, "approve", None, None)
    assert refused.value.code == "approval_over"
    assert entries(database, by.user) == []


def test_when_the_time_is_over_the_choice_counts_that_was_set_for_it(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, database: Database, by: Decider, clock: Clock
) -> None:
    approval = ask(approvals, session, about(expires_in=60, on_expiry="reject"))
    clock.move(seconds=60)
    approvals.expire_due()
    _, end = told(log)
    assert end["status"] == "completed"
    assert end["output"].keys() == {"choice", "via", "decided_at"}
    assert (end["output"]["choice"], end["output"]["via"]) == ("reject", "expiry")
    with pytest.raises(ApprovalError, match="The time was over, so “Reject” was chosen") as refused:
        approvals.decide(approval.id, by, "approve", None, None)
    assert refused.value.code == "already_decided"
    [entry] = entries(database, by.user)
    assert entry.actor == "Ringside"


@pytest.mark.parametrize("first", ["decide", "get"])
def test_whoever_comes_first_when_the_time_is_over_ends_it(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, by: Decider, clock: Clock, first: str
) -> None:
    approval = ask(approvals, session, about(expires_in=60))
    clock.move(seconds=60)
    if first == "decide":
        with pytest.raises(ApprovalError, match="was over"):
            approvals.decide(approval.id, by, "approve", None, None)
    found = approvals.get(approval.id)
    assert found is not None
    assert found.status == "expired"
    approvals.expire_due()
    assert [event["status"] for event in told(log)] == ["waiting", "failed"]


def test_several_machines_end_it_once(
    approvals: Approvals, session: SessionRecord, log: ActivityLog, clock: Clock
) -> None:
    for number in range(5):
        ask(approvals, session, about(f"step-{number}", expires_in=60, on_expiry="approve"))
    clock.move(seconds=60)
    assert at_once(*[approvals.expire_due] * 3) == [None] * 3
    for number in range(5):
        assert [event["status"] for event in told(log, f"step-{number}")] == ["waiting", "completed"]


# Runs of this server


def test_a_run_asks_as_it_begins_to_wait_and_a_decision_wakes_it(
    approvals: Approvals, session: SessionRecord, run_queue: RunQueue, log: ActivityLog, database: Database, by: Decider
) -> None:
    run = waiting_run(run_queue, lambda run: [about(run_id=run.id)])
    [approval] = approvals.page(by.user).items
    assert (approval.run_id, approval.status) == (run.id, "open")
    assert run_queue.claim("host/1/b") is None
    approvals.decide(approval.id, by, "approve", None, None)
    assert wakes_at(database, run) == AT_ONCE
    again = run_queue.claim("host/1/b")
    assert again is not None
    assert (again.id, again.attempt) == (run.id, 2)


def test_the_end_of_the_time_wakes_it_too(
    approvals: Approvals, session: SessionRecord, run_queue: RunQueue, database: Database, clock: Clock
) -> None:
    run = waiting_run(run_queue, lambda run: [about(run_id=run.id, expires_in=60)])
    clock.move(seconds=60)
    approvals.expire_due()
    assert wakes_at(database, run) == AT_ONCE


def test_what_is_decided_between_the_last_look_and_the_wait_wakes_it_at_once(
    approvals: Approvals, session: SessionRecord, run_queue: RunQueue, database: Database, by: Decider
) -> None:
    asked = NewApproval("step-1", "Purser", Question("Pay", "Pay?"), None, None, "pay")
    run = waiting_run(run_queue, lambda run: [NewApproval("step-1", "Purser", asked.question, run.id, None, "pay")])
    [approval] = approvals.page(by.user).items
    with database.write() as connection:
        connection.execute(run_rows.update().values(wake_at=AT_ONCE))
    second = run_queue.claim("host/1/b")
    assert second is not None
    known = run_queue.kept(second).over
    approvals.decide(approval.id, by, "approve", None, None)
    run_queue.wait(second, 3600, 0, [], [], known)
    assert wakes_at(database, run) == AT_ONCE
    third = run_queue.claim("host/1/b")
    assert third is not None
    assert run_queue.kept(third).over == 1
    run_queue.wait(third, 3600, 0, [], [], 1)
    assert wakes_at(database, run) != AT_ONCE, "it knows of it by now"


def test_a_run_that_asks_again_asks_nobody_twice_and_goes_on_if_it_was_decided(
    approvals: Approvals, session: SessionRecord, run_queue: RunQueue, log: ActivityLog, database: Database, by: Decider
) -> None:
    run = waiting_run(run_queue, lambda run: [about(run_id=run.id)], seconds=0)
    again = run_queue.claim("host/1/b")
    assert again is not None
    run_queue.wait(again, 0, 0, [], [about(run_id=run.id)])
    [approval] = approvals.page(by.user).items
    assert len(told(log)) == 1
    approvals.decide(approval.id, by, "approve", None, None)
    third = run_queue.claim("host/1/b")
    assert third is not None
    run_queue.wait(third, 3600, 0, [], [about(run_id=run.id)], 1)
    assert wakes_at(database, run) == AT_ONCE


def finished(queue: RunQueue, run: RunRecord) -> None:
    queue.finish(run, "completed", None, [])


def failed(queue: RunQueue, run: RunRecord) -> None:
    queue.end_abandoned(run, "time_budget", "It took too long.")


def lost(queue: RunQueue, run: RunRecord) -> None:
    assert queue.take_back(run, 1)


def freed(queue: RunQueue, run: RunRecord) -> None:
    queue.cancel(run.id)
    queue.free(run.id)


@pytest.mark.parametrize("end", [finished, failed, lost, freed])
def test_however_a_run_ends_what_it_asks_is_withdrawn_and_each_step_ends_once(
    approvals: Approvals, session: SessionRecord, run_queue: RunQueue, log: ActivityLog, by: Decider,
    end: Callable[[RunQueue, RunRecord], None],
) -> None:  # fmt: skip
    run = waiting_run(run_queue, lambda run: [about(one, run_id=run.id) for one in ("step-1", "step-2")], seconds=0)
    first, second = approvals.page(by.user).items
    approvals.decide(first.id, by, "reject", None, None)
    again = run_queue.claim("host/1/b")
    assert again is not None
    assert again.id == run.id
    end(run_queue, again)
    assert [event["status"] for event in told(log, "step-1")] == ["waiting", "completed"]
    assert [event["status"] for event in told(log, "step-2")] == ["waiting", "cancelled"]
    found = approvals.get(second.id)
    assert found is not None
    assert found.status == "withdrawn"
    with pytest.raises(ApprovalError, match="Nobody needs this decision any more") as refused:
        approvals.decide(second.id, by, "approve", None, None)
    assert refused.value.code == "approval_over"


def test_whoever_ends_a_run_without_knowing_of_a_decision_ends_its_step_no_second_time(
    approvals: Approvals, session: SessionRecord, run_queue: RunQueue, log: ActivityLog, by: Decider
) -> None:
    run = waiting_run(run_queue, lambda run: [about(run_id=run.id)], seconds=0)
    again = run_queue.claim("host/1/b")
    assert again is not None
    [approval] = approvals.page(by.user).items
    approvals.decide(approval.id, by, "approve", None, None)
    believed = AgentActivity(
        session_id="s1", run_id=run.id, activity_id="step-1", agent_name="Purser", action="Pay", status="cancelled"
    )
    run_queue.finish(again, "completed", None, [believed])
    assert [event["status"] for event in told(log)] == ["waiting", "completed"]


def test_a_run_that_an_older_version_has_ended_needs_no_decision(
    approvals: Approvals, session: SessionRecord, run_queue: RunQueue, log: ActivityLog, database: Database, by: Decider
) -> None:
    run = waiting_run(run_queue, lambda run: [about(run_id=run.id)])
    [approval] = approvals.page(by.user).items
    with database.write() as connection:
        connection.execute(run_rows.update().where(run_rows.c.key == run.key).values(status="completed"))
    with pytest.raises(ApprovalError, match="Nobody needs this decision any more"):
        approvals.decide(approval.id, by, "approve", None, None)
    assert [event["status"] for event in told(log)] == ["waiting", "cancelled"]


# Runs of programs elsewhere


def report(reported: ReportedRuns, session: SessionRecord, status: str, run_id: str = "crew-1") -> None:
    reported.append("s1", session.key, [RunUpdate(session_id="s1", run_id=run_id, status=status)])  # type: ignore[arg-type]


def test_a_reported_run_that_ends_needs_no_decision(
    approvals: Approvals, session: SessionRecord, database: Database, log: ActivityLog, by: Decider
) -> None:
    reported = ReportedRuns(database, log)
    report(reported, session, "running")
    approval = ask(approvals, session, about(run_id="crew-1"))
    report(reported, session, "completed")
    assert [event["status"] for event in told(log)] == ["waiting", "cancelled"]
    with pytest.raises(ApprovalError, match="Nobody needs"):
        approvals.decide(approval.id, by, "approve", None, None)
    with pytest.raises(ApprovalError, match="has ended, so it cannot ask") as refused:
        approvals.ask("s1", session.key, about("step-2", run_id="crew-1"))
    assert refused.value.code == "run_over"


def test_a_program_that_asks_a_person_is_not_silent(
    approvals: Approvals, session: SessionRecord, database: Database, log: ActivityLog, clock: Clock
) -> None:
    reported, silence = ReportedRuns(database, log), timedelta(minutes=15)
    report(reported, session, "running")
    ask(approvals, session, about(run_id="crew-1"))
    clock.move(hours=24)
    reported.end_silent(silence)
    assert [event["status"] for event in told(log)] == ["waiting"]
    clock.move(days=7)
    reported.end_silent(silence)
    assert [event["status"] for event in told(log)] == ["waiting", "cancelled"]
    report(reported, session, "running")
    ask(approvals, session, about("step-2", run_id="crew-1"))


# Sessions


def test_one_sees_the_open_questions_of_the_sessions_that_one_sees_oldest_first(
    approvals: Approvals, session: SessionRecord, sessions: Sessions, by: Decider, add: Callable[..., UserRecord]
) -> None:
    max_ = add("Max")
    theirs = sessions.create("s2", "Theirs", max_)
    for name, where in (("a", session), ("b", theirs), ("c", session), ("d", session)):
        approvals.ask(where.id, where.key, about(name))
    assert [one.activity_id for one in approvals.page(by.user).items] == ["a", "c", "d"]
    assert [one.activity_id for one in approvals.page(max_).items] == ["b"]
    sessions.change("s2", shared=True)
    first = approvals.page(by.user, limit=3)
    assert [one.activity_id for one in first.items] == ["a", "b", "c"]
    assert [one.activity_id for one in approvals.page(by.user, cursor=first.next_cursor).items] == ["d"]
    assert [one.activity_id for one in approvals.page(by.user, session_id="s2").items] == ["b"]
    approvals.decide(first.items[0].id, by, "approve", None, None)
    assert [one.activity_id for one in approvals.page(by.user).items] == ["b", "c", "d"]
    assert [one.activity_id for one in approvals.page(by.user, "decided").items] == ["a"]


def test_a_session_that_is_deleted_takes_its_questions_with_it(
    approvals: Approvals, session: SessionRecord, database: Database, by: Decider, deletion: SessionDeletion
) -> None:
    approval = ask(approvals, session)
    deletion.delete("s1")
    assert approvals.get(approval.id) is None
    assert approvals.decide(approval.id, by, "approve", None, None) is None
    with database.read() as connection:
        assert connection.execute(select(rows.c.key)).all() == []
    with pytest.raises(SessionGoneError):
        approvals.ask("s1", session.key, about())


@pytest.mark.only_on("sqlite")
def test_what_is_asked_often_finds_its_rows_by_an_index(
    approvals: Approvals, session: SessionRecord, database: Database, ada: UserRecord
) -> None:
    ask(approvals, session)
    due = plan_of(database, approvals.expire_due)
    assert any("approvals USING INDEX approvals_due" in step for step in due), due
    inbox = plan_of(database, lambda: approvals.page(ada))
    assert any("approvals USING INDEX approvals_open" in step for step in inbox), inbox
    told = plan_of(database, lambda: approvals.steps_among(session.key, {"step-1"}))
    assert any("approvals_of_session" in step for step in told), told
    assert not [step for plan in (due, inbox, told) for step in plan if step.startswith("SCAN approvals")]


def test_a_session_stands_as_what_is_most_in_need_in_it(
    approvals: Approvals, sessions: Sessions, session: SessionRecord, database: Database, log: ActivityLog,
    ada: UserRecord,
) -> None:  # fmt: skip
    """Whatever else has begun, or ended, after it."""

    def status() -> str | None:
        found = sessions.get("s1")
        assert found is not None
        assert sessions.page(ada).items[0].status == found.status
        return found.status

    reported = ReportedRuns(database, log)
    assert status() is None
    for run, told, seen in (
        ("first", "running", "running"), ("second", "waiting", "waiting"), ("third", "failed", "waiting"),
        ("second", "completed", "running"),
    ):  # fmt: skip
        report(reported, session, told, run)
        assert status() == seen
    ask(approvals, session, about(run_id="first"))
    assert status() == "waiting"
    report(reported, session, "completed", "first")
    assert status() == "failed"
