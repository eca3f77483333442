"""The wrapper: runs the graph of a run's agents and tells the log what they do.

The agents write plain records (agents/telling/steps.py). Here the records become events, in order, each batch in one
append; text is collected for 40 ms first. No checkpoint is saved before what led to it is in the log, or a process that
is lost in between would never tell it. Agents know nothing of this, and nothing else emits.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from langgraph.checkpoint.base import BaseCheckpointSaver
from sqlalchemy.exc import DBAPIError

from agents.backends.backends import Backend, Backends
from agents.checkpoints.checkpoints import Checkpoints
from agents.errors import AgentError, database_lost, internal_error, severity_of
from agents.models.chat_models import ChatModels
from agents.models.llm import ChatModel
from agents.team.context import AnswerContext
from agents.team.graph import initial_state
from agents.telling.narration import Narration
from agents.telling.record_queue import NeverToldError, RecordQueue
from agents.telling.steps import listening
from agents.text.answer_state import Turn
from utils.database.base import DatabaseLostError
from utils.database.write_lock import WriteTurnError
from utils.log.activity_log import ActivityLog
from utils.log.errors import NotStoredError, not_stored
from utils.log.events import LoggedEvent
from utils.log.run_ending import closing_events
from utils.log.store import Fence
from utils.sessions.documents import Documents
from utils.sessions.messages import Messages
from utils.sessions.passages import Passages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.settings import Settings
from utils.sse_emitter import SseEmitter

_HISTORY_MESSAGES = 12
_WIND_DOWN_SECONDS = 0.5
_log = logging.getLogger(__name__)
T = TypeVar("T")


class SseMultiAgentSystem:
    """Answers questions with the backend they were asked of. One for an agent process."""

    def __init__(
        self,
        log: ActivityLog,
        queue: RunQueue,
        messages: Messages,
        documents: Documents,
        passages: Passages,
        checkpoints: Checkpoints,
        backends: Backends,
        settings: Settings,
    ) -> None:
        self._log = log
        self._queue = queue
        self._messages = messages
        self._documents = documents
        self._passages = passages
        self._backends = backends
        self._models = ChatModels(settings.model_timeout_seconds)
        self._settings = settings
        self._checkpoints = checkpoints
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
        except AgentError as error:
            narration = Narration(run.session_id, run.id, run.attempt, told)
            await self._emit(run, narration.begin())
            await self._fail(run, narration, error)
            return
        narration = Narration(run.session_id, run.id, run.attempt, told, backend.agent_name)
        await self._emit(run, narration.begin(backend.model_name))
        work = asyncio.create_task(self._work(run, narration, backend))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait({work}, timeout=_WIND_DOWN_SECONDS)
            raise
        except AgentError as error:
            await self._fail(run, narration, error)
        except NotStoredError:
            raise
        except Exception as error:
            if lost := database_lost(error):
                raise lost from error
            _log.exception("Run %s failed", run.id)
            await self._fail(run, narration, internal_error(error))

    async def cancelled(self, run: RunRecord) -> None:
        """Tell that the run was cancelled: what is open ends with it."""
        ends = closing_events(await self._store(lambda: self._told(run)), "cancelled")
        await self._end(run, lambda: self._queue.finish(run, "cancelled", "Stopped on request.", ends))

    async def close(self) -> None:
        """No run is answered here any more."""
        await self._models.close()

    async def _work(self, run: RunRecord, narration: Narration, backend: Backend) -> None:
        async with self._models.chosen(backend.choice) as model:
            state = await self._run_graph(run, narration, backend, model)
        answer, citations = state["answer"], json.dumps(state["citations"])
        events = narration.end("completed")
        await self._end(run, lambda: self._queue.finish(run, "completed", None, events, (answer, citations)))

    async def _run_graph(
        self, run: RunRecord, narration: Narration, backend: Backend, model: ChatModel | None
    ) -> dict[str, Any]:
        """Run the graph, from its last checkpoint if there is one, and return its final state."""
        context = AnswerContext(
            session_id=run.session_id,
            run_id=run.id,
            documents=self._documents,
            passages=self._passages,
            model=model,
            parse_seconds=self._settings.parse_seconds,
            parse_memory_mb=self._settings.parse_memory_mb,
            agent_name=backend.agent_name,
            instructions=backend.instructions,
        )
        config: Any = {"configurable": {"thread_id": run.id}, "recursion_limit": 100}
        records = RecordQueue()
        async with self._checkpoints.of_run(run.id) as checkpointer:
            _save_after(checkpointer, records.told)
            graph = backend.build_graph().compile(checkpointer=checkpointer)
            begun = await checkpointer.aget_tuple(config) is not None
            start = None if begun else initial_state(run.question, await self._store(lambda: self._history(run)))
            with listening(records.put):
                answering = asyncio.create_task(graph.ainvoke(start, config, context=context, durability="sync"))
            await self._tell_while(answering, run, narration, records)
            return dict((await graph.aget_state(config)).values)

    async def _tell_while(
        self, answering: asyncio.Task[Any], run: RunRecord, narration: Narration, records: RecordQueue
    ) -> None:
        """Tell the records as they come, until the graph has ended and all is told; raises what ended either."""

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
                self._checkpoints.forget(run.id)

        await self._store(end)


def _save_after(saver: BaseCheckpointSaver[Any], told: Callable[[], Awaitable[None]]) -> None:
    """Let a saver wait with every checkpoint until what led to it is told."""
    save, save_writes = saver.aput, saver.aput_writes

    async def aput(*arguments: Any, **options: Any) -> Any:
        await told()
        return await save(*arguments, **options)

    async def aput_writes(*arguments: Any, **options: Any) -> None:
        await told()
        await save_writes(*arguments, **options)

    saver.aput = aput  # type: ignore[method-assign]
    saver.aput_writes = aput_writes  # type: ignore[method-assign]
