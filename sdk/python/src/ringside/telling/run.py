"""A run: one piece of work of a session, with a beginning and an end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ringside import events
from ringside.events import RunStatus
from ringside.telling.beats import beats
from ringside.telling.bracket import Bracket
from ringside.telling.scope import Scope
from ringside.telling.user_message import UserMessage
from ringside.values import said

if TYPE_CHECKING:
    from ringside.telling.session import Session


class Run(Bracket):
    def __init__(self, session: Session, question: str | None, id: str | None, agent: str | None) -> None:
        self.session = session
        self.id = said(id) if id else f"run-{os.urandom(8).hex()}"
        super().__init__(session._client, session.id, self.id, None, agent or session.agent)
        self._question = question
        self._told: tuple[RunStatus, str | None] = "running", None

    @property
    def stop_requested(self) -> bool:
        """Whether somebody has pressed Stop, as the server's last answer said. You decide what to do about it."""
        return self._client.is_stopped(self.id)

    def messages(self, seconds: float = 5.0) -> list[UserMessage]:
        """What people have said to this run since you last asked, oldest first; it waits for the server, at most so
        long.

        Ask where you can make use of it, right before you call a model: people see that the run has read it. Where the
        server cannot be reached there are none, and what you never ask for is refused when the run ends.
        """
        if self.ended or self._client.is_silent:
            return []
        self.beat()  # whose answer has them
        self._client.flush(seconds)
        found = self._client.take_messages(self.session.id, self.id)
        for one in found:
            self._client.put(self.session.id, events.message_read(self.session.id, self.id, one.id, one.text))
        return found

    def update(self, phase: str | None = None, *, status: RunStatus = "running", reason: str | None = None) -> None:
        """What it does as a whole; with the status "waiting", the reason why it waits."""
        self.tell_run(status, phase=phase, reason=reason)

    def begin(self) -> Run:
        """Tell that it begins, where `with` cannot enclose it. Then `end` must follow."""
        self.session.open_run = self
        self.tell_run("running", question=self._question)
        if not self._client.is_silent:
            beats.begin(self)
        return self

    def go_on(self) -> Run:
        """Tell that it goes on after it has ended as waiting. Then `end` must follow once more."""
        self.ended, self._failure, self._question = False, None, None
        return self.begin()

    def beat(self) -> None:
        """A sign of life: how it is, once more. If that changes meanwhile, the last word is the newer one."""
        if self.ended:
            return
        told = None
        while told is not self._told:
            told = self._told
            self._send(events.run_update, told[0], reason=told[1])

    def end(
        self, error: BaseException | None = None, *, status: RunStatus | None = None, reason: str | None = None
    ) -> None:
        found = self._close(error)
        if found is None:
            return
        beats.end(self)
        if self.session.open_run is self:
            self.session.open_run = None
        self.tell_run(status or found[0], reason=reason or found[1])

    def tell_run(self, status: RunStatus, **named: str | None) -> None:
        """An event of the run itself."""
        self._told = status, named.get("reason")
        self.tell(events.run_update, status, **named)

    def _contains(self, other: Scope) -> bool:
        return other._session == self._session and other._run == self._run
