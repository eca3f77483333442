"""The rows of a board as a WSGI response body: given to the event loop, or iterated over, as an EventStream is."""

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from utils.database.base import DatabaseLostError
from utils.database.outage import Outage
from utils.streams.board import Board, next_piece
from utils.streams.event_stream import RETRY
from utils.streams.permits import LOOK_SECONDS, Permit
from utils.streams.source import StreamSource

_log = logging.getLogger(__name__)


class BoardStream:
    """What ``reader`` may see of the board, for ever. Ends with its permit; ``subjects``: by which it is counted."""

    def __init__(
        self, source: StreamSource, reader: Any, last_event_id: str | None, permit: Permit, subjects: tuple[str, ...]
    ) -> None:
        assert source.board is not None
        self.board: Board = source.board
        self.reader = reader
        self.last_event_id = last_event_id
        self.permit = permit
        self.subjects = subjects
        self.preamble = RETRY + self.board.heartbeat()
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        moved = threading.Event()
        self.board.watch(moved.set)
        try:
            cursor, begins = self.board.resume(self.last_event_id)
            yield self.preamble + begins
            yield from self._frames(cursor, moved)
        finally:
            self.board.leave(moved.set)

    def _frames(self, cursor: int, moved: threading.Event) -> Iterator[bytes]:
        outage = Outage(_log, "Whether a stream may stay open cannot be asked", "permits")
        beat_at = time.monotonic() + self._source.heartbeat_seconds
        look_at = time.monotonic() + LOOK_SECONDS
        while True:
            moved.clear()
            try:
                if self._source.ended_permits is not None and time.monotonic() >= look_at:
                    if self._source.ended_permits([self.permit]):
                        return
                    look_at = time.monotonic() + LOOK_SECONDS
                    outage.is_over()
            except DatabaseLostError as error:
                outage.goes_on(error)
                look_at = time.monotonic() + LOOK_SECONDS
            if frames := next_piece(self.board, self.reader, cursor):
                cursor = frames[-1].seq
                yield b"".join([frame.data for frame in frames])
                continue
            if time.monotonic() >= beat_at:
                yield self.board.heartbeat()
                beat_at = time.monotonic() + self._source.heartbeat_seconds
            moved.wait(max(0.0, min(beat_at, look_at) - time.monotonic()))
