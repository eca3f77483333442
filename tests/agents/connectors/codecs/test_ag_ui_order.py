"""In which order the events of AG-UI may come: what the protocol's own client refuses is refused, and what it takes."""

from typing import Any

import pytest

from agents.connectors.codecs.ag_ui_order import Order, OrderError

STARTED, FINISHED = {"type": "RUN_STARTED"}, {"type": "RUN_FINISHED"}


def text(kind: str, id: str = "m") -> dict[str, Any]:
    return {"type": f"TEXT_MESSAGE_{kind}", "messageId": id}


def tool(kind: str) -> dict[str, Any]:
    return {"type": f"TOOL_CALL_{kind}", "toolCallId": "c"}


def step(kind: str) -> dict[str, Any]:
    return {"type": f"STEP_{kind}", "stepName": "look"}


def taken(*events: dict[str, Any]) -> Order:
    order = Order()
    for event in events:
        order.take(event)
    return order


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([FINISHED], "came before the run began"),
        ([text("CONTENT")], "came before the run began"),
        ([{"type": "RAW"}], "came before the run began"),
        ([STARTED, STARTED], "The run began twice"),
        ([STARTED, text("CONTENT")], "a text that has not begun"),
        ([STARTED, text("END")], "a text that has not begun"),
        ([STARTED, text("START"), text("CONTENT", "n")], "a text that has not begun"),
        ([STARTED, text("START"), text("START")], "A text began twice"),
        ([STARTED, text("START"), text("END"), text("CONTENT")], "a text that has not begun"),
        ([STARTED, text("START"), FINISHED], "finished with an open text"),
        ([STARTED, step("STARTED"), FINISHED], "finished with an open step"),
        ([STARTED, tool("START"), FINISHED], "finished with an open tool call"),
        ([STARTED, tool("ARGS")], "a tool call that has not begun"),
        ([STARTED, step("FINISHED")], "a step that has not begun"),
        ([STARTED, step("STARTED"), step("STARTED")], "A step began twice"),
        ([STARTED, FINISHED, step("STARTED")], "came after the run had finished"),
        ([STARTED, FINISHED, FINISHED], "came after the run had finished"),
        ([STARTED, {"type": "RUN_ERROR"}, STARTED], "came after the run had failed"),
        ([STARTED, {"type": "TEXT_MESSAGE_START"}], "has no messageId"),
        ([STARTED, {"type": "STEP_STARTED", "stepName": 3}], "has no stepName"),
    ],
)
def test_what_is_out_of_order_is_refused_in_words(events: list[dict[str, Any]], why: str) -> None:
    *before, last = events
    order = taken(*before)
    with pytest.raises(OrderError, match=why):
        order.take(last)


@pytest.mark.parametrize(
    "events",
    [
        [STARTED, FINISHED],
        [STARTED, FINISHED, STARTED, FINISHED],
        [STARTED, text("START"), text("START", "n"), text("END"), text("END", "n"), FINISHED],
        [STARTED, {"type": "RUN_ERROR"}],
        [{"type": "RUN_ERROR"}],
        [STARTED, step("STARTED"), step("FINISHED"), step("STARTED"), step("FINISHED"), FINISHED],
        [STARTED, tool("START"), tool("ARGS"), tool("END"), tool("RESULT"), FINISHED],
        [STARTED, {"type": "REASONING_MESSAGE_START", "messageId": "r"}, FINISHED],
        [STARTED, {"type": "OF_TOMORROW"}, FINISHED],
    ],
)
def test_what_is_in_order_ends(events: list[dict[str, Any]]) -> None:
    assert taken(*events).ended


def test_a_stream_that_never_finishes_has_no_end() -> None:
    assert not taken(STARTED).ended
    assert not taken(STARTED, FINISHED, STARTED).ended
