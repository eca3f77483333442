"""What people say to coding agents, left by the process that sends events for the hooks of the agents to find."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringside.events import digest

if TYPE_CHECKING:
    from ringside.sending.transport import Unread


class MessageBox:
    """A file for each session, with a line for each message. One process puts; it goes when the session ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._put: set[tuple[str, str]] = set()

    def put(self, unread: Iterable[Unread]) -> None:
        """What the server tells again, until the agent has read it, is left once."""
        for session, _, message in unread:
            known = session, str(message["id"])
            if known not in self._put:
                self._put.add(known)
                if message["id"] in {one["id"] for one in self.of(session)}:  # left by a process before this one
                    continue
                line = json.dumps({name: message.get(name) for name in ("run_id", "id", "author", "text")})
                with open(self._file(session), "ab", opener=_private) as file:
                    # A line that a full disk has cut off is left behind, and is no part of this one.
                    file.write(f"\n{line}\n".encode())

    def of(self, session: str) -> list[dict[str, Any]]:
        """All of a session, oldest first."""
        try:
            lines = self._file(session).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [found for line in lines if (found := _message(line)) is not None]

    def forget(self, session: str) -> None:
        self._file(session).unlink(missing_ok=True)

    def _file(self, session: str) -> Path:
        return self._folder / f"{digest(session)[:16]}.messages"


def _message(line: bytes) -> dict[str, Any] | None:
    """None: a line that is being written at this moment, or was not written whole."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
