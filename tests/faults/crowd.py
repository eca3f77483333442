"""Many clients in one thread: they connect, read, fall off and resume by themselves until they are told to stop."""

import contextlib
import errno
import heapq
import os
import random
import select
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from types import TracebackType
from typing import Self

from tests.faults.client import Client, State
from tests.support.gunicorn import request
from tests.support.waiting import wait_until

_READ_BYTES = 1 << 18
_ANSWER_SECONDS = 20.0  # a client gives up a connection that does not answer, and tries again


class Crowd:
    """``retry_ms``: (least, most) of the pause before a reconnect; None obeys the server, as an EventSource does.

    ``enter`` is called in the crowd's thread before its first connection.
    """

    def __init__(
        self, address: tuple[str, int], retry_ms: tuple[int, int] | None = (20, 200),
        enter: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self.address = address
        self._enter = enter
        self.clients: list[Client] = []
        self.refusals: Counter[str] = Counter()
        self.latencies: list[int] | None = None  # a list: nanoseconds since the emitter's moment, per event
        self._retry_ms = retry_ms
        self._chance = random.Random(4)
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._calls: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._by_fd: dict[int, Client] = {}
        self._alive = True
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)

    def add(self, session_id: str, number: int = 1, cursor: int = 0, small_buffers: bool = False) -> list[Client]:
        """More clients of a session, connecting at once."""
        added = [Client(session_id, cursor) for _ in range(number)]
        self.clients += added
        self._call(lambda: _each(added, lambda client: self._connect(client, small_buffers)))
        return added

    def stall(self, clients: list[Client], stalled: bool) -> None:
        """Stop reading, or go on."""
        for client in clients:
            client.stalled = stalled

        def switch() -> None:
            for client in clients:
                if client.socket is not None:
                    with contextlib.suppress(OSError):
                        self._epoll.modify(client.socket, 0 if stalled else select.EPOLLIN)

        self._call(switch)

    def cut(self, clients: Iterable[Client]) -> None:
        """The clients reset their connections and resume."""
        falling = list(clients)
        self._call(lambda: _each(falling, lambda client: self._end(client, reset=True)))

    def leave(self, clients: Iterable[Client]) -> None:
        """The clients go and do not come back; they are no longer checked."""
        gone = set(clients)

        def depart() -> None:
            self.clients = [client for client in self.clients if client not in gone]
            for client in gone:
                self._close(client, reset=False)

        self._call(depart)

    @property
    def open(self) -> int:
        return sum(client.state is State.OPEN for client in self.clients)

    def wait_open(self, seconds: float = 30) -> None:
        wait_until(lambda: self._fine() and self.open == len(self.clients), seconds, f"{len(self.clients)} streams")

    def wait_heads(self, heads: Mapping[str, int], seconds: float = 30) -> None:
        """Until every client that reads has seen its session's head."""

        def behind() -> int:
            self._fine()
            return sum(c.cursor < heads[c.session_id] for c in self.clients if not c.stalled)

        try:
            wait_until(lambda: behind() == 0, seconds, "all clients at the head")
        except AssertionError as error:
            late = [c for c in self.clients if c.cursor < heads[c.session_id] and not c.stalled]
            told = [(c.session_id, c.cursor, heads[c.session_id], c.state.name, c.opened) for c in late[:5]]
            raise AssertionError(f"{len(late)} of {len(self.clients)} clients are behind: {told}") from error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alive = False
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        for client in self.clients:
            if client.socket is not None:
                client.socket.close()
        self._epoll.close()
        os.close(self._wake)

    def _fine(self) -> bool:
        if self.failure is not None:
            raise AssertionError("the crowd broke") from self.failure
        return True

    def _call(self, function: Callable[[], None]) -> None:
        self._calls.append(function)
        os.eventfd_write(self._wake, 1)

    def _after(self, seconds: float, function: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), function))

    def _run(self) -> None:
        try:
            if self._enter is not None:
                self._enter()
            while self._alive:
                self._turn()
        except BaseException as error:
            self.failure = error
            raise

    def _turn(self) -> None:
        wait = self._timers[0][0] - time.monotonic() if self._timers else 1.0
        for fd, what in self._epoll.poll(max(0.0, min(wait, 1.0)), 1024):
            client = self._by_fd.get(fd)
            if fd == self._wake:
                os.eventfd_read(self._wake)
            elif client is not None:
                self._happened(client, what)
        for _ in range(len(self._calls)):
            self._calls.popleft()()
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    def _connect(self, client: Client, small_buffers: bool = False) -> None:
        if client.state is not State.AWAY:
            return
        connection = socket.socket()
        connection.setblocking(False)
        if small_buffers:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.socket = connection
        client.begin()
        code = connection.connect_ex(self.address)
        if code not in (0, errno.EINPROGRESS):
            self.refusals[os.strerror(code)] += 1
            self._end(client)
            return
        self._by_fd[connection.fileno()] = client
        self._epoll.register(connection, select.EPOLLOUT)
        self._after(_ANSWER_SECONDS, lambda: self._give_up(client, connection))

    def _give_up(self, client: Client, connection: socket.socket) -> None:
        if client.socket is connection and client.state in (State.CONNECTING, State.HEAD):
            self.refusals["no answer"] += 1
            self._end(client, reset=True)

    def _happened(self, client: Client, what: int) -> None:
        connection = client.socket
        assert connection is not None
        if client.state is State.CONNECTING:
            code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self.refusals[os.strerror(code)] += 1
                self._end(client)
                return
            try:
                connection.send(request(f"/sse/agent-activity/{client.session_id}", f"Last-Event-ID: {client.cursor}"))
            except BlockingIOError:  # what happened was told of a connection that had this number before
                return
            except OSError:
                self._end(client)
                return
            client.state = State.HEAD
            self._epoll.modify(connection, 0 if client.stalled else select.EPOLLIN)
            return
        try:
            data = connection.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(client)
        elif client.state is State.OPEN:
            client.take(data, self.latencies)
        else:
            self._take_head(client, data)

    def _take_head(self, client: Client, data: bytes) -> None:
        client.rest += data
        head, end, body = client.rest.partition(b"\r\n\r\n")
        if not end:
            return
        client.rest = b""
        if not head.startswith(b"HTTP/1.1 200 "):
            self.refusals[head[9:12].decode()] += 1
            self._end(client)
            return
        client.state = State.OPEN
        client.opened += 1
        client.take(body, self.latencies)

    def _end(self, client: Client, reset: bool = False) -> None:
        self._close(client, reset)
        pause_ms = client.retry_ms if self._retry_ms is None else self._chance.uniform(*self._retry_ms)
        self._after(pause_ms / 1000, lambda: self._connect(client))

    def _close(self, client: Client, reset: bool) -> None:
        connection = client.socket
        client.end()
        if connection is None:
            return
        client.socket = None
        self._by_fd.pop(connection.fileno(), None)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()


def _each(clients: list[Client], function: Callable[[Client], None]) -> None:
    for client in clients:
        function(client)
