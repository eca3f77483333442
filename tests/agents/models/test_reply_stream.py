"""Bytes of model servers, as values."""

import json
from typing import Any

import pytest

from agents.models import reply_stream
from agents.models.reply_stream import ReplyStream, ReplyStreamError, ReplyTooLongError, WebPageError

A, B = {"choices": [{"delta": {"content": "é"}}]}, {"choices": []}
ONE, TWO = json.dumps(A, ensure_ascii=False).encode(), json.dumps(B).encode()


def values(data: bytes, size: int = 10**6) -> tuple[list[Any], bool]:
    stream = ReplyStream()
    found = [value for at in range(0, len(data), size) for value in stream.feed(data[at : at + size])]
    return found + stream.end(), stream.is_whole


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("data", "found", "whole"),
    [
        (b"data: %b\n\ndata: %b\n\ndata: [DONE]\n\n" % (ONE, TWO), [A, B], True),
        (b"data:%b\r\n\r\ndata:%b\r\n\r\ndata:[DONE]\r\n\r\n" % (ONE, TWO), [A, B], True),
        (b"data: %b\r\rdata: %b\r\r" % (ONE, TWO), [A, B], False),
        (b"\xef\xbb\xbfdata: %b\n\n" % ONE, [A], False),
        (b": working\n\nevent: message\nid: 7\nretry: 10\ndata: %b\n\n: working\n\n" % ONE, [A], False),
        (b"data: %b\ndata: %b\n\n" % (ONE, TWO), [A, B], False),
        (b'data: {"choices":\ndata: []}\n\n', [B], False),
        (b"data: %b" % ONE, [A], False),
        (b'data: %b\n\ndata: {"choi' % ONE, [A], False),
        (b"data:\n\ndata: ping\n\ndata: null\n\ndata: %b\n\n" % ONE, [A], False),
        (b'event: error\ndata: {"message": "no"}\n\n', [{"error": {"message": "no"}}], False),
        (b'error: {"message": "no"}\n\n', [{"error": {"message": "no"}}], False),
        (b"data: %b\n\n%b\n\n" % (ONE, b'{"error": "no"}'), [A, {"error": "no"}], False),
        (json.dumps(A, indent=2).encode(), [A], True),
        (b"[%b, %b]" % (ONE, TWO), [A, B], True),
        (b"%b\n%b\n" % (ONE, TWO), [A, B], True),
        (b"", [], False),
    ],
)
def test_values_are_found_however_the_bytes_are_cut(data: bytes, found: list[Any], whole: bool, size: int) -> None:
    assert values(data, size) == (found, whole)


@pytest.mark.parametrize("data", [b"<html>It works!</html>", b"\r\n <!DOCTYPE html><body></body>"])
@pytest.mark.parametrize("size", [1, 1000])
def test_a_web_page_is_known_however_its_bytes_are_cut(data: bytes, size: int) -> None:
    with pytest.raises(WebPageError):
        values(data, size)


@pytest.mark.parametrize("data", [b"data: {not json\n\n", b'{"choices": [', b"data: [1, 2\ndata: }\n\n"])
def test_what_is_no_json_is_no_reply(data: bytes) -> None:
    with pytest.raises(ReplyStreamError):
        values(data + b"\n")


@pytest.mark.parametrize("data", [b"{" + b" " * 50, b"data: " + b"x" * 50, b"data: x\n" * 20])
def test_more_than_can_be_meant_is_not_kept(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(reply_stream, "_MOST_BUFFERED", 16)
    with pytest.raises(ReplyTooLongError):
        values(data, 5)
