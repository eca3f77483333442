"""The rows as they were told last, each with the version in which it changed: who has a version needs the later ones.

A reader's cursor is a version. A row that has changed several times since is told once, as it is now; so a slow reader
gets less, and nothing is kept for it. A row that a reader might see before and may not now is told to be gone.
"""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

from utils.accounts.principal import Reader, Whose
from utils.board.row import NowGone, NowReady, NowReset, NowRow, encode
from utils.doorbell.news import Frame

_MOST_GONE = 5000  # rows that are gone and told so to who comes back
_FIRST = 1  # a cursor before it has no rows


@dataclass(slots=True)
class _Entry:
    version: int
    row_id: str
    frame: bytes  # of the row as it is
    whose: Whose | None  # None: the row is gone
    # Whose it was, until which version. Who could see it then is told once that it is gone, and of nothing after that.
    former: dict[Whose, int]


class Entries:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._id = secrets.token_hex(4)  # another process, or another start, counts otherwise
        self._begun = False
        self._version = _FIRST
        self._known_from = 0  # what changed after this version is known
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # by version
        self._gone: OrderedDict[str, None] = OrderedDict()  # of these, those that are gone

    @property
    def version(self) -> int:
        """0 until the first rows are complete."""
        return self._version if self._begun else 0

    def begin(self) -> None:
        """The rows that there are have been put."""
        self._begun = True

    def put(self, row: NowRow, whose: Whose) -> None:
        with self._guard:
            self._gone.pop(row.row_id, None)
            former = self._former(row.row_id)
            former.pop(whose, None)
            frame = encode(row, self._event_id(self._version))
            self._entries[row.row_id] = _Entry(self._version, row.row_id, frame, whose, former)

    def drop(self, row_id: str) -> None:
        with self._guard:
            former = self._former(row_id)
            self._entries[row_id] = _Entry(self._version, row_id, b"", None, former)
            self._gone[row_id] = None
            if len(self._gone) > _MOST_GONE:
                oldest, _ = self._gone.popitem(last=False)
                self._known_from = self._entries.pop(oldest).version

    def resume(self, last_event_id: str | None) -> tuple[int, bytes]:
        """The cursor of who has got this last, and what to send first: a `reset` if it cannot be honoured."""
        board, _, number = (last_event_id or "").partition("-")
        with self._guard:
            if board == self._id and number.isascii() and number.isdigit() and len(number) <= 18:
                cursor = int(number)
                if self._known_from <= cursor <= self._version and cursor >= _FIRST:
                    return min(cursor, self._version - 1), b""  # so that it is told at once that there is no more
            return 0, encode(NowReset(), self._event_id(0))

    def changes(self, reader: Reader, cursor: int, most_bytes: int | None = None) -> tuple[list[Frame], int]:
        """What changed for a reader after ``cursor``, and up to which version that is; at most a piece."""
        with self._guard:
            if cursor >= self.version:
                return [], self.version
            changed: list[tuple[int, bytes]] = []
            for entry in reversed(self._entries.values()):
                if entry.version <= cursor:
                    break
                data = self._for_reader(entry, reader, cursor)
                if data is not None:
                    changed.append((entry.version, data))
            version = self._version
        frames, size = [], 0
        for at, data in reversed(changed):
            frames.append(Frame(at, None, False, data))
            size += len(data)
            if most_bytes is not None and size >= most_bytes and len(frames) < len(changed):
                return frames, at
        return frames, version

    def ready(self, version: int) -> Frame:
        """That is all up to this version."""
        return Frame(version, None, False, encode(NowReady(), self._event_id(version)))

    def _former(self, row_id: str) -> dict[Whose, int]:
        """Whose a row was before the next version, which begins."""
        self._version += 1
        before = self._entries.pop(row_id, None)
        if before is None:
            return {}
        return before.former | ({before.whose: self._version} if before.whose is not None else {})

    def _for_reader(self, entry: _Entry, reader: Reader, cursor: int) -> bytes | None:
        if entry.whose is not None and reader.may_read(entry.whose):
            return entry.frame
        if any(until > cursor and reader.may_read(whose) for whose, until in entry.former.items()):
            return encode(NowGone(row_id=entry.row_id), self._event_id(entry.version))
        return None

    def _event_id(self, version: int) -> str:
        return f"{self._id}-{version}"
