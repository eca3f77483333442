"""A thread of a LangGraph server, as it describes itself (GET /threads/{id}), after a run. No I/O."""

import json
from collections.abc import Mapping
from typing import Any

from agents.connectors.codecs.answers import answer_text
from agents.connectors.codecs.langgraph_stream import message_text, reason

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
            return answer_text(values)
        if key is None and isinstance(values.get(_MESSAGES), list):
            key = _MESSAGES
        found = values if key is None else values.get(key)
        if key is not None and isinstance(found, list):
            said = [one for one in found if isinstance(one, dict) and str(one.get("type", "")).lower().startswith("ai")]
            return next((text for one in reversed(said) if (text := message_text(one))), "")
        return answer_text(found)


def _question(interrupt: Any) -> str:
    value = interrupt.get("value", interrupt) if isinstance(interrupt, dict) else interrupt
    if isinstance(value, list) and value:
        value = value[0]
    text = value if isinstance(value, str) else None
    if isinstance(value, dict):
        text = next((value[name] for name in _QUESTIONS if isinstance(value.get(name), str)), None)
    text = text or json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_WORDS else f"{text[: _MOST_WORDS - 1]}…"
