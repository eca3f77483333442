"""Appends of several threads share a commit, and nothing else."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pysqlite3
import pytest

from tests.support.events import activity
from tests.support.waiting import wait_until
from utils.database.sqlite import SqliteDatabase
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.errors import SessionGoneError, StaleRunError, StorageFullError
from utils.log.sqlite_store import SqliteLog
from utils.log.store import Fence, NewEvent
from utils.sessions.new_session import emitted_session
from utils.sessions.run_queue import RunQueue

pytestmark = pytest.mark.only_on("sqlite")
OTHERS = 6
EVENT = NewEvent("agentActivity", None, b"{}")


@pytest.fixture
def store(database: SqliteDatabase) -> SqliteLog:
    return SqliteLog(database, emitted_session)


@pytest.fixture
def groups(store: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many appends were stored together, each time."""
    sizes: list[int] = []
    whole = store._store
    monkeypatch.setattr(store, "_store", lambda appends: (sizes.append(len(appends)), whole(appends)))
    return sizes


def test_appends_that_wait_for_the_disk_share_one_commit_and_a_refused_one_refuses_no_other(
    database: SqliteDatabase, store: SqliteLog, doorbell: Doorbell, groups: list[int]
) -> None:
    log = ActivityLog(store, doorbell)
    log.append("s1", [activity()])
    groups.clear()
    with ThreadPoolExecutor(OTHERS + 2) as pool:
        with database.write_lock:
            first = pool.submit(log.append, "s1", [activity()])
            wait_until(lambda: groups == [1])  # it waits for the turn to write, and the others for it
            others = [pool.submit(log.append, "s1", [activity(), activity()]) for _ in range(OTHERS)]
            stale = pool.submit(log.append, "s1", [activity()], Fence("run-1", 1))
            wait_until(lambda: len(store._waiting) == OTHERS + 2)
        heads = sorted(one.result(10).head for one in others)
        assert first.result(10).head == 2
        assert heads == [2 * number for number in range(2, OTHERS + 2)]
        with pytest.raises(StaleRunError):
            stale.result(10)
    assert groups == [1, OTHERS + 1]
    position = log.position("s1")
    assert position is not None
    assert [event.seq for event in log.read(position.key, 0)] == list(range(1, 2 * OTHERS + 3))


def test_whoever_is_interrupted_leaves_the_others_stored(
    database: SqliteDatabase, store: SqliteLog, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by Ctrl-C in the main thread, in the middle of what it stores for all."""
    log = ActivityLog(store, doorbell)
    log.append("s1", [activity()])
    connection, begun, interrupted = store._connection, threading.Event(), []

    def interrupt() -> object:
        if not interrupted:
            interrupted.append(True)
            begun.set()
            wait_until(lambda: len(store._waiting) == 3)
            raise KeyboardInterrupt
        return connection()

    monkeypatch.setattr(store, "_connection", interrupt)
    with ThreadPoolExecutor(3) as pool:
        leader = pool.submit(log.append, "s1", [activity()])
        assert begun.wait(10)
        others = [pool.submit(log.append, "s1", [activity()]) for _ in range(2)]
        with pytest.raises(KeyboardInterrupt):
            leader.result(10)
        heads = {one.result(10).head for one in others}
    position = log.position("s1")
    assert position is not None
    assert len(heads) == 2
    assert max(heads) == position.head
    assert not store._waiting


def test_what_was_interrupted_is_not_stored_later(store: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "_connection", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.append("s1", [EVENT], None)
    assert store.append("s1", [EVENT], None)[1] == 1


class Spoiling:
    """A connection. Where ``at`` says so, ``error`` comes after a statement or instead of it."""

    def __init__(self, raw: Any, error: BaseException, at: Callable[[str], bool], *, after: bool) -> None:
        self._raw, self._error, self._at, self._after = raw, error, at, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def execute(self, statement: str, *values: Any) -> Any:
        now = self._at(statement)
        if now and not self._after:
            raise self._error
        done = self._raw.execute(statement, *values)
        if now:
            raise self._error
        return done


@pytest.fixture
def spoil_group(
    database: SqliteDatabase, store: SqliteLog, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[Future[tuple[int, int]]]]:
    """Appends one event, then some in one commit whose ``statement`` goes wrong; returned when all are done."""

    def spoil(statement: str, error: BaseException, *, after: bool) -> list[Future[tuple[int, int]]]:
        store.append("s1", [EVENT], None)
        spoilt: list[str] = []

        def at(executed: str) -> bool:
            if executed != statement or groups[-1] != OTHERS or spoilt:
                return False
            spoilt.append(executed)
            return True

        connection = store._connection
        monkeypatch.setattr(store, "_connection", lambda: Spoiling(connection(), error, at, after=after))
        with ThreadPoolExecutor(OTHERS + 1) as pool, database.write_lock:
            appends = [pool.submit(store.append, "s1", [EVENT], None)]
            wait_until(lambda: groups == [1, 1])
            appends += [pool.submit(store.append, "s1", [EVENT], None) for _ in range(OTHERS)]
            wait_until(lambda: len(store._waiting) == OTHERS + 1)
        assert spoilt
        return appends

    return spoil


def test_whoever_is_interrupted_behind_the_commit_has_nobody_stored_twice(
    store: SqliteLog, spoil_group: Callable[..., list[Future[tuple[int, int]]]]
) -> None:
    appends = spoil_group("COMMIT", KeyboardInterrupt(), after=True)
    failed = [one.exception() for one in appends if one.exception() is not None]
    assert [type(error) for error in failed] == [KeyboardInterrupt]
    stored = [one.result()[1] for one in appends if one.exception() is None]
    assert len(set(stored)) == OTHERS
    assert set(stored) < set(range(2, OTHERS + 3))
    assert store.append("s1", [EVENT], None)[1] == OTHERS + 3


def test_a_commit_that_fails_is_told_to_each_and_stores_nothing(
    store: SqliteLog, spoil_group: Callable[..., list[Future[tuple[int, int]]]]
) -> None:
    """Each gets an exception of its own, for every thread that raises one adds to its traceback."""
    first, *others = spoil_group("COMMIT", pysqlite3.OperationalError("database or disk is full"), after=False)
    assert first.result()[1] == 2
    errors = [one.exception() for one in others]
    assert {type(error) for error in errors} == {StorageFullError}
    assert len({id(error) for error in errors}) == OTHERS
    assert all(isinstance(error.__cause__, pysqlite3.Error) for error in errors if error is not None)
    assert store.append("s1", [EVENT], None)[1] == 3


def test_an_append_to_a_session_that_is_gone_says_so(
    store: SqliteLog, doorbell: Doorbell, sessions, run_queue: RunQueue
) -> None:
    """A run of it that somebody still works on must stop, and not make the session anew."""
    sessions.create("s1")
    run_queue.request("s1", "What?")
    run = run_queue.claim("me")
    with store._database.write() as database:
        database.exec_driver_sql("UPDATE sessions SET id = 'elsewhere'")
    with pytest.raises(SessionGoneError):
        ActivityLog(store, doorbell).append("s1", [activity()], run.fence)


def test_a_disk_that_is_full_within_a_callers_transaction_is_told_as_everywhere(
    database: SqliteDatabase, store: SqliteLog
) -> None:
    large = NewEvent("agentActivity", None, b'{"details":"%s"}' % (b"x" * 100_000))
    store.append("s1", [EVENT], None)
    with database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageFullError):
            store.append_within(connection, "s1", [large])
    position = store.position("s1")
    assert position is not None
    assert position.head == 1
