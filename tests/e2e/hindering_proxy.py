"""A proxy in front of a server, as some networks have one: it lets every answer through but those of streams."""

import socket
import threading
from contextlib import closing, suppress
from enum import Enum
from types import TracebackType
from typing import Self

_CHUNK = 65536
_REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 18\r\nConnection: close\r\n\r\n"
    b"<h1>Forbidden</h1>"
)


class Streams(Enum):
    PASS = "let through"
    HOLD = "head at once, body never"
    KEEP = "nothing at all"
    REFUSE = "403 from the proxy"


class HinderingProxy:
    """Listens on a free port of this machine. ``streams`` may change while it runs; what is open stays as it is."""

    def __init__(self, port: int, streams: Streams) -> None:
        """``port``: the server's."""
        self.streams = streams
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.cut()

    def cut(self) -> None:
        """Every connection ends, as when a laptop changes its network."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One request and its answer."""
        with closing(client), suppress(OSError):
            head, rest = _read_head(client)
            if not head:
                return
            streams = self.streams if head.split(b" ", 2)[1].startswith(b"/sse/") else Streams.PASS
            if streams is Streams.REFUSE:
                client.sendall(_REFUSAL)
                return
            with closing(socket.create_connection(("127.0.0.1", self._server))) as server:
                self._open += [client, server]
                server.sendall(_closing(head) + rest)
                threading.Thread(target=_pump, args=(client, server), daemon=True).start()
                if streams is not Streams.PASS:
                    answer, _ = _read_head(server)
                    client.sendall(answer if streams is Streams.HOLD else b"")
                    while server.recv(_CHUNK):
                        pass
                _pump(server, client)


def _read_head(source: socket.socket) -> tuple[bytes, bytes]:
    """Up to the empty line, and what came with it; nothing if the other side has closed."""
    read = b""
    while b"\r\n\r\n" not in read:
        chunk = source.recv(_CHUNK)
        if not chunk:
            return b"", b""
        read += chunk
    head, _, rest = read.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _closing(head: bytes) -> bytes:
    """The same request, after which the server closes."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
