"""A thread of a LangGraph server, as it describes itself (GET /threads/{id}), after a run. No I/O."""

from collections.abc import Mapping
from typing import Any

from agents.connectors.codecs.answers import answer_text, named_text
from agents.connectors.codecs.langgraph_message import LangGraphMessage
from agents.connectors.codecs.langgraph_stream import reason

_MESSAGES = "messages"


class LangGraphThread:
    def __init__(self, described: Mapping[str, Any]) -> None:
        self._described = dict(described)

    @property
    def is_new(self) -> bool:
        """Whether it knows nothing yet."""
        return not self._described.get("values")

    @property
    def interrupts(self) -> list[tuple[str, str, Any]]:
        """What it asks people: it has stopped there, and goes on when it is told.

        Of each: what tells it from the others, its id ("": it has none), and what it was given.
        """
        found = self._described.get("interrupts")
        tasks = found if isinstance(found, dict) else {"": found}
        return [
            (f"{task}/{n}", "", one) if not isinstance(one, dict) else _interrupt(f"{task}/{n}", one)
            for task, some in tasks.items()
            for n, one in enumerate(some or [])
        ]

    @property
    def failure(self) -> str:
        """What its server says of an error, "" for nothing."""
        return reason(self._described.get("error"))

    def answer(self, key: str | None) -> str:
        """The answer in its state: what ``key`` has, the last message of a model, or what has a usual name."""
        values = self._described.get("values")
        if not isinstance(values, dict):
            return _said(values)
        if key is not None:
            return _said(values.get(key))
        if not isinstance(values.get(_MESSAGES), list):
            return answer_text(values)
        rest = {name: value for name, value in values.items() if name != _MESSAGES}
        return _said(values[_MESSAGES]) or named_text(rest) or ""


def _said(found: Any) -> str:
    """What a model said last, in a list of messages; of anything else, all of it."""
    if not isinstance(found, list):
        return answer_text(found)
    messages = [message for one in found if (message := LangGraphMessage.of(one))]
    if not messages:
        return answer_text(found)
    return next((one.text for one in reversed(messages) if one.role == "ai" and one.text), "")


def _interrupt(place: str, described: Mapping[str, Any]) -> tuple[str, str, Any]:
    id = str(described.get("id") or described.get("interrupt_id") or "")
    return id or place, id, described.get("value", described)
