"""The harness itself: its quick decoder is right, and its checker finds every fault it is there to find."""

import random

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import check
from tests.faults.client import Client
from tests.faults.emitter import digest
from tests.support.events import activity, fill, wire
from tests.support.sse import SseDecoder
from utils.log.activity_log import ActivityLog

pytestmark = pytest.mark.any_database

_HEARTBEAT = b'event: heartbeat\ndata: {"type":"heartbeat","session_id":"s1","time":"now","head":30}\n\n'


def client_of(stream: bytes, cuts: int = 0, seed: int = 0) -> Client:
    """A client that got the stream in pieces."""
    chance, client = random.Random(seed), Client("s1")
    ends = sorted(chance.sample(range(len(stream)), cuts))
    for start, end in zip([0, *ends], [*ends, len(stream)], strict=True):
        client.take(stream[start:end])
    return client


def test_the_quick_decoder_sees_what_the_decoder_by_the_letter_sees(log: ActivityLog) -> None:
    frames = fill(log, "s1", 30).split(b"\n\n")[:-1]
    stream = b"retry: 700\n\n" + _HEARTBEAT + b"".join(frame + b"\n\n" + _HEARTBEAT for frame in frames)
    for seed in range(50):
        client, letter = client_of(stream, cuts=seed * 20, seed=seed), SseDecoder()
        events = [event for event in letter.feed(stream) if event.type != "heartbeat"]
        assert client.cursor == int(letter.last_event_id) == len(events) == 30
        assert client.digest.digest() == client_of(wire(log, "s1")).digest.digest()
        assert (client.retry_ms, client.heartbeats, client.head, client.faults) == (letter.retry, 31, 30, [])


@pytest.mark.parametrize("wrong", ["lost", "repeated", "moved", "reset", "garbage"])
def test_a_client_notices_what_is_wrong(log: ActivityLog, wrong: str) -> None:
    frames = [frame + b"\n\n" for frame in fill(log, "s1", 10).split(b"\n\n")[:-1]]
    reset = b'id: 5\nevent: reset\ndata: {"type":"reset","session_id":"s1","first":6,"head":10}\n\n'
    spoilt = {
        "lost": frames[:4] + frames[5:],
        "repeated": frames[:5] + frames[4:],
        "moved": [*frames[:4], frames[5], frames[4], *frames[6:]],
        "reset": [*frames[:5], reset, *frames[5:]],
        "garbage": [*frames[:5], b"x\n\n", *frames[5:]],
    }
    assert client_of(b"".join(spoilt[wrong])).faults
    assert not client_of(b"".join(frames)).faults


def promise(acknowledgements: Acknowledgements, name: str, *lines: str) -> None:
    (acknowledgements.folder / name).write_text("".join(lines))


def test_the_checker_accepts_what_is_right(log: ActivityLog, acknowledgements: Acknowledgements) -> None:
    whole = fill(log, "s1", 10)
    position = log.position("s1")
    assert position is not None
    lines = [f"s1 {event.seq} {digest(event.data())}\n" for event in log.read(position.key, 0)]
    promise(acknowledgements, "1", *lines[:5], "! storage_busy\n", *lines[5:], "s1 11 cut off by a ki")
    verdict = check(log, acknowledgements, [client_of(whole)])
    assert (verdict.acknowledged, verdict.stored, verdict.seen, verdict.refused) == (10, 10, 10, {"storage_busy": 1})


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["s1 11 00\n"], "are lost"),
        (["s1 5 00\n"], "is not what was acknowledged"),
        (["s1 5 00\n", "s1 5 00\n"], "promised twice"),
        (["s2 1 00\n"], "is gone"),
    ],
)
def test_the_checker_finds_broken_promises(
    log: ActivityLog, acknowledgements: Acknowledgements, lines: list[str], told: str
) -> None:
    fill(log, "s1", 10)
    promise(acknowledgements, "1", *lines)
    with pytest.raises(AssertionError, match=told):
        check(log, acknowledgements, [])


def test_the_checker_finds_clients_that_saw_less_or_something_else(
    log: ActivityLog, acknowledgements: Acknowledgements
) -> None:
    whole = fill(log, "s1", 10)
    changed = whole.replace(b'"delta":"', b'"delta":"!', 1)
    for stream, told in ((whole[:-3], "a client is at 9 of 10"), (changed, "saw something else")):
        with pytest.raises(AssertionError, match=told):
            check(log, acknowledgements, [client_of(stream)])


def test_the_checker_finds_an_event_stored_twice(log: ActivityLog, acknowledgements: Acknowledgements) -> None:
    event = activity("s1").model_copy(update={"activity_id": "emit-1-1"})
    log.append("s1", [event])
    log.append("s1", [event])
    promise(acknowledgements, "1", "s1 1 cut off")
    with pytest.raises(AssertionError, match="stored twice"):
        check(log, acknowledgements, [client_of(wire(log, "s1"))])
