"""Streams in one process: one EventStream, served by the event loop or by the generator, read over real sockets."""

import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType

from tests.support.sse import SseDecoder, SseEvent, logged
from utils.accounts.permits import BoardPermit
from utils.accounts.principal import Grant, Reader
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.streams.board import Board
from utils.streams.board_stream import BoardStream
from utils.streams.event_stream import EventStream
from utils.streams.permits import Ended, Permit
from utils.streams.source import StreamSource
from utils.streams.stream_loop import StreamLoop


class StreamReader:
    """The client's end: raw bytes, and the events decoded from them."""

    def __init__(self, client: socket.socket, received: bytes = b"") -> None:
        self.socket = client
        self.received = b""
        self.events: list[SseEvent] = []
        self.ended = False
        self.decoder = SseDecoder()
        self._take(received)

    def __enter__(self) -> "StreamReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Close with a reset, so that the server's next write fails."""
        if self.socket.fileno() != -1:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.socket.close()

    @property
    def logged(self) -> bytes:
        """What came of the log, without heartbeats and retry lines."""
        return logged(self.received)

    @property
    def seqs(self) -> list[int]:
        return [event.json()["seq"] for event in self.events if event.type not in {"heartbeat", "reset"}]

    @property
    def cursor(self) -> int:
        return int(self.decoder.last_event_id or 0)

    def of_type(self, kind: str) -> list[SseEvent]:
        return [event for event in self.events if event.type == kind]

    def read_some(self, seconds: float, size: int = 1 << 16) -> bool:
        """Wait for bytes; False when none came or the stream has ended."""
        self.socket.settimeout(max(0.001, seconds))
        try:
            data = self.socket.recv(size)
        except TimeoutError:
            return False
        except ConnectionResetError:
            data = b""
        if not data:
            self.ended = True
            return False
        self._take(data)
        return True

    def until(self, condition: Callable[["StreamReader"], object], seconds: float = 10, size: int = 1 << 16) -> None:
        """Read until ``condition`` holds."""
        deadline = time.monotonic() + seconds
        while not condition(self):
            left = deadline - time.monotonic()
            assert left > 0, f"not within {seconds} s; the last of {len(self.events)} events: {self.events[-3:]}"
            assert not self.ended, f"the stream ended before; the last of {len(self.events)} events: {self.events[-3:]}"
            self.read_some(left, size)

    def until_cursor(self, seq: int, seconds: float = 10, size: int = 1 << 16) -> None:
        self.until(lambda reader: reader.cursor >= seq, seconds, size)

    def until_end(self, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not self.ended:
            assert time.monotonic() < deadline, f"the stream did not end within {seconds} s"
            self.read_some(deadline - time.monotonic())

    def silent_for(self, seconds: float) -> bool:
        """Whether nothing of the log came for so long."""
        before, deadline = self.logged, time.monotonic() + seconds
        while time.monotonic() < deadline and not self.ended:
            self.read_some(deadline - time.monotonic())
        return self.logged == before

    def _take(self, data: bytes) -> None:
        self.received += data
        self.events += self.decoder.feed(data)


class Streams:
    """Serves streams of one log as the worker does (``loop``) or as any other server does (``generator``)."""

    def __init__(
        self,
        doorbell: Doorbell,
        log: ActivityLog,
        kind: str = "loop",
        heartbeat_seconds: float = 30,
        ended_permits: Ended | None = None,
        board: Board | None = None,
    ) -> None:
        self.source = StreamSource(log, doorbell, heartbeat_seconds, ended_permits, board)
        self.kind = kind
        self._threads: list[threading.Thread] = []
        self._readers: list[StreamReader] = []
        self._stopped = False
        self.loop: StreamLoop | None = None
        if kind == "loop":
            self.loop = StreamLoop(self.source)
            self.loop.start()

    def watch(
        self,
        session_id: str,
        cursor: int = 0,
        run_id: str | None = None,
        buffers: int | None = None,
        permit: Permit | None = None,
    ) -> StreamReader:
        """An open stream. ``buffers``: bytes of the sockets' buffers, for readers that stall early."""
        position = self.source.log.position(session_id)
        assert position is not None
        stream = EventStream(self.source, session_id, position, cursor, run_id, permit)
        server, client = tcp_pair(buffers)
        if self.loop is not None:
            server.setblocking(False)
            self.loop.add(server.detach(), session_id, stream.position, stream.cursor, run_id, stream.preamble, permit)
        else:
            self._iterate(stream, server)
        self._readers.append(StreamReader(client))
        return self._readers[-1]

    def watch_board(
        self,
        reader: Reader,
        last_event_id: str | None = None,
        buffers: int | None = None,
        grant: Grant = Grant("key", 1),  # noqa: B008
    ) -> StreamReader:
        """An open stream of the board."""
        stream = BoardStream(self.source, reader, last_event_id, BoardPermit(grant, reader), ())
        server, client = tcp_pair(buffers)
        if self.loop is not None:
            server.setblocking(False)
            self.loop.add_to_board(server.detach(), stream)
        else:
            self._iterate(stream, server)
        self._readers.append(StreamReader(client))
        return self._readers[-1]

    def _iterate(self, stream: EventStream | BoardStream, server: socket.socket) -> None:
        thread = threading.Thread(target=_iterate, args=(stream, server), daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self) -> None:
        """What the worker does when it ends."""
        if self.loop is not None and not self._stopped:
            self._stopped = True
            self.loop.request_stop()
            self.loop.join()

    def close(self) -> None:
        for reader in self._readers:
            reader.leave()
        self.stop()
        for thread in self._threads:
            thread.join(self.source.heartbeat_seconds + 5)
            assert not thread.is_alive()


def _iterate(stream: EventStream | BoardStream, server: socket.socket) -> None:
    """What a server without the hand-off does."""
    body = iter(stream)
    try:
        for chunk in body:
            server.sendall(chunk)
    except OSError:
        pass  # the client has gone
    finally:
        body.close()  # type: ignore[attr-defined]
        server.close()


def tcp_pair(buffers: int | None = None) -> tuple[socket.socket, socket.socket]:
    """A connected TCP connection of this machine: (server's end, client's end)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.socket()
        if buffers is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffers)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffers)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
    return server, client
