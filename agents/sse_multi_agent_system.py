"""The wrapper: lets a backend answer a run and tells the log what its agents do.

The agents write plain records (agents/telling/steps.py). Here the records become events, in order, each batch in one
append; text is collected for 40 ms first. Agents know nothing of this, and nothing else emits.
"""

import asyncio
import contextvars
import json
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from agents.backends.base import Backend, Handoff, Job, Paused, Resources, Stoppable, Stopped, Waiting
from agents.backends.opening import Backends
from agents.errors import AgentError, internal_error, severity_of
from agents.run_budget import TIME_BUDGET, RunBudget
from agents.telling.narration import Narration
from agents.telling.record_queue import NeverToldError, RecordQueue
from agents.telling.steps import listening
from agents.text.answer_state import Turn
from utils.database.base import DatabaseLostError, database_lost
from utils.database.write_lock import WriteTurnError
from utils.log.activity_log import ActivityLog
from utils.log.errors import NotStoredError, not_stored
from utils.log.events import LoggedEvent
from utils.log.new_usage import usages_of
from utils.log.run_ending import closing_events
from utils.log.store import Fence
from utils.metrics.backend_run import BackendRun
from utils.registry.hook_addresses import HookAddresses, without_hook_secrets
from utils.sessions.approval import Decision
from utils.sessions.hook_calls import Call, HookCalls
from utils.sessions.messages import HISTORY, Messages
from utils.sessions.run_message import RunMessageRecord
from utils.sessions.run_messages import RunMessages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.budget_watch import BudgetWatch
from utils.sse_emitter import SseEmitter

_WIND_DOWN_SECONDS = 0.5
_STOP_SECONDS = 10.0
_ON_REQUEST = "Stopped on request."
_log = logging.getLogger(__name__)
T = TypeVar("T")


_OUTCOMES: Mapping[Stopped, str] = {
    "acknowledged": "Stopped; {} confirmed it.",
    "no longer listening": "Stopped here; {} goes on, and nobody listens.",
    "failed": "Stopped here; {} could not be told and may go on.",
}


@dataclass(slots=True)
class _Seen:
    """What the backend knows of, or could: the key of the newest call, and how many of its questions are over."""

    newest: int = 0
    over: int = 0


class SseMultiAgentSystem:
    """Answers questions with the backend they were asked of. One for an agent process."""

    def __init__(
        self,
        log: ActivityLog,
        queue: RunQueue,
        messages: Messages,
        run_messages: RunMessages,
        backends: Backends,
        resources: Resources,
        hook_calls: HookCalls,
        hook_addresses: HookAddresses,
        books: Bookkeeping,
        budgets: BudgetWatch,
    ) -> None:
        """``resources`` are those of the backends."""
        self._log = log
        self._queue = queue
        self._messages = messages
        self._run_messages = run_messages
        self._backends = backends
        self._resources = resources
        self._hook_calls = hook_calls
        self._hook_addresses = hook_addresses
        self._books = books
        self._budgets = budgets
        self._emitter = SseEmitter(log)
        # Storing may wait for a disk or another writer; it must not hold up the other runs of this process.
        self._storing = ThreadPoolExecutor(max_workers=8, thread_name_prefix="store")

    async def answer(self, run: RunRecord, pause: asyncio.Event | None = None) -> None:
        """Work on a claimed run to its end, to where it waits, or to where another agent goes on with it. Cancel the
        task to stop it; set ``pause`` to let it pause where it can.

        Raises what the log and the database raise: StaleRunError when the run is ours no more, another NotStoredError
        when nothing can be stored, DatabaseLostError when the database is away; all leave the run as it is.
        """
        told = await self._store(lambda: self._told(run)) if run.attempt > 1 else []
        try:
            kind, backend, seconds = await self._store(lambda: self._backends.of_run(run.agent_key))
            agent_name, model_name = backend.agent_name, backend.model_name
        except (Exception, asyncio.CancelledError) as error:
            failure = _failure(run, error)
            narration = _narration(run, told)
            await self._emit(run, narration.begin())
            await self._fail(run, narration, failure)
            return
        budget = RunBudget(run, seconds)
        narration = _narration(run, told, agent_name)
        await self._emit(run, narration.begin(model_name))
        figures = BackendRun(kind, run.created_at if run.attempt == 1 else None)
        work = asyncio.create_task(self._work(run, narration, backend, figures, pause or asyncio.Event()))
        whole = asyncio.timeout(budget.left)
        try:
            async with whole:
                await asyncio.shield(work)
        except (Exception, asyncio.CancelledError) as error:
            work.cancel()
            await asyncio.wait({work}, timeout=_WIND_DOWN_SECONDS)
            if whole.expired():
                figures.ended("failed")
                await self._end_of_budget(run, narration, backend, budget)
            else:
                figures.ended("stopped" if isinstance(error, asyncio.CancelledError) else "failed")
                await self._fail(run, narration, _failure(run, error))

    async def cancelled(self, run: RunRecord) -> None:
        """End a run that was cancelled and that nobody works on any more: what is open ends with it.

        A backend that can end what it has started outside does so first, and the run's reason tells with what outcome.
        """
        reason = await self._stop_outside(run)
        ends = closing_events(await self._store(lambda: self._told(run)), "cancelled")
        await self._end(run, lambda: self._queue.finish(run, "cancelled", reason, ends))

    async def _stop_outside(self, run: RunRecord) -> str:
        """What became of the work outside, in plain words."""
        try:
            kind, backend, _ = await self._store(lambda: self._backends.of_run(run.agent_key))
        except AgentError as error:
            kept = await self._store(lambda: self._queue.kept(run))
            return _ON_REQUEST if kept.state is None else f"Stopped here, and nobody else was told: {error.message}"
        if not isinstance(backend, Stoppable):
            return _ON_REQUEST
        narration = _narration(run, await self._store(lambda: self._told(run)), backend.agent_name)
        outside = backend.model_name
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                figures = BackendRun(kind, None)
                outcome = await self._attend(run, narration, backend.stop, _Seen(), figures, asyncio.Event())
        except TimeoutError:
            return f"Stopped here; {outside} did not answer within {_STOP_SECONDS:.0f} seconds and may go on."
        except Exception as error:
            return f"Stopped here; {outside} could not be told: {_failure(run, error).message}"
        return _OUTCOMES[outcome].format(outside)

    async def close(self) -> None:
        """No run is answered here any more."""
        await self._resources.models.close()

    async def _work(
        self, run: RunRecord, narration: Narration, backend: Backend, figures: BackendRun, pause: asyncio.Event
    ) -> None:
        seen = _Seen()
        if await self._store(lambda: self._budgets.holds_back(run)):
            begins_later = partial(self._queue.wait, run, 0, seen.newest, narration.pause(), (), seen.over)
            await self._store(figures.ending("paused", begins_later))
            return
        answer = await self._attend(run, narration, backend.answer, seen, figures, pause)
        if isinstance(answer, Paused):
            pausing = partial(self._queue.wait, run, 0, seen.newest, narration.pause(), (), seen.over)
            await self._store(figures.ending("paused", pausing))
            return
        if isinstance(answer, Waiting):
            asked = narration.ask((one.key, one.question) for one in answer.approvals)
            waits = narration.wait(answer.reason or f"Waiting for {backend.model_name}.")
            waiting = partial(self._queue.wait, run, answer.seconds, seen.newest, waits, asked, seen.over)
            await self._store(figures.ending("waiting", waiting))
            return
        if isinstance(answer, Handoff):
            other, events = answer.to, narration.hand_over(answer.to.name, answer.why)
            await self._store(figures.ending("handed over", partial(self._queue.hand_over, run, other, events)))
            return
        events, citations = narration.end("completed"), json.dumps(list(answer.citations))
        text = without_hook_secrets(answer.text)
        finish = partial(self._queue.finish, run, "completed", None, events, (text, citations))
        await self._end(run, figures.ending("completed", finish))

    async def _attend(
        self,
        run: RunRecord,
        narration: Narration,
        act: Callable[[Job], Coroutine[Any, Any, T]],
        seen: "_Seen",
        figures: BackendRun,
        pause: asyncio.Event,
    ) -> T:
        """Let the backend do something with the job, and tell what it reports meanwhile."""
        records = RecordQueue()
        job = await self._job(run, records, seen, pause)
        with listening(records.put):
            acting = asyncio.create_task(act(job))
        await self._tell_while(acting, run, narration, records, figures)
        return acting.result()

    async def _job(self, run: RunRecord, records: RecordQueue, seen: "_Seen", pause: asyncio.Event) -> Job:
        history, kept = await self._store(lambda: (self._history(run), self._queue.kept(run)))
        seen.newest, seen.over = kept.newest_call, kept.over

        async def keep(state: Mapping[str, Any]) -> None:
            await records.told()  # or a process that is lost in between would never tell what led to it
            await self._store(lambda: self._queue.keep(run, state))

        async def calls() -> Sequence[Call]:
            found = await self._store(lambda: self._hook_calls.of_run(run.id))
            seen.newest = found[-1].key if found else seen.newest
            return found

        async def decisions() -> Mapping[str, Decision]:
            found = await self._store(lambda: self._queue.decisions(run))
            seen.over = len(found)
            return found

        heard: list[RunMessageRecord] = []
        hearing = asyncio.Lock()

        async def messages() -> Sequence[RunMessageRecord]:
            async with hearing:  # or two steps at once would add the same twice
                after = heard[-1].id if heard else None
                heard.extend(await self._store(lambda: self._run_messages.take(run, after)))
                return tuple(heard)

        return Job(
            run_id=run.id,
            session_id=run.session_id,
            question=run.question,
            history=history,
            metadata=kept.metadata,
            state=kept.state,
            earlier=kept.earlier,
            tell=records.put,
            told=records.told,
            keep=keep,
            callback=lambda name: self._hook_addresses.of(run.id, name),
            calls=calls,
            decisions=decisions,
            messages=messages,
            pause=pause,
            from_step=kept.from_step,
        )

    async def _tell_while(
        self,
        answering: asyncio.Task[Any],
        run: RunRecord,
        narration: Narration,
        records: RecordQueue,
        figures: BackendRun,
    ) -> None:
        """Tell the records as they come, until the backend has answered and all is told; raises what ended either."""

        async def tell() -> None:
            try:
                async for batch in records.batches():
                    events = [event for record in batch for event in narration.tell(record)]
                    await self._emit(run, events)
                    figures.told()
                    await self._settle(run, events)
            finally:
                records.close()

        telling = asyncio.create_task(tell())
        try:
            await asyncio.wait({answering, telling}, return_when=asyncio.FIRST_COMPLETED)
            if not telling.done():
                with suppress(NeverToldError):
                    await records.told()
            if telling.done():
                telling.result()
            answering.result()
        finally:
            answering.cancel()
            telling.cancel()
            await asyncio.gather(answering, telling, return_exceptions=True)

    async def _settle(self, run: RunRecord, events: Sequence[LoggedEvent]) -> None:
        """What cannot be settled now is a moment later, by the supervisor: the run goes on."""
        if usages_of(events):
            with suppress(DatabaseLostError):
                await self._store(lambda: self._budgets.look(self._books.settle_session(run.session_id)))

    async def _end_of_budget(self, run: RunRecord, narration: Narration, backend: Backend, budget: RunBudget) -> None:
        """What the backend has started outside ends, too."""
        failure = budget.used_up()
        if isinstance(backend, Stoppable):
            failure = AgentError(failure.code, f"{failure.message} {await self._stop_outside(run)}")
        await self._fail(run, narration, failure)

    async def _fail(self, run: RunRecord, narration: Narration, failure: AgentError) -> None:
        failure = AgentError(failure.code, without_hook_secrets(failure.message), retryable=failure.retryable)
        error, reason = narration.failure(failure)
        if failure.code == TIME_BUDGET:  # no step is to blame
            reason = failure.message
        ends = narration.end("failed", failure.message)
        await self._end(run, lambda: self._queue.fail(run, error, reason, ends, severity_of(failure)))

    async def _emit(self, run: RunRecord, events: list[LoggedEvent]) -> None:
        if events:
            await self._store(lambda: self._emitter.emit_all(events, Fence(run.id, run.attempt)))

    async def _store(self, call: Callable[[], T]) -> T:
        """Do it in a thread. A cancellation waits for its end: what is under way may be stored already."""
        doing = asyncio.get_running_loop().run_in_executor(self._storing, contextvars.copy_context().run, call)
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.gather(doing, return_exceptions=True)
            raise
        except (DBAPIError, WriteTurnError) as error:
            raise not_stored(error.orig if isinstance(error, DBAPIError) else error) from error

    def _told(self, run: RunRecord) -> list[LoggedEvent]:
        """What the log already says of the run."""
        return list(self._log.run_events(run.session_id, run.id, run.first_seq))

    def _history(self, run: RunRecord) -> list[Turn]:
        earlier = self._messages.before(run.id, HISTORY)
        return [Turn(role=message.role, content=message.content) for message in earlier]

    async def _end(self, run: RunRecord, finish: Callable[[], None]) -> None:
        """Finish the run and forget its checkpoints in one piece: who hears that it has ended cancels its task."""

        def end() -> None:
            finish()
            with suppress(DatabaseLostError, DBAPIError):  # then it is left to housekeeping
                self._resources.checkpoints.ended(run.id)

        await self._store(end)


def _narration(run: RunRecord, told: Iterable[LoggedEvent], *agent_name: str) -> Narration:
    return Narration(run.session_id, run.id, run.attempt, told, *agent_name, has_waited=run.wake_at is not None)


def _failure(run: RunRecord, error: BaseException) -> AgentError:
    """What to tell of a run that ``error`` has ended. Raises what leaves the run as it is."""
    task = asyncio.current_task()
    stopped = task is not None and task.cancelling() > 0
    if isinstance(error, NotStoredError) or (isinstance(error, asyncio.CancelledError) and stopped):
        raise error
    if isinstance(error, AgentError):
        return error
    if lost := database_lost(error):
        raise lost from error
    _log.error("Run %s failed", run.id, exc_info=error)
    return internal_error(error)
