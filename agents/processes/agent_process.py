"""An agent process: claims runs, executes several at a time, renews their leases, and watches those of others.

``python -m agents.worker`` starts one by hand; agents/processes/keeper.py keeps as many alive as the settings say.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar

from agents.backends.base import Resources
from agents.backends.kinds import KINDS
from agents.backends.opening import Backends
from agents.checkpoints.checkpoints import open_checkpoints
from agents.models.chat_models import ChatModels
from agents.processes.document_check import DocumentCheck
from agents.processes.lease_watch import LeaseWatch
from agents.processes.lifetime import STOPS
from agents.processes.owner import owner_name
from agents.processes.pulse import PULSE_SECONDS, Pulse
from agents.sse_multi_agent_system import SseMultiAgentSystem
from utils.accounts.quotas import Quotas
from utils.database.base import DatabaseLostError
from utils.database.opening import open_database
from utils.database.outage import Outage
from utils.doorbell.base import ANYTHING, RUNS
from utils.doorbell.opening import open_doorbell
from utils.log.errors import NotStoredError, StaleRunError
from utils.log.opening import open_log
from utils.logs import log_as
from utils.metrics.figures import SLOTS, SLOTS_USED, measure_memory
from utils.metrics.onlookers import count_all
from utils.registry.agent_processes import BEAT_SECONDS, AgentProcesses
from utils.registry.agent_registry import AgentRegistry
from utils.registry.hook_addresses import HookAddresses
from utils.registry.server_key import ServerKey
from utils.sessions.approval_rules import ApprovalRules
from utils.sessions.asking import Asking
from utils.sessions.documents import Documents
from utils.sessions.hook_calls import HookCalls
from utils.sessions.messages import Messages
from utils.sessions.new_session import emitted_session
from utils.sessions.passages import Passages
from utils.sessions.queue_watch import QueueWatch
from utils.sessions.run_messages import RunMessages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.sessions.turns import Limits, Room
from utils.settings import Settings
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.budget_watch import BudgetWatch
from utils.tracing import span

_POLL_SECONDS = 1.0
_QUEUE_SECONDS = 3.0
_BEATS_PER_LEASE = 4
_AWAY = "The database was away; the run goes on."
_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class _Job:
    run: RunRecord
    task: asyncio.Task[None]
    begun: float  # on the steady clock
    stopped: Literal["cancelled", "lost", "stopping"] | None = None
    pause: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def worked_ms(self) -> int:
        return self.run.worked_ms + int((time.monotonic() - self.begun) * 1000)

    def stop(self, why: Literal["cancelled", "lost", "stopping"]) -> None:
        if self.stopped is None:
            self.stopped = why
            self.task.cancel()


class AgentProcess:
    def __init__(self, settings: Settings, token: str, pulse: int | None = None) -> None:
        """``pulse``: a descriptor to which its parent listens."""
        self._pulse = None if pulse is None else Pulse(pulse)
        self._owner = owner_name(os.getpid(), token)
        self._settings = settings
        count_all()
        SLOTS.set(settings.agent_concurrency)
        SLOTS_USED.set(0)
        database = self._database = open_database(settings, "agent")
        doorbell = self._doorbell = open_doorbell(database)
        log = open_log(database, doorbell, emitted_session)
        self._listener = doorbell.listen(RUNS)
        limits = Limits(settings.max_runs_per_team, settings.max_runs_per_agent, settings.max_runs_per_user)
        self._queue = RunQueue(database, log, doorbell, limits, KINDS.outside)
        self._queue_watch = QueueWatch(database, log, limits)
        self._checkpoints = open_checkpoints(settings, database)
        resources = Resources(
            settings=settings,
            models=ChatModels(settings.model_timeout_seconds, settings.model_plan_tokens),
            checkpoints=self._checkpoints,
            documents=Documents(database, settings.max_document_bytes),
            passages=Passages(database),
            rules=ApprovalRules(database),
        )
        self._processes = AgentProcesses(database)
        self._document_check = DocumentCheck(settings, database, resources.documents)
        open_key = partial(ServerKey.of, settings)
        backends = Backends(AgentRegistry(database, open_key, KINDS), resources)
        self._leases = LeaseWatch(
            self._queue, settings.lease_seconds, settings.max_losses, settings.work_lease_seconds,
            backends.seconds_outside,
        )  # fmt: skip
        self._system = SseMultiAgentSystem(
            log,
            self._queue,
            Messages(database),
            RunMessages(database, log, doorbell, Asking(Quotas(database), KINDS.outside)),
            backends,
            resources,
            HookCalls(database, doorbell),
            HookAddresses(settings.public_url, open_key),
            Bookkeeping(database),
            BudgetWatch(database, log, self._queue),
        )
        # Claims and beats must never wait for the agents' own work, which fills asyncio's default threads.
        self._threads = ThreadPoolExecutor(settings.agent_concurrency + 2 * settings.agent_reserve + 2, "lease")
        self._outage = Outage(_log, "No run can be claimed and no lease be renewed", "queue")
        self._jobs: dict[str, _Job] = {}
        self._rung = asyncio.Event()
        self._stopping = False

    async def serve(self) -> None:
        """Work until SIGTERM; runs in progress then go back to the queue, for another process to go on with."""
        loop = asyncio.get_running_loop()
        for number in STOPS:
            loop.add_signal_handler(number, self._stop)
        await self._checkpoints.open()
        loop.add_reader(self._listener.fileno(), self._hear)
        chores = [
            asyncio.create_task(self._keep_beating()), asyncio.create_task(self._watch_leases()),
            asyncio.create_task(self._check_documents()), asyncio.create_task(self._watch_queue()),
            asyncio.create_task(self._keep_seen()), asyncio.create_task(self._keep_pulse()),
        ]  # fmt: skip
        in_doubt = False  # whether we may own runs that we do not know of
        try:
            while not self._stopping:
                self._rung.clear()
                try:
                    if in_doubt:
                        await self._release_unknown()
                        in_doubt = False
                    await self._claim_all()
                except DatabaseLostError as error:
                    self._outage.goes_on(error)
                    in_doubt = True
                except Exception:
                    _log.exception("No run can be claimed; trying again in a second")
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self._rung.wait()
        finally:
            for chore in chores:
                chore.cancel()
            loop.remove_reader(self._listener.fileno())
            self._listener.close()
            for job in self._jobs.values():
                job.stop("stopping")
            tasks = [*chores, *(job.task for job in self._jobs.values())]
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(DatabaseLostError):  # then it is forgotten in an hour
                await self._quickly(partial(self._processes.ended, self._owner))
            await self._checkpoints.close()
            await self._system.close()
            self._doorbell.close()
            self._database.close()
            for number in STOPS:
                loop.remove_signal_handler(number)

    async def _quickly(self, call: Callable[[], T]) -> T:
        """Ask the database, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _stop(self) -> None:
        self._stopping = True
        self._rung.set()

    def _hear(self) -> None:
        """A run was queued, or shall be cancelled."""
        hints = {ring.hint for ring in self._listener.rings()}
        for run_id in self._jobs.keys() if ANYTHING in hints else hints & self._jobs.keys():
            beat = asyncio.create_task(self._beat(self._jobs[run_id]))
            beat.add_done_callback(_report)
        self._rung.set()

    async def _claim_all(self) -> None:
        while not self._stopping:
            run = await self._quickly(partial(self._queue.claim, self._owner, room=self._room()))
            if run is None:
                return
            self._outage.is_over()
            if self._stopping:  # meanwhile
                await self._quickly(partial(self._queue.release, run))
                return
            task = asyncio.create_task(self._work(run))
            self._jobs[run.id] = _Job(run, task, time.monotonic(), "cancelled" if run.cancel_requested else None)
            task.add_done_callback(_report)
            SLOTS_USED.set(len(self._jobs))

    def _room(self) -> Room:
        """The reserve is beyond what others have; what is to stop finds room all the same."""
        free = self._settings.agent_concurrency - len(self._jobs)
        if free > 0:
            return "any"
        reserve = self._settings.agent_reserve
        return "new" if free > -reserve else "new agent" if free > -2 * reserve else "none"

    async def _release_unknown(self) -> None:
        """Give back what was claimed for us while the answer was lost: nobody works on it."""
        for run in await self._quickly(lambda: self._queue.running(self._owner)):
            if run.id not in self._jobs:
                with suppress(StaleRunError):
                    await self._quickly(partial(self._queue.release, run, _AWAY))

    async def _work(self, run: RunRecord) -> None:
        log_as(session_id=run.session_id, run_id=run.id)
        with span("run", "CONSUMER", run.traceparent, ringside_run=run.id, ringside_session=run.session_id):
            await self._work_on(run)

    async def _work_on(self, run: RunRecord) -> None:
        try:
            if run.cancel_requested:  # it has waited, and its backend is to be told
                await self._system.cancelled(run)
                return
            try:
                await self._system.answer(run, self._jobs[run.id].pause)
            except asyncio.CancelledError:
                await self._stopped(run, self._jobs[run.id].stopped)
        except StaleRunError:
            _log.info("Run %s is no longer ours", run.id)
        except DatabaseLostError as error:
            _log.warning("Run %s stops for now: %s", run.id, error)
            await self._give_back(run)
        except NotStoredError as error:
            # Without a beat the run goes to another attempt, or to this process again, when storing works.
            _log.error("Run %s was given up for now: %s", run.id, error)
        finally:
            job = self._jobs.get(run.id)
            if job is not None and job.run is run:  # given back, it may have been claimed here again
                del self._jobs[run.id]
                SLOTS_USED.set(len(self._jobs))
            self._rung.set()

    async def _give_back(self, run: RunRecord) -> None:
        """Queue a run again, as soon as the database is back: that it was away is nobody's loss."""
        give_back = partial(self._queue.release, run, _AWAY)
        while not self._stopping:
            with suppress(DatabaseLostError, NotStoredError):
                with suppress(StaleRunError):
                    await self._quickly(give_back)
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _stopped(self, run: RunRecord, why: str | None) -> None:
        if why == "cancelled":
            await self._system.cancelled(run)
        elif why == "stopping":
            await self._quickly(partial(self._queue.release, run))

    async def _keep_beating(self) -> None:
        """Part of the loop that runs the agents, so that a process whose loop hangs shows no life."""
        while True:
            measure_memory("agent")
            await asyncio.sleep(self._settings.lease_seconds / _BEATS_PER_LEASE)
            # Together: one that has to wait for its row must not hold up the others.
            await asyncio.gather(*(self._beat(job) for job in list(self._jobs.values())))

    async def _beat(self, job: _Job) -> None:
        try:
            wishes = await self._quickly(lambda: self._queue.beat(job.run, job.worked_ms))
            if wishes.stop:
                job.stop("cancelled")
            if wishes.pause:
                job.pause.set()
            self._outage.is_over()
        except StaleRunError:
            if job.run.id in self._jobs:
                job.stop("lost")
        except DatabaseLostError as error:
            self._outage.goes_on(error)
        except Exception:
            _log.exception("The lease of run %s was not renewed; trying again", job.run.id)

    async def _keep_seen(self) -> None:
        """In the list of processes that operators look at. Like a beat, it shows that the database takes writes again,
        which a read would not: a standby reads.
        """
        while True:
            seen = partial(self._processes.seen, self._owner, self._settings.agent_concurrency, len(self._jobs))
            try:
                await self._quickly(seen)
                self._outage.is_over()
            except DatabaseLostError as error:
                self._outage.goes_on(error)
            except Exception:
                _log.exception("This process could not say that it is there; trying again")
            await asyncio.sleep(_POLL_SECONDS if self._outage.open else BEAT_SECONDS)

    async def _keep_pulse(self) -> None:
        """As long as the event loop turns."""
        while self._pulse is not None:
            self._pulse.beat()
            await asyncio.sleep(PULSE_SECONDS)

    async def _watch_leases(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self._quickly(self._leases.look)
            except DatabaseLostError as error:
                self._outage.goes_on(error)
            except Exception:
                _log.exception("The leases cannot be watched; trying again in a second")

    async def _watch_queue(self) -> None:
        while True:
            await asyncio.sleep(_QUEUE_SECONDS)
            try:
                await self._quickly(self._queue_watch.look)
            except DatabaseLostError as error:
                self._outage.goes_on(error)
            except Exception:
                _log.exception("Those who wait cannot be told what for; trying again in a few seconds")

    async def _check_documents(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self._document_check.look()
            except DatabaseLostError as error:
                self._outage.goes_on(error)
            except Exception:
                _log.exception("Uploaded documents cannot be looked into; trying again in a second")


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("A task of the agent process failed", exc_info=error)
