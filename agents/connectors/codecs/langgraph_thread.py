"""A thread of a LangGraph server, as it describes itself (GET /threads/{id}), after a run. No I/O."""

import json
from collections.abc import Mapping
from typing import Any

from agents.connectors.codecs.answers import answer_text, named_text
from agents.connectors.codecs.langgraph_message import LangGraphMessage
from agents.connectors.codecs.langgraph_stream import reason

_MESSAGES = "messages"
_QUESTIONS = ("question", "ask", "prompt", "message", "text", "description", "title")
_MOST_WORDS = 500  # characters of a question


class LangGraphThread:
    def __init__(self, described: Mapping[str, Any]) -> None:
        self._described = dict(described)

    @property
    def is_new(self) -> bool:
        """Whether it knows nothing yet."""
        return not self._described.get("values")

    @property
    def questions(self) -> list[str]:
        """What it asks a person: it has stopped there, and goes on when it is told."""
        interrupts = self._described.get("interrupts")
        asked = [one for some in interrupts.values() for one in some] if isinstance(interrupts, dict) else interrupts
        return [_question(one) for one in asked or []]

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


def _question(interrupt: Any) -> str:
    value = interrupt.get("value", interrupt) if isinstance(interrupt, dict) else interrupt
    if isinstance(value, list) and value:
        value = value[0]
    text = value if isinstance(value, str) else None
    if isinstance(value, dict):
        text = next((value[name] for name in _QUESTIONS if isinstance(value.get(name), str)), None)
    text = text or json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_WORDS else f"{text[: _MOST_WORDS - 1]}…"
