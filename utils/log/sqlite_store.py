"""The log's statements on SQLite: raw connections, one for each thread, under the one write lock of the machine.

Appends of several threads share a commit: a commit waits for the disk, and meanwhile others gather. Whoever has its
turn stores for all that wait by then (flat combining: Hendler, Incze, Shavit and Tzafrir, SPAA 2010). Nobody has to be
woken for it: each waits for its own turn, and leaves at once when it finds itself stored. An append stays in the list
until it has its outcome, so that an interrupted thread (Ctrl-C) takes no other's append along.
"""

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any

import pysqlite3
from sqlalchemy import Connection

from utils.database.moment import now_ms
from utils.database.sqlite import SqliteDatabase
from utils.database.tables import LIVE
from utils.database.write_lock import WriteTurnError
from utils.log.errors import NotStoredError, SessionGoneError, not_stored
from utils.log.new_usage import NewUsage
from utils.log.store import (
    EVER_STORED,
    RUN_SPANS,
    USAGE_COLUMNS,
    USED_AGAIN,
    Fence,
    NewEvent,
    NewSession,
    Position,
    RunSpan,
    StoredEvent,
    moves_if_before,
)

_DELETE_ROWS = 5000
_MOST_TOGETHER = 256  # appends in one commit: readers of the log wait for it, and so do other processes
_POSITION = f"SELECT key, first, head FROM sessions WHERE {LIVE}"  # noqa: S608
_BUMP = f"""
UPDATE sessions SET head = head + :count WHERE id = :id AND {LIVE} AND key = coalesce(:key, key)
RETURNING key, head, updated_at"""  # noqa: S608

_RUN_SPANS = RUN_SPANS.format(key=":key", first=":first")
_USE = f"INSERT INTO usages ({USAGE_COLUMNS}) VALUES ({', '.join('?' * 14)}) {USED_AGAIN}"  # noqa: S608


class SqliteLog:
    def __init__(self, database: SqliteDatabase, new_session: NewSession) -> None:
        self._database = database
        self._new_session = new_session
        self._local = threading.local()
        # Weak, for the connection of a thread that has ended ends with it.
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        self._opening = threading.Lock()
        self._waiting: list[_Append] = []  # only who has the turn takes away from it
        self._turn = threading.Lock()

    def close(self) -> None:
        """Close this process's connections; whoever goes on gets another one."""
        with self._opening:
            opened, self._open, self._local = list(self._open), weakref.WeakSet(), threading.local()
        for raw in opened:
            raw.close()

    def append(
        self,
        session_id: str,
        events: Sequence[NewEvent],
        fence: Fence | None,
        key: int | None = None,
        usages: Sequence[NewUsage] = (),
    ) -> tuple[int, int]:
        own = _Append(session_id, events, fence, key, usages)
        self._waiting.append(own)
        try:
            with self._turn:
                while own.outcome is None:
                    together = self._waiting[:_MOST_TOGETHER]
                    self._store([one for one in together if one.outcome is None])
                    del self._waiting[: len(together)]
        except BaseException:  # nobody needs to store it any more
            own.outcome = own.outcome or NotStoredError("Whoever wanted this stored was interrupted.")
            raise
        if isinstance(own.outcome, NotStoredError):
            raise own.outcome
        return own.outcome

    def append_within(
        self,
        connection: Connection,
        session_id: str,
        events: Sequence[NewEvent],
        key: int | None = None,
        usages: Sequence[NewUsage] = (),
    ) -> tuple[int, int]:
        raw = connection.connection.driver_connection
        assert raw is not None
        try:
            return _append(raw, session_id, events, key=key, usages=usages)
        except pysqlite3.Error as error:
            raise not_stored(error) from error

    def position(self, session_id: str) -> Position | None:
        row = self._connection().execute(f"{_POSITION} AND id = ?", (session_id,)).fetchone()
        return Position(*row) if row else None

    def positions(self, keys: Sequence[int]) -> dict[int, Position]:
        raw, found = self._connection(), {}
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ",".join("?" * len(some))
            for row in raw.execute(f"{_POSITION} AND key IN ({marks})", some):
                found[row[0]] = Position(*row)
        return found

    def read(self, key: int, after: int, limit: int, max_bytes: int | None) -> list[StoredEvent]:
        cursor = self._connection().execute(
            "SELECT seq, type, run_id, body FROM events WHERE session_key = ? AND seq > ? ORDER BY seq LIMIT ?",
            (key, after, limit),
        )
        if max_bytes is None:
            return [StoredEvent(*row) for row in cursor]
        found, size = [], 0
        for row in cursor:
            found.append(StoredEvent(*row))
            size += len(row[3])
            if size >= max_bytes:
                cursor.close()
                break
        return found

    def read_run(self, key: int, run_id: str, after: int, limit: int) -> list[StoredEvent]:
        query = (
            "SELECT seq, type, run_id, body FROM events WHERE session_key = ? AND seq > ? AND run_id = ? "
            "ORDER BY seq LIMIT ?"
        )
        return [StoredEvent(*row) for row in self._connection().execute(query, (key, after, run_id, limit))]

    def stored(self) -> int:
        return int(self._connection().execute(EVER_STORED).fetchone()[0])

    def knows_run(self, key: int, run_id: str) -> bool:
        raw, of_run = self._connection(), "SELECT 1 FROM events WHERE session_key = ? AND run_id = ?"
        return any(
            raw.execute(f"{of_run} {which} LIMIT 1", (key, run_id)).fetchone()
            for which in ("AND type = 'runUpdate'", "")
        )

    def last_update(self, key: int, run_id: str, by: int) -> bytes | None:
        row = (
            self._connection()
            .execute(
                "SELECT body FROM events WHERE session_key = :key AND seq = (SELECT max(seq) FROM events "
                "WHERE session_key = :key AND run_id = :run_id AND type = 'runUpdate' AND seq <= :by)",
                {"key": key, "run_id": run_id, "by": by},
            )
            .fetchone()
        )
        return bytes(row[0]) if row else None

    def run_spans(self, key: int, first: int) -> list[RunSpan]:
        return [RunSpan(*row) for row in self._connection().execute(_RUN_SPANS, {"key": key, "first": first})]

    def changes(self) -> int:
        return int(self._connection().execute("PRAGMA data_version").fetchone()[0])

    def forget_before(self, session_id: str, first: int) -> tuple[int, int] | None:
        raw = self._connection()
        with self._storing(raw):
            row = raw.execute(
                f"UPDATE sessions SET first = min(?, head + 1) WHERE id = ? AND {LIVE} AND first < ? "  # noqa: S608
                "RETURNING key, first",
                (first, session_id, first),
            ).fetchone()
        return (row[0], row[1]) if row else None

    def delete_events(self, key: int, before: int) -> None:
        raw = self._connection()
        while True:
            with self._storing(raw):
                gone = raw.execute(
                    "DELETE FROM events WHERE session_key = ? AND seq IN (SELECT seq FROM events "
                    "WHERE session_key = ? AND seq < ? ORDER BY seq LIMIT ?)",
                    (key, key, before, _DELETE_ROWS),
                ).rowcount
            if gone < _DELETE_ROWS:
                return

    def longer_than(self, count: int) -> list[tuple[str, int, int]]:
        query = f"SELECT id, key, head FROM sessions WHERE {LIVE} AND head - first + 1 > ?"  # noqa: S608
        return [(row[0], row[1], row[2]) for row in self._connection().execute(query, (count,)).fetchall()]

    def _store(self, appends: list["_Append"]) -> None:
        """Give each its outcome. What is wrong with one of them is nobody else's matter."""
        while appends:
            at: _Append | None = None
            try:
                raw = self._connection()
                with self._storing(raw):
                    raw.execute("BEGIN IMMEDIATE")
                    try:
                        for at in appends:
                            at.perform(raw, self._make)
                        at = None
                        raw.execute("COMMIT")
                        _settle(appends)
                    except pysqlite3.Error:
                        raise
                    except BaseException:
                        if at is None and not raw.in_transaction:  # interrupted behind the commit: they are stored
                            _settle(appends)
                        raise
            except Exception as error:
                refused = [one for one in appends if one.outcome is None] if at is None else [at]
                if not refused:
                    raise
                refusal = error if isinstance(error, NotStoredError) else not_stored(error)
                for one in refused:
                    one.refuse(refusal)
            appends = [one for one in appends if one.outcome is None]

    @contextmanager
    def _storing(self, raw: Any) -> Iterator[None]:
        """This writer's turn. Turns the database's failures into typed ones, and leaves no transaction open."""
        try:
            with self._database.write_lock:
                try:
                    yield
                finally:
                    if raw.in_transaction:
                        raw.execute("ROLLBACK")
        except (pysqlite3.Error, WriteTurnError) as error:
            raise not_stored(error) from error

    def _make(self, raw: Any, session_id: str) -> None:
        self._database.execute(raw, self._new_session(session_id))

    def _connection(self) -> Any:
        raw = getattr(self._local, "raw", None)
        if raw is None:
            raw = self._database.connect()
            with self._opening:
                self._local.raw = raw
                self._open.add(raw)
        return raw


class _Append:
    """What one caller wants stored. Its ``outcome`` is (key, seq of the last), or why not."""

    __slots__ = ("events", "fence", "key", "outcome", "place", "session_id", "usages")

    def __init__(
        self,
        session_id: str,
        events: Sequence[NewEvent],
        fence: Fence | None,
        key: int | None,
        usages: Sequence[NewUsage],
    ) -> None:
        self.session_id = session_id
        self.events = events
        self.fence = fence
        self.key = key
        self.usages = usages
        self.place: tuple[int, int] | None = None
        self.outcome: tuple[int, int] | NotStoredError | None = None

    def perform(self, raw: Any, make: "_Make") -> None:
        if self.fence is not None:
            _check_fence(raw, self.fence)
        makes = make if self.fence is None and self.key is None else None
        self.place = _append(raw, self.session_id, self.events, makes, self.key, self.usages)

    def refuse(self, error: NotStoredError) -> None:
        """Each caller raises an exception of its own: raising adds to its traceback."""
        self.outcome = copy(error)
        self.outcome.__cause__ = error.__cause__


def _settle(appends: Sequence[_Append]) -> None:
    """They are committed."""
    for one in appends:
        one.outcome = one.place


_Make = Callable[[Any, str], None]


def _append(
    raw: Any,
    session_id: str,
    events: Sequence[NewEvent],
    make: _Make | None = None,
    key: int | None = None,
    usages: Sequence[NewUsage] = (),
) -> tuple[int, int]:
    """``make`` makes a session that does not exist."""
    bump, now = {"count": len(events), "id": session_id, "key": key}, now_ms()
    row = raw.execute(_BUMP, bump).fetchone()
    if row is None:
        if make is None:
            raise SessionGoneError(f"Session {session_id} was deleted.")
        make(raw, session_id)
        row = raw.execute(_BUMP, bump).fetchone()
    key, head, updated_at = row
    if updated_at < moves_if_before(events, now):
        raw.execute("UPDATE sessions SET updated_at = ? WHERE key = ?", (now, key))
    raw.executemany(
        "INSERT INTO events (session_key, seq, type, run_id, body) VALUES (?, ?, ?, ?, ?)",
        [(key, seq, *event[:3]) for seq, event in enumerate(events, head - len(events) + 1)],
    )
    noted = [
        (key, seq, event.noted, now) for seq, event in enumerate(events, head - len(events) + 1) if event.noted
    ]  # fmt: skip
    if noted:
        raw.executemany("INSERT INTO noted (session_key, seq, kind, at) VALUES (?, ?, ?, ?)", noted)
    if usages:
        first = head - len(events) + 1
        raw.executemany(_USE, [(key, first + place, *usage) for place, *usage in usages])
    return key, head


def _check_fence(raw: Any, fence: Fence) -> None:
    row = raw.execute("SELECT status, attempt FROM runs WHERE id = ?", (fence.run_id,)).fetchone()
    if row is None or tuple(row) != ("running", fence.attempt):
        raise fence.stale()
