"""Streams, cut anywhere."""

import json

import pytest

from agents.outgoing import decoders
from agents.outgoing.decoders import JsonLinesDecoder, LineDecoder, ServerSentEvent, SseDecoder, StreamError

LINES = "\ufeffone\r\n\r\ntwö\rthree\n\nfour 🎺".encode()
SSE = (
    b': hello\n\nevent: values\ndata: {"a":\ndata: 1}\nid: 7\n\ndata:no space\r\n\r\nretry: 9\n\nid\n\n'
    b"data: after the id went\n\ndata: cut off"
)
EVENTS = [
    ServerSentEvent("values", '{"a":\n1}', "7"),
    ServerSentEvent("message", "no space", "7"),
    ServerSentEvent("message", "after the id went", ""),
]


def cuts(data: bytes) -> list[list[bytes]]:
    """Whole, byte by byte, and in two at each place."""
    two = [[data[:at], data[at:]] for at in range(len(data) + 1)]
    return [[data], [data[at : at + 1] for at in range(len(data))], *two]


def test_lines_are_the_same_wherever_they_are_cut() -> None:
    for pieces in cuts(LINES):
        decoder = LineDecoder()
        found = [line for piece in pieces for line in decoder.feed(piece)]
        assert found + decoder.end() == ["one", "", "twö", "three", "", "four 🎺"], pieces


def test_a_line_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "_MOST_HELD", 100)
    decoder = LineDecoder()
    decoder.feed(b"x" * 100)
    with pytest.raises(StreamError, match="does not end"):
        decoder.feed(b"x")


def test_json_lines_are_the_same_wherever_they_are_cut() -> None:
    values = [{"type": "begin"}, {"type": "item", "content": "é\n"}, 3]
    data = "\n\n".join(json.dumps(value, ensure_ascii=False) for value in values).encode()
    for pieces in cuts(data):
        decoder = JsonLinesDecoder()
        assert [value for piece in pieces for value in decoder.feed(piece)] + decoder.end() == values


def test_a_line_that_is_no_json_is_an_error() -> None:
    with pytest.raises(StreamError, match="no JSON"):
        JsonLinesDecoder().feed(b"<html>\n")
    with pytest.raises(StreamError, match="no JSON"):
        JsonLinesDecoder().feed(b"[" * 100_000 + b"\n")


def test_events_are_the_same_wherever_they_are_cut_and_one_that_is_cut_off_is_none() -> None:
    for pieces in cuts(SSE):
        decoder = SseDecoder()
        assert [event for piece in pieces for event in decoder.feed(piece)] == EVENTS, pieces


def test_an_event_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "_MOST_HELD", 100)
    decoder = SseDecoder()
    decoder.feed(b"data: " + b"x" * 90 + b"\n")
    with pytest.raises(StreamError, match="does not end"):
        decoder.feed(b"data: " + b"x" * 90 + b"\n")
