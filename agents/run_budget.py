"""For how long a run may be worked on, over all its attempts: a clock that runs while somebody works on it."""

import time

from agents.errors import AgentError
from utils.sessions.runs import RunRecord

TIME_BUDGET = "time_budget"
_SHORT = 120  # seconds, above which minutes are told


class RunBudget:
    """Begins with a claim. ``seconds`` 0: there is no limit."""

    def __init__(self, run: RunRecord, seconds: int) -> None:
        self._seconds = seconds
        self._before_ms = run.worked_ms
        self._begun = time.monotonic()

    @property
    def worked_ms(self) -> int:
        return self._before_ms + int((time.monotonic() - self._begun) * 1000)

    @property
    def left(self) -> float | None:
        """Seconds, at least 0; None: as many as it takes."""
        return max(0.0, self._seconds - self.worked_ms / 1000) if self._seconds else None

    def used_up(self) -> AgentError:
        return AgentError(
            TIME_BUDGET,
            f"Stopped after {_span(self._seconds)}: the time budget of this agent. What was written so far stays. "
            "Ask for less at once, or have an administrator give the agent more time.",
            retryable=True,
        )


def _span(seconds: int) -> str:
    """In words."""
    if seconds < _SHORT or seconds % 60:
        return f"{seconds:,} second{'' if seconds == 1 else 's'}"
    minutes = seconds // 60
    return f"{minutes} minutes" if minutes < _SHORT or minutes % 60 else f"{minutes // 60:,} hours"
