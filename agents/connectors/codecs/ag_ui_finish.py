"""How a run of AG-UI finished: in the protocol's words, and in those of its drafts, which agents still use. No I/O."""

import json
from collections.abc import Mapping
from typing import Any

_SUCCEEDED = "success"
_ASKED = {"interrupt", "interrupted"}
_STOPPED = {"cancelled", "canceled", "aborted"}
_FAILED = {"error", "failed", "failure"}
_ASKING = {"on_interrupt", "on_copilotkit_interrupt", "interrupt", "function_approval_request"}  # custom events
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
    def question(self) -> str:
        """What it asks a person, "" where it does not say."""
        return question_of(self._interrupts)


def asks_in_passing(event: Mapping[str, Any]) -> bool:
    """Whether a CUSTOM event says that the run will end with a question."""
    return event.get("name") in _ASKING


def question_of(asked: Any) -> str:
    """The words in what is asked; JSON that is given as text is read."""
    match asked:
        case str():
            return question_of(_parsed(asked)) if asked.lstrip()[:1] in ("{", "[") else asked[:_MOST_WORDS]
        case list():
            return next((words for one in asked if (words := question_of(one))), "")
        case dict():
            return next((words for name in _QUESTIONS if (words := question_of(asked.get(name)))), "")
    return ""


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
