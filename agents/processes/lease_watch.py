"""Detects leases that have expired: runs whose heartbeat, a counter, has not moved for their lease.

Time is measured by this process's own steady clock, so that no wall clock matters.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress

from agents.assignments import lease_of
from agents.run_budget import RunBudget
from utils.database.base import DatabaseLostError
from utils.log.errors import StaleRunError
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord

_COUNT_MS = 5000
_log = logging.getLogger(__name__)


class LeaseWatch:
    """Takes back runs whose beat has not moved for ``lease_seconds``; with a worker outside, ``work_lease_seconds``.

    A browser has longer. A worker outside that was asked to stop has ``work_lease_seconds`` to end its run, however it
    beats. For such runs, the time budget is counted here, too: ``budget_of`` says how many seconds there are for a run
    of an agent, by its key; 0: no limit.
    """

    def __init__(
        self,
        queue: RunQueue,
        lease_seconds: float,
        max_losses: int,
        work_lease_seconds: float,
        budget_of: Callable[[int | None], int] = lambda _: 0,
    ) -> None:
        self._queue = queue
        self._lease_seconds = lease_seconds
        self._work_lease_seconds = work_lease_seconds
        self._max_losses = max_losses
        self._budget_of = budget_of
        self._budgets: dict[tuple[str, int], RunBudget] = {}  # (run id, attempt), of those with a worker outside
        self._seen: dict[str, tuple[tuple[int, int], float]] = {}  # run id → (attempt, beat), since when

    def look(self) -> None:
        """One look at all running runs. Call it every second or so."""
        now = time.monotonic()
        try:
            running = self._queue.running()
        except DatabaseLostError:
            self._seen.clear()  # while nobody could move a beat, none stood still
            raise
        if (after := time.monotonic()) - now >= self._lease_seconds:
            self._seen.clear()  # the database hung, or this process slept
            now = after
        self._seen = {run.id: self._since(run, now) for run in running}
        for run in running:
            if now - self._seen[run.id][1] >= self._lease(run):
                self._take_back(run)
        outside = [run for run in running if run.outside and not run.cancel_requested]
        self._budgets = {(run.id, run.attempt): self._budget(run) for run in outside}
        for run in outside:
            self._count(run, self._budgets[run.id, run.attempt])

    def _budget(self, run: RunRecord) -> RunBudget:
        return self._budgets.get((run.id, run.attempt)) or RunBudget(run, self._budget_of(run.agent_key))

    def _count(self, run: RunRecord, budget: RunBudget) -> None:
        """Keep how long it was worked on, for the next attempt; end it with its budget."""
        if budget.left == 0:
            failure = budget.used_up()
            with suppress(StaleRunError):
                self._queue.end_abandoned(run, failure.code, failure.message)
        elif budget.worked_ms - run.worked_ms > _COUNT_MS:
            self._queue.count_work(run, budget.worked_ms)

    def _lease(self, run: RunRecord) -> float:
        if not run.outside:
            return self._lease_seconds
        return self._work_lease_seconds if run.cancel_requested else lease_of(run, self._work_lease_seconds)

    def _since(self, run: RunRecord, now: float) -> tuple[tuple[int, int], float]:
        beat = -1 if run.outside and run.cancel_requested else run.beat
        state, before = (run.attempt, beat), self._seen.get(run.id)
        return before if before is not None and before[0] == state else (state, now)

    def _take_back(self, run: RunRecord) -> None:
        try:
            if self._queue.take_back(run, self._max_losses):
                _log.warning("Run %s was taken back: %s showed no sign of life", run.id, run.owner)
        except DatabaseLostError:
            raise
        except Exception:  # what is wrong with one run is no other's matter
            _log.exception("Run %s was not taken back; trying again in a second", run.id)
