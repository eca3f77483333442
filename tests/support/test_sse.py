"""The decoder these tests trust, held against the HTML standard's own examples (section 9.2.6)."""

import pytest

from tests.support.sse import SseDecoder, SseEvent, decode, logged

STANDARD = {
    "three lines of data are one event": (
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        [SseEvent("message", "YHOO\n+2\n10", "")],
    ),
    "comment, id, empty id, leading space, unfinished": (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
        [SseEvent("message", "first event", "1"), SseEvent("message", "second event", "")],
    ),
    "empty data is an event, unfinished data is none": (
        b"data\n\ndata\ndata\n\ndata:",
        [SseEvent("message", "", ""), SseEvent("message", "\n", "")],
    ),
    "the space after the colon is ignored": (
        b"data:test\n\ndata: test\n\n",
        [SseEvent("message", "test", ""), SseEvent("message", "test", "")],
    ),
    "event types": (
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        [SseEvent("add", "73857293", ""), SseEvent("remove", "2153", "")],
    ),
}


@pytest.mark.parametrize(("wire", "events"), STANDARD.values(), ids=list(STANDARD))
@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
def test_the_standards_example(wire: bytes, events: list[SseEvent], ending: bytes) -> None:
    assert decode(wire.replace(b"\n", ending)) == events


@pytest.mark.parametrize(("wire", "events"), STANDARD.values(), ids=list(STANDARD))
def test_byte_by_byte_gives_the_same(wire: bytes, events: list[SseEvent]) -> None:
    decoder = SseDecoder()
    assert [event for byte in wire for event in decoder.feed(bytes([byte]))] == events


def test_a_leading_byte_order_mark_and_a_split_character_are_understood() -> None:
    decoder = SseDecoder()
    wire = b"\xef\xbb\xbfdata: \xf0\x9f\x98\x80\n\n"
    assert [event for byte in wire for event in decoder.feed(bytes([byte]))] == [SseEvent("message", "😀", "")]


def test_an_id_with_nul_and_a_retry_that_is_no_number_are_ignored() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"id: 1\nid: a\0b\nretry: 10x\ndata: x\n\nretry: 25\n\n") == [SseEvent("message", "x", "1")]
    assert decoder.retry == 25


def test_the_wire_without_heartbeats_keeps_an_unfinished_frame() -> None:
    assert (
        logged(b"retry: 1\n\nid: 1\ndata: x\n\nevent: heartbeat\ndata: {}\n\nid: 2\nda")
        == b"id: 1\ndata: x\n\nid: 2\nda"
    )
