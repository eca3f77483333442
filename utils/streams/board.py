"""What streams know of a board: rows that change, each with a version. utils/board makes one."""

from collections.abc import Callable
from typing import Any, Protocol

from utils.doorbell.news import Frame
from utils.streams.log_reader import CHUNK_BYTES


class Board(Protocol):
    """Safe to use from several threads. ``reader``: who decides which rows are seen."""

    def watch(self, moved: Callable[[], None]) -> None:
        """Keep it up to date from now on; ``moved`` is called, from another thread, when rows have changed."""
        ...

    def leave(self, moved: Callable[[], None]) -> None: ...

    def resume(self, last_event_id: str | None) -> tuple[int, bytes]:
        """Of who watches: the cursor with this last event, and what to send first."""
        ...

    def changes(self, reader: Any, cursor: int, most_bytes: int | None = None) -> tuple[list[Frame], int]:
        """What changed after ``cursor``, and up to which version that is; at most a piece."""
        ...

    def ready(self, version: int) -> Frame:
        """What tells that this is all up to a version."""
        ...

    @property
    def version(self) -> int:
        """0 until the first rows are complete."""
        ...

    def heartbeat(self) -> bytes: ...


def next_piece(board: Board, reader: Any, cursor: int) -> list[Frame]:
    """For who catches up: the last piece ends by telling so, in the frame of its last row.

    Of a frame that a full socket has cut, the rest is kept, and the reader goes on after its number: so what follows
    has another number.
    """
    frames, version = board.changes(reader, cursor, CHUNK_BYTES)
    if version > cursor and version >= board.version:
        last = frames.pop().data if frames else b""
        frames.append(Frame(version, None, False, last + board.ready(version).data))
    return frames
