"""One client of a stream that resumes by Last-Event-ID, and what it has seen: a cursor, a digest, and faults."""

import hashlib
import socket
import time
from enum import Enum


class State(Enum):
    AWAY = 0
    CONNECTING = 1
    HEAD = 2
    OPEN = 3


def seen_digest() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=16)


class Client:
    """Takes bytes as they come. Only whole frames count: what a cut left unfinished is asked for again."""

    __slots__ = (
        "cursor", "cut_frames", "digest", "faults", "head", "heartbeats", "opened", "rest", "retry_ms", "session_id",
        "socket", "stalled", "start", "state",
    )  # fmt: skip

    def __init__(self, session_id: str, cursor: int = 0) -> None:
        self.session_id = session_id
        self.start = self.cursor = cursor
        self.digest = seen_digest()
        self.faults: list[str] = []
        self.head = 0  # of the log, as a heartbeat told
        self.heartbeats = 0
        self.opened = 0
        self.cut_frames = 0
        self.retry_ms = 1000
        self.rest = b""
        self.socket: socket.socket | None = None
        self.state = State.AWAY
        self.stalled = False  # does not read

    def begin(self) -> None:
        self.rest = b""
        self.state = State.CONNECTING

    def end(self) -> None:
        self.cut_frames += self.state is State.OPEN and bool(self.rest)
        self.rest = b""
        self.state = State.AWAY

    def take(self, data: bytes, latencies: list[int] | None = None) -> None:
        """Bytes of the body."""
        data = self.rest + data
        end = data.rfind(b"\n\n")
        if end < 0:
            self.rest = data
            return
        self.rest = data[end + 2 :]
        for block in data[:end].split(b"\n\n"):
            if block.startswith(b"id: "):
                self._take_event(block, latencies)
            elif block.startswith(b"event: heartbeat\n"):
                self.heartbeats += 1
                self.head = int(block[block.rindex(b'"head":') + 7 : -1])
            elif block.startswith(b"retry: "):
                self.retry_ms = int(block[7:])
            else:
                self.faults.append(f"not a frame: {block[:80]!r}")

    def _take_event(self, block: bytes, latencies: list[int] | None) -> None:
        line = block.index(b"\n")
        seq = int(block[4:line])
        if block.startswith(b"event: reset", line + 1):
            self.faults.append(f"reset to {seq} at {self.cursor}")
        elif seq != self.cursor + 1:
            self.faults.append(f"{seq} after {self.cursor}")
        self.cursor = seq
        self.digest.update(block)
        if latencies is not None:
            at = block.find(b'"details":"') + 11
            latencies.append(time.monotonic_ns() - int(block[at : block.index(b" ", at)]))
