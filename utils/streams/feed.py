"""What is watched in a process, and by whom: a session with its recent events, or a board as one reader sees it."""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any

from utils.doorbell.news import Frame
from utils.log.events import Heartbeat, Reset, encode_unlogged
from utils.streams.board import Board, next_piece
from utils.streams.log_reader import CHUNK_BYTES
from utils.streams.permits import Permit


class Feed(ABC):
    """Frames in their order, and who watches them here."""

    __slots__ = ("behind", "head", "live", "live_redacted")

    def __init__(self, head: int) -> None:
        self.head = head  # what the live subscribers have got
        self.live: dict[int, Subscriber] = {}
        self.live_redacted: dict[int, Subscriber] = {}  # those that get no tool data
        self.behind: set[Subscriber] = set()

    @property
    def watched(self) -> bool:
        return bool(self.live or self.live_redacted or self.behind)

    def live_like(self, subscriber: "Subscriber") -> "dict[int, Subscriber]":
        """The live subscribers that get the same bytes as this one."""
        return self.live_redacted if subscriber.redacted else self.live

    @abstractmethod
    def after(self, cursor: int) -> list[Frame] | None:
        """One piece of the frames that follow ``cursor``; None if they are no longer kept."""

    @abstractmethod
    def goes_live(self, cursor: int) -> bool:
        """Whether a subscriber for whom nothing follows is live from now on."""

    @abstractmethod
    def reset(self, first: int, head: int) -> bytes | None:
        """What tells that the frames go on at ``first``; None where numbers may be missing."""

    @abstractmethod
    def heartbeat(self) -> bytes: ...


class SessionFeed(Feed):
    """What one session said lately."""

    __slots__ = ("frames", "key", "session_id", "size")

    def __init__(self, key: int, session_id: str, head: int) -> None:
        super().__init__(head)
        self.key = key
        self.session_id = session_id
        self.frames: deque[Frame] = deque()
        self.size = 0

    def keep(self, frames: Sequence[Frame], size: int, budget: int) -> None:
        """Keep the next frames, ``size`` bytes altogether, and of all no more than ``budget`` bytes."""
        self.frames.extend(frames)
        size += self.size
        while size > budget and self.frames:
            size -= len(self.frames.popleft().data)
        self.size = size
        self.head = frames[-1].seq

    def keep_past(self, frames: Sequence[Frame], budget: int) -> None:
        """What was read for one reader serves the next, if it reaches up to what is kept here: after a restart all come
        back with the same cursor or so."""
        begins = self.frames[0].seq if self.frames else self.head + 1
        past = [frame for frame in frames if frame.seq < begins]
        size = sum(len(frame.data) for frame in past)
        if past and past[-1].seq == begins - 1 and self.size + size <= budget:
            self.frames.extendleft(reversed(past))
            self.size += size

    def after(self, cursor: int) -> list[Frame] | None:
        if cursor >= self.head:
            return []
        if not self.frames or cursor + 1 < self.frames[0].seq:
            return None
        piece, size = [], 0
        for frame in islice(self.frames, cursor + 1 - self.frames[0].seq, None):
            piece.append(frame)
            size += len(frame.data)
            if size >= CHUNK_BYTES:
                break
        return piece

    def goes_live(self, cursor: int) -> bool:
        return cursor == self.head

    def reset(self, first: int, head: int) -> bytes:
        return encode_unlogged(Reset(session_id=self.session_id, first=first, head=head))

    def heartbeat(self) -> bytes:
        return encode_unlogged(Heartbeat(session_id=self.session_id, head=self.head))


class BoardFeed(Feed):
    """The rows of a board that one reader may see."""

    __slots__ = ("_board", "reader")

    def __init__(self, board: Board, reader: Any) -> None:
        super().__init__(0)
        self._board = board
        self.reader = reader

    def news(self) -> list[Frame]:
        """What the live subscribers have not got yet."""
        if not self.live:
            return []
        frames, self.head = self._board.changes(self.reader, self.head)
        return frames

    def after(self, cursor: int) -> list[Frame]:
        return next_piece(self._board, self.reader, cursor)

    def goes_live(self, cursor: int) -> bool:
        if not cursor >= self._board.version > 0:
            return False
        if not self.live:
            self.head = cursor
        return True

    def reset(self, first: int, head: int) -> None:
        return None

    def heartbeat(self) -> bytes:
        return self._board.heartbeat()


class Subscriber:
    """One open stream: a socket and a cursor."""

    __slots__ = (
        "blocked",
        "closing",
        "cursor",
        "fd",
        "feed",
        "fetching",
        "pending",
        "permit",
        "run_id",
        "since",
        "subjects",
    )

    def __init__(self, fd: int, cursor: int, run_id: str | None, pending: bytes, permit: Permit | None = None) -> None:
        self.fd = fd
        self.since = time.monotonic()
        self.permit = permit
        self.subjects: tuple[str, ...] = ()  # whose streams are counted together: a user's, an address's
        self.cursor = cursor
        self.run_id = run_id  # watch only this run, and end with it
        self.pending: bytes | None = pending
        self.feed: Feed | None = None
        self.blocked = False  # the socket is full; epoll will tell
        self.fetching = False  # the reader of the log was asked
        self.closing = False  # end when nothing is pending

    @property
    def redacted(self) -> bool:
        return self.permit is not None and self.permit.hides_tool_data
