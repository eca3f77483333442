"""A TCP proxy that does what bad networks do: it ends connections at random bytes, resets them, passes single bytes."""

import asyncio
import contextlib
import random
import socket
import threading
from collections import Counter
from types import TracebackType
from typing import Self

_MEAN_BYTES = 4000  # a connection lives for about so many
_DRIPPED_BYTES = 1500


class BadNetwork:
    """Listens on ``address``, forwards to ``target``. ``harm`` counts what was done to connections."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.harm: Counter[str] = Counter()
        self._target = target
        self._chance = random.Random(2)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="bad-network", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._keep(self._accept())
        self._loop.run_forever()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    def _keep(self, work: "asyncio.Coroutine[object, object, None]") -> None:  # type: ignore[name-defined]
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        while True:
            client, _ = await self._loop.sock_accept(self._listener)
            self._keep(self._serve(client))

    async def _serve(self, client: socket.socket) -> None:
        server = socket.socket()
        with client, server:
            for end in (client, server):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            harm = self._chance.choice(["ended", "reset", "passed in single bytes", "read in single bytes"])
            allowed = int(self._chance.expovariate(1 / _MEAN_BYTES))
            with contextlib.suppress(OSError):
                if harm == "read in single bytes":
                    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                await self._loop.sock_connect(server, self._target)
                asking = asyncio.ensure_future(self._ask(client, server))
                try:
                    await self._answer(client, server, harm, allowed)
                finally:
                    asking.cancel()
                self.harm[harm] += 1
            if harm == "reset":
                for end in (client, server):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    async def _ask(self, client: socket.socket, server: socket.socket) -> None:
        """The request goes up in small pieces."""
        with contextlib.suppress(OSError):
            while data := await self._loop.sock_recv(client, 7):
                await self._loop.sock_sendall(server, data)

    async def _answer(self, client: socket.socket, server: socket.socket, harm: str, allowed: int) -> None:
        if "single" in harm:
            allowed = min(allowed, _DRIPPED_BYTES)
        while allowed:
            size = 1 if harm == "read in single bytes" else min(allowed, 1 << 16)
            data = await self._loop.sock_recv(server, size)
            if not data:
                return
            pieces = [data[at : at + 1] for at in range(len(data))] if "passed" in harm else [data]
            for piece in pieces:
                await self._loop.sock_sendall(client, piece)
            allowed -= len(data)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listener.close()
