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
                with open(self._file(session), "a", opener=_private) as file:
                    file.write(f"{line}\n")

    def of(self, session: str) -> list[dict[str, Any]]:
        """All of a session, oldest first."""
        try:
            lines = self._file(session).read_text("utf-8").splitlines(keepends=True)
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines if line.endswith("\n")]  # the last may be written at this moment

    def forget(self, session: str) -> None:
        self._file(session).unlink(missing_ok=True)

    def _file(self, session: str) -> Path:
        return self._folder / f"{digest(session)[:16]}.messages"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
