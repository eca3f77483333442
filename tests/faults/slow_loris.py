"""Connections that hold on and say nothing, or one byte a second, and come back when they are shown the door."""

import contextlib
import selectors
import socket
import threading
import time
from types import TracebackType
from typing import Self

from tests.support.account import AUTHORIZATION

_REQUEST = (
    b"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZATION.encode() + b"\r\nX-Slow: " + b"x" * 10_000
)


class _Connection:
    def __init__(self, drips: bool) -> None:
        self.drips = drips
        self.socket: socket.socket | None = None
        self.sent = 0


class SlowLoris:
    """``silent`` connections that send nothing and ``dripping`` ones that send a byte a second; ``held`` is how many
    the server holds at the moment, ``ended`` how often it ended one."""

    def __init__(self, address: tuple[str, int], silent: int, dripping: int) -> None:
        self.ended = 0
        self._address = address
        self._connections = [_Connection(number >= silent) for number in range(silent + dripping)]
        self._selector = selectors.DefaultSelector()
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slow-loris", daemon=True)

    @property
    def held(self) -> int:
        return sum(connection.socket is not None for connection in self._connections)

    def _run(self) -> None:
        turn_at = time.monotonic()
        while not self._leaving.is_set():
            if time.monotonic() >= turn_at:
                turn_at += 1
                for connection in self._connections:
                    self._turn(connection)
            for key, _ in self._selector.select(max(0, turn_at - time.monotonic())):
                self._read(key.data)
        for connection in self._connections:
            if connection.socket is not None:
                connection.socket.close()
        self._selector.close()

    def _turn(self, connection: _Connection) -> None:
        if connection.socket is None:
            opened = socket.socket()
            opened.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                opened.connect(self._address)
            self._selector.register(opened, selectors.EVENT_READ, connection)
            connection.socket, connection.sent = opened, 0
        elif connection.drips:
            with contextlib.suppress(OSError):  # it is read next, and found to have ended
                connection.sent += connection.socket.send(_REQUEST[connection.sent : connection.sent + 1])

    def _read(self, connection: _Connection) -> None:
        assert connection.socket is not None
        try:
            gone = not connection.socket.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if gone:
            self._selector.unregister(connection.socket)
            connection.socket.close()
            connection.socket = None
            self.ended += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._thread.join()
