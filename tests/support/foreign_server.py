"""A system outside, spoken to over real HTTP: each address answers as a function of the test says.

    def kickoff(call: Received) -> Iterator[bytes]:
        yield from answer(200, b'{"kickoff_id": "k1"}')

    with ForeignServer({("POST", "/kickoff"): kickoff}) as crew:
        ...
    assert crew.received[0].json() == {...}

A function yields the bytes of its answer, head and all, so that it may be anything; when it ends, so does the
connection. While it waits for ``call.server.stopping`` the connection stays open.
"""

import gzip
import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import parse_headers
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Received:
    """One request. The names of ``headers`` are in small letters."""

    server: "ForeignServer"
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Answering = Callable[[Received], Iterator[bytes]]
_WORDS = {200: "OK", 302: "Found", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


class ForeignServer:
    """``received`` are all requests so far; ``gone`` is set when a client has left before its answer was whole."""

    def __init__(self, answers: Mapping[tuple[str, str], Answering] | None = None, host: str = "127.0.0.1") -> None:
        self.answers = dict(answers or {})
        self.received: list[Received] = []
        self.stopping = threading.Event()
        self.gone = threading.Event()
        self._server = _Server((host, 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def host(self) -> str:
        return "{}:{}".format(*self._server.server_address)

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def asked(self, method: str, path: str) -> list[Received]:
        return [one for one in self.received if (one.method, one.path) == (method, path)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


def _handler(server: ForeignServer) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            first = self.rfile.readline().decode()
            if not first:
                return
            method, target, _ = first.split()
            headers = {name.lower(): value for name, value in parse_headers(self.rfile).items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            parts = urlsplit(target)
            received = Received(server, method, parts.path, parts.query, headers, body)
            server.received.append(received)
            answering = server.answers.get((method, parts.path), lambda _: answer(404, b'{"message": "nothing here"}'))
            try:
                for piece in answering(received):
                    self.wfile.write(piece)
                    self.wfile.flush()
            except OSError:
                server.gone.set()

    return Handler


def answer(
    status: int, body: bytes = b"", *, media_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> Iterator[bytes]:
    """A whole answer."""
    yield head(status, media_type=media_type, headers={"Content-Length": str(len(body)), **(headers or {})})
    yield body


def json_answer(value: Any, status: int = 200) -> Iterator[bytes]:
    return answer(status, json.dumps(value).encode())


def head(status: int, *, media_type: str = "application/json", headers: Mapping[str, str] | None = None) -> bytes:
    """The head of an answer whose end is the end of the connection, unless the headers give its length."""
    given = {"Content-Type": media_type, "Connection": "close", **(headers or {})}
    lines = [
        f"HTTP/1.1 {status} {_WORDS.get(status, 'Status')}",
        *(f"{name}: {value}" for name, value in given.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def gzipped(body: bytes) -> bytes:
    return gzip.compress(body)
