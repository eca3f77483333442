"""The queue of one run's records between the agents and the log, with an acknowledgement when they are stored."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from agents.telling.steps import Record, TextRecord

_COALESCE_SECONDS = 0.04


class NeverToldError(RuntimeError):
    """The records will not be stored: whoever reads the queue has stopped."""


class RecordQueue:
    """Agents call :meth:`put`; the wrapper reads :meth:`batches`; a saver of checkpoints waits for :meth:`told`."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Record] = asyncio.Queue()
        self._put = 0
        self._told = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._closed = False

    def put(self, record: Record) -> None:
        self._put += 1
        self._queue.put_nowait(record)

    async def told(self) -> None:
        """Return when every record put so far is stored. Raises NeverToldError after :meth:`close`."""
        if self._told >= self._put:
            return
        if self._closed:
            raise NeverToldError
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((self._put, waiter))
        await waiter

    def close(self) -> None:
        """Nobody reads the queue any more: whoever waits in :meth:`told` gets NeverToldError."""
        self._closed = True
        while self._waiting:
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(NeverToldError())

    async def batches(self) -> AsyncIterator[list[Record]]:
        """Records that wait together, for ever; a batch of nothing but text waits 40 ms for more of it.

        A batch counts as told when the next one is asked for.
        """
        while True:
            batch = [await self._queue.get()]
            await self._fill(batch)
            yield joined(batch)
            self._told += len(batch)
            while self._waiting and self._waiting[0][0] <= self._told:
                _, waiter = self._waiting.popleft()
                if not waiter.done():
                    waiter.set_result(None)

    async def _fill(self, batch: list[Record]) -> None:
        deadline = asyncio.get_running_loop().time() + _COALESCE_SECONDS
        while True:
            while not self._queue.empty():
                batch.append(self._queue.get_nowait())
            if not all(isinstance(record, TextRecord) and not record.final for record in batch):
                return
            try:
                async with asyncio.timeout_at(deadline):
                    batch.append(await self._queue.get())
            except TimeoutError:
                return


def joined(batch: Sequence[Record]) -> list[Record]:
    """Neighbouring pieces of the same text as one; what ends the text ends the whole."""
    joined: list[Record] = []
    for record in batch:
        last = joined[-1] if joined else None
        if isinstance(record, TextRecord) and isinstance(last, TextRecord) and last.key == record.key:
            joined[-1] = replace(record, delta=last.delta + record.delta, replaces=last.replaces)
        else:
            joined.append(record)
    return joined
