"""In which order the events of AG-UI may come. No I/O.

The rules are those of the protocol's own client: a run begins before anything else, what is said belongs to something
that has begun, and nothing is left open at the end. A stream that just stops has no end, which is for who reads it to
see: ``ended``.
"""

from collections.abc import Mapping
from typing import Any


class OrderError(ValueError):
    """An event that may not come here. The message says why, for people."""


# What has a beginning and an end, by the names of its events; a beginning that is repeated while it is open is wrong.
_BEGINS: Mapping[str, tuple[str, str]] = {
    "TEXT_MESSAGE_START": ("text", "messageId"),
    "TOOL_CALL_START": ("tool call", "toolCallId"),
    "STEP_STARTED": ("step", "stepName"),
    "REASONING_MESSAGE_START": ("reasoning", "messageId"),
    "SUBAGENT_STARTED": ("sub-agent", "subagentRunId"),
}
_CONTINUES: Mapping[str, tuple[str, str]] = {
    "TEXT_MESSAGE_CONTENT": ("text", "messageId"),
    "TOOL_CALL_ARGS": ("tool call", "toolCallId"),
    "REASONING_MESSAGE_CONTENT": ("reasoning", "messageId"),
}
_ENDS: Mapping[str, tuple[str, str]] = {
    "TEXT_MESSAGE_END": ("text", "messageId"),
    "TOOL_CALL_END": ("tool call", "toolCallId"),
    "STEP_FINISHED": ("step", "stepName"),
    "REASONING_MESSAGE_END": ("reasoning", "messageId"),
    "SUBAGENT_FINISHED": ("sub-agent", "subagentRunId"),
    "SUBAGENT_ERROR": ("sub-agent", "subagentRunId"),
}
_KNOWN = (
    "RUN_", "TEXT_MESSAGE_", "TOOL_CALL_", "STEP_", "THINKING_", "REASONING_", "SUBAGENT_", "STATE_", "ACTIVITY_",
    "MESSAGES_SNAPSHOT", "RAW", "CUSTOM",
)  # fmt: skip
_MAY_STAY_OPEN = "reasoning"  # a thought may break off


def is_known(kind: str) -> bool:
    """Whether the protocol has such events. Its client leaves out others, wherever they come."""
    return kind.startswith(_KNOWN)


class Order:
    """``ended``: the run has finished or failed."""

    def __init__(self) -> None:
        self.ended = False
        self._begun = False
        self._failed = False
        self._open: set[tuple[str, str]] = set()

    def take(self, event: Mapping[str, Any]) -> None:
        """The next event. Raises OrderError."""
        kind = event["type"]
        self._in_a_run(kind)
        if kind in _BEGINS:
            self._begin(*_BEGINS[kind], event)
        elif kind in _CONTINUES:
            self._go_on(*_CONTINUES[kind], event)
        elif kind in _ENDS:
            self._open.discard(self._go_on(*_ENDS[kind], event))

    def _in_a_run(self, kind: str) -> None:
        if self._failed:
            raise OrderError(f"{kind} came after the run had failed.")
        if kind == "RUN_STARTED":
            if self._begun and not self.ended:
                raise OrderError("The run began twice.")
            self._begun, self.ended = True, False
        elif kind == "RUN_ERROR":
            self.ended = self._failed = True
        elif not self._begun:
            raise OrderError(f"{kind} came before the run began.")
        elif self.ended:
            raise OrderError(f"{kind} came after the run had finished.")
        elif kind == "RUN_FINISHED":
            still = sorted(what for what, _ in self._open if what != _MAY_STAY_OPEN)
            if still:
                raise OrderError(f"The run finished with an open {still[0]}.")
            self._open.clear()
            self.ended = True

    def _begin(self, what: str, name: str, event: Mapping[str, Any]) -> None:
        one = what, _id(event, name)
        if one in self._open:
            raise OrderError(f"A {what} began twice.")
        self._open.add(one)

    def _go_on(self, what: str, name: str, event: Mapping[str, Any]) -> tuple[str, str]:
        one = what, _id(event, name)
        if one not in self._open:
            raise OrderError(f"{event['type']} came for a {what} that has not begun.")
        return one


def _id(event: Mapping[str, Any], name: str) -> str:
    found = event.get(name)
    if not isinstance(found, str):
        raise OrderError(f"{event['type']} has no {name}.")
    return found
