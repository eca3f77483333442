"""The wrapper: lets a backend answer a run and tells the log what its agents do.

The agents write plain records (agents/telling/steps.py). Here the records become events, in order, each batch in one
append; text is collected for 40 ms first. Agents know nothing of this, and nothing else emits.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from agents.backends.base import Answer, Backend, Job, Resources
from agents.backends.opening import Backends
from agents.errors import AgentError, internal_error, severity_of
from agents.telling.narration import Narration
from agents.telling.record_queue import NeverToldError, RecordQueue
from agents.telling.steps import listening
from agents.text.answer_state import Turn
from utils.database.base import DatabaseLostError, database_lost
from utils.database.write_lock import WriteTurnError
from utils.log.activity_log import ActivityLog
from utils.log.errors import NotStoredError, not_stored
from utils.log.events import LoggedEvent
from utils.log.run_ending import closing_events
from utils.log.store import Fence
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.sse_emitter import SseEmitter

_HISTORY_MESSAGES = 12
_WIND_DOWN_SECONDS = 0.5
_log = logging.getLogger(__name__)
T = TypeVar("T")


class SseMultiAgentSystem:
    """Answers questions with the backend they were asked of. One for an agent process."""

    def __init__(
        self, log: ActivityLog, queue: RunQueue, messages: Messages, backends: Backends, resources: Resources
    ) -> None:
        """``resources`` are those of the backends."""
        self._log = log
        self._queue = queue
        self._messages = messages
        self._backends = backends
        self._resources = resources
        self._emitter = SseEmitter(log)
        # Storing may wait for a disk or another writer; it must not hold up the other runs of this process.
        self._storing = ThreadPoolExecutor(max_workers=8, thread_name_prefix="store")

    async def answer(self, run: RunRecord) -> None:
        """Work on a claimed run to its end. Cancel the task to stop it: the run is then told cancelled.

        Raises what the log and the database raise: StaleRunError when the run is ours no more, another NotStoredError
        when nothing can be stored, DatabaseLostError when the database is away; all leave the run as it is.
        """
        told = await self._store(lambda: self._told(run)) if run.attempt > 1 else []
        try:
            backend = await self._store(lambda: self._backends.of_run(run.agent_key))
            agent_name, model_name = backend.agent_name, backend.model_name
        except (Exception, asyncio.CancelledError) as error:
            failure = _failure(run, error)
            narration = Narration(run.session_id, run.id, run.attempt, told)
            await self._emit(run, narration.begin())
            await self._fail(run, narration, failure)
            return
        narration = Narration(run.session_id, run.id, run.attempt, told, agent_name)
        await self._emit(run, narration.begin(model_name))
        work = asyncio.create_task(self._work(run, narration, backend))
        try:
            await asyncio.shield(work)
        except (Exception, asyncio.CancelledError) as error:
            work.cancel()
            await asyncio.wait({work}, timeout=_WIND_DOWN_SECONDS)
            await self._fail(run, narration, _failure(run, error))

    async def cancelled(self, run: RunRecord) -> None:
        """Tell that the run was cancelled: what is open ends with it."""
        ends = closing_events(await self._store(lambda: self._told(run)), "cancelled")
        await self._end(run, lambda: self._queue.finish(run, "cancelled", "Stopped on request.", ends))

    async def close(self) -> None:
        """No run is answered here any more."""
        await self._resources.models.close()

    async def _work(self, run: RunRecord, narration: Narration, backend: Backend) -> None:
        answer = await self._answer(run, narration, backend)
        events, citations = narration.end("completed"), json.dumps(list(answer.citations))
        await self._end(run, lambda: self._queue.finish(run, "completed", None, events, (answer.text, citations)))

    async def _answer(self, run: RunRecord, narration: Narration, backend: Backend) -> Answer:
        history = await self._store(lambda: self._history(run))
        records = RecordQueue()
        job = Job(run.id, run.session_id, run.question, history, records.put, records.told)
        with listening(records.put):
            answering = asyncio.create_task(backend.answer(job))
        await self._tell_while(answering, run, narration, records)
        return answering.result()

    async def _tell_while(
        self, answering: asyncio.Task[Any], run: RunRecord, narration: Narration, records: RecordQueue
    ) -> None:
        """Tell the records as they come, until the backend has answered and all is told; raises what ended either."""

        async def tell() -> None:
            try:
                async for batch in records.batches():
                    await self._emit(run, [event for record in batch for event in narration.tell(record)])
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

    async def _fail(self, run: RunRecord, narration: Narration, failure: AgentError) -> None:
        step = narration.failed_step()
        reason = f"{step.agent_name}, “{step.action}”: {failure.message}" if step else failure.message
        error = narration.error(failure.code, failure.message, failure.retryable)
        ends = narration.end("failed", failure.message)
        await self._end(run, lambda: self._queue.fail(run, error, reason, ends, severity_of(failure)))

    async def _emit(self, run: RunRecord, events: list[LoggedEvent]) -> None:
        if events:
            await self._store(lambda: self._emitter.emit_all(events, Fence(run.id, run.attempt)))

    async def _store(self, call: Callable[[], T]) -> T:
        """Do it in a thread. A cancellation waits for its end: what is under way may be stored already."""
        doing = asyncio.get_running_loop().run_in_executor(self._storing, call)
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.gather(doing, return_exceptions=True)
            raise
        except (DBAPIError, WriteTurnError) as error:
            raise not_stored(error.orig if isinstance(error, DBAPIError) else error) from error

    def _told(self, run: RunRecord) -> list[LoggedEvent]:
        """What the log already says of the run."""
        return self._log.run_events(run.session_id, run.id, run.first_seq)

    def _history(self, run: RunRecord) -> list[Turn]:
        earlier = self._messages.before(run.id, _HISTORY_MESSAGES)
        return [Turn(role=message.role, content=message.content) for message in earlier]

    async def _end(self, run: RunRecord, finish: Callable[[], None]) -> None:
        """Finish the run and forget its checkpoints in one piece: who hears that it has ended cancels its task."""

        def end() -> None:
            finish()
            with suppress(DatabaseLostError, DBAPIError):  # then it is left to housekeeping
                self._resources.checkpoints.forget(run.id)

        await self._store(end)


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
