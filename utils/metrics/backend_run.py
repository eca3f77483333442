"""What is counted of one backend that works on one run."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal

from utils.database.moment import now
from utils.log.events import ENDED_ACTIVITY, AgentActivity, LoggedEvent
from utils.metrics import figures

Outcome = Literal["completed", "failed", "stopped", "waiting", "paused", "handed over"]


def tokens_of(events: Iterable[LoggedEvent]) -> tuple[int, int] | None:
    """The tokens into and out of models, as the ends of steps tell them; None: they tell nothing."""
    used = [
        event.usage
        for event in events
        if isinstance(event, AgentActivity) and event.usage is not None and event.status in ENDED_ACTIVITY
    ]
    return (sum(one.input_tokens for one in used), sum(one.output_tokens for one in used)) if used else None


class BackendRun:
    """Begins now. ``asked_at`` is when its question was asked; None: others have worked on it before."""

    def __init__(self, kind: str, asked_at: datetime | None) -> None:
        self._kind = kind
        self._asked_at = asked_at
        self._began = time.perf_counter()
        self._has_ended = False

    def told(self, events: Iterable[LoggedEvent]) -> None:
        """These are stored."""
        if self._asked_at is not None:
            seconds = max(0.0, (now() - self._asked_at).total_seconds())  # another machine's clock has told it
            figures.FIRST_EVENT_SECONDS.labels(self._kind).observe(seconds)
            self._asked_at = None
        if used := tokens_of(events):
            for direction, tokens in zip(("input", "output"), used, strict=True):
                figures.TOKENS.labels(self._kind, direction).inc(tokens)

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
