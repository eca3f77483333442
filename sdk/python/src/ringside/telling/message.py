"""A text that is written piece by piece."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from ringside import events
from ringside.values import said

if TYPE_CHECKING:
    from ringside.telling.scope import Scope

_EVERY_SECONDS = 0.05  # a piece for each token would be a hundred events a second
_LONGEST_PIECE = 100_000  # characters of one event


class Message:
    def __init__(self, scope: Scope, agent: str | None, reasoning: bool) -> None:
        self._scope, self._agent = scope, agent or scope.agent
        self._reasoning = reasoning
        self.id = scope.new_id("message", said(self._agent))
        self._pieces: list[str] = []
        self._told_at = 0.0
        self._writing = threading.Lock()
        self._ended = False

    def write(self, piece: str) -> None:
        with self._writing:
            self._pieces.append(said(piece))
            if time.monotonic() - self._told_at >= _EVERY_SECONDS:
                self._tell(final=False)

    def end(self, piece: str = "") -> None:
        """With its last piece."""
        with self._writing:
            if not self._ended:
                self._ended = True
                self._pieces.append(said(piece))
                self._tell(final=True)

    def _tell(self, final: bool) -> None:
        text, self._pieces = "".join(self._pieces), []
        self._told_at = time.monotonic()
        pieces = [text[at : at + _LONGEST_PIECE] for at in range(0, len(text), _LONGEST_PIECE)] or [""]
        for number, piece in enumerate(pieces, 1):
            self._scope.tell(
                events.agent_message, self.id, self._agent, piece, final=final and number == len(pieces),
                channel="reasoning" if self._reasoning else None,
                activity_id=self._scope._activity if self._reasoning else None,
            )  # fmt: skip

    def __enter__(self) -> Message:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    async def __aenter__(self) -> Message:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
