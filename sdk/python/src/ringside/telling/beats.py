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


class Beats:
    """One for a process. A run that was not ended, and that nobody holds any more, is not alive."""

    def __init__(self) -> None:
        self.start_afresh()

    def start_afresh(self) -> None:
        """After a fork, in the child: the runs that are open are the parent's."""
        self._open: weakref.WeakSet[Run] = weakref.WeakSet()
        self._changing = threading.RLock()  # a finalizer may end a run
        self._thread: threading.Thread | None = None

    def begin(self, run: Run) -> None:
        with self._changing:
            self._open.add(run)
            if self._thread is None:
                self._start()

    def end(self, run: Run) -> None:
        with self._changing:
            self._open.discard(run)

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
                runs = list(self._open)
                if not runs:
                    self._thread = None
                    return
            for run in runs:
                run.beat()
            del runs, run


beats = Beats()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=beats.start_afresh)
