"""What the thread says of a run that has ended."""

from typing import Any

import pytest

from agents.connectors.codecs.langgraph_thread import LangGraphThread


@pytest.mark.parametrize(
    ("values", "key", "answer"),
    [
        ({"messages": [{"type": "human", "content": "Who?"}, {"type": "ai", "content": "Ada."}]}, None, "Ada."),
        ({"messages": [{"type": "ai", "content": "Ada."}, {"type": "tool", "content": "x"}]}, None, "Ada."),
        ({"messages": [{"type": "ai", "content": "Ada."}, {"type": "ai", "content": ""}]}, None, "Ada."),
        ({"messages": [{"type": "ai", "content": [{"type": "text", "text": "Ada."}]}]}, None, "Ada."),
        ({"messages": [{"type": "ai", "content": "Eve."}, {"type": "ai", "content": "Ada."}]}, None, "Ada."),
        ({"messages": [{"type": "human", "content": "Who?"}]}, None, ""),
        ({"question": "Who?", "answer": "Ada."}, None, "Ada."),
        ({"report": "Ada.", "answer": "no"}, "report", "Ada."),
        ({"messages": [{"type": "ai", "content": "no"}], "report": "Ada."}, "report", "Ada."),
        ({"answer": "no"}, "report", ""),
        ({"talk": [{"type": "ai", "content": "Ada."}]}, "talk", "Ada."),
        (None, None, ""),
        ({}, None, ""),
        (
            {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ada."}]},
            None,
            "Ada.",
        ),
        ({"messages": [["human", "Who?"], ["ai", "Ada."]]}, None, "Ada."),
        ({"messages": [["ai", [{"type": "text", "text": "Ada."}]], {"type": "system", "content": "no"}]}, None, "Ada."),
        ({"messages": [{"type": "ai", "data": {"content": "Ada."}}]}, None, "Ada."),
        ({"messages": [{"lc": 1, "id": ["x", "AIMessage"], "kwargs": {"content": "Ada."}}]}, None, "Ada."),
        ([{"type": "human", "content": "Who?"}, {"type": "ai", "content": "Ada."}], None, "Ada."),
        ({"messages": [{"role": "user", "content": "Who?"}], "answer": "Ada."}, None, "Ada."),
        ({"messages": [{"role": "user", "content": "Who?"}], "plan": {"steps": 3}}, None, ""),
        ({"findings": ["Ada.", "Eve."]}, "findings", "Ada.\n\nEve."),
        ({"count": 0}, "count", "0"),
    ],
)
def test_the_answer_is_found(values: Any, key: str | None, answer: str) -> None:
    assert LangGraphThread({"values": values}).answer(key) == answer


@pytest.mark.parametrize(
    ("interrupts", "found"),
    [
        ({"t": [{"value": {"question": "May I?"}, "id": "1"}]}, [("1", "1", {"question": "May I?"})]),
        ({"t": [{"value": "May I?", "interrupt_id": "1"}]}, [("1", "1", "May I?")]),
        ({"t": [{"value": 3, "ns": ["x"]}], "u": [{"value": "And I?"}]}, [("t/0", "", 3), ("u/0", "", "And I?")]),
        ([{"value": "May I?"}, {"value": "And I?"}], [("/0", "", "May I?"), ("/1", "", "And I?")]),
        ({"t": ["May I?"]}, [("t/0", "", "May I?")]),
        ({}, []),
        (None, []),
    ],
)
def test_its_interrupts_are_found_and_told_apart(interrupts: Any, found: list[tuple[str, str, Any]]) -> None:
    assert LangGraphThread({"interrupts": interrupts}).interrupts == found


def test_its_failure_is_found() -> None:
    assert LangGraphThread({"error": {"error": "ValueError", "message": "no"}}).failure == "no (ValueError)"
    assert LangGraphThread({"error": "no"}).failure == "no"
    assert LangGraphThread({"error": None}).failure == ""
