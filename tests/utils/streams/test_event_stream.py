"""What a subscriber gets, byte by byte: the same from the event loop and from the generator any other server iterates.

The jewel: read up to any event, or be cut off at any byte, resume, and you have exactly the log.
"""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, update

from tests.support.events import activity, bare_wire, fill, run_update, varied, wire
from tests.support.sse import SseDecoder, decode
from tests.support.streams import Streams
from utils.accounts.permits import Permit
from utils.accounts.principal import Grant
from utils.database.base import Database
from utils.database.tables import events
from utils.database.tables import sessions as sessions_table
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import LoggedEvent
from utils.sessions.deletion import SessionDeletion
from utils.sessions.sessions import Sessions
from utils.settings import Settings
from utils.streams.event_stream import EventStream
from utils.streams.source import StreamSource

Open = Callable[..., Streams]


@pytest.fixture(params=["loop", "generator"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_streams(doorbell: Doorbell, log: ActivityLog, kind: str) -> Iterator[Open]:
    made: list[Streams] = []

    def open_streams(heartbeat_seconds: float = 0.15) -> Streams:
        made.append(Streams(doorbell, log, kind, heartbeat_seconds))
        return made[-1]

    yield open_streams
    for streams in made:
        streams.close()


@pytest.fixture
def streams(open_streams: Open) -> Streams:
    return open_streams()


def test_a_stream_begins_with_retry_and_a_heartbeat_that_tells_the_head(log: ActivityLog, streams: Streams) -> None:
    fill(log, "s1", 3)
    with streams.watch("s1", cursor=3) as reader:
        reader.until(lambda r: r.events)
    assert reader.received.startswith(b"retry: 1000\n\nevent: heartbeat\ndata: {")
    assert reader.events[0].json()["head"] == 3
    assert reader.decoder.retry == 1000


def test_replay_is_the_log_byte_by_byte(log: ActivityLog, streams: Streams) -> None:
    whole = fill(log, "s1", 60)
    with streams.watch("s1") as reader:
        reader.until_cursor(60)
    assert reader.logged == whole


def test_live_events_arrive_as_they_are_stored(log: ActivityLog, streams: Streams) -> None:
    fill(log, "s1", 2)
    with streams.watch("s1", cursor=2) as reader:
        reader.until(lambda r: r.events)
        for seq in range(3, 8):
            log.append("s1", [activity()])
            reader.until_cursor(seq)
        assert reader.logged == wire(log, "s1", after=2)


def test_an_empty_session_waits_for_its_first_event(log: ActivityLog, sessions: Sessions, streams: Streams) -> None:
    sessions.create("s1")
    with streams.watch("s1") as reader:
        reader.until(lambda r: r.events)
        assert reader.events[0].json()["head"] == 0
        log.append("s1", [activity()])
        reader.until_cursor(1)
        assert reader.seqs == [1]


def test_the_seam_between_replay_and_live_neither_loses_nor_doubles(log: ActivityLog, streams: Streams) -> None:
    """Subscribers join at every moment of a burst."""
    fill(log, "s1", 20)
    readers = []
    for number in range(60):
        readers.append(streams.watch("s1", cursor=number % 20))
        log.append("s1", [activity(details=str(number))])
    for number, reader in enumerate(readers):
        reader.until_cursor(80)
        assert reader.logged == wire(log, "s1", after=number % 20)


def test_resume_at_every_event_gives_exactly_the_log(log: ActivityLog, streams: Streams) -> None:
    whole, count = fill(log, "s1", 40), 40
    for cut in range(count + 1):
        with streams.watch("s1") as first:
            first.until_cursor(cut)
        before = b"".join(frame + b"\n\n" for frame in first.logged.split(b"\n\n")[:cut])
        with streams.watch("s1", cursor=cut) as second:
            second.until_cursor(count if cut < count else 0)
            if cut == count:
                second.until(lambda r: r.events)
        assert before + second.logged == whole, f"cut after event {cut}"


@pytest.mark.any_database
def test_cut_off_at_every_byte_and_resumed_gives_exactly_the_log(log: ActivityLog) -> None:
    """What a client has decoded when the connection breaks, and what follows its last id, are the log."""
    whole = fill(log, "s1", 12)
    every = decode(whole)
    for cut in range(len(whole) + 1):
        client = SseDecoder()
        seen = client.feed(whole[:cut])
        rest = decode(wire(log, "s1", after=int(client.last_event_id or 0)))
        assert seen + rest == every, f"cut after byte {cut}"


@pytest.mark.any_database
def test_a_reader_that_takes_one_byte_at_a_time_gets_every_byte(log: ActivityLog, streams: Streams) -> None:
    whole = fill(log, "s1", 10)
    with streams.watch("s1", buffers=2048) as reader:
        reader.until_cursor(10, size=1)
        log.append("s1", [activity()])
        reader.until_cursor(11, size=1)
        assert reader.logged == whole + wire(log, "s1", after=10)


@pytest.mark.any_database
def test_events_far_larger_than_the_sockets_buffers_arrive_whole(log: ActivityLog, streams: Streams) -> None:
    log.append("s1", [activity(details=str(n) * 700_000) for n in range(5)])
    with streams.watch("s1", buffers=4096) as reader:
        reader.until_cursor(3)
        log.append("s1", [activity(details="z" * 1_000_000)])
        reader.until_cursor(6)
        assert reader.logged == wire(log, "s1")


@pytest.mark.any_database
def test_heartbeats_come_without_an_id_and_leave_the_cursor_alone(log: ActivityLog, open_streams: Open) -> None:
    fill(log, "s1", 3)
    with open_streams(0.1).watch("s1", cursor=2) as reader:
        reader.until(lambda r: len(r.of_type("heartbeat")) >= 4)
        assert reader.cursor == 3
        assert [event.last_event_id for event in reader.of_type("heartbeat")[1:]] == ["3"] * (
            len(reader.of_type("heartbeat")) - 1
        )
        assert {event.json()["head"] for event in reader.of_type("heartbeat")} == {3}
        log.append("s1", [activity()])
        reader.until(lambda r: r.of_type("heartbeat")[-1].json()["head"] == 4)


# Cursors that cannot be honoured


@pytest.mark.parametrize("cursor", [6, 1000, 10**17])
def test_a_cursor_ahead_of_the_head_gets_a_reset_and_the_whole_log(
    log: ActivityLog, streams: Streams, cursor: int
) -> None:
    whole = fill(log, "s1", 5)
    with streams.watch("s1", cursor=cursor) as reader:
        reader.until(lambda r: r.seqs and r.seqs[-1] == 5)
    assert [event.type for event in reader.events][:2] == ["reset", "heartbeat"]
    assert reader.events[0].json() == {"type": "reset", "session_id": "s1", "first": 1, "head": 5}
    assert reader.logged.endswith(whole)


@pytest.mark.parametrize("cursor", [0, 3, 8])
def test_a_cursor_older_than_what_is_kept_gets_a_reset_that_names_the_first(
    log: ActivityLog, streams: Streams, cursor: int
) -> None:
    fill(log, "s1", 20)
    log.trim("s1", 10)
    with streams.watch("s1", cursor=cursor) as reader:
        reader.until_cursor(20)
    assert reader.events[0].json() == {"type": "reset", "session_id": "s1", "first": 10, "head": 20}
    assert reader.events[0].last_event_id == "9"
    assert reader.logged.endswith(wire(log, "s1"))
    assert reader.seqs == list(range(10, 21))


@pytest.mark.parametrize("cursor", [1, 3])
def test_a_cursor_of_a_deleted_session_gets_a_reset_from_the_one_that_took_its_id(
    log: ActivityLog, streams: Streams, cursor: int, deletion: SessionDeletion
) -> None:
    fill(log, "s1", 3)
    deletion.delete("s1")
    new = fill(log, "s1", 4)
    with streams.watch("s1", cursor=cursor) as reader:
        reader.until_cursor(8)
    assert reader.events[0].json() == {"type": "reset", "session_id": "s1", "first": 5, "head": 8}
    assert reader.logged.endswith(new)
    assert reader.seqs == [5, 6, 7, 8]


def test_the_oldest_cursor_that_can_be_honoured_gets_no_reset(log: ActivityLog, streams: Streams) -> None:
    fill(log, "s1", 20)
    log.trim("s1", 10)
    with streams.watch("s1", cursor=9) as reader:
        reader.until_cursor(20)
    assert reader.of_type("reset") == []
    assert reader.logged == wire(log, "s1")


def test_a_session_trimmed_to_nothing_says_so_to_an_old_cursor(log: ActivityLog, streams: Streams) -> None:
    fill(log, "s1", 5)
    log.trim("s1", 6)
    with streams.watch("s1", cursor=2) as reader:
        reader.until(lambda r: r.of_type("reset"))
        assert reader.events[0].json() == {"type": "reset", "session_id": "s1", "first": 6, "head": 5}
        log.append("s1", [activity()])
        reader.until_cursor(6)
        assert reader.seqs == [6]


def test_a_trim_past_a_stalled_reader_tells_it_with_a_reset_in_mid_stream(log: ActivityLog, streams: Streams) -> None:
    log.append("s1", [activity(details="x" * 10_000) for _ in range(200)])
    with streams.watch("s1", buffers=4096) as reader:
        reader.until_cursor(5)
        log.append("s1", [activity(details="y" * 10_000) for _ in range(50)])
        log.trim("s1", 240)
        reader.until_cursor(250)
    [reset] = reader.of_type("reset")
    place = reader.events.index(reset)
    before = [event for event in reader.events[:place] if event.type != "heartbeat"]
    after = [event for event in reader.events[place + 1 :] if event.type != "heartbeat"]
    assert reset.json()["first"] == 240
    assert reset.last_event_id == "239"
    assert [event.json()["seq"] for event in before] == list(range(1, len(before) + 1))
    assert [event.json()["seq"] for event in after] == list(range(240, 251))


def test_a_stalled_reader_whose_whole_rest_was_trimmed_is_told_without_another_event(
    log: ActivityLog, streams: Streams
) -> None:
    log.append("s1", [activity(details="x" * 10_000) for _ in range(100)])
    with streams.watch("s1", buffers=4096) as reader:
        reader.until_cursor(5)
        log.trim("s1", 101)
        reader.until(lambda r: r.of_type("reset"), seconds=5)
        assert reader.of_type("reset")[0].json() == {"type": "reset", "session_id": "s1", "first": 101, "head": 100}
        log.append("s1", [activity()])
        reader.until_cursor(101)
        assert reader.seqs[-1] == 101
        assert len(reader.of_type("reset")) == 1


# One run only


def two_runs(log: ActivityLog) -> None:
    log.append(
        "s1",
        [
            run_update("s1", "a", "queued"),
            run_update("s1", "b", "queued"),
            activity(run_id="a"),
            activity(run_id="b"),
            activity(),
            run_update("s1", "a", "running"),
        ],
    )


def test_a_run_filter_gives_that_run_only_and_ends_after_its_last_event(log: ActivityLog, streams: Streams) -> None:
    two_runs(log)
    with streams.watch("s1", run_id="a") as reader:
        reader.until_cursor(6)
        log.append("s1", [activity(run_id="b"), run_update("s1", "b", "failed"), run_update("s1", "a", "completed")])
        log.append("s1", [activity(run_id="a")])
        reader.until_end()
    assert reader.seqs == [1, 3, 6, 9]
    frames = {event.seq: event.frame() for event in log.read(streams.source.log.position("s1").key, 0)}  # type: ignore[union-attr]
    assert reader.logged == b"".join(frames[seq] for seq in (1, 3, 6, 9))


def test_a_run_that_has_ended_is_replayed_and_then_ends(log: ActivityLog, streams: Streams) -> None:
    two_runs(log)
    log.append("s1", [run_update("s1", "a", "cancelled")])
    with streams.watch("s1", cursor=1, run_id="a") as reader:
        reader.until_end()
    assert reader.seqs == [3, 6, 7]


def test_the_end_of_a_run_reaches_a_slow_reader_before_the_stream_ends(log: ActivityLog, streams: Streams) -> None:
    big = activity(run_id="a", details="x" * 50_000)
    log.append("s1", [run_update("s1", "a", "queued"), *[big] * 40, run_update("s1", "a", "completed")])
    with streams.watch("s1", run_id="a", buffers=2048) as reader:
        reader.until_end()
    assert reader.seqs == list(range(1, 43))


def test_runs_are_told_apart_in_a_long_log(log: ActivityLog, streams: Streams) -> None:
    log.append("s1", varied("s1", 2000))
    log.append("s1", [run_update("s1", "run-b", "completed")])
    with streams.watch("s1", run_id="run-b") as reader:
        reader.until_end()
    assert reader.seqs == [seq for seq in range(1, 2001) if (seq - 1) % 3 == 2] + [2001]


# Ends and repairs


def test_deleting_the_session_ends_its_streams_however_long_the_deletion_takes(
    log: ActivityLog, streams: Streams, monkeypatch: pytest.MonkeyPatch, deletion: SessionDeletion
) -> None:
    told = threading.Event()
    monkeypatch.setattr(deletion, "_erase", lambda _: told.wait(20))
    fill(log, "s1", 3)
    fill(log, "s2", 3)
    with streams.watch("s1") as gone, streams.watch("s2") as kept:
        gone.until_cursor(3)
        kept.until_cursor(3)
        deleting = threading.Thread(target=deletion.delete, args=("s1",))
        deleting.start()
        gone.until_end()
        told.set()
        deleting.join()
        log.append("s2", [activity("s2")])
        kept.until_cursor(4)


def test_a_session_made_anew_under_the_same_id_is_another_one(
    log: ActivityLog, streams: Streams, deletion: SessionDeletion
) -> None:
    fill(log, "s1", 3)
    with streams.watch("s1", cursor=3) as reader:
        reader.until(lambda r: r.events)
        deletion.delete("s1")
        log.append("s1", varied("s1", 10))
        reader.until_end()
    assert reader.seqs == []


def test_a_log_that_was_put_back_ends_its_streams_whose_cursors_get_a_reset(
    log: ActivityLog, database: Database, streams: Streams
) -> None:
    """A restored backup, or a standby that took over."""
    fill(log, "s1", 5)
    with streams.watch("s1") as reader:
        reader.until_cursor(5)
        with database.write() as connection:
            connection.execute(delete(events).where(events.c.seq > 3))
            connection.execute(update(sessions_table).values(head=3))
        reader.until_end()
    log.append("s1", [activity()])
    with streams.watch("s1", cursor=5) as again:
        again.until_cursor(4)
        assert again.events[0].type == "reset"
        assert again.seqs == [1, 2, 3, 4]


def test_a_lost_ring_is_made_good_by_the_poll(
    log: ActivityLog, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log, "s1", 1)
    with streams.watch("s1", cursor=1) as reader:
        reader.until(lambda r: r.events)
        monkeypatch.setattr(log._doorbell, "ring", lambda *_: None)
        log.append("s1", [activity()])
        reader.until_cursor(2, seconds=8)  # a slow poll puts off the next one, by five seconds at most
        assert reader.seqs == [2]


def test_a_ring_wakes_long_before_the_poll(log: ActivityLog, streams: Streams) -> None:
    """Twenty events one after the other would take twenty seconds of polling."""
    fill(log, "s1", 1)
    with streams.watch("s1", cursor=1) as reader:
        reader.until(lambda r: r.events)
        for seq in range(2, 22):
            log.append("s1", [activity()])
            reader.until_cursor(seq, seconds=8)


@pytest.mark.any_database
def test_a_client_that_leaves_is_no_trouble_to_the_others(log: ActivityLog, streams: Streams) -> None:
    fill(log, "s1", 5)
    with streams.watch("s1") as stays:
        for _ in range(10):
            leaving = streams.watch("s1")
            leaving.until_cursor(2)
            leaving.leave()
            log.append("s1", [activity()])
        stays.until_cursor(15)
        assert stays.logged == wire(log, "s1")


def test_loop_and_generator_give_the_same_bytes(doorbell: Doorbell, log: ActivityLog) -> None:
    fill(log, "s1", 30)
    log.trim("s1", 4)
    received = {}
    for kind in ("loop", "generator"):
        streams = Streams(doorbell, log, kind, heartbeat_seconds=0.2)
        for cursor, run_id, last in [(0, None, 30), (3, None, 30), (17, None, 30), (99, None, 30), (3, "run-a", 29)]:
            with streams.watch("s1", cursor, run_id) as reader:
                reader.until(lambda r, last=last: r.seqs and r.seqs[-1] == last)
                received[kind, cursor, run_id] = reader.logged
        streams.close()
    for (kind, cursor, run_id), logged in received.items():
        assert logged == received["loop", cursor, run_id], (kind, cursor, run_id)


@pytest.mark.only_on("sqlite")
def test_a_generator_that_is_closed_leaves_no_listener(
    doorbell: Doorbell, settings: Settings, log: ActivityLog
) -> None:
    fill(log, "s1", 3)
    position = log.position("s1")
    assert position is not None
    body = iter(EventStream(StreamSource(log, doorbell, 30), "s1", position, 0, None))
    next(body)
    folder = settings.data_path / "doorbell"
    assert len(list(folder.iterdir())) == 1
    body.close()  # type: ignore[attr-defined]
    assert list(folder.iterdir()) == []


# What tools were given and what they answered, hidden


HIDING = Permit(Grant("link", 1), 1, hides_tool_data=True)


def with_tools(count: int) -> list[LoggedEvent]:
    """Events of every type; every fifth is an activity with an input, and has an output too, of another size."""
    return [
        event.model_copy(update={"output": {"found": "s3cret " * (number % 50)}}) if number % 5 == 0 else event
        for number, event in enumerate(varied("s1", count))
    ]


def test_replay_and_live_hide_tool_data_from_those_who_may_not_see_it_and_nothing_else(
    log: ActivityLog, streams: Streams
) -> None:
    events = with_tools(80)
    log.append("s1", events[:30])
    hidden, open_to = streams.watch("s1", permit=HIDING), streams.watch("s1", permit=Permit(Grant("key", 1), 1))
    plain = streams.watch("s1")
    for reader in (hidden, open_to, plain):
        reader.until_cursor(30)
    for event in events[30:60]:
        log.append("s1", [event])
    hidden.until_cursor(60)
    log.append("s1", events[60:])
    for reader in (hidden, open_to, plain):
        reader.until_cursor(80)
    assert hidden.logged == bare_wire(events)
    assert b"s3cret" not in hidden.received
    assert open_to.logged == plain.logged == wire(log, "s1")
    assert b"s3cret" in plain.received


def test_hidden_tool_data_stays_hidden_at_every_seam_and_from_slow_readers(log: ActivityLog, streams: Streams) -> None:
    """Some come in the middle of a burst, some read slowly; all see just the same events, without their tool data."""
    events = with_tools(20) + [
        activity(details="x" * 3000).model_copy(update={"input": "s3cret" * 500}) for _ in range(150)
    ]
    log.append("s1", events[:20])
    readers = [(0, streams.watch("s1", buffers=4096, permit=HIDING)), (0, streams.watch("s1"))]
    for number, event in enumerate(events[20:]):
        if number % 10 == 0:
            readers.append((number % 20, streams.watch("s1", cursor=number % 20, permit=HIDING)))
        log.append("s1", [event])
    for cursor, reader in readers:
        reader.until_cursor(len(events), 20)
        if reader is not readers[1][1]:
            assert reader.logged == bare_wire(events, after=cursor)
            assert b"s3cret" not in reader.received


def test_a_run_watched_without_its_tool_data_ends_as_it_does(log: ActivityLog, streams: Streams) -> None:
    events = [*with_tools(20), run_update("s1", "run-a", "completed"), *with_tools(5)]
    log.append("s1", events)
    with streams.watch("s1", run_id="run-a", permit=HIDING) as reader:
        reader.until_end()
    assert b"s3cret" not in reader.received
    assert reader.seqs == [seq for seq, event in enumerate(events[:21], 1) if event.run_id == "run-a"]


def test_an_event_that_is_hard_to_read_leaves_no_hole_where_tool_data_is_hidden(
    log: ActivityLog, streams: Streams
) -> None:
    """A number longer than Python turns into one."""
    hard = [activity().model_copy(update={"output": 10**5000}), activity(details="next")]
    log.append("s1", hard)
    with streams.watch("s1", permit=HIDING) as reader:
        reader.until_cursor(2)
        log.append("s1", hard)
        reader.until_cursor(4)
        assert reader.logged == bare_wire(hard * 2)
