"""A run is taken back when its beat stands still, and only then."""

import logging
from collections.abc import Callable
from contextlib import suppress

import pytest

from agents.backends.kinds import KINDS
from agents.connectors.browser import BrowserConfiguration
from agents.connectors.remote import RemoteConfiguration
from agents.processes.lease_watch import LeaseWatch
from utils.accounts.principal import UserRecord
from utils.database.base import Database, DatabaseLostError
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.errors import StaleRunError
from utils.registry.agent_registry import AgentRegistry
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [1000.0]
    monkeypatch.setattr("agents.processes.lease_watch.time.monotonic", lambda: now[0])

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


@pytest.fixture
def run(run_queue: RunQueue, sessions: Sessions) -> RunRecord:
    sessions.create("s")
    assert run_queue.request("s", "Why?")
    claimed = run_queue.claim("host/1/a")
    assert claimed is not None
    return claimed


def _told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The levels of what was told, without what a test before this one may have made loggers tell."""
    return [record.levelname for record in caplog.records if record.levelno > logging.INFO]


def _status(runs: Runs, run: RunRecord) -> str:
    found = runs.get(run.id)
    assert found is not None
    return found.status


def test_a_run_whose_beat_stands_still_goes_back_to_the_queue(
    runs: Runs, run_queue: RunQueue, run: RunRecord, clock: Callable[[float], None]
) -> None:
    watch = LeaseWatch(run_queue, lease_seconds=6, max_losses=3, work_lease_seconds=30)
    watch.look()
    clock(5.9)
    watch.look()
    assert _status(runs, run) == "running"
    clock(0.2)
    watch.look()
    assert _status(runs, run) == "queued"


def test_a_run_that_beats_is_left_alone(
    runs: Runs, run_queue: RunQueue, run: RunRecord, clock: Callable[[float], None]
) -> None:
    watch = LeaseWatch(run_queue, lease_seconds=6, max_losses=3, work_lease_seconds=30)
    for _ in range(10):
        watch.look()
        clock(5)
        run_queue.beat(run)
    assert _status(runs, run) == "running"


def test_a_watch_that_has_just_begun_gives_every_run_its_full_lease(
    runs: Runs, run_queue: RunQueue, run: RunRecord, clock: Callable[[float], None]
) -> None:
    clock(3600)
    LeaseWatch(run_queue, lease_seconds=6, max_losses=3, work_lease_seconds=30).look()
    assert _status(runs, run) == "running"


@pytest.mark.parametrize("away", ["lost", "hanging"])
def test_a_database_that_was_away_costs_nobody_a_lease(
    runs: Runs, run_queue: RunQueue, run: RunRecord, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch,
    away: str,
) -> None:  # fmt: skip
    watch = LeaseWatch(run_queue, lease_seconds=6, max_losses=3, work_lease_seconds=30)
    watch.look()

    def lost() -> list[RunRecord]:
        clock(20)
        raise DatabaseLostError("It is away.")

    def hanging() -> list[RunRecord]:
        clock(20)
        return [run]

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(run_queue, "running", lost if away == "lost" else hanging)
        with suppress(DatabaseLostError):
            watch.look()
    clock(1)
    watch.look()
    assert _status(runs, run) == "running", "its owner beats within a lease of the return"
    clock(6)
    watch.look()
    assert _status(runs, run) == "queued"


def test_the_wall_clock_does_not_matter(
    runs: Runs, run_queue: RunQueue, run: RunRecord, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = LeaseWatch(run_queue, lease_seconds=6, max_losses=3, work_lease_seconds=30)
    watch.look()
    monkeypatch.setattr("time.time_ns", lambda: 10**18 * 3)
    clock(1)
    watch.look()
    assert _status(runs, run) == "running"


@pytest.mark.any_database
@pytest.mark.parametrize("error", [ValueError("unforeseen"), DatabaseLostError("away")], ids=["its own", "everybody's"])
def test_a_run_that_cannot_be_taken_back_hides_no_other(
    runs: Runs, run_queue: RunQueue, sessions: Sessions, run: RunRecord, clock: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception,
) -> None:  # fmt: skip
    sessions.create("t")
    assert run_queue.request("t", "Why?")
    other = run_queue.claim("host/2/b")
    assert other is not None
    watch, take_back = LeaseWatch(run_queue, lease_seconds=6, max_losses=3, work_lease_seconds=30), run_queue.take_back

    def fail_for_the_first(late: RunRecord, max_losses: int) -> bool:
        if late.id == run.id:
            raise error
        return take_back(late, max_losses)

    watch.look()
    clock(6)
    with monkeypatch.context() as patch, suppress(DatabaseLostError):
        patch.setattr(run_queue, "take_back", fail_for_the_first)
        watch.look()
    if isinstance(error, DatabaseLostError):
        assert not _told(caplog)  # whoever watches tells it, once
    else:
        assert _status(runs, other) == "queued"
        assert _told(caplog) == ["ERROR", "WARNING"]
    watch.look()  # nobody's lease has begun anew
    assert (_status(runs, run), _status(runs, other)) == ("queued", "queued")


def test_a_worker_outside_has_a_longer_lease_and_must_end_what_was_stopped_however_it_beats(
    runs: Runs, database: Database, log: ActivityLog, doorbell: Doorbell, sessions: Sessions, ada: UserRecord,
    clock: Callable[[float], None],
) -> None:  # fmt: skip
    configuration = RemoteConfiguration(kind="remote")
    registry = AgentRegistry(database, lambda: pytest.fail("it has no secret"), KINDS)
    agent = registry.create(ada.team_key, name="Crew", configuration=configuration)
    queue = RunQueue(database, log, doorbell, outside_kinds=KINDS.outside)
    sessions.create("s", owner=ada)
    assert queue.request("s", "Why?", agent_key=agent.key)
    run = queue.claim("outside/key-1/crew", outside=[agent.key])
    assert run is not None
    watch = LeaseWatch(queue, lease_seconds=6, max_losses=3, work_lease_seconds=30)
    watch.look()
    clock(29)
    watch.look()
    assert _status(runs, run) == "running"
    queue.beat(run)
    queue.cancel(run.id)
    for _ in range(7):
        watch.look()
        assert _status(runs, run) == "running"
        clock(4.5)
        queue.beat(run)
    watch.look()
    assert _status(runs, run) == "cancelled"


def test_a_worker_outside_has_the_time_budget_of_its_agent_over_all_attempts(
    runs: Runs, database: Database, log: ActivityLog, doorbell: Doorbell, sessions: Sessions, ada: UserRecord,
    clock: Callable[[float], None],
) -> None:  # fmt: skip
    registry = AgentRegistry(database, lambda: pytest.fail("it has no secret"), KINDS)
    agent = registry.create(ada.team_key, name="Crew", configuration=RemoteConfiguration(kind="remote"))
    queue = RunQueue(database, log, doorbell, outside_kinds=KINDS.outside)
    sessions.create("s", owner=ada)
    assert queue.request("s", "Why?", agent_key=agent.key)
    asked: list[int | None] = []

    def budget_of(key: int | None) -> int:
        asked.append(key)
        return 100

    for begun, seconds in ((1, 60), (2, 39)):
        run = queue.claim("outside/key-1/crew", outside=[agent.key])
        assert run is not None
        watch = LeaseWatch(queue, 6, 3, 1000, budget_of)  # another process each time
        watch.look()
        clock(seconds)
        watch.look()
        assert _status(runs, run) == "running"
        assert asked == [agent.key] * begun
        if begun == 1:
            queue.release(run)
    clock(1)
    watch.look()
    ended = runs.get(run.id)
    assert ended is not None
    assert ended.status == "failed"
    assert str(ended.reason).startswith("Stopped after 100 seconds: the time budget of this agent.")
    with pytest.raises(StaleRunError):
        queue.beat(run)


def test_a_browser_may_be_silent_for_longer_but_not_when_it_was_stopped(
    runs: Runs, database: Database, log: ActivityLog, doorbell: Doorbell, sessions: Sessions, ada: UserRecord,
    clock: Callable[[float], None],
) -> None:  # fmt: skip
    registry = AgentRegistry(database, lambda: pytest.fail("it has no secret"), KINDS)
    agent = registry.create(ada.team_key, name="People", configuration=BrowserConfiguration(kind="browser"))
    queue = RunQueue(database, log, doorbell, outside_kinds=KINDS.outside)
    watch = LeaseWatch(queue, lease_seconds=6, max_losses=3, work_lease_seconds=30)
    found = []
    for session in "st":
        sessions.create(session, owner=ada)
        assert queue.request(session, "Why?", agent_key=agent.key)
        found.append(queue.claim("outside/sign-in-1/Ada", outside=[agent.key]))
    silent, stopped = found
    assert silent is not None
    assert stopped is not None
    queue.cancel(stopped.id)
    watch.look()
    clock(31)
    watch.look()
    assert (_status(runs, silent), _status(runs, stopped)) == ("running", "cancelled")
    clock(118)
    watch.look()
    assert _status(runs, silent) == "running"
    clock(1)
    watch.look()
    assert _status(runs, silent) == "queued"
