"""The log on PostgreSQL, where it differs: connections break, servers restart, nobody holds one lock for all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.support.events import activity, fill
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until
from utils.database.base import Database, DatabaseLostError
from utils.log import postgres_store as postgres_log
from utils.log.activity_log import ActivityLog
from utils.log.errors import NotStoredError, StaleRunError, StorageBusyError, StorageLostError
from utils.log.store import Fence, NewEvent
from utils.sessions.deletion import SessionDeletion
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import Sessions

pytestmark = pytest.mark.only_on("postgresql")


@pytest.fixture
def other(database: Database) -> Iterator["psycopg.Connection[Any]"]:
    """Somebody else's connection."""
    with database.connect() as raw:
        yield raw


@pytest.fixture
def run(sessions: Sessions, run_queue: RunQueue) -> RunRecord:
    sessions.create("s1")
    run_queue.request("s1", "Why?")
    claimed = run_queue.claim("me")
    assert claimed is not None
    return claimed


def details(log: ActivityLog, session_id: str = "s1") -> list[str | None]:
    position = log.position(session_id)
    assert position is not None
    events = log.read(position.key, 0, limit=1_000_000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return [json.loads(event.body).get("details") for event in events]


# An answer that does not come


Break = Callable[[str], None]


@pytest.fixture
def break_once(other: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch) -> Break:
    """Break the connection of the next append, before or after the server has stored it."""
    real = postgres_log._append

    def break_once(when: str) -> None:
        def broken(raw: "psycopg.Connection[Any]", *arguments: Any, **named: Any) -> tuple[int, int]:
            monkeypatch.setattr(postgres_log, "_append", real)
            if when == "after":
                real(raw, *arguments, **named)
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (raw.info.backend_pid,))
            if when == "before":
                return real(raw, *arguments, **named)
            raise psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly")

        monkeypatch.setattr(postgres_log, "_append", broken)

    return break_once


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_append_whose_connection_breaks_is_stored_once(log: ActivityLog, break_once: Break, when: str) -> None:
    log.append("s1", [activity(details="first")])
    break_once(when)
    assert log.append("s1", [activity(details="a"), activity(details="b")]).head == 3
    assert log.append("s1", [activity(details="last")]).head == 4
    assert details(log) == ["first", "a", "b", "last"]


def test_it_is_found_among_what_others_stored_meanwhile(
    log: ActivityLog, break_once: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append("s1", [activity()])
    look_up = postgres_log._look_up

    def late(*arguments: Any) -> Any:
        log.append("s1", [activity()] * 11_000)
        return look_up(*arguments)

    monkeypatch.setattr(postgres_log, "_look_up", late)
    break_once("after")
    assert log.append("s1", [activity(details="mine")]).head == 2
    assert len(details(log)) == 11_002


def test_who_looks_waits_until_the_broken_connection_can_no_longer_commit(
    log: ActivityLog, other: "psycopg.Connection[Any]", database: Database
) -> None:
    """Its server process may still be at work: it holds its lock until it has ended."""
    log.append("s1", [activity()])
    store: Any = log._store
    with store._connection() as (raw, lock):
        values = postgres_log._values("s1", [NewEvent("error", None, b"{}")], None)
        with raw.transaction():
            postgres_log._append(raw, values, None)
            with ThreadPoolExecutor(1) as pool:
                looking = pool.submit(postgres_log._look_up, other, values, lock)
                waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                with database.connect() as asking:
                    wait_until(lambda: asking.execute(waiting).fetchone() == (1,), 10, "the wait")
                assert not looking.done()
                with database.connect() as asking:
                    asking.execute("SELECT pg_terminate_backend(%s, 5000)", (raw.info.backend_pid,))
                assert looking.result(10) is None
            with pytest.raises(psycopg.OperationalError):
                raw.execute("SELECT 1")
            raw.close()
    assert len(details(log)) == 1


def test_who_cannot_look_in_time_does_not_say_that_nothing_was_stored(
    log: ActivityLog, break_once: Break, other: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken connection's server process may hang for longer than anybody waits for a lock."""
    log.append("s1", [activity()])
    monkeypatch.setattr(postgres_log, "_PATIENCE_SECONDS", 0.5)

    def held(*_: Any) -> None:
        raise psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")

    monkeypatch.setattr(postgres_log, "_look_up", held)
    break_once("after")
    with pytest.raises(StorageLostError) as lost:
        log.append("s1", [activity(details="stored")])
    assert lost.value.maybe_stored is True
    assert details(log)[1:] == ["stored"]


# A server that is away


def test_an_append_waits_for_a_server_that_restarts(log: ActivityLog, postgres: PostgresServer) -> None:
    log.append("s1", [activity()])
    postgres.stop()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.append, "s1", [activity(details="waited")])
        postgres.start()
        assert waiting.result(15).head == 2
    assert details(log)[1] == "waited"


def test_a_server_that_stays_away_is_told_as_a_loss_and_the_log_goes_on_afterwards(
    log: ActivityLog, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_log, "_PATIENCE_SECONDS", 0.5)
    log.append("s1", [activity()])
    postgres.stop()
    try:
        with pytest.raises(StorageLostError) as lost:
            log.append("s1", [activity()])
        assert lost.value.code == "storage_lost"
        assert lost.value.maybe_stored is False
        assert isinstance(lost.value, NotStoredError)
        assert "was not stored" in str(lost.value)
        with pytest.raises(DatabaseLostError):
            log.position("s1")
    finally:
        postgres.start()
    assert log.append("s1", [activity()]).head == 2


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_reading_goes_on_after_a_restart_without_an_error(
    log: ActivityLog, database: Database, postgres: PostgresServer, mode: str
) -> None:
    """A connection that broke while nobody used it is never used again."""
    fill(log, "s1", 5)
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    postgres.restart(mode)
    assert len(details(log)) == 5
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM events").scalar() == 5
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE sessions SET title = 'x'")


def test_a_record_transaction_that_loses_the_server_says_so(database: Database, postgres: PostgresServer) -> None:
    def lose() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("SELECT 1")
            postgres.restart()
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(DatabaseLostError, match="does not answer"):
        lose()


# Others in the way


def test_a_session_that_is_held_too_long_is_told_as_busy(
    log: ActivityLog, other: "psycopg.Connection[Any]", database: Database
) -> None:
    log.append("s1", [activity()])
    store: Any = log._store
    with store._connection() as (raw, _):
        raw.execute("SET lock_timeout = 100")
    with other.transaction():
        other.execute("SELECT 1 FROM sessions FOR UPDATE")
        with pytest.raises(StorageBusyError):
            log.append("s1", [activity()])
    assert log.append("s1", [activity()]).head == 2


def test_readers_and_other_sessions_go_on_while_a_session_is_held(
    log: ActivityLog, other: "psycopg.Connection[Any]"
) -> None:
    fill(log, "s1", 3)
    fill(log, "s2", 3)
    with other.transaction():
        other.execute("SELECT 1 FROM sessions WHERE id = 's1' FOR UPDATE")
        assert len(details(log)) == 3
        assert log.append("s2", [activity("s2")]).head == 4


# The fence between two machines


def test_an_append_waits_for_whoever_takes_the_run_back_and_is_then_refused(
    log: ActivityLog, run: RunRecord, database: Database
) -> None:
    with database.connect() as taker, ThreadPoolExecutor(1) as pool:
        with taker.transaction():
            taker.execute("UPDATE runs SET status = 'queued'")
            writing = pool.submit(log.append, "s1", [activity()], run.fence)
            with database.connect() as asking:
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                wait_until(lambda: asking.execute(waiting).fetchone() == (1,), 10, "the wait")
        with pytest.raises(StaleRunError):
            writing.result(10)
    assert len(details(log)) == 2


def test_threads_of_one_run_and_its_beat_never_stand_in_each_others_way(
    log: ActivityLog, run_queue: RunQueue, run: RunRecord
) -> None:
    stop = threading.Event()

    def beat() -> None:
        while not stop.is_set():
            run_queue.beat(run)

    with ThreadPoolExecutor(9) as pool:
        beating = pool.submit(beat)
        numbers = list(pool.map(lambda _: log.append("s1", [activity()], run.fence).head, range(200)))
        stop.set()
        beating.result(10)
    assert sorted(numbers) == list(range(3, 203))
    with pytest.raises(StaleRunError):
        log.append("s1", [activity()], Fence(run.id, run.attempt + 1))


def test_a_deletion_among_appends_of_its_runs_ends_without_a_deadlock(
    log: ActivityLog, run: RunRecord, deletion: SessionDeletion
) -> None:
    refused = []

    def write() -> None:
        try:
            while True:
                log.append("s1", [activity()], run.fence)
        except NotStoredError as error:
            refused.append(type(error))

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write) for _ in range(4)]
        began = time.monotonic()
        deletion.delete("s1")
        for writer in writers:
            writer.result(10)
        assert time.monotonic() - began < 5
    assert set(refused) == {StaleRunError}
    assert log.position("s1") is None


# Sizes


def test_a_piece_of_large_events_is_not_fetched_beyond_its_size(log: ActivityLog) -> None:
    log.append("s1", [activity(details="x" * 200_000) for _ in range(20)])
    position = log.position("s1")
    assert position is not None
    assert [event.seq for event in log.read(position.key, 3, max_bytes=500_000)] == [4, 5, 6]
