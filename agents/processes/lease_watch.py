"""Detects leases that have expired: runs whose heartbeat, a counter, has not moved for ``lease_seconds``.

Time is measured by this process's own steady clock, so that no wall clock matters.
"""

import logging
import time

from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord

_log = logging.getLogger(__name__)


class LeaseWatch:
    """Takes back runs whose beat has not moved for ``lease_seconds``."""

    def __init__(self, queue: RunQueue, lease_seconds: float, max_losses: int) -> None:
        self._queue = queue
        self._lease_seconds = lease_seconds
        self._max_losses = max_losses
        self._seen: dict[str, tuple[tuple[int, int], float]] = {}  # run id → (attempt, beat), since when

    def look(self) -> None:
        """One look at all running runs. Call it every second or so."""
        now, seen = time.monotonic(), self._seen
        self._seen = {}
        for run in self._queue.running():
            state, since = (run.attempt, run.beat), now
            before = seen.get(run.id)
            if before is not None and before[0] == state:
                since = before[1]
            self._seen[run.id] = (state, since)
            if now - since >= self._lease_seconds:
                self._take_back(run)

    def _take_back(self, run: RunRecord) -> None:
        if self._queue.take_back(run, self._max_losses):
            _log.warning("Run %s was taken back: %s showed no sign of life", run.id, run.owner)
