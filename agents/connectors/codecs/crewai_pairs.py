"""Which event of a crew begins the step that another one ends. No I/O.

CrewAI says it (``started_event_id``) since its events have ids; before, and in its own published examples, an end names
nothing. Then the call's id tells, or else the task, the name and the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNNAMED = {"task": "Task", "tool_usage": "Tool", "llm_call": "Ask Model"}  # what steps are called without a name


@dataclass(frozen=True, slots=True)
class _Event:
    noun: str
    data: Mapping[str, Any]
    action: str

    def may_be_of(self, other: "_Event") -> bool:
        """Whether nothing says that they are of two steps."""
        if self.noun != other.noun:
            return False
        if (call := self.data.get("call_id")) and (other_call := other.data.get("call_id")):
            return bool(call == other_call)
        tasks = zip(task_ids(self.noun, self.data), task_ids(other.noun, other.data), strict=True)
        same_task = next((one == another for one, another in tasks if one and another), None)
        if same_task is False or (same_task and self.noun == "task"):
            return same_task
        return self.action == other.action or UNNAMED[self.noun] in (self.action, other.action)


class CrewPairs:
    """Events in the order in which they happened."""

    def __init__(self) -> None:
        self._open: dict[str, _Event] = {}  # by key, the oldest first

    def key(self, id: str, begins: bool, noun: str, data: Mapping[str, Any], action: str) -> str | None:
        """Of the step that this event begins or ends; None for an end whose beginning is not there."""
        event = _Event(noun, data, action)
        if begins:
            key = f"{noun}/{id}"
            self._open[key] = event
            return key
        if named := data.get("started_event_id"):
            self._open.pop(f"{noun}/{named}", None)
            return f"{noun}/{named}"
        found = [key for key, begun in self._open.items() if begun.may_be_of(event)]
        alike = [key for key in found if self._open[key].data.get("tool_args") == data.get("tool_args")]
        for key in alike or found:
            del self._open[key]
            return key
        return None


def task_ids(noun: str, data: Mapping[str, Any]) -> tuple[str, str, str]:
    """Of the task that an event is about, or in whose course it happened; "" for what it does not say."""
    described = data["task"].get("id") if isinstance(data.get("task"), dict) else None
    own = data.get("source_fingerprint") if noun == "task" else None  # of others it is that of a model or a tool
    return str(data.get("task_id") or ""), str(described or ""), str(own or "")
