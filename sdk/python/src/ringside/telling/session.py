"""A session: a conversation or a piece of work, and what agents do in it."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from ringside import events
from ringside.telling.endings import ending
from ringside.telling.run import Run
from ringside.telling.scope import Scope
from ringside.values import said, text_of

if TYPE_CHECKING:
    from ringside.telling.client import Client


class Session(Scope):
    """It is made on the server with its first event. Entering it again, or in another process, continues it."""

    def __init__(self, client: Client, name: str, title: str | None, agent: str) -> None:
        super().__init__(client, events.session_id(said(name)), None, None, agent)
        self.title = " ".join(text_of(title if title is not None else name, 200).split())
        self.open_run: Run | None = None
        client.name_session(self.id, self.title)

    @property
    def id(self) -> str:
        return self._session

    def run(self, question: str | None = None, *, id: str | None = None, agent: str | None = None) -> Run:
        """A run, which begins with `with` and ends with it; by an exception it fails.

        ``question``: what it was asked to do. ``id``: of your own, so that a program that is started again tells of
        the same run; it must be unique for the whole server.
        """
        return Run(self, question, id, agent)

    def _place(self) -> Scope:
        place = super()._place()
        return self.open_run or self if place is self else place

    def _contains(self, other: Scope) -> bool:
        return other._session == self._session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        status, reason = ending(error)
        if status == "failed" and not self._client.was_told(error):
            self.tell(events.error, "exception", reason)
