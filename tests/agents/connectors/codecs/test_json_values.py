"""JSON values out of text."""

from typing import Any

import pytest

from agents.connectors.codecs import json_values
from agents.connectors.codecs.json_values import JsonValues
from agents.outgoing.decoders import StreamError
from tests.support.recorded import at_every_cut

ONE: dict[str, Any] = {"a": '} \\" ] {', "b": [1, {"c": None}], "d": "\\"}


def values(pieces: list[bytes]) -> tuple[list[Any], bool]:
    reading = JsonValues()
    return [value for piece in pieces for value in reading.feed(piece.decode())], reading.is_between


@pytest.mark.parametrize("between", ["", "\n", "\r\n\r\n", ",\n ", "\x1e"])
def test_values_are_found_whatever_is_between_them_and_however_they_are_cut(between: str) -> None:
    text = between.join(['{"a":"} \\\\\\" ] {","b":[1,{"c":null}],"d":"\\\\"}', "[]", '"a\\"{"', "{\n}"])
    assert at_every_cut(text.encode(), values) == ([ONE, [], 'a"{', {}], True)


@pytest.mark.parametrize("text", ['{"a": ', '"abc', '[1, "]"', "{} ["])
def test_a_value_without_its_end_is_noticed(text: str) -> None:
    assert at_every_cut(text.encode(), values)[1] is False


@pytest.mark.parametrize("text", ["{]", "{} x", "<html>", "{'a': 1}", "]", "12", "{\\}"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(StreamError):
        values([text.encode()])


def test_more_than_can_be_meant_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "_MOST_BUFFERED", 20)
    assert len(values([b'{"a": 12345}\n'] * 9)[0]) == 9
    with pytest.raises(StreamError):
        values([b'{"a": ', *[b"12345"] * 9])
