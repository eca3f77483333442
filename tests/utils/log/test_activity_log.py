"""The log: durable, numbered without a hole, whichever process or thread wrote."""

import json
import logging
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta

import pysqlite3
import pytest
from sqlalchemy import delete, insert

from tests.support.clock import Clock
from tests.support.events import activity, fill, run_update, varied
from tests.support.hearing import hints
from tests.support.programs import python
from tests.support.waiting import wait_until
from utils.database import sqlite as sqlite_database
from utils.database.base import Database
from utils.database.tables import events as events_table
from utils.doorbell.base import ANYTHING, SESSIONS, Doorbell
from utils.doorbell.news import unpack
from utils.log import activity_log
from utils.log.activity_log import ActivityLog
from utils.log.errors import NotStoredError, SessionGoneError, StaleRunError, StorageBusyError, StorageFullError
from utils.log.events import AgentActivity, encode_body
from utils.log.frames import to_frame
from utils.log.opening import open_log
from utils.log.run_ending import closing_events
from utils.log.store import Fence
from utils.sessions.deletion import SessionDeletion
from utils.sessions.new_session import emitted_session
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.settings import Settings


def seqs(log: ActivityLog, session_id: str) -> list[int]:
    position = log.position(session_id)
    assert position is not None
    return [event.seq for event in log.read(position.key, 0, limit=1_000_000)]


def details(log: ActivityLog, session_id: str) -> list[str]:
    position = log.position(session_id)
    assert position is not None
    return [json.loads(event.body)["details"] for event in log.read(position.key, 0, limit=1_000_000)]


def test_the_first_append_makes_the_session_and_numbers_from_1(log: ActivityLog) -> None:
    assert log.position("s1") is None
    assert log.append("s1", [activity()]).head == 1
    assert log.append("s1", [activity(), activity(), activity()]).head == 4
    assert log.append("s2", [activity("s2")]).head == 1
    position = log.position("s1")
    assert position is not None
    assert (position.first, position.head) == (1, 4)
    assert seqs(log, "s1") == [1, 2, 3, 4]


def test_what_is_read_is_what_was_appended(log: ActivityLog) -> None:
    events = varied("s1", 25)
    log.append("s1", events)
    position = log.position("s1")
    assert position is not None
    read = log.read(position.key, 0)
    assert [(e.seq, e.type, e.run_id, e.body) for e in read] == [
        (seq, event.type, event.run_id, encode_body(event)) for seq, event in enumerate(events, 1)
    ]
    assert json.loads(read[4].data())["seq"] == 5
    assert read[4].frame().startswith(b"id: 5\nevent: error\ndata: {")


def test_reading_begins_after_the_cursor_and_stops_at_the_limits(log: ActivityLog) -> None:
    fill(log, "s1", 50)
    position = log.position("s1")
    assert position is not None
    assert [event.seq for event in log.read(position.key, 10, limit=3)] == [11, 12, 13]
    assert log.read(position.key, 50) == []
    assert [event.seq for event in log.read(position.key, 48, max_bytes=1)] == [49]
    some = log.read(position.key, 0, max_bytes=1000)
    assert sum(len(event.body) for event in some[:-1]) < 1000 <= sum(len(event.body) for event in some)
    assert [event.seq for event in log.read(position.key, 0)] == list(range(1, 51))


def test_the_events_of_one_run_are_found_among_those_of_others(log: ActivityLog) -> None:
    for number in range(2100):
        log.append("s1", [activity(details=f"{number}", run_id="ours"), activity(run_id="theirs"), activity()])
    found = [event.details for event in log.run_events("s1", "ours", 3 * 50 + 1) if isinstance(event, AgentActivity)]
    assert found == [f"{number}" for number in range(50, 2100)]
    assert list(log.run_events("s1", "nobody's", 1)) == []
    assert list(log.run_events("unknown", "ours", 1)) == []


def test_who_reads_one_run_fetches_nothing_of_others(log: ActivityLog) -> None:
    log.append("s1", [activity(run_id="ours")])
    for _ in range(50):
        log.append("s1", [activity(details="d" * 10_000, run_id="theirs")] * 20)
    log.append("s1", [activity(run_id="ours")])
    next(log.run_events("s1", "ours", 1))  # opens the connection
    tracemalloc.start()
    try:
        found = list(log.run_events("s1", "ours", 1))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == 2
    assert most < 1_000_000  # the others have ten times as much


def test_a_run_is_closed_without_its_events_being_in_memory_together(log: ActivityLog) -> None:
    for number in range(30):
        steps = [activity(run_id="ours").model_copy(update={"activity_id": f"{number}-{n}"}) for n in range(50)]
        end = {"status": "completed", "output": "o" * 10_000}
        log.append("s1", [steps[0], *(step.model_copy(update=end) for step in steps[1:])])
    next(log.run_events("s1", "ours", 1))  # opens the connection
    tracemalloc.start()
    try:
        ends = closing_events(log.run_events("s1", "ours", 1), "cancelled")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(ends) == 30
    assert most < 8_000_000  # all of them have 15 MB


def test_positions_of_many_sessions_leave_out_those_that_are_gone(log: ActivityLog) -> None:
    keys = {}
    for number in range(3):
        log.append(f"s{number}", [activity(f"s{number}")] * (number + 1))
        position = log.position(f"s{number}")
        assert position is not None
        keys[position.key] = number + 1
    found = log.positions([*keys, *range(10_000, 11_000)])
    assert {key: position.head for key, position in found.items()} == keys


WRITER = """
import sys, threading
from utils.sse_emitter import sse_emitter
from utils.settings import Settings
name = sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
def write(thread):
    for number in range(40):
        sse_emitter.emit_agent_activity("shared", name, "write", "in-progress", f"{name}-{thread}-{number}")
threads = [threading.Thread(target=write, args=(t,)) for t in range(3)]
[t.start() for t in threads]; [t.join() for t in threads]
"""


def test_processes_and_threads_that_write_at_once_leave_no_hole_and_no_double(
    log: ActivityLog, database: Database, settings: Settings
) -> None:
    with ExitStack() as stack:
        writers = [stack.enter_context(python(WRITER, settings.data_path, name)) for name in "ABC"]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        for writer in writers:
            _, err = writer.communicate(timeout=60)
            assert writer.returncode == 0, err
    assert seqs(log, "shared") == list(range(1, 361))
    said = details(log, "shared")
    for name in "ABC":
        for thread in range(3):
            mine = [text for text in said if text.startswith(f"{name}-{thread}-")]
            assert mine == [f"{name}-{thread}-{number}" for number in range(40)]


def test_threads_of_one_process_may_share_a_log(log: ActivityLog) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: log.append("s1", [activity()]).head, range(200)))
    assert sorted(numbers) == list(range(1, 201))
    assert seqs(log, "s1") == list(range(1, 201))


KILLED = """
from utils.sse_emitter import sse_emitter
while True:
    print(sse_emitter.emit_agent_activity("s1", "A", "write", "in-progress", "x" * 500), flush=True)
"""


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_an_acknowledged_event_survives_kill_9(
    log: ActivityLog, database: Database, synchronous: str, settings: Settings
) -> None:
    with python(KILLED, settings.data_path, sqlite_synchronous=synchronous) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(25)]
        writer.kill()
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    stored = seqs(log, "s1")
    assert stored == list(range(1, len(stored) + 1))
    assert len(stored) - acknowledged[-1] in (0, 1)  # at most the one that was stored but not yet told
    if database.dialect == "sqlite":
        raw = database.connect()
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        raw.close()


def test_the_doorbell_rings_after_the_event_can_be_read(database: Database, log: ActivityLog) -> None:
    """Another connection sees it at the moment of the ring: durable before visible."""
    seen = []

    class Ear:
        def ring(self, topic: str, hint: str, news: bytes) -> None:
            found = ThreadPoolExecutor(1).submit(log.positions, [int(hint)]).result()
            seen.append((topic, found[int(hint)].head))

    open_log(database, Ear(), emitted_session).append("s1", [activity()])  # type: ignore[arg-type]
    assert seen == [(SESSIONS, 1)]


def test_an_append_that_fails_half_way_leaves_nothing_and_the_log_usable(log: ActivityLog, database: Database) -> None:
    log.append("s1", [activity()])
    position = log.position("s1")
    assert position is not None
    with database.write() as connection:
        in_the_way = {"session_key": position.key, "seq": 3, "type": "error", "body": b"{}"}
        connection.execute(insert(events_table).values(in_the_way))
    with pytest.raises(NotStoredError) as failed:
        log.append("s1", [activity(), activity()])
    assert "not stored" in str(failed.value)
    assert log.position("s1") == position
    with database.write() as connection:
        connection.execute(delete(events_table).where(events_table.c.seq == 3))
    assert log.append("s1", [activity(), activity()]).head == 3
    assert seqs(log, "s1") == [1, 2, 3]


@pytest.mark.only_on("sqlite")
def test_news_of_many_small_events_come_along_whole(log: ActivityLog, doorbell: Doorbell) -> None:
    listener, seq = doorbell.listen(SESSIONS), 0
    for count in range(1, 70):  # more do not fit into the rings of one append
        event = run_update("s1", "run-0123456789abcdef", "running")
        seq = log.append("s1", [event] * count).head
        heard = [frame.seq for ring in listener.rings() for frame in unpack(ring.news)]
        assert heard == list(range(seq - count + 1, seq + 1)), count
    listener.close()


@pytest.mark.only_on("sqlite")
def test_of_a_long_batch_no_more_frames_are_made_than_rings_can_tell(
    log: ActivityLog, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    monkeypatch.setattr(activity_log, "to_frame", lambda event: (made.append(event.seq), to_frame(event))[1])
    listener = doorbell.listen(SESSIONS)
    log.append("s1", [activity()] * 1000)
    assert [ring.news for ring in listener.rings()] == [b""]
    assert len(made) < 200
    listener.close()


def test_a_failed_append_does_not_ring(database: Database, log: ActivityLog, doorbell: Doorbell) -> None:
    listener = doorbell.listen(SESSIONS)
    with pytest.raises(StaleRunError):
        log.append("s1", [activity()], Fence("no-such-run", 1))
    assert hints(listener) <= {ANYTHING}
    log.append("s1", [activity()])
    assert len(hints(listener) - {ANYTHING}) == 1
    listener.close()


# A full disk and a busy database


def limit_pages(log: ActivityLog, pages: int) -> None:
    log._store._connection().execute(f"PRAGMA max_page_count={pages}")


@pytest.mark.only_on("sqlite")
def test_a_full_disk_raises_its_typed_error_and_stores_nothing(log: ActivityLog, database: Database) -> None:
    log.append("s1", [activity()])
    used = log._store._connection().execute("PRAGMA page_count").fetchone()[0]
    limit_pages(log, used)
    with pytest.raises(StorageFullError) as failed:
        log.append("s1", [activity(details="x" * 100_000)])
    assert failed.value.code == "storage_full"
    assert "Make room" in str(failed.value)
    assert seqs(log, "s1") == [1]
    limit_pages(log, used + 1000)
    assert log.append("s1", [activity(details="x" * 100_000)]).head == 2
    assert log._store._connection().execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.only_on("sqlite")
def test_a_lock_held_too_long_raises_its_typed_error_and_the_log_goes_on(
    log: ActivityLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "_BUSY_MS", 50)
    holder = database.connect()
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusyError) as failed:
        log.append("s1", [activity()])
    assert failed.value.code == "storage_busy"
    holder.execute("ROLLBACK")
    holder.close()
    assert log.append("s1", [activity()]).head == 1


@pytest.mark.only_on("sqlite")
def test_readers_go_on_while_a_writer_holds_the_lock(log: ActivityLog, database: Database) -> None:
    fill(log, "s1", 10)
    holder = database.connect()
    holder.execute("BEGIN IMMEDIATE")
    assert seqs(log, "s1") == list(range(1, 11))
    holder.execute("ROLLBACK")
    holder.close()


@pytest.mark.only_on("sqlite")
def test_a_database_that_cannot_be_opened_raises_the_typed_error(
    log: ActivityLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread's first append opens its connection: that may fail like the append itself."""

    def broken() -> None:
        raise pysqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(database, "connect", broken)
    with pytest.raises(NotStoredError):
        log.append("s1", [activity()])


# The fence


def test_only_the_attempt_that_owns_the_run_may_write(
    log: ActivityLog, sessions: Sessions, run_queue: RunQueue
) -> None:
    sessions.create("s1")
    requested = run_queue.request("s1", "Why?")
    assert requested is not None
    run_id = requested[1].id
    with pytest.raises(StaleRunError):  # queued: nobody's
        log.append("s1", [activity()], Fence(run_id, 0))
    run = run_queue.claim("me")
    assert run is not None
    head = log.append("s1", [activity()], run.fence).head
    for stale in (Fence(run_id, 0), Fence(run_id, 2), Fence("other", 1)):
        with pytest.raises(StaleRunError) as failed:
            log.append("s1", [activity()], stale)
        assert failed.value.code == "stale_run"
    run_queue.finish(run, "completed")
    with pytest.raises(StaleRunError):
        log.append("s1", [activity()], run.fence)
    assert seqs(log, "s1") == list(range(1, head + 2))


def test_a_fenced_append_never_makes_a_session_again(
    log: ActivityLog, sessions: Sessions, run_queue: RunQueue, deletion: SessionDeletion
) -> None:
    sessions.create("s1")
    run_queue.request("s1", "Why?")
    run = run_queue.claim("me")
    assert run is not None
    deletion.delete("s1")
    with pytest.raises((SessionGoneError, StaleRunError)):
        log.append("s1", [activity()], run.fence)
    assert log.position("s1") is None


# Within a caller's transaction


def test_append_within_commits_and_rolls_back_with_its_caller(log: ActivityLog, database: Database) -> None:
    log.append("s1", [activity()])
    with database.write() as connection:
        assert log.append_within(connection, "s1", [activity(), activity()]).head == 3
    assert seqs(log, "s1") == [1, 2, 3]

    def fail() -> None:
        with database.write() as connection:
            log.append_within(connection, "s1", [activity()])
            raise RuntimeError("the caller failed")

    with pytest.raises(RuntimeError):
        fail()
    assert seqs(log, "s1") == [1, 2, 3]
    assert log.append("s1", [activity()]).head == 4


def test_append_within_an_unknown_session_says_so(log: ActivityLog, database: Database) -> None:
    with pytest.raises(SessionGoneError), database.write() as connection:
        log.append_within(connection, "s1", [activity()])


# Trimming and deleting


def test_trim_forgets_what_is_before_first_and_keeps_the_numbers(log: ActivityLog) -> None:
    fill(log, "s1", 20)
    log.trim("s1", 8)
    position = log.position("s1")
    assert position is not None
    assert (position.first, position.head) == (8, 20)
    assert seqs(log, "s1") == list(range(8, 21))
    assert log.append("s1", [activity()]).head == 21


def test_trim_never_goes_back_nor_beyond_the_head(log: ActivityLog) -> None:
    fill(log, "s1", 5)
    log.trim("s1", 4)
    log.trim("s1", 2)
    assert seqs(log, "s1") == [4, 5]
    log.trim("s1", 100)
    position = log.position("s1")
    assert position is not None
    assert (position.first, position.head) == (6, 5)
    assert log.append("s1", [activity()]).head == 6
    log.trim("unknown", 3)


def test_trim_of_many_events_goes_in_several_steps(log: ActivityLog) -> None:
    log.append("s1", [activity()] * 12_000)
    log.trim("s1", 11_990)
    assert seqs(log, "s1") == list(range(11_990, 12_001))


def test_trimming_all_keeps_the_newest_of_each_session_and_spares_those_a_little_over(log: ActivityLog) -> None:
    for name, count in (("long", 40), ("little-over", 21), ("short", 5)):
        log.append(name, [activity(name)] * count)
    log.trim_all(keep=20)
    assert seqs(log, "long") == list(range(21, 41))
    assert seqs(log, "little-over") == list(range(1, 22))
    assert seqs(log, "short") == list(range(1, 6))


# When it moved


def test_a_session_says_when_it_moved_within_five_seconds_and_of_a_run_at_once(
    log: ActivityLog, sessions: Sessions, clock: Clock
) -> None:
    """More often would write the index of the list of sessions with every event."""

    def moved() -> datetime:
        found = sessions.get("s1")
        assert found is not None
        return found.updated_at

    log.append("s1", [activity()])
    first = moved()
    clock.move(seconds=3)
    log.append("s1", [activity()])
    assert moved() == first
    log.append("s1", [activity(), run_update("s1", "r", "completed")])
    assert moved() >= first + timedelta(seconds=3)
    second = moved()
    clock.move(seconds=6)
    log.append("s1", [activity()])
    assert moved() >= second + timedelta(seconds=6)


# Small questions


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_a_run_has_ended_once_its_last_event_is_within_reach(log: ActivityLog, status: str) -> None:
    log.append("s1", [run_update("s1", "r", "queued"), run_update("s1", "r", status), run_update("s1", "q", "running")])
    position = log.position("s1")
    assert position is not None
    assert not log.run_ended(position.key, "r", 1)
    assert log.run_ended(position.key, "r", 2)
    assert log.run_ended(position.key, "r", 3)
    assert not log.run_ended(position.key, "q", 3)
    assert not log.run_ended(position.key, "unknown", 3)


@pytest.mark.only_on("sqlite")
def test_asking_about_a_run_does_not_read_its_session(log: ActivityLog) -> None:
    """Counted in steps of SQLite's machine, beside a session of 2,000 events."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    log.append("s1", [run_update("s1", "r", "queued"), *[activity("s1", run_id="r")] * 2000])
    position = log.position("s1")
    assert position is not None
    log._store._connection().set_progress_handler(step, 1)
    assert not log.run_ended(position.key, "r", position.head)
    assert log.knows_run(position.key, "r")
    assert steps < 200


def test_changes_moves_when_another_connection_commits_and_only_then(log: ActivityLog, database: Database) -> None:
    log.append("s1", [activity()])
    # Something else may just have committed: on PostgreSQL also the doorbell and the server itself.
    before = wait_until(lambda: (now := log.changes()) == log.changes() and now)
    ThreadPoolExecutor(1).submit(log.append, "s1", [activity()]).result()
    assert log.changes() != before


@pytest.mark.only_on("sqlite")
def test_every_thread_has_a_connection_of_its_own(log: ActivityLog) -> None:
    mine = log._store._connection()
    assert log._store._connection() is mine
    assert ThreadPoolExecutor(1).submit(log._store._connection).result() is not mine


def test_at_the_level_debug_a_line_says_what_was_stored_and_nothing_of_its_content(
    log: ActivityLog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "utils.log.activity_log")
    log.append("s1", [activity("s1", "secret"), activity("s1", "secret"), run_update("s1", "r", "running")])
    log.append("s1", [activity("s1", "secret")])
    assert [record.getMessage() for record in caplog.records if record.name == "utils.log.activity_log"] == [
        "Session s1: events 1 to 3 (2 agentActivity, 1 runUpdate)", "Session s1: events 4 to 4 (1 agentActivity)",
    ]  # fmt: skip
