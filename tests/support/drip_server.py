"""A server that hardly answers: it sends a byte every so often, for ever, or nothing at all."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class DripServer:
    """``first`` is sent at once, then the bytes of ``drops``, one every ``pause`` seconds and again from the start.

    Without ``drops`` nothing follows, and without ``first`` nothing comes at all. ``asked`` counts the requests.
    """

    def __init__(self, first: bytes = b"", drops: bytes = b"", pause: float = 1.0) -> None:
        self.asked = 0
        self._first, self._drops, self._pause = first, drops, pause
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[client], daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if not client.recv(65536):
                return
            self.asked += 1
            client.sendall(self._first)
            for drop in self._forever():
                client.sendall(drop)
                if self._stopping.wait(self._pause):
                    return
            self._stopping.wait()

    def _forever(self) -> Iterator[bytes]:
        while self._drops:
            yield from (bytes([drop]) for drop in self._drops)
