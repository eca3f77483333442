"""A message of LangChain, in the forms in which servers of LangGraph write it. No I/O.

Servers in Python and JavaScript, and people's own state, have: ``{"type": "ai", "content": …}``,
``{"role": "assistant", "content": …}``, ``["ai", …]``, ``{"type": "ai", "data": {…}}``, and the constructor
``{"lc": 1, "id": […, "AIMessage"], "kwargs": {…}}``.
"""

import json
from collections.abc import Mapping
from typing import Any, Self

_ROLES = {
    "ai": "ai", "assistant": "ai", "aimessage": "ai", "aimessagechunk": "ai", "model": "ai",
    "human": "human", "user": "human", "humanmessage": "human", "humanmessagechunk": "human",
    "system": "system", "developer": "system", "systemmessage": "system", "systemmessagechunk": "system",
    "tool": "tool", "function": "tool", "toolmessage": "tool", "toolmessagechunk": "tool",
}  # fmt: skip
_ARGUMENTS = ("args", "args_json", "arguments", "input")


class LangGraphMessage:
    """``role`` is ai, human, system or tool; ``is_chunk``: it says of itself that it is a piece of a message."""

    def __init__(self, name: str, fields: Mapping[str, Any]) -> None:
        self.role = _ROLES[name.lower()]
        self.fields = fields
        self.is_chunk = name.lower().endswith("chunk")
        self.text, self.thought = _parts(fields)

    @classmethod
    def of(cls, value: Any) -> Self | None:
        """None: it is no message."""
        names: list[Any]
        match value:
            case [str(role), str() | list() as content]:
                names, fields = [role], {"content": content}
            case {"lc": _, "id": [*_, name], "kwargs": dict(fields)} | {"type": name, "data": dict(fields)}:
                names = [name]
            case dict(fields):
                names = [fields.get("type"), fields.get("role")]
            case _:
                return None
        known = (name for name in names if isinstance(name, str) and name.lower() in _ROLES)
        return cls(name, fields) if (name := next(known, None)) is not None else None

    @property
    def id(self) -> Any:
        return self.fields.get("id")

    @property
    def has_chunks_of_calls(self) -> bool:
        """A piece has this member, also where it is empty; JavaScript calls pieces by the names of whole messages."""
        return isinstance(self.fields.get("tool_call_chunks"), list)


def arguments(call: Mapping[str, Any]) -> str:
    """Of a call of a tool or of a piece of one: JSON, which may be cut."""
    function = call.get("function")
    places = [call, function] if isinstance(function, dict) else [call]
    given = [place[name] for place in places for name in _ARGUMENTS if place.get(name) not in (None, "")]
    found = next((one for one in given if one != {}), given[0] if given else "")
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _parts(fields: Mapping[str, Any]) -> tuple[str, str]:
    """What a message says, and what its model thought."""
    content, text, thought = fields.get("content"), "", ""
    extra = fields.get("additional_kwargs")
    if isinstance(extra, dict) and isinstance(extra.get("reasoning_content"), str):
        thought = extra["reasoning_content"]
    for part in content if isinstance(content, list) else [content]:
        match part:
            case str():
                text += part
            case {"type": "text" | "text_delta" | "output_text", "text": str(piece)}:
                text += piece
            case {"type": "thinking", "thinking": str(piece)} | {"type": "reasoning", "reasoning": str(piece)}:
                thought += piece
    return text, thought
