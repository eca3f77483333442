"""The watch over all sessions, with a database: what is found is kept and told once, whoever watches."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.support.at_once import at_once
from tests.support.clock import Clock
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.opening import open_database
from utils.database.tables import findings as rows
from utils.database.tables import usual_silences
from utils.doorbell.opening import open_doorbell
from utils.findings import watch
from utils.findings.finding import Evidence, Found
from utils.findings.finding_rows import FindingRecord
from utils.findings.findings import Findings, Place
from utils.findings.watch import FindingsTurn, FindingsWatch
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, AgentMessage, LoggedEvent, RunUpdate
from utils.log.opening import open_log
from utils.sessions.deletion import SessionDeletion
from utils.sessions.new_session import emitted_session
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import SessionRecord, Sessions
from utils.settings import Settings

FOUND = Found("repeats", "Called search(“tide”) 3 times with the same answer.", 0, "Scout", "1", (Evidence(1, "tide"),))


class Steady:
    """The steady clock of the watch."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 0.0
        monkeypatch.setattr(watch.time, "monotonic", lambda: self.at)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Steady:
    return Steady(monkeypatch)


@pytest.fixture
def session(sessions: Sessions, ada: UserRecord) -> SessionRecord:
    return sessions.create("s1", "About boats", ada)


@pytest.fixture
def findings(database: Database, log: ActivityLog) -> Findings:
    return Findings(database, log)


@pytest.fixture
def turn(settings: Settings, database: Database, log: ActivityLog) -> Callable[..., FindingsTurn]:
    def turn(**given: Any) -> FindingsTurn:
        began = FindingsTurn(settings.model_copy(update=given), database, log)
        began.begin()
        return began

    return turn


@pytest.fixture
def report(database: Database, log: ActivityLog, session: SessionRecord) -> Callable[..., None]:
    """What a program outside tells of its run."""
    reported = ReportedRuns(database, log)

    def report(*events: LoggedEvent) -> None:
        reported.append(session.id, session.key, events)

    return report


def runs(status: str = "running", run_id: str = "r1", **told: Any) -> RunUpdate:
    return RunUpdate(session_id="s1", run_id=run_id, status=status, **told)  # type: ignore[arg-type]


def step(activity_id: str, status: str, run_id: str | None = "r1", **told: Any) -> AgentActivity:
    told = {"agent_name": "Scout", "action": "search", "kind": "tool", **told}
    return AgentActivity(session_id="s1", run_id=run_id, activity_id=activity_id, status=status, **told)  # type: ignore[arg-type]


def searches(count: int, query: str = "tide", run_id: str | None = "r1") -> list[AgentActivity]:
    return [
        event
        for number in range(count)
        for event in (
            step(f"{query}-{number}", "started", run_id, input={"query": query}),
            step(f"{query}-{number}", "completed", run_id, output="high at 6"),
        )
    ]


def look(turn: FindingsTurn, steady: Steady, seconds: float = 0) -> None:
    for _ in range(max(1, int(seconds // 2))):
        steady.at += 2
        turn.look()


def told(log: ActivityLog) -> list[dict[str, Any]]:
    position = log.position("s1")
    assert position is not None
    events = [json.loads(event.data()) for event in log.read(position.key, 0)]
    return [event for event in events if event["type"] == "error"]


def kept(findings: Findings, session: SessionRecord) -> list[FindingRecord]:
    return findings.of_sessions([session.key]).get(session.key, [])


def test_what_is_found_is_kept_and_told_once_and_is_over_by_itself(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], findings: Findings, session: SessionRecord,
    log: ActivityLog, steady: Steady,
) -> None:  # fmt: skip
    watching = turn()
    report(runs(), *searches(3))
    look(watching, steady)
    assert kept(findings, session) == [], "it has to go on for a while"
    look(watching, steady, 12)
    (found,) = kept(findings, session)
    assert (found.code, found.run_id, found.reported) == ("repeats", "r1", True)
    assert found.sentence == "Called search(“tide”) 3 times with the same answer."
    assert [one.seq for one in found.evidence] == [3, 5, 7]
    (event,) = told(log)
    assert (event["code"], event["run_id"], event["activity_id"]) == ("stuck_repeats", "r1", "tide-2")
    assert event["message"].startswith(found.sentence)
    assert event["retryable"] is False
    report(*searches(1, "ebb"))
    look(watching, steady)
    assert kept(findings, session) == []
    ended = findings.get(found.id)
    assert ended is not None
    assert ended.over_at is not None
    assert len(told(log)) == 1


def test_one_that_comes_back_within_minutes_is_the_same(
    findings: Findings, session: SessionRecord, log: ActivityLog, clock: Clock
) -> None:
    log.append("s1", [runs(run_id="mine")])
    place = Place(session.key, "s1", "mine")
    first = findings.begin(place, FOUND)
    assert first is not None
    findings.end([first.id])
    clock.move(seconds=500)
    again = findings.begin(place, FOUND)
    assert again == first
    assert len(told(log)) == 1
    findings.end([first.id])
    clock.move(seconds=700)
    another = findings.begin(place, FOUND)
    assert another is not None
    assert another.id != first.id
    assert len(told(log)) == 2


def test_two_that_find_the_same_at_once_tell_it_once(
    findings: Findings, session: SessionRecord, log: ActivityLog
) -> None:
    place = Place(session.key, "s1", "mine")
    begun = at_once(*[lambda: findings.begin(place, FOUND)] * 4)
    assert len(set(begun)) == 1
    assert len(told(log)) == 1


def test_who_watches_next_finds_what_is_open_and_tells_it_no_more(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], findings: Findings, session: SessionRecord,
    log: ActivityLog, steady: Steady,
) -> None:  # fmt: skip
    first = turn(stuck_after_seconds=0)
    report(runs(), *searches(3))
    look(first, steady)
    (found,) = kept(findings, session)
    look(turn(stuck_after_seconds=0), steady)
    assert [one.id for one in kept(findings, session)] == [found.id]
    report(runs("completed"))
    look(turn(stuck_after_seconds=0), steady)
    assert kept(findings, session) == []
    assert len(told(log)) == 1


def test_it_is_fine_counts_for_the_run(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], findings: Findings, session: SessionRecord,
    ada: UserRecord, log: ActivityLog, clock: Clock, steady: Steady,
) -> None:  # fmt: skip
    watching = turn(stuck_after_seconds=0)
    report(runs(), *searches(3))
    look(watching, steady)
    (found,) = kept(findings, session)
    dismissed = findings.dismiss(found.id, ada)
    assert dismissed is not None
    assert (dismissed.dismissed_by, dismissed.is_open) == (ada.name, False)
    assert kept(findings, session) == []
    report(*searches(1, "ebb"))
    look(watching, steady)
    clock.move(hours=1)
    report(*searches(3, "flow"))
    look(watching, steady)
    assert kept(findings, session) == []
    assert len(told(log)) == 1


def test_a_silent_step_of_our_own_run_is_found_and_a_waiting_one_is_not(
    turn: Callable[..., FindingsTurn], run_queue: RunQueue, log: ActivityLog, findings: Findings,
    session: SessionRecord, steady: Steady,
) -> None:  # fmt: skip
    watching = turn(stuck_silence_seconds=20)
    run_queue.request("s1", "Where is the boat?")
    run = run_queue.claim("me")
    assert run is not None
    log.append("s1", [step("1", "started", run.id)], run.fence)
    look(watching, steady, 36)
    assert kept(findings, session) == []
    look(watching, steady, 8)
    (found,) = kept(findings, session)
    assert (found.code, found.run_id, found.reported) == ("silent", run.id, False)
    run_queue.wait(run, 3600, 0, [runs("waiting", run.id, reason="Waiting for the harbour.")])
    look(watching, steady)
    assert kept(findings, session) == []
    look(watching, steady, 60)
    assert len(told(log)) == 1


def test_a_sign_of_life_is_no_event_and_counts(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], findings: Findings, session: SessionRecord,
    clock: Clock, steady: Steady,
) -> None:  # fmt: skip
    watching = turn(stuck_silence_seconds=20)
    report(runs(), step("1", "started"))
    look(watching, steady, 30)
    clock.move(seconds=30)
    report(runs())
    look(watching, steady, 30)
    assert kept(findings, session) == []
    clock.move(hours=1)
    look(watching, steady, 36)
    assert [one.code for one in kept(findings, session)] == ["silent"]


def test_after_an_outage_nobody_seems_to_have_been_silent(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], findings: Findings, session: SessionRecord,
    steady: Steady,
) -> None:  # fmt: skip
    watching = turn(stuck_silence_seconds=20)
    report(runs(), step("1", "started"))
    look(watching, steady)
    steady.at += 3600
    look(watching, steady)
    assert kept(findings, session) == []


def test_a_restart_knows_how_long_it_was_silent(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], findings: Findings, session: SessionRecord,
    clock: Clock, steady: Steady,
) -> None:  # fmt: skip
    report(runs(), step("1", "started"))
    clock.move(seconds=45)
    look(turn(stuck_silence_seconds=20), steady)
    assert [one.code for one in kept(findings, session)] == ["silent"]


def test_sessions_of_emitters_are_watched_and_let_go(
    turn: Callable[..., FindingsTurn], log: ActivityLog, sessions: Sessions, findings: Findings, steady: Steady
) -> None:
    watching = turn(stuck_after_seconds=0)
    log.append("s1", searches(3, run_id=None)[:-1])
    look(watching, steady)
    assert watching.runs == 1
    log.append("s1", searches(3, run_id=None)[-1:])
    look(watching, steady)
    assert watching.runs == 0, "nothing is open, and nobody says that it goes on"
    log.append("s1", [runs(run_id="e1"), *searches(3, run_id="e1")])
    look(watching, steady)
    session = sessions.get("s1")
    assert session is not None
    (found,) = kept(findings, session)
    assert found.reported is None
    for _ in range(31):
        look(watching, steady, 120)
    assert kept(findings, session) == [], "nobody waits for it after an hour"
    assert watching.runs == 0


def test_a_session_that_is_deleted_takes_its_findings_with_it(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], deletion: SessionDeletion, database: Database,
    findings: Findings, session: SessionRecord, steady: Steady,
) -> None:  # fmt: skip
    watching = turn(stuck_after_seconds=0, stuck_silence_seconds=20)
    report(runs(), *searches(3), step("x", "started"))
    look(watching, steady)
    assert len(kept(findings, session)) == 1
    deletion.delete("s1")
    look(watching, steady, 80)
    with database.read() as connection:
        assert connection.execute(select(rows)).all() == []
    assert watching.runs == 0


def test_how_long_steps_take_is_kept_without_their_names(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], database: Database, session: SessionRecord,
    steady: Steady,
) -> None:  # fmt: skip
    watching = turn()
    report(runs())
    for number in range(6):
        report(step(str(number), "started", action="Read salaries.pdf"))
        look(watching, steady)
        report(step(str(number), "completed", action="Read salaries.pdf"))
        look(watching, steady)
    watching.write()
    with database.read() as connection:
        kept_rows = connection.execute(select(usual_silences)).all()
    assert kept_rows
    assert "salaries" not in repr(kept_rows)
    usual = turn()._usual_of(session.team_key)
    of_one_that_is_called_alike = usual.patience("Scout", "Read wages.pdf", "tool").usual
    assert of_one_that_is_called_alike is not None
    assert 2 <= of_one_that_is_called_alike < 3, "to the end of its class of lengths"


def test_what_is_read_when_a_turn_begins_is_not_learnt_from(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], session: SessionRecord
) -> None:
    report(runs(), *searches(30))
    usual = turn()._usual_of(session.team_key)
    assert usual.changed() == {}


def test_the_words_follow_as_it_goes_on(
    turn: Callable[..., FindingsTurn], report: Callable[..., None], findings: Findings, session: SessionRecord,
    steady: Steady,
) -> None:  # fmt: skip
    watching = turn(stuck_after_seconds=0)
    report(runs(), *searches(3))
    look(watching, steady)
    report(*(event.model_copy(update={"activity_id": f"more-{event.activity_id}"}) for event in searches(3)))
    look(watching, steady)
    assert "3 times" in kept(findings, session)[0].sentence
    look(watching, steady, 30)
    assert "6 times" in kept(findings, session)[0].sentence


def test_a_long_log_is_read_in_pieces(
    turn: Callable[..., FindingsTurn], log: ActivityLog, session: SessionRecord, steady: Steady
) -> None:
    watching = turn()
    log.append("s1", [runs(run_id="mine")])
    look(watching, steady)
    pieces = [
        AgentMessage(session_id="s1", run_id="mine", message_id="m", agent_name="A", delta="x") for _ in range(950)
    ]
    log.append("s1", pieces)
    look(watching, steady)
    assert watching._sessions[session.key].after == 951


@pytest.mark.only_on("sqlite")
def test_sessions_that_moved_are_found_by_their_index(database: Database) -> None:
    query = "EXPLAIN QUERY PLAN SELECT key FROM sessions WHERE deleted_at IS NULL AND updated_at >= 5"
    with database.read() as connection:
        assert "sessions_moved" in str(connection.execute(text(query)).all())


def test_another_goes_on_when_the_one_that_watches_is_gone(
    settings: Settings, report: Callable[..., None], findings: Findings, session: SessionRecord, log: ActivityLog
) -> None:
    """As on two machines, each with connections of its own."""
    impatient = settings.model_copy(update={"stuck_after_seconds": 0})
    with watching(impatient) as stop:
        report(runs(), *searches(3))
        wait_until(lambda: kept(findings, session), 20, "that the loop is found")
        with watching(impatient):
            stop()
            report(*searches(1, "ebb"))
            wait_until(lambda: not kept(findings, session), 20, "that it is over")
    assert len(told(log)) == 1


@contextmanager
def watching(settings: Settings) -> Iterator[Callable[[], None]]:
    """One that watches until it is told to stop."""
    stopping = Event()
    with closing(open_database(settings)) as database, closing(open_doorbell(database)) as doorbell:
        log = open_log(database, doorbell, emitted_session)
        thread = Thread(target=FindingsWatch(settings, database, log).work, args=(stopping,))
        thread.start()

        def stop() -> None:
            stopping.set()
            thread.join()

        try:
            yield stop
        finally:
            stop()
