"""The event loop: no reader slows another, a stalled one costs next to nothing, and every end is orderly."""

import gc
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pysqlite3
import pytest

from tests.support.events import activity, fill, run_update, wire
from tests.support.streams import StreamReader, Streams, tcp_pair
from tests.support.waiting import wait_until
from utils.doorbell.base import MOST_NEWS, SESSIONS, Doorbell
from utils.doorbell.news import pack
from utils.log.activity_log import ActivityLog
from utils.log.frames import to_frame
from utils.sessions.deletion import SessionDeletion
from utils.streams import log_reader
from utils.streams.stream_loop import StreamLoop, streams_counted

Open = Callable[..., Streams]


@pytest.fixture
def open_streams(doorbell: Doorbell, log: ActivityLog) -> Iterator[Open]:
    with ExitStack() as stack:

        def open_streams(heartbeat_seconds: float = 30) -> Streams:
            made = Streams(doorbell, log, "loop", heartbeat_seconds)
            stack.callback(made.close)
            return made

        yield open_streams


@pytest.fixture
def streams(open_streams: Open) -> Streams:
    return open_streams()


@pytest.fixture
def loop(streams: Streams) -> StreamLoop:
    assert streams.loop is not None
    return streams.loop


def threads_of_this_process() -> int:
    return len(os.listdir("/proc/self/task"))


@pytest.mark.any_database
def test_streams_cost_no_thread(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    fill(log, "s1", 5)
    before = threads_of_this_process()
    readers = [streams.watch("s1") for _ in range(300)]
    wait_until(lambda: loop.open_streams == 300)
    log.append("s1", [activity()])
    for reader in readers:
        reader.until_cursor(6)
        assert reader.logged == wire(log, "s1")
    assert threads_of_this_process() == before


@pytest.mark.any_database
def test_a_live_event_is_encoded_once_for_all_subscribers(
    log: ActivityLog, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    from utils.log import store as log_store

    fill(log, "s1", 1)
    readers = [streams.watch("s1", cursor=1) for _ in range(50)]
    for reader in readers:
        reader.until(lambda r: r.events)
    encoded = []
    original = log_store.encode_frame
    monkeypatch.setattr(log_store, "encode_frame", lambda *event: encoded.append(event[0]) or original(*event))
    log.append("s1", [activity(), activity()])
    for reader in readers:
        reader.until_cursor(3)
    assert encoded in ([2, 3], [2, 3, 2, 3]), "where it was emitted, and where it was not told"


@pytest.mark.only_on("sqlite")
def test_what_the_doorbell_brings_along_is_not_read_from_the_log(
    log: ActivityLog, open_streams: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_reader, "_POLL_SECONDS", 600)
    fill(log, "s1", 1)
    reads: list[object] = []
    with monkeypatch.context() as patch:
        patch.setattr(log, "read", lambda *what, **_: reads.append(what) or [])
        streams = open_streams()
        readers = [streams.watch("s1", cursor=1) for _ in range(3)]
        for reader in readers:
            reader.until(lambda r: r.events)
        wait_until(lambda: reads, 10, "the first look, as the session begins to be watched")
        reads.clear()
        log.append("s1", [activity(), activity(details="é\0\n")])
        log.append("s1", [run_update("s1", "run-1", "completed")])
        for reader in readers:
            reader.until_cursor(4)
    assert reads == []
    for reader in readers:
        assert reader.logged == wire(log, "s1", after=1)


def test_what_was_read_for_one_who_comes_back_is_not_read_again_for_the_next(
    log: ActivityLog, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log, "s1", 20)
    stays = streams.watch("s1", cursor=15)
    stays.until_cursor(20)
    log.append("s1", [activity()])
    stays.until_cursor(21)
    whole = {cursor: wire(log, "s1", after=cursor) for cursor in (3, 15, 16, 17, 20)}
    reads: list[object] = []
    read = log.read
    monkeypatch.setattr(log, "read", lambda *what, **how: reads.append(what) or read(*what, **how))
    for cursor, read_so_far in ((17, 0), (15, 0), (20, 0), (3, 1), (16, 1), (3, 1)):
        reader = streams.watch("s1", cursor=cursor)
        reader.until_cursor(21)
        assert reader.logged == whole[cursor]
        assert len(reads) == read_so_far


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("together", [True, False])
def test_news_that_come_twice_late_or_after_a_hole_give_the_log(
    log: ActivityLog, doorbell: Doorbell, open_streams: Open, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    monkeypatch.setattr(log_reader, "_POLL_SECONDS", 600)
    monkeypatch.setattr(log_reader, "_LONGEST_PAUSE_SECONDS", 600)
    fill(log, "s1", 1)
    streams, held, gate = open_streams(), threading.Event(), threading.Event()
    assert streams.loop is not None
    with streams.watch("s1", cursor=1) as reader:
        reader.until(lambda r: r.events)
        rings: list[tuple[str, str, bytes]] = []
        with monkeypatch.context() as patch:
            patch.setattr(doorbell, "ring", lambda *ring: rings.append(ring))
            patch.setattr(log, "read", lambda *_, **__: [])  # the first look after a watch may still be to come
            for _ in range(6):
                log.append("s1", [activity()])
        if together:
            streams.loop._call(lambda: held.set() or (gate.wait(10) and None))
            assert held.wait(5)
        for number in (2, 0, 2, 5, 1, 0, 4):
            doorbell.ring(*rings[number])
        gate.set()
        reader.until_cursor(7)
        assert reader.logged == wire(log, "s1", after=1)


def test_news_whose_events_do_not_follow_each_other_are_read_from_the_log(
    log: ActivityLog, doorbell: Doorbell, open_streams: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log, "s1", 1)
    streams = open_streams()
    with streams.watch("s1", cursor=1) as reader:
        reader.until(lambda r: r.events)
        with monkeypatch.context() as patch:
            patch.setattr(doorbell, "ring", lambda *_: None)
            key = log.append("s1", [activity() for _ in range(4)]).key
        frames = [to_frame(event) for event in log.read(key, 1)]
        doorbell.ring(SESSIONS, str(key), pack([*frames[:3], *frames[1:]]))
        reader.until_cursor(5)
        assert reader.logged == wire(log, "s1", after=1)


def test_stalled_readers_slow_nobody_and_lose_nothing(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    fill(log, "s1", 1)
    stalled = [streams.watch("s1", cursor=1, buffers=4096) for _ in range(20)]
    lively = streams.watch("s1", cursor=1)
    lively.until(lambda r: r.events)
    began = time.monotonic()
    for number in range(400):
        log.append("s1", [activity(details=f"{number}" + "x" * 2000)])
    lively.until_cursor(401, seconds=10)
    assert time.monotonic() - began < 10
    assert loop.open_streams == 21
    for reader in stalled:
        reader.until_cursor(401)
        assert reader.logged == wire(log, "s1", after=1)


def held_by(loop: StreamLoop) -> int:
    """Bytes the loop holds for its subscribers, beyond the feed all of a session share."""
    return sum(sys.getsizeof(subscriber) + len(subscriber.pending or b"") for subscriber in loop._subscribers.values())


@pytest.mark.any_database
def test_a_stalled_reader_costs_one_partial_frame_however_long_it_stalls(
    log: ActivityLog, streams: Streams, loop: StreamLoop
) -> None:
    log.append("s1", [activity(details="x" * 20_000) for _ in range(100)])
    reader = streams.watch("s1", buffers=4096)
    wait_until(lambda: any(subscriber.blocked for subscriber in loop._subscribers.values()))
    for _ in range(10):
        log.append("s1", [activity(details="y" * 1000) for _ in range(100)])
    other = streams.watch("s1", cursor=1100)
    other.until(lambda r: r.events)
    assert held_by(loop) < 64 * 1024
    reader.until_cursor(1100, seconds=20)
    assert reader.logged == wire(log, "s1")


@pytest.mark.any_database
def test_what_is_kept_for_a_session_is_bounded(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    fill(log, "s1", 1)
    reader = streams.watch("s1", cursor=1)
    reader.until(lambda r: r.events)
    for _ in range(30):
        log.append("s1", [activity(details="x" * 50_000)])
    reader.until_cursor(31)
    [feed] = loop._feeds.values()
    assert feed.size <= 256 * 1024
    assert feed.size == sum(len(frame.data) for frame in feed.frames)
    assert feed.frames[-1].seq == 31


@pytest.mark.any_database
def test_a_session_nobody_watches_is_forgotten(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    fill(log, "s1", 3)
    first, second = streams.watch("s1"), streams.watch("s1")
    wait_until(lambda: loop.open_streams == 2)
    first.leave()
    wait_until(lambda: loop.open_streams == 1)
    assert len(loop._feeds) == 1
    second.leave()
    wait_until(lambda: loop.open_streams == 0)
    wait_until(lambda: not loop._feeds and not loop._reader._cursors)
    assert (loop.opened, loop.ended) == (2, 2)


@pytest.mark.any_database
def test_no_descriptor_is_left_behind(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    fill(log, "s1", 3)
    warm = streams.watch("s1")
    warm.until_cursor(3)
    warm.leave()
    wait_until(lambda: loop.open_streams == 0)
    before = _descriptors()
    for _ in range(50):
        reader = streams.watch("s1")
        reader.until_cursor(3)
        reader.leave()
    wait_until(lambda: loop.ended == 51)
    assert _descriptors() <= before


def test_joining_leaving_and_emitting_at_once_keeps_every_stream_exact(log: ActivityLog, streams: Streams) -> None:
    """Feeds come and go while rings for them are under way."""
    fill(log, "s1", 5)
    done = threading.Event()

    def emit() -> None:
        while not done.is_set():
            log.append("s1", [activity(details="x" * 200)])

    def visit(number: int) -> None:
        for _ in range(25):
            with streams.watch("s1", cursor=number) as reader:
                reader.until(lambda r: len(r.seqs) >= 20)
                assert reader.seqs == list(range(number + 1, number + 1 + len(reader.seqs)))

    emitter = threading.Thread(target=emit)
    emitter.start()
    try:
        with ThreadPoolExecutor(3) as pool:
            for visited in [pool.submit(visit, number) for number in range(3)]:
                visited.result(30)
    finally:
        done.set()
        emitter.join()


def processor_share(loop: StreamLoop) -> float:
    """How busy the loop's two threads are: processor seconds per second, from the kernel."""
    names = ("stream-loop", "log-reader")
    ids = [thread.native_id for thread in threading.enumerate() if thread.name in names]

    def ticks() -> int:
        stats = [Path(f"/proc/self/task/{thread}/stat").read_text() for thread in ids]
        return sum(sum(map(int, stat.rsplit(")", 1)[1].split()[11:13])) for stat in stats)

    before, began = ticks(), time.monotonic()
    quiet = threading.Event()
    quiet.wait(0.6)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)


@pytest.mark.any_database
def test_idle_streams_cost_no_processor_time(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    fill(log, "s1", 5)
    for _ in range(50):
        streams.watch("s1").until_cursor(5)
    assert processor_share(loop) < 0.2


def test_a_stalled_reader_whose_rest_was_trimmed_away_is_told_and_does_not_keep_the_loop_busy(
    log: ActivityLog, streams: Streams, loop: StreamLoop
) -> None:
    log.append("s1", [activity(details="x" * 10_000) for _ in range(100)])
    reader = streams.watch("s1", buffers=4096)
    wait_until(lambda: any(subscriber.blocked for subscriber in loop._subscribers.values()))
    log.trim("s1", 101)
    reader.until(lambda r: r.of_type("reset"), 3)
    assert reader.of_type("reset")[0].json() == {"type": "reset", "session_id": "s1", "first": 101, "head": 100}
    assert processor_share(loop) < 0.3
    log.append("s1", [activity()])
    reader.until_cursor(101)
    assert reader.seqs[-1] == 101
    assert len(reader.of_type("reset")) == 1


def test_a_stalled_reader_of_a_session_that_is_being_deleted_gets_nothing_more_and_then_its_end(
    log: ActivityLog, streams: Streams, loop: StreamLoop, deletion: SessionDeletion
) -> None:
    log.append("s1", [activity(details="x" * 10_000) for _ in range(100)])
    reader = streams.watch("s1", buffers=4096)
    wait_until(lambda: any(subscriber.blocked for subscriber in loop._subscribers.values()))
    key = deletion._hide("s1")
    assert key is not None
    log._store.delete_events(key, 1 << 62)
    while reader.read_some(0.5):
        pass
    assert reader.of_type("reset") == []
    assert processor_share(loop) < 0.3
    log.tell_gone(key)
    reader.until_end()


@pytest.mark.any_database
def test_a_blocked_stream_gets_no_heartbeat_into_the_middle_of_a_frame(log: ActivityLog, open_streams: Open) -> None:
    log.append("s1", [activity(details="x" * 100_000) for _ in range(10)])
    reader = open_streams(0.05).watch("s1", buffers=4096)
    for _ in range(200):
        reader.read_some(1, size=1500)
    reader.until_cursor(10)
    assert reader.logged == wire(log, "s1")
    assert reader.of_type("heartbeat")


@pytest.mark.any_database
def test_heartbeats_reach_streams_of_every_descriptor(log: ActivityLog, open_streams: Open) -> None:
    """They are spread over the interval by descriptor: none may be left out."""
    fill(log, "s1", 1)
    streams = open_streams(0.3)
    readers = [streams.watch("s1", cursor=1) for _ in range(70)]
    for reader in readers:
        reader.until(lambda r: len(r.of_type("heartbeat")) >= 3, seconds=5)


@pytest.mark.any_database
def test_a_heartbeat_that_does_not_fit_is_finished_later(log: ActivityLog, open_streams: Open) -> None:
    fill(log, "s1", 1)
    streams = open_streams(0.02)
    assert streams.loop is not None
    streams.loop._dead_after_ms = 60_000  # acknowledgements may take longer than such a heartbeat
    reader = streams.watch("s1", cursor=1, buffers=1024)
    wait_until(lambda: any(subscriber.blocked for subscriber in streams.loop._subscribers.values()), 30)
    log.append("s1", [activity()])
    reader.until_cursor(2)
    assert all(event.json()["head"] in (1, 2) for event in reader.of_type("heartbeat"))
    assert reader.seqs == [2]


# When the log cannot be read


def test_streams_outlive_a_log_that_cannot_be_read_for_a_while(
    log: ActivityLog, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log, "s1", 3)
    with streams.watch("s1", cursor=3) as reader:
        reader.until(lambda r: r.events)
        read, failed = log.read, threading.Event()

        def broken(*_args: object, **_named: object) -> None:
            failed.set()
            raise pysqlite3.OperationalError("disk I/O error")

        monkeypatch.setattr(log, "read", broken)
        log.append("s1", [activity(details="x" * MOST_NEWS)])
        assert failed.wait(5)
        monkeypatch.setattr(log, "read", read)
        reader.until_cursor(4, seconds=5)
        assert reader.seqs == [4]


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("ring", [("no number", b""), ("", b""), ("1", b"no frame")])
def test_a_ring_that_makes_no_sense_is_not_the_end_of_all_streams(
    log: ActivityLog, doorbell: Doorbell, streams: Streams, ring: tuple[str, bytes]
) -> None:
    fill(log, "s1", 1)
    with streams.watch("s1", cursor=1) as reader:
        reader.until(lambda r: r.events)
        doorbell.ring(SESSIONS, *ring)
        log.append("s1", [activity()])
        reader.until_cursor(2, seconds=5)


# The end


@pytest.mark.any_database
def test_goodbye_tells_every_stream_when_to_come_back_and_not_all_at_once(log: ActivityLog, streams: Streams) -> None:
    fill(log, "s1", 3)
    readers: list[StreamReader] = [streams.watch("s1") for _ in range(30)]
    for reader in readers:
        reader.until_cursor(3)
    streams.stop()
    for reader in readers:
        reader.until_end()
        assert reader.decoder.retry is not None
        assert 200 <= reader.decoder.retry <= 3000
        assert reader.logged == wire(log, "s1")
    assert len({reader.decoder.retry for reader in readers}) > 10


@pytest.mark.any_database
def test_goodbye_never_writes_into_the_middle_of_a_frame(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    """Not even where the socket has room again: the client takes half a frame for none and resumes before it."""
    log.append("s1", [activity(details="x" * 100_000) for _ in range(10)])
    reader, gate = streams.watch("s1", buffers=4096), threading.Event()
    wait_until(lambda: any(subscriber.pending for subscriber in loop._subscribers.values()))
    loop._call(lambda: gate.wait(10) and None)
    while reader.read_some(0.2):
        pass
    loop.request_stop()
    gate.set()
    streams.stop()
    reader.until_end()
    assert wire(log, "s1").startswith(reader.logged)


def test_what_was_stored_while_a_stream_was_on_its_way_to_the_loop_is_sent_at_once(
    log: ActivityLog, streams: Streams, loop: StreamLoop
) -> None:
    """Its ring came before anybody watched. Healed by the poll, four of these would take seconds."""
    fill(log, "s1", 3)
    began = time.monotonic()
    for _ in range(4):
        before = log.position("s1")
        assert before is not None
        log.append("s1", [activity()])
        wait_until(lambda: not loop._reader._moved)
        server, client = tcp_pair()
        server.setblocking(False)
        loop.add(server.detach(), "s1", before, before.head, None, b"retry: 1\n\n")
        with StreamReader(client) as reader:
            reader.until_cursor(before.head + 1)
        wait_until(lambda: loop.open_streams == 0)
    assert time.monotonic() - began < 2


@pytest.mark.any_database
def test_a_socket_that_comes_after_the_stop_is_closed(log: ActivityLog, streams: Streams) -> None:
    fill(log, "s1", 3)
    streams.stop()
    streams.watch("s1").until_end()


@pytest.mark.any_database
def test_a_stop_with_stalled_readers_is_quick(log: ActivityLog, streams: Streams) -> None:
    log.append("s1", [activity(details="x" * 100_000) for _ in range(10)])
    for _ in range(50):
        streams.watch("s1", buffers=4096)
    began = time.monotonic()
    streams.stop()
    assert time.monotonic() - began < 3


# Counting, for onlookers


@pytest.mark.any_database
def test_onlookers_are_told_how_many_streams_are_open(log: ActivityLog, open_streams: Open) -> None:
    counts: list[int] = []

    def count(loop: StreamLoop) -> None:
        counts.append(loop.open_streams)

    fill(log, "s1", 1)
    streams_counted.connect(count)
    try:
        streams = open_streams(0.1)
        for _ in range(3):
            streams.watch("s1")
        wait_until(lambda: counts[-1:] == [3])
    finally:
        streams_counted.disconnect(count)


@pytest.mark.any_database
def test_delivered_events_are_counted(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    fill(log, "s1", 10)
    readers = [streams.watch("s1"), streams.watch("s1", cursor=4)]
    for reader in readers:
        reader.until_cursor(10)
    log.append("s1", [activity()])
    for reader in readers:
        reader.until_cursor(11)
    assert loop.delivered == 18


@pytest.mark.any_database
def test_a_unix_socket_serves_as_well(log: ActivityLog, streams: Streams, loop: StreamLoop) -> None:
    """Behind a proxy on the same machine gunicorn may be bound to one."""
    fill(log, "s1", 5)
    position = log.position("s1")
    assert position is not None
    server, client = socket.socketpair()
    server.setblocking(False)
    loop.add(server.detach(), "s1", position, 0, None, b"retry: 1\n\n")
    with StreamReader(client) as reader:
        reader.until_cursor(5)
        log.append("s1", [run_update("s1", "r", "queued")])
        reader.until_cursor(6)


@pytest.mark.any_database
def test_a_connection_that_died_before_it_was_added_is_dropped(
    log: ActivityLog, streams: Streams, loop: StreamLoop
) -> None:
    fill(log, "s1", 5)
    position = log.position("s1")
    assert position is not None
    server, client = tcp_pair()
    client.close()
    server.setblocking(False)
    loop.add(server.detach(), "s1", position, 0, None, b"retry: 1\n\n")
    wait_until(lambda: loop.ended == 1)
    with streams.watch("s1") as reader:
        reader.until_cursor(5)


def test_what_an_earlier_watch_hands_over_late_does_not_set_a_session_back(
    log: ActivityLog, streams: Streams, loop: StreamLoop
) -> None:
    fill(log, "s1", 20)
    position = log.position("s1")
    assert position is not None
    with streams.watch("s1", cursor=20):
        wait_until(lambda: loop.open_streams == 1)
        loop.moved(position.key, [to_frame(event) for event in log.read(position.key, 10, limit=5)])
        with streams.watch("s1", cursor=15) as reader:
            reader.until_cursor(20)
            assert reader.seqs == [16, 17, 18, 19, 20]


def _descriptors() -> int:
    """How many this process has open, without those that other tests' garbage still holds."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))
