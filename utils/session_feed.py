"""What a process knows of a session that is watched in it: its recent events, and who watches."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from utils.accounts.permits import Permit
from utils.entry import Entry
from utils.log_reader import CHUNK_BYTES


class Feed:
    """What one session said lately, and who watches it here."""

    __slots__ = ("behind", "entries", "head", "key", "live", "live_bare", "session_id", "size")

    def __init__(self, key: int, session_id: str, head: int) -> None:
        self.key = key
        self.session_id = session_id
        self.head = head
        self.entries: deque[Entry] = deque()
        self.size = 0
        self.live: dict[int, Subscriber] = {}
        self.live_bare: dict[int, Subscriber] = {}  # those that get no tool data
        self.behind: set[Subscriber] = set()

    @property
    def watched(self) -> bool:
        return bool(self.live or self.live_bare or self.behind)

    def live_like(self, subscriber: "Subscriber") -> "dict[int, Subscriber]":
        """The live subscribers that get the same bytes as this one."""
        return self.live_bare if subscriber.bare else self.live

    def keep(self, entries: Sequence[Entry], budget: int) -> None:
        self.entries.extend(entries)
        self.size += sum(len(entry.frame) for entry in entries)
        while self.size > budget and self.entries:
            self.size -= len(self.entries.popleft().frame)
        self.head = entries[-1].seq

    def keep_past(self, entries: Sequence[Entry], budget: int) -> None:
        """What was read for one reader serves the next, if it reaches up to what is kept here: after a restart all come
        back with the same cursor or so."""
        begins = self.entries[0].seq if self.entries else self.head + 1
        past = [entry for entry in entries if entry.seq < begins]
        size = sum(len(entry.frame) for entry in past)
        if past and past[-1].seq == begins - 1 and self.size + size <= budget:
            self.entries.extendleft(reversed(past))
            self.size += size

    def after(self, cursor: int) -> list[Entry] | None:
        """One piece of the entries that follow ``cursor``; None if they are no longer kept."""
        if cursor >= self.head:
            return []
        if not self.entries or cursor + 1 < self.entries[0].seq:
            return None
        piece, size = [], 0
        for entry in islice(self.entries, cursor + 1 - self.entries[0].seq, None):
            piece.append(entry)
            size += len(entry.frame)
            if size >= CHUNK_BYTES:
                break
        return piece


class Subscriber:
    """One open stream: a socket and a cursor."""

    __slots__ = ("blocked", "closing", "cursor", "fd", "feed", "fetching", "pending", "permit", "run_id", "subjects")

    def __init__(self, fd: int, cursor: int, run_id: str | None, pending: bytes, permit: Permit | None = None) -> None:
        self.fd = fd
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
    def bare(self) -> bool:
        return self.permit is not None and self.permit.hides_tool_data
