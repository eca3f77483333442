"""LangGraph's checkpoints on PostgreSQL, for a process that executes runs: its connections and their retries.

Saving a checkpoint twice does no harm, so a run survives a restart of the server. A pool that reconnects at ever longer
intervals would not do: the run should continue as soon as the server is back.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeVar, cast

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import DictRow, dict_row

from utils.database import postgres_connection
from utils.database.base import DatabaseLostError
from utils.database.postgres_connection import ANSWER_SECONDS, is_broken, is_loss, no_answer, words

_PATIENCE_SECONDS = 20.0
_KEPT = 2
_SETUP_LOCK = 0x436865636B706F69  # "Checkpoi"
_CUT_OFF = """
SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid AND indrelid IN
  (to_regclass('checkpoints'), to_regclass('checkpoint_blobs'), to_regclass('checkpoint_writes'))
"""
T = TypeVar("T")


class _BoundedConnection(psycopg.AsyncConnection[DictRow]):
    """As BoundedConnection in utils/database/postgres_connection.py."""

    answer_seconds: float | None = ANSWER_SECONDS

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        if timeout is not None or self.answer_seconds is None:
            return await super().wait(gen, interval, timeout)
        try:
            return await super().wait(gen, interval, self.answer_seconds)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise no_answer(self.answer_seconds) from None


class Savers:
    """The savers of one process, which share its connections: each has one while it saves or loads."""

    def __init__(self, conninfo: str, connections: int) -> None:
        self._conninfo = conninfo
        self._places = asyncio.Semaphore(connections)
        self._idle: list[_BoundedConnection] = []

    async def open(self) -> None:
        """Bring LangGraph's tables to its version. Raises DatabaseLostError when the server stays away."""
        await _patiently(self._set_up)

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    def saver(self) -> "PatientSaver":
        return PatientSaver(self._lend)

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[_BoundedConnection]:
        """A whole connection, once there is one."""
        async with self._places:
            connection = self._idle.pop() if self._idle else await self._connect()
            if connection.closed or is_broken(connection):
                await connection.close()
                connection = await self._connect()
            try:
                yield connection
            finally:
                if len(self._idle) < _KEPT and _rests(connection):
                    self._idle.append(connection)
                else:
                    await connection.close()

    async def _connect(self) -> _BoundedConnection:
        raw = await _BoundedConnection.connect(
            self._conninfo, autocommit=True, prepare_threshold=0, row_factory=dict_row
        )
        postgres_connection.adapt(raw)
        return raw

    async def _set_up(self) -> None:
        """LangGraph does not expect two processes to do this at once.

        It makes indexes concurrently, which waits for all who are in a statement: so nobody may wait for it in one.
        """
        async with self._places, await self._connect() as connection:
            connection.answer_seconds = None
            await connection.execute("SET statement_timeout = 0")
            await connection.execute("SET lock_timeout = 0")
            while True:
                cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS ours", (_SETUP_LOCK,))
                row = await cursor.fetchone()
                if row is not None and row["ours"]:
                    break
                await asyncio.sleep(0.05)
            # An index whose making was cut off stays, is never used, and counts as made.
            cursor = await connection.execute(_CUT_OFF)
            for half in await cursor.fetchall():
                await connection.execute(f"REINDEX INDEX {half['name']}")
            await AsyncPostgresSaver(connection).setup()


class PatientSaver(AsyncPostgresSaver):
    """Saves and loads again until the server is back; raises DatabaseLostError when that takes too long."""

    def __init__(self, lend: Callable[[], AbstractAsyncContextManager[_BoundedConnection]]) -> None:
        super().__init__(cast(Any, None))  # it has none of its own
        self._lend = lend

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[psycopg.AsyncCursor[DictRow]]:
        """As LangGraph's, on a connection that is lent."""
        async with (
            self._lend() as connection,
            connection.pipeline() if pipeline else nullcontext(),
            connection.cursor(binary=True) as cursor,
        ):
            yield cursor

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await _patiently(lambda: super(PatientSaver, self).aget_tuple(config))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        return await _patiently(lambda: super(PatientSaver, self).aput(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await _patiently(lambda: super(PatientSaver, self).aput_writes(config, writes, task_id, task_path))


def _rests(connection: _BoundedConnection) -> bool:
    """Nothing is under way on it."""
    return not connection.closed and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return await call()
        except psycopg.Error as error:
            if not is_loss(error):
                raise
            if time.monotonic() > deadline:
                raise DatabaseLostError(f"The checkpoints cannot be reached: {words(error)}.") from error
        await asyncio.sleep(random.uniform(0.1, 0.4))  # noqa: S311
