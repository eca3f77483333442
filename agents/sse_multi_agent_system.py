"""The wrapper: runs the graph of agents for one run and tells the log what they do.

The agents write plain records (agents/steps.py) to the graph's custom stream. Here the records become events, in order,
each batch in one append; text is collected for 40 ms first. Agents know nothing of this, and nothing else emits.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.errors import AgentError, describe
from agents.graph import build_graph, initial_state
from agents.llm import ChatModel
from agents.narration import Narration
from agents.state import AnswerContext, Turn
from agents.steps import Record, TextRecord
from utils.activity_events import Error, LoggedEvent, logged_event
from utils.activity_log import ActivityLog, Fence, NotStoredError
from utils.documents import Documents
from utils.messages import Messages
from utils.passages import Passages
from utils.runs import RunRecord, Runs
from utils.settings import Settings
from utils.sse_emitter import SseEmitter

_COALESCE_SECONDS = 0.04
_HISTORY_MESSAGES = 12
_WIND_DOWN_SECONDS = 0.5
_log = logging.getLogger(__name__)
T = TypeVar("T")


class SseMultiAgentSystem:
    """Answers questions with the agents of agents/graph.py. One for an agent process."""

    def __init__(
        self,
        log: ActivityLog,
        runs: Runs,
        messages: Messages,
        documents: Documents,
        passages: Passages,
        model: ChatModel | None,
        settings: Settings,
    ) -> None:
        self._log = log
        self._runs = runs
        self._messages = messages
        self._documents = documents
        self._passages = passages
        self._model = model
        self._settings = settings
        self._checkpoints = settings.data_path / "checkpoints"
        self._emitter = SseEmitter(log)
        # Storing may wait for a disk or another writer; it must not hold up the other runs of this process.
        self._storing = ThreadPoolExecutor(max_workers=8, thread_name_prefix="store")

    async def answer(self, run: RunRecord) -> None:
        """Work on a claimed run to its end. Cancel the task to stop it: the run is then told cancelled.

        Raises what the log raises: StaleRunError when the run is ours no more, another NotStoredError when
        nothing can be stored; both leave the run as it is.
        """
        told = await self._store(lambda: self._told(run)) if run.attempt > 1 else []
        narration = Narration(run.session_id, run.id, run.attempt, told)
        await self._emit(run, narration.begin())
        work = asyncio.create_task(self._work(run, narration))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait({work}, timeout=_WIND_DOWN_SECONDS)
            raise
        except AgentError as error:
            await self._fail(run, narration, error.code, error.message, error.retryable)
        except NotStoredError:
            raise
        except Exception as error:
            _log.exception("Run %s failed", run.id)
            await self._fail(run, narration, "internal_error", describe(error), retryable=True)

    async def cancelled(self, run: RunRecord) -> None:
        """Tell that the run was cancelled: what is open ends with it."""
        narration = Narration(run.session_id, run.id, run.attempt, await self._store(lambda: self._told(run)))
        await self._store(
            lambda: self._runs.finish(run, "cancelled", "Stopped on request.", narration.end("cancelled"))
        )
        self._forget(run)

    async def _work(self, run: RunRecord, narration: Narration) -> None:
        state = await self._run_graph(run, narration)
        answer, citations = state["answer"], json.dumps(state["citations"])
        events = narration.end("completed")
        await self._store(lambda: self._runs.finish(run, "completed", None, events, (answer, citations)))
        self._forget(run)

    async def _run_graph(self, run: RunRecord, narration: Narration) -> dict[str, Any]:
        """Run the graph, from its last checkpoint if there is one, and return its final state."""
        context = AnswerContext(
            session_id=run.session_id,
            run_id=run.id,
            documents=self._documents,
            passages=self._passages,
            model=self._model,
            parse_seconds=self._settings.parse_seconds,
            parse_memory_mb=self._settings.parse_memory_mb,
        )
        config: Any = {"configurable": {"thread_id": run.id}, "recursion_limit": 100}
        async with self._checkpointer(run) as checkpointer:
            graph = build_graph().compile(checkpointer=checkpointer)
            begun = await checkpointer.aget_tuple(config) is not None
            start = None if begun else initial_state(run.question, await self._store(lambda: self._history(run)))
            records = graph.astream(start, config, context=context, stream_mode="custom", durability="sync")
            async for batch in _batches(records):
                await self._emit(run, [event for record in batch for event in narration.tell(record)])
            return dict((await graph.aget_state(config)).values)

    async def _fail(self, run: RunRecord, narration: Narration, code: str, message: str, retryable: bool) -> None:
        step = narration.failed_step()
        reason = f"{step.agent_name}, “{step.action}”: {message}" if step else message
        error: Error = narration.error(code, message, retryable)
        events: list[LoggedEvent] = [error, *narration.end("failed", message)]
        await self._store(lambda: self._runs.finish(run, "failed", reason, events))
        self._forget(run)

    async def _emit(self, run: RunRecord, events: list[LoggedEvent]) -> None:
        if events:
            await self._store(lambda: self._emitter.emit_all(events, Fence(run.id, run.attempt)))

    async def _store(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._storing, call)

    def _told(self, run: RunRecord) -> list[LoggedEvent]:
        """What the log already says of the run."""
        position, after = self._log.position(run.session_id), run.first_seq - 1
        told: list[LoggedEvent] = []
        while position is not None:
            events = self._log.read(position.key, after)
            if not events:
                break
            told += [logged_event.validate_json(event.data()) for event in events if event.run_id == run.id]
            after = events[-1].seq
        return told

    def _history(self, run: RunRecord) -> list[Turn]:
        earlier = self._messages.before(run.id, _HISTORY_MESSAGES)
        return [Turn(role=message.role, content=message.content) for message in earlier]

    @asynccontextmanager
    async def _checkpointer(self, run: RunRecord) -> AsyncIterator[AsyncSqliteSaver]:
        """A file of its own for each run, so that no two runs ever wait for each other's checkpoints."""
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        async with AsyncSqliteSaver.from_conn_string(str(self._checkpoint_file(run))) as saver:
            yield saver

    def _checkpoint_file(self, run: RunRecord) -> Path:
        return self._checkpoints / f"{run.id}.db"

    def _forget(self, run: RunRecord) -> None:
        """The run has ended; nobody will resume it."""
        path = self._checkpoint_file(run)
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            with suppress(FileNotFoundError):
                file.unlink()


async def _batches(records: AsyncIterator[Any]) -> AsyncIterator[list[Record]]:
    """Records as they come, those that wait together; a batch of nothing but text waits 40 ms for more of it."""
    queue: asyncio.Queue[Record | BaseException | None] = asyncio.Queue()

    async def pump() -> None:
        try:
            async for record in records:
                queue.put_nowait(record)
            queue.put_nowait(None)
        except BaseException as error:
            queue.put_nowait(error)
            raise

    task = asyncio.create_task(pump())
    try:
        while True:
            batch, end = await _gather(queue)
            if batch:
                yield _joined(batch)
            if isinstance(end, BaseException):
                raise end
            if end is None:
                return
    finally:
        task.cancel()
        with suppress(BaseException):
            await task


async def _gather(queue: "asyncio.Queue[Record | BaseException | None]") -> tuple[list[Record], Any]:
    """What waits in the queue, and what ended it: None, an error, or True if it goes on."""
    batch: list[Record] = []
    item = await queue.get()
    deadline = asyncio.get_running_loop().time() + _COALESCE_SECONDS
    while True:
        if item is None or isinstance(item, BaseException):
            return batch, item
        batch.append(item)
        if not queue.empty():
            item = queue.get_nowait()
            continue
        if not all(isinstance(record, TextRecord) and not record.final for record in batch):
            return batch, True
        try:
            async with asyncio.timeout_at(deadline):
                item = await queue.get()
        except TimeoutError:
            return batch, True


def _joined(batch: list[Record]) -> list[Record]:
    """Neighbouring pieces of the same text as one; what ends the text ends the whole."""
    joined: list[Record] = []
    for record in batch:
        last = joined[-1] if joined else None
        if isinstance(record, TextRecord) and isinstance(last, TextRecord) and last.key == record.key:
            joined[-1] = replace(record, delta=last.delta + record.delta, replaces=last.replaces)
        else:
            joined.append(record)
    return joined
