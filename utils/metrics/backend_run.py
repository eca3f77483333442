"""What is counted of one backend that works on one run."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from utils.database.moment import now
from utils.metrics import figures

Outcome = Literal["completed", "failed", "stopped", "waiting", "paused", "handed over"]


class BackendRun:
    """Begins now. ``asked_at`` is when its question was asked; None: others have worked on it before."""

    def __init__(self, kind: str, asked_at: datetime | None) -> None:
        self._kind = kind
        self._asked_at = asked_at
        self._began = time.perf_counter()
        self._has_ended = False

    def told(self) -> None:
        """Something is stored."""
        if self._asked_at is not None:
            seconds = max(0.0, (now() - self._asked_at).total_seconds())  # another machine's clock has told it
            figures.FIRST_EVENT_SECONDS.labels(self._kind).observe(seconds)
            self._asked_at = None

    def ending(self, outcome: Outcome, store: Callable[[], None]) -> Callable[[], None]:
        """Stores how it ends and counts it in one piece: who hears of the end cancels the task that has stored it."""

        def end() -> None:
            store()
            self.ended(outcome)

        return end

    def ended(self, outcome: Outcome) -> None:
        """What is told first counts."""
        if self._has_ended:
            return
        self._has_ended = True
        figures.BACKEND_SECONDS.labels(self._kind, outcome).observe(time.perf_counter() - self._began)
