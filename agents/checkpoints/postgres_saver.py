"""LangGraph's checkpoints on PostgreSQL, for a process that executes runs: its connections and their retries.

Saving a checkpoint twice does no harm, so a run survives a restart of the server. A pool that reconnects at ever longer
intervals would not do: the run should continue as soon as the server is back.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

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
    """The savers of one process: a connection for each run, a few of which are kept between runs."""

    def __init__(self, url: str) -> None:
        self._conninfo = postgres_connection.complete(url)
        self._idle: list[_BoundedConnection] = []

    async def open(self) -> None:
        """Bring LangGraph's tables to its version. Raises DatabaseLostError when the server stays away."""
        await _patiently(self._set_up)

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    @asynccontextmanager
    async def saver(self) -> AsyncIterator["PatientSaver"]:
        connection = self._idle.pop() if self._idle else await _patiently(self._connect)
        saver = PatientSaver(connection, self._connect)
        try:
            yield saver
        finally:
            if len(self._idle) < _KEPT and saver.rests:
                self._idle.append(saver.conn)
            else:
                await saver.conn.close()

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
        async with await self._connect() as connection:
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

    conn: _BoundedConnection

    def __init__(self, connection: _BoundedConnection, connect: Callable[[], Awaitable[_BoundedConnection]]) -> None:
        super().__init__(connection)
        self._connect = connect
        self._mending = asyncio.Lock()

    @property
    def rests(self) -> bool:
        """Nothing is under way on the connection."""
        return self.conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await self._patiently(lambda: super(PatientSaver, self).aget_tuple(config))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        return await self._patiently(lambda: super(PatientSaver, self).aput(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await self._patiently(lambda: super(PatientSaver, self).aput_writes(config, writes, task_id, task_path))

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        async def on_a_whole_connection() -> T:
            async with self._mending:
                if self.conn.closed or (self.rests and is_broken(self.conn)):
                    broken, self.conn = self.conn, await self._connect()
                    await broken.close()
            return await call()

        return await _patiently(on_a_whole_connection)


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
