"""Tool calls in the pieces in which servers send them."""

import json
from typing import Any

import pytest

from agents.models.tool_calls import MOST_CALLS, ToolCalls, TooManyCallsError

ENGINE, YARD = '{"query": "engine"}', '{"query": "yard"}'


def piece(arguments: Any = None, name: str | None = None, **fields: Any) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": name} if name is not None else {})
    return {"type": "function", "function": function} | fields


def called(*pieces: Any) -> list[tuple[str, str]]:
    calls = ToolCalls({"search", "choose"})
    for one in pieces:
        calls.add(one)
    assert len({call.id for call in calls.calls}) == len(calls.calls)
    return [(call.name, call.arguments) for call in calls.finished()]


ONE = [("search", ENGINE)]
BOTH = [("search", ENGINE), ("search", YARD)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([piece("", "search", index=0, id="x"), piece(ENGINE[:9], index=0), piece(ENGINE[9:], index=0)], ONE),
        ([piece("", "search", id="x"), piece(ENGINE[:9]), piece(ENGINE[9:])], ONE),
        ([piece(ENGINE[:9], "search"), piece(ENGINE[9:], "search")], ONE),
        ([piece(ENGINE[:9], "search", index=0, id="x"), piece(ENGINE[9:], "search", index=0, id="x")], ONE),
        ([piece(ENGINE[:9], "search", index=0, id="x"), piece(ENGINE[9:], "search", index=0, id="y")], ONE),
        ([piece(ENGINE[:9], "search", index=0, id="x"), piece(ENGINE[9:], index=0, id="y")], ONE),
        ([piece("", "sea", index=0, id="x"), piece(ENGINE, "rch", index=0)], ONE),
        ([piece({"query": "engine"}, "search", index=0, id="x")], ONE),
        ([piece(ENGINE, "search", index=0), piece(ENGINE, "search", index=0)], ONE),
        ([{"name": "search", "arguments": ENGINE}], ONE),
        ([{"name": "search", "arguments": ENGINE[:9]}, {"arguments": ENGINE[9:]}], ONE),
        ([None, "x", {}, piece(ENGINE, "search")], ONE),
        ([piece(ENGINE, "functions.search:0", index=0)], ONE),
        ([piece(ENGINE[:9], "default_api.search"), piece(ENGINE[9:], "default_api.search")], ONE),
        ([piece("{}", "search", index=0, id="x"), piece(ENGINE, index=0)], ONE),
        ([piece(json.dumps(ENGINE), "search", index=0)], ONE),
        ([piece(ENGINE, "other.thing")], [("other.thing", ENGINE)]),
        ([piece(ENGINE, "search", index=0, id="x"), piece(YARD, "search", index=0, id="y")], BOTH),
        ([piece(ENGINE, "search", index=0, id=""), piece(YARD, "search", index=0, id="")], BOTH),
        ([piece(ENGINE, "search", index=0, id="x"), piece(YARD, "search", index=1, id="x")], BOTH),
        ([piece(ENGINE, "search"), piece(YARD, "search")], BOTH),
        ([piece(ENGINE, "search", id="x"), piece(YARD, "search", id="x")], BOTH),
        (
            [piece("", "search", index=0, id="x"), piece(ENGINE, index=0), piece("", "search", index=0, id="y"),
             piece(YARD, index=0)],
            BOTH,
        ),
        (
            [piece("", "search", index=0, id="x"), piece("", "search", index=1, id="y"), piece(ENGINE, index=0),
             piece(YARD, index=1)],
            BOTH,
        ),
        (
            [piece(ENGINE, "search", index=0), piece('{"passage_ids": []}', "choose", index=0)],
            [("search", ENGINE), ("choose", '{"passage_ids": []}')],
        ),
    ],
)  # fmt: skip
def test_calls_are_put_together(pieces: list[Any], expected: list[tuple[str, str]]) -> None:
    assert called(*pieces) == expected


def test_halves_of_a_character_in_two_pieces_are_joined_and_none_is_left_alone() -> None:
    pieces = [piece('{"query": "\ud83d', "search", id="x\ud83d"), piece('\ude00 \ud83d"}')]
    calls = ToolCalls({"search"})
    for one in pieces:
        calls.add(one)
    [call] = calls.finished()
    assert (call.id, call.arguments) == ("x\ufffd", '{"query": "😀 \ufffd"}')


def test_a_call_that_stands_in_the_text_is_one() -> None:
    calls = ToolCalls({"search"})
    calls.from_text('<tool_call>{"name": "search", "arguments": {"query": "engine"}}</tool_call> {"name": "x"}')
    calls.from_text('{"function": {"name": "search", "parameters": {"query": "yard"}}} {"name": "delete"}')
    assert [(call.name, call.arguments) for call in calls.calls] == BOTH


def test_there_are_not_any_number_of_calls() -> None:
    with pytest.raises(TooManyCallsError):
        called(*[piece("{}", "search", index=at, id=str(at)) for at in range(MOST_CALLS + 1)])
