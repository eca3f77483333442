"""The log: what happened in each session, durable, numbered 1, 2, 3 … without a hole. It is the truth.

The numbers of a session that is made again after it was deleted go on above those of the deleted one.

An append bumps the session's head and inserts in one transaction. SQLite's write lock is held from the bump to the
commit, so commit order is seq order, whichever process wrote. The doorbell rings after the commit.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pysqlite3
from sqlalchemy import Connection

from utils.activity_events import ENDED_RUN, LoggedEvent, encode_body, encode_data, encode_frame, logged_event
from utils.database import Database, now_ms
from utils.doorbell import SESSIONS, Doorbell
from utils.write_lock import WriteTurnError

# A session made anew under the id of a deleted one leaves one number out after the deleted log's head: no cursor of
# that log is one of the new log, and each gets its `reset` instead of a hole that nobody tells of.
NEW_SESSION = """
INSERT INTO sessions (id, title, archived, first, head, created_at, updated_at)
SELECT :id, :title, :archived, past.numbers + 1, past.numbers + :events, :now, :now
FROM (SELECT coalesce(max(head) + 1, 0) AS numbers FROM deleted_sessions WHERE id = :id) AS past
RETURNING key, head
"""
_REMEMBER_DELETED = """
INSERT INTO deleted_sessions (id, head) SELECT id, head FROM sessions WHERE id = ? AND head > 0
ON CONFLICT (id) DO UPDATE SET head = excluded.head
"""

_READ_ROWS = 1000
_DELETE_ROWS = 5000


class NotStoredError(RuntimeError):
    """The event is not in the log. ``code`` names the kind."""

    code = "not_stored"


class StorageFullError(NotStoredError):
    """No room is left where the database lives."""

    code = "storage_full"


class StorageBusyError(NotStoredError):
    """Another process held the write lock for too long."""

    code = "storage_busy"


class StaleRunError(NotStoredError):
    """The writer no longer owns the run: it ended, or another process took it over. Stop working on it."""

    code = "stale_run"


class SessionGoneError(NotStoredError):
    """The session was deleted."""

    code = "session_gone"


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of ownership of a run: an append with a fence fails unless the run is running in just this attempt."""

    run_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a session's log begins and ends. An empty log has a head of first - 1; a new one, first 1 and head 0."""

    key: int
    first: int
    head: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it stands in the log; ``body`` is its JSON object without seq."""

    seq: int
    type: str
    run_id: str | None
    body: bytes

    def frame(self) -> bytes:
        return encode_frame(self.seq, self.type, self.body)

    def data(self) -> bytes:
        return encode_data(self.seq, self.body)


class ActivityLog:
    """Appends to and reads from the log. One for a process; each thread gets a connection of its own."""

    def __init__(self, database: Database, doorbell: Doorbell) -> None:
        self._database = database
        self._doorbell = doorbell
        self._local = threading.local()

    def append(self, session_id: str, events: Sequence[LoggedEvent], fence: Fence | None = None) -> int:
        """Store ``events`` in one transaction and return the seq of the last; they are numbered consecutively.

        The session is made if it does not exist. Raises a :class:`NotStoredError` when nothing was stored.
        """
        rows = [(event.type, event.run_id, encode_body(event)) for event in events]
        try:
            raw = self._connection()
        except pysqlite3.Error as error:  # a full disk has no room for the files of a connection either
            raise not_stored(error) from error
        with self._storing(raw):
            raw.execute("BEGIN IMMEDIATE")
            if fence is not None:
                _check_fence(raw, fence)
            key, head = _append(raw, session_id, rows, create=fence is None)
            raw.execute("COMMIT")
        self._doorbell.ring(SESSIONS, str(key))
        return head

    def append_within(self, connection: Connection, session_id: str, events: Sequence[LoggedEvent]) -> Position:
        """Append as part of a caller's write transaction, which afterwards calls :meth:`ring`."""
        raw = connection.connection.driver_connection
        assert raw is not None
        rows = [(event.type, event.run_id, encode_body(event)) for event in events]
        key, head = _append(raw, session_id, rows, create=False)
        return Position(key, 1, head)

    def ring(self, key: int) -> None:
        """Tell the watchers of a session that its log has moved, or that it is gone."""
        self._doorbell.ring(SESSIONS, str(key))

    def position(self, session_id: str) -> Position | None:
        """Where the session's log begins and ends; None for an unknown session."""
        row = self._connection().execute("SELECT key, first, head FROM sessions WHERE id = ?", (session_id,)).fetchone()
        return Position(*row) if row else None

    def positions(self, keys: Sequence[int]) -> dict[int, Position]:
        """The same for many sessions by key. Those that are gone are missing."""
        raw, found = self._connection(), {}
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ",".join("?" * len(some))
            for row in raw.execute(f"SELECT key, first, head FROM sessions WHERE key IN ({marks})", some):  # noqa: S608
                found[row[0]] = Position(*row)
        return found

    def stored(self) -> int:
        """How many events were ever stored, those since trimmed or deleted included."""
        row = (
            self._connection()
            .execute(
                "SELECT (SELECT coalesce(sum(head), 0) FROM sessions WHERE id NOT LIKE 'deleted/%') + "
                "(SELECT coalesce(sum(head), 0) FROM deleted_sessions d WHERE NOT EXISTS "
                "(SELECT 1 FROM sessions s WHERE s.id = d.id))"
            )
            .fetchone()
        )
        return int(row[0])

    def read(self, key: int, after: int, limit: int = _READ_ROWS, max_bytes: int | None = None) -> list[StoredEvent]:
        """The events that follow ``after``, oldest first, at most ``limit``.

        With ``max_bytes``, stops once their bodies have reached it; at least one event is returned if there is one.
        """
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

    def run_events(self, session_id: str, run_id: str, first: int) -> list[LoggedEvent]:
        """The events of one run so far; ``first`` is the seq it began with."""
        position, after, found = self.position(session_id), first - 1, []
        while position is not None:
            events = self.read(position.key, after)
            if not events:
                break
            found += [logged_event.validate_json(event.data()) for event in events if event.run_id == run_id]
            after = events[-1].seq
        return found

    def run_ended(self, key: int, run_id: str, by: int) -> bool:
        """Whether the last event of a run has a seq of at most ``by``."""
        row = (
            self._connection()
            .execute(
                "SELECT body FROM events WHERE session_key = :key AND seq = (SELECT max(seq) FROM events "
                "WHERE session_key = :key AND run_id = :run_id AND type = 'runUpdate' AND seq <= :by)",
                {"key": key, "run_id": run_id, "by": by},
            )
            .fetchone()
        )
        return row is not None and json.loads(row[0])["status"] in ENDED_RUN

    def knows_run(self, key: int, run_id: str) -> bool:
        """Whether the session has an event of the run. Only one that never told its status is looked for everywhere."""
        raw, of_run = self._connection(), "SELECT 1 FROM events WHERE session_key = ? AND run_id = ?"
        return any(
            raw.execute(f"{of_run} {which} LIMIT 1", (key, run_id)).fetchone()
            for which in ("AND type = 'runUpdate'", "")
        )

    def trim(self, session_id: str, first: int) -> None:
        """Forget the events before ``first``. A cursor that is older gets a `reset`."""
        raw = self._connection()
        with self._storing(raw):
            row = raw.execute(
                "UPDATE sessions SET first = min(?, head + 1) WHERE id = ? AND first < ? RETURNING key, first",
                (first, session_id, first),
            ).fetchone()
        if row is not None:
            self._delete_events(row[0], row[1])

    def trim_all(self, keep: int) -> None:
        """Let every session keep its newest ``keep`` events, or some more: a tenth over is not worth the work."""
        long = self._connection().execute(
            "SELECT id, head FROM sessions WHERE head - first + 1 > ?", (keep + keep // 10,)
        )
        for session_id, head in long.fetchall():
            self.trim(session_id, head - keep + 1)

    def delete(self, session_id: str) -> None:
        """Delete the session and all it owns for good, in steps that never hold the write lock for long."""
        raw = self._connection()
        with self._storing(raw):
            raw.execute("BEGIN IMMEDIATE")
            raw.execute(_REMEMBER_DELETED, (session_id,))
            row = raw.execute(
                "UPDATE sessions SET id = 'deleted/' || key, archived = 1 WHERE id = ? RETURNING key", (session_id,)
            ).fetchone()
            if row is not None:  # nobody may claim or take back a run that has nowhere to tell of itself
                raw.execute("DELETE FROM runs WHERE session_key = ?", row)
            raw.execute("COMMIT")
        if row is not None:
            self.ring(row[0])
            self._erase(row[0])

    def finish_deletions(self) -> None:
        """Delete what a process that was killed in the middle of :meth:`delete` has left."""
        left = self._connection().execute("SELECT key FROM sessions WHERE id LIKE 'deleted/%'")
        for (key,) in left.fetchall():
            self._erase(key)

    def _erase(self, key: int) -> None:
        raw = self._connection()
        self._delete_events(key, None)
        for some in (
            "DELETE FROM passages WHERE id IN (SELECT id FROM passages WHERE session_key = ? LIMIT 200)",
            "DELETE FROM document_chunks WHERE (document_key, n) IN (SELECT c.document_key, c.n FROM document_chunks c "
            "JOIN documents d ON d.key = c.document_key WHERE d.session_key = ? LIMIT 16)",
        ):
            gone = 1
            while gone:
                with self._storing(raw):
                    gone = raw.execute(some, (key,)).rowcount
        with self._storing(raw):
            raw.execute("DELETE FROM sessions WHERE key = ?", (key,))

    def changes(self) -> int:
        """A number that differs from the last one if any other connection has committed since. Costs microseconds."""
        return int(self._connection().execute("PRAGMA data_version").fetchone()[0])

    def _delete_events(self, key: int, before: int | None) -> None:
        raw = self._connection()
        bound = before if before is not None else 1 << 62
        while True:
            with self._storing(raw):
                gone = raw.execute(
                    "DELETE FROM events WHERE session_key = ? AND seq IN (SELECT seq FROM events "
                    "WHERE session_key = ? AND seq < ? ORDER BY seq LIMIT ?)",
                    (key, key, bound, _DELETE_ROWS),
                ).rowcount
            if gone < _DELETE_ROWS:
                return

    @contextmanager
    def _storing(self, raw: Any) -> Iterator[None]:
        """This writer's turn. Turns the database's failures into typed ones, and leaves no transaction open."""
        try:
            with self._database.write_lock.turn():
                try:
                    yield
                finally:
                    if raw.in_transaction:
                        raw.execute("ROLLBACK")
        except (pysqlite3.Error, WriteTurnError) as error:
            raise not_stored(error) from error

    def _connection(self) -> Any:
        raw = getattr(self._local, "raw", None)
        if raw is None:
            raw = self._local.raw = self._database.connect()
        return raw


def _append(raw: Any, session_id: str, rows: Sequence[tuple[str, str | None, bytes]], create: bool) -> tuple[int, int]:
    now, count = now_ms(), len(rows)
    bump = "UPDATE sessions SET head = head + ?, updated_at = ? WHERE id = ? RETURNING key, head"
    row = raw.execute(bump, (count, now, session_id)).fetchone()
    if row is None:
        if not create:
            raise SessionGoneError(f"Session {session_id} was deleted.")
        made = {"id": session_id, "title": session_id, "archived": False, "events": count, "now": now}
        row = raw.execute(NEW_SESSION, made).fetchone()
    key, head = row
    raw.executemany(
        "INSERT INTO events (session_key, seq, type, run_id, body) VALUES (?, ?, ?, ?, ?)",
        [(key, seq, *event) for seq, event in enumerate(rows, head - count + 1)],
    )
    return key, head


def _check_fence(raw: Any, fence: Fence) -> None:
    row = raw.execute("SELECT status, attempt FROM runs WHERE id = ?", (fence.run_id,)).fetchone()
    if row is None or tuple(row) != ("running", fence.attempt):
        raise StaleRunError(f"Attempt {fence.attempt} of run {fence.run_id} no longer owns it. Stop working on it.")


def not_stored(error: BaseException | None) -> NotStoredError:
    """The kind of failure that an error of the database is."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL") or "disk is full" in str(error) or name == "SQLITE_IOERR_WRITE":
        return StorageFullError("The disk of the database is full, so the event was not stored. Make room on it.")
    if isinstance(error, WriteTurnError) or name.startswith("SQLITE_BUSY") or "locked" in str(error):
        return StorageBusyError("The database was busy for too long, so the event was not stored. Try again.")
    return NotStoredError(f"The database refused the event, so it was not stored: {error}")
