"""The messages of a conversation, as an AG-UI agent tells them all at once. No I/O."""

from collections.abc import Iterator, Mapping
from typing import Any

_SOURCES = ("text", "content")


class Snapshot:
    def __init__(self, messages: Any = None) -> None:
        self.messages = [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []

    def answers(self, question: str) -> list[tuple[str, str]]:
        """(id, text) of what the agent says after the question with this id, or after the last message of a user."""
        at = max(
            (n for n, one in enumerate(self.messages) if one.get("id") == question),
            default=max((n for n, one in enumerate(self.messages) if one.get("role") == "user"), default=-1),
        )
        after = [one for one in self.messages[at + 1 :] if one.get("role") == "assistant"]
        return [(str(one.get("id") or ""), text) for one in after if (text := _text(one.get("content")))]

    def tool(self, call: str) -> Mapping[str, Any]:
        """The message with the result of this call; empty where there is none."""
        return next((one for one in self._tools() if one.get("toolCallId") == call), {})

    def _tools(self) -> Iterator[Mapping[str, Any]]:
        return (one for one in reversed(self.messages) if one.get("role") == "tool")


def _text(content: Any) -> str:
    """A text, or parts of which some are."""
    if isinstance(content, list):
        return "".join(map(_text, content))
    if isinstance(content, dict):
        return next((found for name in _SOURCES if isinstance(found := content.get(name), str)), "")
    return content if isinstance(content, str) else ""
