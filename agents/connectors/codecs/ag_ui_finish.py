"""How a run of AG-UI finished: in the protocol's words, and in those of its drafts, which agents still use. No I/O."""

import json
from collections.abc import Mapping
from typing import Any

from agents.text.surrogates import well_formed_value

_SUCCEEDED = "success"
_ASKED = {"interrupt", "interrupted"}
_STOPPED = {"cancelled", "canceled", "aborted"}
_FAILED = {"error", "failed", "failure"}
_QUESTIONS = ("message", "question", "prompt", "text", "description", "value", "payload", "reason")
_MOST_WORDS = 300  # characters of a question


class Finish:
    """A RUN_FINISHED. ``outcome`` has been an object, a word, or was left out."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        outcome = event.get("outcome")
        self.outcome: Mapping[str, Any] = outcome if isinstance(outcome, dict) else {}
        self._kind = str(self.outcome.get("type") if isinstance(outcome, dict) else outcome or "").lower()
        self._interrupts = [
            found
            for place in (event, self.outcome)
            for name in ("interrupt", "interrupts")
            if (found := place.get(name)) or (found == {} and self._kind != _SUCCEEDED)
        ]

    @property
    def asks(self) -> bool:
        return self._kind in _ASKED or bool(self._interrupts)

    @property
    def was_stopped(self) -> bool:
        return self._kind in _STOPPED

    @property
    def has_failed(self) -> bool:
        return self._kind in _FAILED

    @property
    def interrupts(self) -> list[dict[str, Any]]:
        """What it asks, each as it says it."""
        several = [one for found in self._interrupts for one in (found if isinstance(found, list) else [found])]
        return [one for one in several if isinstance(one, dict) and one]


def question_of(asked: Any) -> str:
    """The words in what is asked; JSON that is given as text is read."""
    match asked:
        case str():
            found = parsed(asked)
            return question_of(found) if found is not asked else asked[:_MOST_WORDS]
        case list():
            return next((words for one in asked if (words := question_of(one))), "")
        case dict():
            return next((words for name in _QUESTIONS if (words := question_of(asked.get(name)))), "")
    return ""


def parsed(value: Any) -> Any:
    """JSON that is given as text; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return well_formed_value(json.loads(value))
        except (ValueError, RecursionError):
            return value
    return value
