"""What a person says to an agent at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class UserMessage:
    """``author`` is the person's name, or None for an account that does not exist any more."""

    id: str
    author: str | None
    text: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> UserMessage:
        """As the server tells it. Raises LookupError for what is none."""
        author = body.get("author")
        return cls(str(body["id"]), None if author is None else str(author), str(body["text"]))
