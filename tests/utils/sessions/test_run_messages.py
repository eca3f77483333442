"""What people say to runs at work: read once at a safe point, or settled with the run, and each told once."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from agents.backends.kinds import KINDS
from tests.support.account import HASHED
from tests.support.plans import plan_of
from utils.accounts.principal import UserRecord
from utils.accounts.users import Users, add_user
from utils.database.base import Database
from utils.database.tables import messages as message_rows
from utils.log.activity_log import ActivityLog
from utils.log.errors import StaleRunError
from utils.log.events import AgentStatusUpdate, Error, RunStatus, RunUpdate, UserMessage
from utils.registry.agent_registry import AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.deletion import SessionDeletion
from utils.sessions.messages import Messages
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_message import MOST_CHARACTERS, MOST_GIVEN, MOST_UNREAD, RunMessageError, RunMessageRecord
from utils.sessions.run_messages import RunMessages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

WORDS = "Only the figures of this winter."


@pytest.fixture
def run(sessions: Sessions, run_queue: RunQueue, ada: UserRecord) -> RunRecord:
    """One at work."""
    sessions.create("s1", owner=ada)
    assert run_queue.request("s1", "How full was she?")
    claimed = run_queue.claim("me")
    assert claimed is not None
    return claimed


def told(log: ActivityLog) -> list[dict[str, Any]]:
    position = log.position("s1")
    assert position is not None
    return [json.loads(event.data()) for event in log.read(position.key, 0)]


def deliveries(log: ActivityLog, message_id: str = "m1") -> list[str]:
    return [one["delivery"] for one in told(log) if one["type"] == "userMessage" and one["message_id"] == message_id]


def send(
    run_messages: RunMessages, run: RunRecord, ada: UserRecord, message_id: str = "m1", words: str = WORDS,
    *, reads: bool = True,
) -> RunMessageRecord:  # fmt: skip
    sent = run_messages.send(run, message_id, words, ada, reads=reads)
    assert sent is not None
    return sent


def test_it_is_told_as_it_waits_and_once_more_when_it_is_read(
    run_messages: RunMessages, run: RunRecord, ada: UserRecord, log: ActivityLog
) -> None:
    sent = send(run_messages, run, ada)
    assert (sent.delivery, sent.author, sent.text, sent.settled_at) == ("queued", "Ada", WORDS, None)
    [read] = run_messages.take(run)
    assert (read.id, read.delivery, read.reason) == ("m1", "steered", None)
    assert read.settled_at is not None
    assert run_messages.take(run) == [read], "it stays, and is told no more"
    events = [one for one in told(log) if one["type"] == "userMessage"]
    assert [(one["delivery"], one["author"], one["text"], one["run_id"]) for one in events] == [
        ("queued", "Ada", WORDS, run.id), ("steered", "Ada", WORDS, run.id),
    ]  # fmt: skip


def test_sent_again_it_is_the_same_also_after_the_run_and_another_one_is_refused(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, ada: UserRecord, log: ActivityLog
) -> None:
    first = send(run_messages, run, ada)
    assert send(run_messages, run, ada) == first
    with pytest.raises(RunMessageError) as other:
        send(run_messages, run, ada, words="Something else.")
    assert other.value.code == "message_known"
    run_messages.take(run)
    run_queue.finish(run, "completed")
    assert send(run_messages, run, ada).delivery == "steered"
    assert deliveries(log) == ["queued", "steered"]


def test_who_takes_a_lost_run_over_gets_all_again_and_who_lost_it_gets_nothing(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, ada: UserRecord, log: ActivityLog
) -> None:
    send(run_messages, run, ada)
    assert run_messages.take(run)
    run_queue.take_back(run, 3)
    send(run_messages, run, ada, "m2", "And the summer before.")
    with pytest.raises(StaleRunError):
        run_messages.take(run)
    again = run_queue.claim("other")
    assert again is not None
    assert [one.id for one in run_messages.take(again)] == ["m1", "m2"]
    assert (deliveries(log), deliveries(log, "m2")) == (["queued", "steered"], ["queued", "steered"])


def test_what_nobody_has_read_is_the_next_question_once_the_run_is_answered(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, runs: Runs, messages: Messages, ada: UserRecord,
    log: ActivityLog, database: Database,
) -> None:  # fmt: skip
    send(run_messages, run, ada)
    send(run_messages, run, ada, "m2", "And the crew?")
    run_queue.finish(run, "completed", answer=("38 of 84.", "[]"))
    *_, settled, other, end, first, second = told(log)
    assert [one["delivery"] for one in (settled, other)] == ["next-turn", "next-turn"]
    assert (end["status"], end["run_id"]) == ("completed", run.id)
    assert [(one["status"], one["question"]) for one in (first, second)] == [
        ("queued", WORDS), ("queued", "And the crew?"),
    ]  # fmt: skip
    asked = runs.get(first["run_id"])
    assert asked is not None
    assert (asked.first_seq, asked.question) == (first["seq"], WORDS)
    claimed = run_queue.claim("me")
    assert claimed is not None
    assert claimed.id == asked.id
    earlier = [(one.role, one.content) for one in messages.before(asked.id, 12)]
    assert earlier == [("user", "How full was she?"), ("assistant", "38 of 84.")], "in the order of the conversation"
    with database.read() as connection:
        kept = connection.scalars(select(message_rows.c.content).where(message_rows.c.content == WORDS)).all()
    assert len(kept) == 1, "its words are kept once"
    assert [one.delivery for one in run_messages.page(run).items] == ["next-turn", "next-turn"]


@pytest.mark.parametrize(
    "change", [{}, {"active": False}, {"role": "member"}, {"role": "viewer"}],
    ids=["as they were", "deactivated", "no administrator", "viewer"],
)  # fmt: skip
def test_nobody_asks_in_the_name_of_a_person_who_may_ask_there_no_more(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, ada: UserRecord, sessions: Sessions,
    database: Database, log: ActivityLog, change: dict[str, Any],
) -> None:  # fmt: skip
    sessions.change("s1", shared=True)
    with database.write() as connection:
        max_ = add_user(connection, ada.team_key, "max@example.org", "Max", "administrator", HASHED)
    send(run_messages, run, max_)
    Users(database).change(ada.team_key, max_.id, **change)
    run_queue.finish(run, "completed", answer=("38 of 84.", "[]"))
    asked = [one["question"] for one in told(log) if one["type"] == "runUpdate" and one["status"] == "queued"]
    may_ask = not change
    assert deliveries(log)[1:] == ["next-turn" if may_ask else "refused"]
    assert asked[1:] == ([WORDS] if may_ask else [])


@pytest.mark.parametrize(
    ("status", "words"), [("failed", "failed before"), ("cancelled", "stopped before")]
)  # fmt: skip
def test_of_a_run_that_came_to_nothing_it_is_refused(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, ada: UserRecord, log: ActivityLog,
    status: RunStatus, words: str,
) -> None:  # fmt: skip
    send(run_messages, run, ada)
    if status == "failed":
        run_queue.fail(run, Error(session_id="s1", run_id=run.id, code="x", message="No."), "No.")
    else:
        run_queue.cancel(run.id)
        run_queue.finish(run, "cancelled")
    [settled] = run_messages.page(run).items
    assert settled.delivery == "refused"
    assert words in (settled.reason or "")
    assert deliveries(log) == ["queued", "refused"]
    assert run_queue.claim("me") is None


def test_it_is_refused_where_its_question_could_not_be_asked(
    run_messages: RunMessages, sessions: Sessions, run_queue: RunQueue, ada: UserRecord, database: Database,
    settings: Settings, log: ActivityLog,
) -> None:  # fmt: skip
    registry = AgentRegistry(database, lambda: ServerKey.of(settings), KINDS)
    configuration = KINDS["documents"].configuration.model_validate({"kind": "documents"})
    purser = registry.create(ada.team_key, name="Purser", configuration=configuration)
    sessions.create("s1", owner=ada, agent_key=purser.key)
    assert run_queue.request("s1", "Who?")
    run = run_queue.claim("me")
    assert run is not None
    send(run_messages, run, ada)
    registry.change(ada.team_key, purser.id, enabled=False)
    run_queue.finish(run, "completed")
    [settled] = run_messages.page(run).items
    assert settled.delivery == "refused"
    assert "is switched off" in (settled.reason or "")
    assert deliveries(log) == ["queued", "refused"]


def test_where_the_agent_takes_no_messages_it_is_the_next_question_at_once(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, runs: Runs, ada: UserRecord, log: ActivityLog
) -> None:
    sent = send(run_messages, run, ada, reads=False)
    assert (sent.delivery, sent.reason) == ("next-turn", "The agent takes no messages while it works.")
    assert send(run_messages, run, ada, reads=False) == sent
    *_, said, queued = told(log)
    assert (said["delivery"], queued["status"], queued["question"]) == ("next-turn", "queued", WORDS)
    asked = runs.get(queued["run_id"])
    assert asked is not None
    assert asked.first_seq == queued["seq"]
    assert run_messages.take(run) == [], "it is asked next, and would be answered twice"
    assert deliveries(log) == ["next-turn"]


def test_a_run_that_has_ended_or_is_to_stop_takes_none(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, ada: UserRecord, log: ActivityLog
) -> None:
    run_queue.cancel(run.id)
    for _ in range(2):
        with pytest.raises(RunMessageError) as refused:
            send(run_messages, run, ada)
        assert refused.value.code == "run_over"
        run_queue.finish(run, "cancelled") if run_queue.running() else None
    assert deliveries(log) == []


def test_it_goes_with_its_session(
    run_messages: RunMessages, run: RunRecord, ada: UserRecord, deletion: SessionDeletion
) -> None:
    send(run_messages, run, ada)
    deletion.delete("s1")
    assert run_messages.send(run, "m1", WORDS, ada, reads=True) is None
    assert run_messages.page(run).items == []


def test_what_was_read_is_part_of_the_history_of_later_runs(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, messages: Messages, ada: UserRecord
) -> None:
    send(run_messages, run, ada)
    run_messages.take(run)
    run_queue.finish(run, "completed", answer=("38 of 84.", "[]"))
    asked = run_queue.request("s1", "And before?")
    assert asked is not None
    earlier = [(one.role, one.content) for one in messages.before(asked[1].id, 12)]
    assert earlier == [("user", "How full was she?"), ("user", WORDS), ("assistant", "38 of 84.")]


@pytest.fixture
def reported(
    database: Database, log: ActivityLog, sessions: Sessions, runs: Runs, ada: UserRecord
) -> tuple[ReportedRuns, int, RunRecord]:
    """A run of a program elsewhere, and the key of its session."""
    session, told_runs = sessions.create("s1", owner=ada), ReportedRuns(database, log)
    told_runs.append("s1", session.key, [RunUpdate(session_id="s1", run_id="crew-1", status="running")])
    [run] = runs.reported("crew-1")
    return told_runs, session.key, run


def test_a_program_elsewhere_is_given_them_and_says_that_it_has_read_them_once(
    run_messages: RunMessages, reported: tuple[ReportedRuns, int, RunRecord], ada: UserRecord, log: ActivityLog
) -> None:
    told_runs, key, run = reported
    send(run_messages, run, ada)
    working = AgentStatusUpdate(session_id="s1", run_id="crew-1", agent_name="Crew", status="working")
    stored = told_runs.append("s1", key, [working])
    assert [(one.id, one.run_id, one.text) for one in stored.unread] == [("m1", "crew-1", WORDS)]
    read = UserMessage(
        session_id="s1", run_id="crew-1", message_id="m1", author="Mallory", text="Other.", delivery="steered"
    )
    assert told_runs.append("s1", key, [read, read]).unread == []
    told_runs.append("s1", key, [read])
    events = [one for one in told(log) if one["type"] == "userMessage"]
    assert [(one["delivery"], one["author"], one["text"]) for one in events] == [
        ("queued", "Ada", WORDS), ("steered", "Ada", WORDS),
    ], "in our words, whatever the program says"  # fmt: skip


def test_what_a_program_has_not_read_when_its_run_ends_is_refused(
    run_messages: RunMessages, reported: tuple[ReportedRuns, int, RunRecord], ada: UserRecord, log: ActivityLog
) -> None:
    told_runs, key, run = reported
    send(run_messages, run, ada)
    stored = told_runs.append("s1", key, [RunUpdate(session_id="s1", run_id="crew-1", status="completed")])
    assert stored.unread == []
    *_, settled, end = told(log)
    assert (settled["delivery"], end["status"]) == ("refused", "completed")
    assert "before its program read it" in settled["reason"]


@pytest.mark.only_on("sqlite")
def test_what_is_told_elsewhere_looks_for_unread_ones_by_their_index(
    reported: tuple[ReportedRuns, int, RunRecord], database: Database
) -> None:
    told_runs, key, _ = reported
    working = AgentStatusUpdate(session_id="s1", run_id="crew-1", agent_name="Crew", status="working")
    steps = [step for step in plan_of(database, lambda: told_runs.append("s1", key, [working])) if "run_mess" in step]
    by_key, chosen = "SEARCH run_messages USING INTEGER PRIMARY KEY (rowid=?)", "run_messages_queued (session_key=?)"
    assert any(chosen in step for step in steps), steps
    assert all(chosen in step or step == by_key for step in steps), steps


def test_only_so_many_wait_in_a_run_until_some_are_read(
    run_messages: RunMessages, run: RunRecord, ada: UserRecord
) -> None:
    for number in range(MOST_UNREAD):
        send(run_messages, run, ada, f"m{number}")
    with pytest.raises(RunMessageError) as refused:
        send(run_messages, run, ada, "more")
    assert refused.value.code == "too_many_unread"
    assert send(run_messages, run, ada, "m0").delivery == "queued", "it is no other one"
    run_messages.take(run)
    send(run_messages, run, ada, "more")


def test_all_that_a_run_is_told_has_a_limit(
    run_messages: RunMessages, run: RunRecord, run_queue: RunQueue, ada: UserRecord
) -> None:
    """Also when all was read: whoever goes on with it is given all of it again."""
    words = "x" * (MOST_CHARACTERS // 10)
    for number in range(9):
        send(run_messages, run, ada, f"m{number}", words)
        run_messages.take(run)
    send(run_messages, run, ada, "waits", words[1:])
    for too_many in ("xx", words):
        with pytest.raises(RunMessageError) as refused:
            send(run_messages, run, ada, "more", too_many)
        assert refused.value.code == "too_many_messages"
    send(run_messages, run, ada, "last", "x")
    assert send(run_messages, run, ada, "next", words, reads=False).delivery == "next-turn", "nobody is given it"
    assert sum(len(one.text) for one in run_messages.take(run)) == MOST_CHARACTERS


def test_who_has_some_is_given_the_later_ones(
    run_messages: RunMessages, run: RunRecord, ada: UserRecord, log: ActivityLog
) -> None:
    for number in range(3):
        send(run_messages, run, ada, f"m{number}")
    taken = run_messages.take(run, after="m1")
    assert [one.id for one in taken] == ["m2"]
    assert [deliveries(log, f"m{number}")[-1] for number in range(3)] == ["steered"] * 3
    assert run_messages.take(run, after="m2") == []
    assert [one.id for one in run_messages.take(run, after="unknown")] == ["m0", "m1", "m2"]
    send(run_messages, run, ada, "m3")
    assert [one.id for one in run_messages.take(run, after="m2")] == ["m3"]


def test_pages_lead_on(run_messages: RunMessages, run: RunRecord, ada: UserRecord) -> None:
    for number in range(3):
        send(run_messages, run, ada, f"m{number}")
    first = run_messages.page(run, limit=2)
    assert [one.id for one in first.items] == ["m0", "m1"]
    last = run_messages.page(run, first.next_cursor, 2)
    assert ([one.id for one in last.items], last.next_cursor) == (["m2"], None)


def test_a_program_is_given_a_few_at_a_time_above_all_its_own_and_others_none_the_less(
    run_messages: RunMessages, reported: tuple[ReportedRuns, int, RunRecord], runs: Runs, ada: UserRecord
) -> None:
    told_runs, key, run = reported
    told_runs.append("s1", key, [RunUpdate(session_id="s1", run_id="crew-2", status="running")])
    [other] = runs.reported("crew-2")
    for number in range(MOST_GIVEN + 2):
        send(run_messages, run, ada, f"m{number}")
    send(run_messages, other, ada, "other")

    def given(*events: UserMessage, of: str) -> list[str]:
        working = AgentStatusUpdate(session_id="s1", run_id=of, agent_name="Crew", status="working")
        return [one.id for one in told_runs.append("s1", key, [*events, working]).unread]

    ids = [f"m{number}" for number in range(MOST_GIVEN + 2)]
    assert given(of="crew-1") == ids[:MOST_GIVEN]
    assert given(of="crew-2") == [*ids[: MOST_GIVEN - 1], "other"]
    assert given(of="crew-3") == [*ids[: MOST_GIVEN - 1], "other"], "of each run the oldest come first"
    read = [
        UserMessage(session_id="s1", run_id="crew-1", message_id=one, text=WORDS, delivery="steered") for one in ids[:4]
    ]
    assert given(*read, of="crew-1") == [*ids[4:], "other"]
