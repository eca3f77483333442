"""Runs that have ended as waiting, and go on when the conversation of the framework in which they wait does."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from ringside.telling.run import Run
from ringside.telling.session import Session
from ringside.telling.step import Step

_MOST = 1_000  # some are never answered


@dataclass(frozen=True)
class WaitingRun:
    """``steps``: those that wait, the innermost first."""

    run: Run
    steps: Sequence[Step]

    def go_on(self) -> Run:
        run = self.run.go_on()
        for step in self.steps:
            step.update(status="completed")
        return run

    def give_up(self) -> None:
        for step in self.steps:
            step.update(status="cancelled")
        self.run.tell_run("cancelled", reason="Something else was asked instead.")


class WaitingRuns:
    """Of all handlers of the process: the one that goes on may be another than the one that waited."""

    def __init__(self) -> None:
        self._known: dict[Hashable, WaitingRun] = {}
        self._lock = threading.Lock()

    def add(self, conversation: Hashable, waiting: WaitingRun) -> None:
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.pop(next(iter(self._known)))
            self._known[_key(waiting.run.session, conversation)] = waiting

    def take(self, session: Session, conversation: Hashable) -> WaitingRun | None:
        with self._lock:
            return self._known.pop(_key(session, conversation), None)


def _key(session: Session, conversation: Hashable) -> Hashable:
    return session._client, session.id, conversation


waiting_runs = WaitingRuns()
