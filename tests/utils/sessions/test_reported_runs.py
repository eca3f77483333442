"""Runs that agents elsewhere report are kept as our own runs are, and no process of ours takes them for its own."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.clock import Clock
from tests.support.events import MOMENT
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.tables import events as events_table
from utils.database.tables import runs as runs_table
from utils.log.activity_log import ActivityLog
from utils.log.errors import SessionGoneError
from utils.log.events import AgentActivity, AgentMessage, Citation, LoggedEvent, RunUpdate, logged_event
from utils.sessions.deletion import SessionDeletion
from utils.sessions.message_search import MessageSearch
from utils.sessions.messages import MessageRecord, Messages
from utils.sessions.reported_runs import ASKED_TO_STOP, HEARD_EVERY, LONGEST_ID, WAITS, ReportedRuns, Stored
from utils.sessions.run_queue import RunQueue, Wishes
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.search_query import SearchQuery
from utils.sessions.sessions import Sessions
from utils.sessions.turns import Limits


@pytest.fixture
def reported(database: Database, log: ActivityLog) -> ReportedRuns:
    return ReportedRuns(database, log)


@pytest.fixture(autouse=True)
def key(sessions: Sessions) -> int:
    """Of the session "s1"."""
    return sessions.create("s1").key


def update(status: str, run_id: str = "crew-1", session_id: str = "s1", **fields: Any) -> RunUpdate:
    return RunUpdate(session_id=session_id, run_id=run_id, status=status, **fields)


def says(message_id: str, delta: str, run_id: str | None = "crew-1", **fields: Any) -> AgentMessage:
    return AgentMessage(session_id="s1", run_id=run_id, message_id=message_id, agent_name="Crew", delta=delta, **fields)


def said(messages: Messages, key: int) -> list[tuple[str, str | None, str]]:
    return [(one.role, one.run_id, one.content) for one in messages.page(key).items]


def test_a_run_is_kept_from_its_beginning_to_its_end(
    reported: ReportedRuns, runs: Runs, messages: Messages, sessions: Sessions, key: int
) -> None:
    reported.append("s1", key, [update("running", question="Is the harbour clear?")])
    [run] = runs.all_of(key)
    assert (run.id, run.reported, run.status, run.question, run.finished_at) == (
        "crew-1", True, "running", "Is the harbour clear?", None,
    )  # fmt: skip
    session = sessions.get("s1")
    assert session is not None
    assert (session.title, session.last_run) == ("Is the harbour clear?", run)
    stored = reported.append("s1", key, [update("running", phase="Looking"), says("m", "Two boats."), update("failed")])
    assert stored == Stored(4, [], [])
    reported.append("s1", key, [update("failed", reason="The lookout fell asleep.")])
    [ended] = runs.all_of(key)
    assert (ended.status, ended.reason, ended.first_seq) == ("failed", "The lookout fell asleep.", 1)
    assert ended.finished_at is not None
    assert ended.started_at == run.started_at
    assert said(messages, key) == [("user", "crew-1", "Is the harbour clear?")], "its text has not ended"


def test_a_text_is_a_message_when_it_ends_with_all_that_was_written_of_it(
    reported: ReportedRuns, messages: Messages, key: int
) -> None:
    citation = Citation(
        number=1, document_id="d", document_name="tide.csv", passage_id=1, reference="rows 1-2", quote="High at noon"
    )
    reported.append(
        "s1", key, [says("m", "At "), says("other", "Elsewhere. "), says("m", "thought", channel="reasoning")]
    )
    reported.append("s1", key, [says("m", "no", run_id="crew-2"), says("m", "noon ")])
    reported.append(
        "s1", key, [says("m", "[1].", final=True, citations=[citation]), says("loose", "By the way.", None, final=True)]
    )
    [answer, loose] = messages.page(key).items
    assert (answer.role, answer.run_id, answer.content) == ("assistant", "crew-1", "At noon [1].")
    assert json.loads(answer.citations) == [citation.model_dump()]
    assert (loose.run_id, loose.content) == (None, "By the way.")


def test_a_text_that_takes_the_place_of_another_is_the_only_one(
    reported: ReportedRuns, messages: Messages, key: int
) -> None:
    reported.append("s1", key, [says("draft", "At one.", final=True), says("blank", "  ", final=True)])
    reported.append("s1", key, [says("better", "At "), says("better", "two.", final=True, replaces="draft")])
    assert said(messages, key) == [("assistant", "crew-1", "At two.")]
    reported.append("s1", key, [says("better", " Or three.", final=True)])
    assert said(messages, key) == [("assistant", "crew-1", "At two. Or three.")], "as the dashboard shows it"


def test_programs_may_give_runs_of_several_sessions_the_same_id(
    reported: ReportedRuns, runs: Runs, sessions: Sessions, key: int
) -> None:
    other = sessions.create("s2").key
    reported.append("s1", key, [update("running")])
    reported.append("s2", other, [update("completed", session_id="s2")])
    assert [run.session_id for run in runs.reported("crew-1")] == ["s2", "s1"]
    assert [run.status for run in runs.reported("crew-1", "s1")] == ["running"]
    assert runs.get("crew-1") is None
    assert runs.own_among(["crew-1"]) == []


def test_no_process_of_ours_works_on_one_and_none_waits_for_one(
    reported: ReportedRuns, runs: Runs, run_queue: RunQueue, database: Database, log: ActivityLog, key: int
) -> None:
    reported.append("s1", key, [update("queued", "crew-1"), update("running", "crew-2"), update("running", "crew-3")])
    assert run_queue.claim("host/1/a") is None
    assert run_queue.running() == []
    requested = run_queue.request("s1", "Why?")
    assert requested is not None
    narrow = RunQueue(database, log, run_queue._doorbell, Limits(team=1))
    claimed = narrow.claim("host/1/a")
    assert claimed is not None
    assert claimed.id == requested[1].id
    assert run_queue.beat(claimed) == Wishes()
    run_queue.finish(claimed, "completed", answer=("Because.", "[]"))
    assert {run.id: run.status for run in runs.all_of(key) if run.reported} == {
        "crew-1": "queued", "crew-2": "running", "crew-3": "running",
    }  # fmt: skip
    assert run_queue.cancel("crew-1") is None


def test_who_reports_a_run_hears_that_it_is_to_stop_until_it_has(
    reported: ReportedRuns, runs: Runs, log: ActivityLog, key: int
) -> None:
    assert reported.append("s1", key, [update("running"), update("running", "crew-2")]).to_stop == []
    [run] = runs.reported("crew-1")
    for _ in range(2):
        reported.ask_to_stop(run)
    [asked] = runs.reported("crew-1")
    assert (asked.status, asked.cancel_requested, asked.reason) == ("running", True, ASKED_TO_STOP)
    told = [json.loads(event.body) for event in log.read(key, 2)]
    assert [(one["run_id"], one["status"], one["reason"]) for one in told] == [("crew-1", "running", ASKED_TO_STOP)]
    assert reported.append("s1", key, [says("m", "On")]).to_stop == ["crew-1"]
    assert reported.append("s1", key, [says("m", "", channel="reasoning")]).to_stop == ["crew-1"]
    assert reported.append("s1", key, [update("cancelled")]).to_stop == []
    reported.ask_to_stop(asked)
    [ended] = runs.reported("crew-1")
    assert ended.status == "cancelled"


def test_the_events_and_their_records_are_stored_together_or_not_at_all(
    reported: ReportedRuns, runs: Runs, log: ActivityLog, messages: Messages, key: int
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        reported.append("s1", key, [update("running", question="Why?")], fail)
    assert (runs.all_of(key), said(messages, key), log.read(key, 0)) == ([], [], [])


def test_a_deleted_session_gets_no_records(
    reported: ReportedRuns, deletion: SessionDeletion, sessions: Sessions, key: int
) -> None:
    reported.append("s1", key, [update("running", question="Why?"), says("m", "Because.", final=True)])
    deletion.delete("s1")
    with pytest.raises(SessionGoneError):
        reported.append("s1", key, [update("running", question="Why?")])
    assert sessions.create("s1").last_run is None


@pytest.mark.parametrize(
    "event",
    [
        update("running", "x" * (LONGEST_ID + 1)),
        RunUpdate(session_id="s1", status="running"),
        says("m", "Why?", "x" * (LONGEST_ID + 1), final=True),
    ],
    ids=["a long id", "no id", "a text of a long id"],
)
def test_what_has_no_place_among_the_records_is_in_the_log_alone(
    reported: ReportedRuns, runs: Runs, messages: Messages, log: ActivityLog, event: LoggedEvent, key: int
) -> None:
    reported.append("s1", key, [event])
    assert (runs.all_of(key), said(messages, key), len(log.read(key, 0))) == ([], [], 1)


def test_text_that_no_database_takes_is_kept_as_far_as_it_can_be(
    reported: ReportedRuns, runs: Runs, messages: Messages, key: int
) -> None:
    reported.append("s1", key, [update("failed", question="Why\0?", reason="No\0"), says("m", "Be\0cause", final=True)])
    [run] = runs.all_of(key)
    assert (run.question, run.reason) == ("Why\ufffd?", "No\ufffd")
    assert [text for _, _, text in said(messages, key)] == ["Why\ufffd?", "Be\ufffdcause"]


def test_the_history_of_our_own_run_has_what_agents_elsewhere_said(
    reported: ReportedRuns, run_queue: RunQueue, messages: Messages, key: int
) -> None:
    reported.append("s1", key, [update("completed", question="Is it clear?"), says("m", "Two boats.", final=True)])
    requested = run_queue.request("s1", "Which?")
    assert requested is not None
    before: list[MessageRecord] = messages.before(requested[1].id, 5)
    assert [one.content for one in before] == ["Is it clear?", "Two boats."]
    run: RunRecord = requested[1]
    assert not run.reported


def step(status: str, **fields: Any) -> AgentActivity:
    return AgentActivity(
        session_id="s1", run_id="crew-1", activity_id="a", agent_name="Lookout", action="Search the harbour",
        status=status, **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    "words", ["lookout", '"search the harbour"', "radius", "herring", "quay asleep", "LOOKOUT 800"]
)
def test_a_step_is_found_by_who_did_what_with_which_data(
    reported: ReportedRuns, sessions: Sessions, database: Database, ada: UserRecord, words: str
) -> None:
    found = sessions.create("found", owner=ada)
    sessions.create("other", owner=ada)
    told = [
        step("started", input={"radius_m": 800}),
        step("in-progress", details="Nothing yet"),
        step("failed", output="Two herring boats at the quay", details="He fell asleep"),
    ]
    for event in told:
        reported.append("found", found.key, [event.model_copy(update={"session_id": "found"})])
    query = SearchQuery.parse(words)
    assert [one.id for one in sessions.page(ada, query).items] == ["found"]
    snippets = MessageSearch(database).snippets(query, [found.key])[found.key]
    assert {(one.role, one.run_id) for one in snippets} == {("step", "crew-1")}
    assert not sessions.page(ada, SearchQuery.parse("nothing yet")).items


def test_the_words_of_steps_are_no_messages(
    reported: ReportedRuns, run_queue: RunQueue, messages: Messages, database: Database, key: int
) -> None:
    told = [update("running", question="Is the harbour clear?"), step("completed", output="x" * 9000)]
    reported.append("s1", key, told)
    requested = run_queue.request("s1", "Which?")
    assert requested is not None
    assert [one.content for one in messages.before(requested[1].id, 5)] == ["Is the harbour clear?"]
    assert [one.content for one in messages.page(key).items] == ["Is the harbour clear?", "Which?"]
    assert [one.content for one in messages.up_to(key, 1 << 40)] == ["Is the harbour clear?", "Which?"]
    found = MessageSearch(database).snippets(SearchQuery.parse("harbour"), [key])[key]
    assert [one.role for one in found] == ["user", "step"], "what was said comes before what was done"


@pytest.mark.only_on("postgresql")
def test_who_changes_a_run_locks_it_before_its_session(
    reported: ReportedRuns, runs: Runs, database: Database, key: int
) -> None:
    """As a deletion does, and whoever asks to stop: in the other order, two at the same moment would wait for ever."""
    reported.append("s1", key, [update("running")])
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    with ThreadPoolExecutor(1) as pool, closing(database.connect()) as raw:  # the pool's connections are in use

        def is_waiting() -> bool:
            return bool(raw.execute(waits).fetchone()[0] == 1)

        with database.write() as connection:
            connection.execute(text("SELECT 1 FROM runs WHERE reported_id = 'crew-1' FOR UPDATE"))
            appended = pool.submit(reported.append, "s1", key, [update("completed")])
            wait_until(is_waiting, 10, "the append behind the lock")
            connection.execute(text("SELECT 1 FROM sessions WHERE id = 's1' FOR UPDATE NOWAIT"))
        assert appended.result(10).seq == 2
    assert [run.status for run in runs.all_of(key)] == ["completed"]


SILENCE = timedelta(minutes=15)
OVER = (SILENCE + HEARD_EVERY).total_seconds() + 1
SILENT = "Nothing was heard from the program for 15 minutes."


def told(log: ActivityLog, run_id: str = "crew-1") -> list[LoggedEvent]:
    return list(log.run_events("s1", run_id, 1))


def test_a_run_whose_program_is_silent_ends_once_with_what_was_open_in_it(
    reported: ReportedRuns, runs: Runs, log: ActivityLog, clock: Clock, key: int
) -> None:
    """By several servers at the same moment, too."""
    reported.append("s1", key, [update("running"), step("started"), update("completed", "crew-2")])
    clock.move(seconds=SILENCE.total_seconds() - 1)
    reported.end_silent(SILENCE)
    assert [run.status for run in runs.all_of(key)] == ["running", "completed"]
    clock.move(seconds=OVER)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: reported.end_silent(SILENCE), range(4)))
    [ended, other] = runs.all_of(key)
    assert (ended.status, ended.reason, other.status) == ("cancelled", SILENT, "completed")
    assert ended.finished_at is not None
    assert [(event.type, event.status) for event in told(log) if isinstance(event, AgentActivity | RunUpdate)] == [
        ("runUpdate", "running"), ("agentActivity", "started"),
        ("agentActivity", "cancelled"), ("runUpdate", "cancelled"),
    ]  # fmt: skip


def test_any_word_of_a_program_shows_that_it_lives(reported: ReportedRuns, runs: Runs, clock: Clock, key: int) -> None:
    reported.append("s1", key, [update("running")])
    for word in (step("in-progress"), says("m", "At "), says("m", "hm", channel="reasoning"), update("running")):
        clock.move(seconds=OVER - 30)
        reported.append("s1", key, [word])
        reported.end_silent(SILENCE)
    assert [run.status for run in runs.all_of(key)] == ["running"]
    clock.move(seconds=OVER)
    reported.append("s1", key, [says("m", "Of another.", run_id="crew-2")])
    reported.end_silent(SILENCE)
    assert [run.status for run in runs.all_of(key)] == ["cancelled"], "and what others say in its session, nothing"


def test_that_a_run_goes_on_as_it_is_shows_that_its_program_lives_and_is_not_stored(
    reported: ReportedRuns, runs: Runs, log: ActivityLog, clock: Clock, key: int
) -> None:
    reported.append("s1", key, [update("running"), update("waiting", "crew-2", reason="For the tide")])
    reported.ask_to_stop(runs.reported("crew-1")[0])
    for again in (update("running"), update("running", reason=ASKED_TO_STOP)):
        clock.move(seconds=OVER - 30)
        assert reported.append("s1", key, [again]) == Stored(3, ["crew-1"], [])
        reported.end_silent(SILENCE)
    assert reported.append("s1", key, [update("waiting", "crew-2", reason="For the tide")]).seq == 3
    assert [(run.status, run.reason) for run in runs.all_of(key)] == [
        ("running", ASKED_TO_STOP), ("waiting", "For the tide"),
    ]  # fmt: skip
    assert len(log.read(key, 0)) == 3


def test_of_a_batch_only_what_says_nothing_new_is_left_out(reported: ReportedRuns, log: ActivityLog, key: int) -> None:
    reported.append("s1", key, [update("running")])
    news = [
        says("m", "At "), update("waiting", reason="For the tide"), says("m", "one."), update("running"),
        update("running", "crew-2"), update("completed"), update("completed"),
    ]  # fmt: skip
    again = [
        update("running"), update("waiting"), update("waiting", reason="For the tide"), update("running"),
        update("running", "crew-2"),
    ]  # fmt: skip
    told = [again[0], *news[:2], *again[1:3], news[2], news[3], again[3], news[4], again[4], *news[5:]]
    assert reported.append("s1", key, told).seq == 1 + len(news)
    assert [logged_event.validate_json(event.body) for event in log.read(key, 1)] == news


@pytest.mark.parametrize(
    "news",
    [
        {"reason": "Again"},
        {"question": "Why?"},
        {"phase": "Looking"},
        {"progress": 0.5},
        {"attempt": 2},
        {"model": "m"},
        {"time": MOMENT},
    ],
    ids=str,
)
def test_an_update_that_says_something_new_is_stored(
    reported: ReportedRuns, log: ActivityLog, key: int, news: dict[str, Any]
) -> None:
    reported.append("s1", key, [update("running", reason="At sea")])
    assert reported.append("s1", key, [update("running", **news)]).seq == 2
    assert len(log.read(key, 0)) == 2


def test_what_is_no_record_is_stored_each_time(reported: ReportedRuns, key: int) -> None:
    for run_id in ("x" * (LONGEST_ID + 1), None):
        again = RunUpdate(session_id="s1", run_id=run_id, status="running")
        assert reported.append("s1", key, [update("completed"), again, again]).seq % 3 == 0


def test_a_sign_of_life_in_a_deleted_session_is_refused(
    reported: ReportedRuns, database: Database, sessions: Sessions, key: int
) -> None:
    reported.append("s1", key, [update("running")])
    with database.write() as connection:  # its deletion has begun
        connection.execute(text("UPDATE sessions SET deleted_at = 1"))
    sessions.create("s1")
    with pytest.raises(SessionGoneError):
        reported.append("s1", key, [update("running")])


@pytest.mark.parametrize("word", [step("in-progress"), step("completed"), update("running")])
def test_a_run_that_was_silent_goes_on_with_the_next_word_of_it(
    reported: ReportedRuns, runs: Runs, log: ActivityLog, clock: Clock, key: int, word: LoggedEvent
) -> None:
    reported.append("s1", key, [update("running"), step("started")])
    clock.move(seconds=OVER)
    reported.end_silent(SILENCE)
    word = word.model_copy(update={"time": clock.now()})
    assert reported.append("s1", key, [word]).seq == log.position("s1").head  # type: ignore[union-attr]
    [again] = runs.all_of(key)
    assert (again.status, again.reason, again.finished_at) == ("running", None, None)
    *_, cancelled, goes_on = [event.status for event in told(log) if isinstance(event, RunUpdate)]
    assert (cancelled, goes_on) == ("cancelled", "running")
    assert isinstance(word, RunUpdate) or told(log)[-1].model_copy(update={"seq": None}) == word
    clock.move(seconds=OVER)
    reported.end_silent(SILENCE)
    reported.append("s1", key, [update("completed")])
    [ended] = runs.all_of(key)
    assert (ended.status, ended.reason) == ("completed", None)
    reported.append("s1", key, [step("completed")])
    assert [run.status for run in runs.all_of(key)] == ["completed"], "its program has said so"


@pytest.mark.parametrize("status", ["queued", "waiting"])
@pytest.mark.parametrize(
    ("silence", "patience", "words"),
    [(SILENCE, WAITS, "7 days"), (timedelta(days=30), timedelta(days=30), "30 days")],
)
def test_a_run_that_waits_for_its_turn_or_a_person_may_be_silent_for_a_week_or_longer(
    reported: ReportedRuns, runs: Runs, clock: Clock, key: int, status: str, silence: timedelta, patience: timedelta,
    words: str,
) -> None:  # fmt: skip
    reported.append("s1", key, [update(status, reason="Permission to use Bash")])
    clock.move(seconds=patience.total_seconds())
    reported.end_silent(silence)
    assert [run.status for run in runs.all_of(key)] == [status]
    clock.move(seconds=HEARD_EVERY.total_seconds() + 1)
    reported.end_silent(silence)
    assert [run.reason for run in runs.all_of(key)] == [f"Nothing was heard from the program for {words}."]


@pytest.mark.parametrize(
    ("silence", "words"),
    [(timedelta(seconds=600), "10 minutes"), (timedelta(hours=2), "2 hours"), (timedelta(hours=47), "47 hours"),
     (timedelta(days=3), "3 days")],
)  # fmt: skip
def test_how_long_nothing_was_heard_is_told_in_the_unit_for_it(
    reported: ReportedRuns, runs: Runs, clock: Clock, key: int, silence: timedelta, words: str
) -> None:
    reported.append("s1", key, [update("running")])
    clock.move(seconds=(silence + HEARD_EVERY).total_seconds() + 1)
    reported.end_silent(silence)
    assert [run.reason for run in runs.all_of(key)] == [f"Nothing was heard from the program for {words}."]


def change(database: Database, **values: object) -> None:
    """As a version before this one writes a run, which does not know all of its columns."""
    with database.write() as connection:
        connection.execute(runs_table.update().values(**values))


def test_an_ended_run_of_which_is_unknown_when_it_was_heard_stays_as_it_is(
    reported: ReportedRuns, runs: Runs, database: Database, key: int
) -> None:
    reported.append("s1", key, [update("completed")])
    change(database, seen_at=None)
    reported.append("s1", key, [says("m", "A late word.", final=True)])
    assert [run.status for run in runs.all_of(key)] == ["completed"]


def test_a_silent_run_that_an_older_version_ended_stays_as_it_is(
    reported: ReportedRuns, runs: Runs, database: Database, clock: Clock, key: int
) -> None:
    reported.append("s1", key, [update("running")])
    clock.move(seconds=OVER)
    reported.end_silent(SILENCE)
    change(database, status="completed")
    reported.append("s1", key, [says("m", "A late word.", final=True)])
    assert [run.status for run in runs.all_of(key)] == ["completed"]


def test_an_open_run_of_which_is_unknown_when_it_was_heard_has_its_time_from_the_first_look_on(
    reported: ReportedRuns, runs: Runs, run_queue: RunQueue, database: Database, clock: Clock, key: int
) -> None:
    reported.append("s1", key, [update("running"), update("completed", "crew-2")])
    change(database, seen_at=None)
    reported.end_silent(SILENCE)
    clock.move(seconds=OVER - 30)
    reported.end_silent(SILENCE)
    assert [run.status for run in runs.all_of(key)] == ["running", "completed"]
    clock.move(seconds=31)
    reported.end_silent(SILENCE)
    assert [run.status for run in runs.all_of(key)] == ["cancelled", "completed"]


def test_a_silent_run_that_cannot_be_ended_keeps_no_other_open(
    reported: ReportedRuns, runs: Runs, database: Database, clock: Clock, caplog: pytest.LogCaptureFixture, key: int
) -> None:
    reported.append("s1", key, [update("running"), update("running", "crew-2")])
    with database.write() as connection:
        connection.execute(events_table.update().where(events_table.c.run_id == "crew-1").values(body=b"{"))
    clock.move(seconds=OVER)
    reported.end_silent(SILENCE)
    assert [run.status for run in runs.all_of(key)] == ["running", "cancelled"]
    [record] = caplog.records
    assert record.exc_info
    assert "crew-1" in record.getMessage()


def test_a_run_of_ours_is_never_silent(
    reported: ReportedRuns, runs: Runs, run_queue: RunQueue, clock: Clock, key: int
) -> None:
    run_queue.request("s1", "Is the harbour clear?")
    clock.move(days=60)
    reported.end_silent(SILENCE)
    assert [run.status for run in runs.all_of(key)] == ["queued"]
