"""Appends of several threads share a commit, and nothing else."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.events import activity
from tests.support.waiting import wait_until
from utils.database.sqlite import SqliteDatabase
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.errors import SessionGoneError, StaleRunError
from utils.log.sqlite_store import SqliteLog
from utils.log.store import Fence
from utils.sessions.new_session import emitted_session
from utils.sessions.run_queue import RunQueue

pytestmark = pytest.mark.only_on("sqlite")
OTHERS = 6


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
        with database.write_lock.turn():
            first = pool.submit(log.append, "s1", [activity()])
            wait_until(lambda: groups == [1])  # it waits for the turn to write, and the others for it
            others = [pool.submit(log.append, "s1", [activity(), activity()]) for _ in range(OTHERS)]
            stale = pool.submit(log.append, "s1", [activity()], Fence("run-1", 1))
            wait_until(lambda: len(store._waiting) == OTHERS + 1)
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
            wait_until(lambda: len(store._waiting) == 2)
            raise KeyboardInterrupt
        return connection()

    monkeypatch.setattr(store, "_connection", interrupt)
    with ThreadPoolExecutor(3) as pool:
        leader = pool.submit(log.append, "s1", [activity()])
        assert begun.wait(10)
        others = [pool.submit(log.append, "s1", [activity()]) for _ in range(2)]
        with pytest.raises(KeyboardInterrupt):
            leader.result(10)
        assert sorted(one.result(10).head for one in others) == [2, 3]
    assert not store._waiting


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
