"""Signs of life of the runs that are open: a server ends a run of which it hears nothing for long."""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringside.telling.run import Run

SECONDS = 300.0  # a server waits for ten minutes or longer
QUIET_SECONDS = 24 * 3600.0  # then a run of which nothing was told may be one whose end was forgotten


class Beats:
    """One for a process. A run that was not ended, and that nobody holds any more, is not alive.

    Nor is one of which nothing was told for a day, whoever holds it, until something is.
    """

    def __init__(self) -> None:
        self.start_afresh()

    def start_afresh(self) -> None:
        """After a fork, in the child: the runs that are open are the parent's."""
        self._open: weakref.WeakSet[Run] = weakref.WeakSet()
        self._told: dict[tuple[str, str], float] = {}  # when, by session and run
        self._changing = threading.RLock()  # a finalizer may end a run
        self._thread: threading.Thread | None = None

    def begin(self, run: Run) -> None:
        with self._changing:
            self._open.add(run)
            self._told[_place(run)] = time.monotonic()
            if self._thread is None or not self._thread.is_alive():
                self._start()

    def end(self, run: Run) -> None:
        with self._changing:
            self._open.discard(run)
            self._told.pop(_place(run), None)

    def note(self, session: str, run: str) -> None:
        """Something was told of a run, which may be one of another program."""
        if (session, run) in self._told:
            self._told[session, run] = time.monotonic()

    def alive(self) -> list[Run]:
        """The open runs of which something was told of late."""
        with self._changing:
            runs, at = self._all(), time.monotonic()
            told = self._told = {_place(run): self._told.get(_place(run), at) for run in runs}
            return [run for run in runs if told[_place(run)] > at - QUIET_SECONDS]

    def _all(self) -> list[Run]:
        while True:
            try:
                return list(self._open)
            except RuntimeError:  # a finalizer, which runs in this thread, has begun or ended one meanwhile
                continue

    def _start(self) -> None:
        thread = threading.Thread(target=self._beat, name="ringside-beats", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter ends
            return
        self._thread = thread

    def _beat(self) -> None:
        while True:
            time.sleep(SECONDS)
            with self._changing:
                if not self._all():
                    self._thread, self._told = None, {}
                    return
            self._beat_all()

    def _beat_all(self) -> None:
        for run in self.alive():
            run.beat()


def _place(run: Run) -> tuple[str, str]:
    return run.session.id, run.id


beats = Beats()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=beats.start_afresh)
