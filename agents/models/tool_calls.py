"""The tool calls of a reply, put together from their pieces. No I/O.

Servers agree on little: the number of a call may be missing or always 0, its name may come again with each piece, its
arguments may be an object, and some send each call in one piece.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from agents.models.written_calls import written_calls
from agents.text.surrogates import well_formed

MOST_CALLS = 64
_DECORATION = re.compile(r"^\w+[.:/]|:\d+$")


@dataclass(slots=True)
class ToolCall:
    id: str
    name: str
    arguments: str  # JSON as the model wrote it: to be checked

    def is_whole(self) -> bool:
        """Whether its arguments are a complete object."""
        if not self.arguments.rstrip().endswith("}"):
            return False
        try:
            return isinstance(json.loads(self.arguments, strict=False), dict)
        except (ValueError, RecursionError):
            return False


class TooManyCallsError(ValueError):
    """More calls than anyone can mean."""


class ToolCalls:
    """``offered`` are the names of the tools that the model may call."""

    def __init__(self, offered: Collection[str] = ()) -> None:
        self.calls: list[ToolCall] = []
        self._offered = offered
        self._numbered: dict[str, ToolCall] = {}  # by the server's number, the newest of each

    def add(self, piece: Any) -> ToolCall | None:
        """Take one piece; the call that it belongs to, or None if it belongs to none."""
        if not isinstance(piece, dict):
            return None
        function = _function(piece)
        id, name = _text(piece.get("id")), _text(function.get("name"))
        arguments = _arguments(function)
        number = str(piece["index"]) if piece.get("index") is not None else None
        call = self._continued(number, id, name, arguments)
        if call is None:
            if not (name or id or arguments):
                return None
            call = self._new(id)
        if number is not None:
            self._numbered[number] = call
        self._extend(call, name, arguments)
        return call

    def from_text(self, text: str) -> None:
        """The calls that a model wrote into its text because its server knows no tool calls, or not its form."""
        for name, arguments in written_calls(text, self._offered):
            self._extend(self._new(""), name, _arguments({"arguments": arguments}))

    def finished(self) -> list[ToolCall]:
        """The calls that have a name, by which the tool was offered: some models write "functions.search:0"."""
        for call in self.calls:
            call.id, call.name, call.arguments = map(well_formed, (call.id, call.name, _unwrapped(call.arguments)))
            plain = _DECORATION.sub("", call.name)
            call.name = plain if call.name not in self._offered and plain in self._offered else call.name
        return [call for call in self.calls if call.name]

    def _continued(self, number: str | None, id: str, name: str, arguments: str) -> ToolCall | None:
        """The call that a piece goes on with; None: it begins one."""
        same_id = next((call for call in self.calls if call.id == id), None) if id else None
        if number is not None:
            known = self._numbered.get(number)
            if known is None and same_id is not None and not same_id.is_whole():
                known = same_id
        else:
            known = same_id if id else (self.calls[-1] if self.calls else None)
        if known is None or not name:
            return known
        if id and id != known.id and (known.is_whole() or not known.arguments):
            return None
        if arguments.strip() and arguments != known.arguments and known.is_whole():
            return None
        if name != known.name and known.name in self._offered and known.name + name not in self._offered:
            return None
        return known

    def _new(self, id: str) -> ToolCall:
        if len(self.calls) == MOST_CALLS:
            raise TooManyCallsError
        if not id or any(call.id == id for call in self.calls):
            id = f"call-{len(self.calls) + 1}"
        self.calls.append(ToolCall(id, "", ""))
        return self.calls[-1]

    def _extend(self, call: ToolCall, name: str, arguments: str) -> None:
        if name and name != call.name and (not call.name or call.name not in self._offered):
            call.name += name
        if call.arguments.strip() == "{}" and arguments.lstrip().startswith("{"):
            call.arguments = ""  # It was only a beginning.
        if not (arguments == call.arguments and call.is_whole()):  # some send the whole once more at the end
            call.arguments += arguments


def _function(piece: dict[str, Any]) -> dict[str, Any]:
    inner = piece.get("function")
    return inner if isinstance(inner, dict) else piece


def _given(function: dict[str, Any]) -> Any:
    return function.get("arguments", function.get("parameters"))


def _arguments(function: dict[str, Any]) -> str:
    given = _given(function)
    if given is None:
        return ""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def _unwrapped(arguments: str) -> str:
    """Arguments that were written as JSON twice."""
    if not arguments.startswith('"'):
        return arguments
    try:
        inner = json.loads(arguments, strict=False)
    except (ValueError, RecursionError):
        return arguments
    return inner if isinstance(inner, str) else arguments


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
