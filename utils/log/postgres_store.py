"""The log's statements on PostgreSQL. An append is one statement, so the session's row is locked for one commit only.

An append waits for a server that is away, and one whose connection broke before the answer came asks afterwards whether
it was stored: each append has a number of its own, which its last row keeps, and each connection holds an advisory
lock, so that whoever gets the lock knows that the broken one can no longer commit.
"""

import itertools
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import Connection

from utils.database import postgres_connection
from utils.database.base import DatabaseLostError
from utils.database.moment import now_ms
from utils.database.postgres import PostgresDatabase
from utils.database.postgres_connection import is_loss, words
from utils.database.tables import LIVE
from utils.log.errors import SessionGoneError, StorageLostError, not_stored
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

_PATIENCE_SECONDS = 10.0
_DELETE_ROWS = 5000
_RUN_SPANS = RUN_SPANS.format(key="%(key)s", first="%(first)s")

_Make = Callable[["psycopg.Connection[Any]", str], None]

# FOR SHARE waits for whoever is taking the run back, and then sees it; runs are locked before sessions everywhere.
_OWNER = """
WITH owner AS MATERIALIZED (
  SELECT 1 FROM runs WHERE id = %(run)s::text AND attempt = %(attempt)s::int AND status = 'running' FOR SHARE
), """
_APPEND = """bumped AS (
  UPDATE sessions SET head = head + %(count)s::int,
    updated_at = CASE WHEN updated_at < %(moves_if_before)s::bigint THEN %(now)s::bigint ELSE updated_at END
  WHERE id = %(session)s::text AND {live} AND key = coalesce(%(key)s::bigint, key) {condition} RETURNING key, head
), stored AS (
  INSERT INTO events (session_key, seq, type, run_id, body, append_id)
  SELECT b.key, b.head - %(count)s::int + e.n, e.type, e.run_id, e.body,
         CASE WHEN e.n = %(count)s::int THEN %(append)s::bigint END
  FROM bumped b, unnest(%(types)s::text[], %(runs)s::text[], %(bodies)s::bytea[])
       WITH ORDINALITY AS e(type, run_id, body, n)
){used}{noted}
SELECT key, head, true FROM bumped"""
_USED = f""", used AS (
  INSERT INTO usages ({USAGE_COLUMNS})
  SELECT b.key, b.head - %(count)s::int + 1 + u.place, u.run_id, u.activity_id, u.parent_id, u.agent_name, u.model,
         u.input, u.cached, u.output, u.reasoning, u.told_micros, u.told_currency, u.at
  FROM bumped b, unnest(%(used_place)s::int[], %(used_run_id)s::text[], %(used_activity_id)s::text[],
       %(used_parent_id)s::text[], %(used_agent_name)s::text[], %(used_model)s::text[], %(used_input)s::bigint[],
       %(used_cached)s::bigint[], %(used_output)s::bigint[], %(used_reasoning)s::bigint[],
       %(used_told_micros)s::bigint[], %(used_told_currency)s::text[], %(used_at)s::bigint[])
       AS u(place, run_id, activity_id, parent_id, agent_name, model, input, cached, output, reasoning,
            told_micros, told_currency, at)
  {USED_AGAIN}
)"""  # noqa: S608
_NOTED = """, noting AS (
  INSERT INTO noted (session_key, seq, kind, at)
  SELECT b.key, b.head - %(count)s::int + e.n, e.kind, %(now)s::bigint
  FROM bumped b, unnest(%(noted_places)s::int[], %(noted_kinds)s::text[]) AS e(n, kind)
)"""
_NO_OWNER = "UNION ALL SELECT NULL, NULL, EXISTS (SELECT FROM owner) WHERE NOT EXISTS (SELECT FROM bumped)"


def _append_statement(*, fenced: bool, uses: bool, notes: bool) -> str:
    condition = "AND EXISTS (SELECT FROM owner)" if fenced else ""
    append = _APPEND.format(live=LIVE, condition=condition, used=_USED if uses else "", noted=_NOTED if notes else "")
    return f"{_OWNER}{append}\n{_NO_OWNER}" if fenced else f"WITH {append}"


_EITHER = (False, True)
# What else is stored with the events costs those appends nothing that have none of it.
_APPENDS = {
    which: _append_statement(fenced=which[0], uses=which[1], notes=which[2])
    for which in itertools.product(_EITHER, repeat=3)
}
_POSITION = f"SELECT key, first, head FROM sessions WHERE {LIVE}"  # noqa: S608
_FIND_APPEND = f"""
SELECT s.key, e.seq FROM sessions s, LATERAL (
  SELECT seq FROM events WHERE session_key = s.key AND append_id = %(append)s ORDER BY seq DESC LIMIT 1) e
WHERE s.id = %(session)s AND s.{LIVE}"""  # noqa: S608
# The sum stops before bodies are fetched that nobody wants; lengths are known without fetching them.
_READ_SOME = """
SELECT seq, type, run_id, body FROM (
  SELECT seq, type, run_id, body, sum(octet_length(body)) OVER (ORDER BY seq) - octet_length(body) AS before FROM (
    SELECT seq, type, run_id, body FROM events WHERE session_key = %s AND seq > %s ORDER BY seq LIMIT %s) piece) summed
WHERE before < %s ORDER BY seq"""


class PostgresLog:
    def __init__(self, database: PostgresDatabase, new_session: NewSession) -> None:
        self._database = database
        self._new_session = new_session
        self._pool = postgres_connection.pool(database.connect, database.share.log)

    def append(
        self,
        session_id: str,
        events: Sequence[NewEvent],
        fence: Fence | None,
        key: int | None = None,
        usages: Sequence[NewUsage] = (),
    ) -> tuple[int, int]:
        values = _values(session_id, events, fence, key, usages)
        make = self._make if fence is None and key is None else None
        deadline: float | None = None  # from the first failure on, which may itself have taken long
        broken: int | None = None  # the lock of a connection whose answer did not come
        while True:
            lock = None
            try:
                with self._connection() as (raw, lock):
                    if broken is not None and (stored := _look_up(raw, values, broken)):
                        return stored
                    broken = None
                    return _append(raw, values, fence, make)
            except psycopg.Error as error:
                # Whatever keeps us from looking for one that broke leaves it unknown, and is no refusal.
                if broken is None:
                    if not is_loss(error):
                        raise not_stored(error) from error
                    broken = lock
                deadline = deadline or time.monotonic() + _PATIENCE_SECONDS
                if time.monotonic() > deadline:
                    raise self._lost(error, broken is not None) from error
            time.sleep(random.uniform(0.05, 0.3))  # noqa: S311

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
            return _append(raw, _values(session_id, events, key=key, usages=usages), None)
        except psycopg.Error as error:
            raise (self._lost(error, False) if is_loss(error) else not_stored(error)) from error

    def position(self, session_id: str) -> Position | None:
        rows = self._rows(f"{_POSITION} AND id = %s", (session_id,))
        return Position(*rows[0]) if rows else None

    def positions(self, keys: Sequence[int]) -> dict[int, Position]:
        rows = self._rows(f"{_POSITION} AND key = ANY(%s)", (list(keys),))
        return {row[0]: Position(*row) for row in rows}

    def read(self, key: int, after: int, limit: int, max_bytes: int | None) -> list[StoredEvent]:
        if max_bytes is None:
            query = (
                "SELECT seq, type, run_id, body FROM events WHERE session_key = %s AND seq > %s ORDER BY seq LIMIT %s"
            )
            return [StoredEvent(*row) for row in self._rows(query, (key, after, limit))]
        return [StoredEvent(*row) for row in self._rows(_READ_SOME, (key, after, limit, max_bytes))]

    def read_run(self, key: int, run_id: str, after: int, limit: int) -> list[StoredEvent]:
        query = (
            "SELECT seq, type, run_id, body FROM events WHERE session_key = %s AND seq > %s AND run_id = %s "
            "ORDER BY seq LIMIT %s"
        )
        return [StoredEvent(*row) for row in self._rows(query, (key, after, run_id, limit))]

    def stored(self) -> int:
        return int(self._rows(EVER_STORED, ())[0][0])

    def knows_run(self, key: int, run_id: str) -> bool:
        of_run = "SELECT 1 FROM events WHERE session_key = %s AND run_id = %s"
        return any(self._rows(f"{of_run} {which} LIMIT 1", (key, run_id)) for which in ("AND type = 'runUpdate'", ""))

    def last_update(self, key: int, run_id: str, by: int) -> bytes | None:
        query = (
            "SELECT body FROM events WHERE session_key = %(key)s AND seq = (SELECT max(seq) FROM events "
            "WHERE session_key = %(key)s AND run_id = %(run_id)s AND type = 'runUpdate' AND seq <= %(by)s)"
        )
        rows = self._rows(query, {"key": key, "run_id": run_id, "by": by})
        return bytes(rows[0][0]) if rows else None

    def run_spans(self, key: int, first: int) -> list[RunSpan]:
        return [RunSpan(*row) for row in self._rows(_RUN_SPANS, {"key": key, "first": first})]

    def changes(self) -> str:
        """The snapshot's bounds and what is open between them: they stay only while nothing is committed."""
        return str(self._rows("SELECT pg_current_snapshot()::text", ())[0][0])

    def forget_before(self, session_id: str, first: int) -> tuple[int, int] | None:
        query = (
            f"UPDATE sessions SET first = least(%s::bigint, head + 1) WHERE id = %s AND {LIVE} AND first < %s "  # noqa: S608
            "RETURNING key, first"
        )
        rows = self._stored(query, (first, session_id, first))
        return (rows[0][0], rows[0][1]) if rows else None

    def delete_events(self, key: int, before: int) -> None:
        query = (
            "WITH gone AS (DELETE FROM events WHERE session_key = %(key)s AND seq < least(%(before)s, "
            "(SELECT min(seq) FROM events WHERE session_key = %(key)s) + %(step)s) RETURNING 1) "
            "SELECT count(*) FROM gone"
        )
        step = {"key": key, "before": before, "step": _DELETE_ROWS}
        while self._stored(query, step)[0][0] == _DELETE_ROWS:
            pass

    def longer_than(self, count: int) -> list[tuple[str, int, int]]:
        query = f"SELECT id, key, head FROM sessions WHERE {LIVE} AND head - first + 1 > %s"  # noqa: S608
        return [(row[0], row[1], row[2]) for row in self._rows(query, (count,))]

    def close(self) -> None:
        self._pool.dispose()

    def _make(self, raw: "psycopg.Connection[Any]", session_id: str) -> None:
        with suppress(psycopg.errors.UniqueViolation):  # somebody else was a moment earlier
            self._database.execute(raw, self._new_session(session_id))

    @contextmanager
    def _connection(self) -> Iterator[tuple["psycopg.Connection[Any]", int]]:
        """A connection in autocommit mode, and the number of the advisory lock that it holds while it lives."""
        held = postgres_connection.taken(self._pool)
        try:
            raw: Any = held.driver_connection
            if "lock" not in held.info:
                number = secrets.randbits(62)
                raw.execute("SELECT pg_advisory_lock(%s)", (number,))
                held.info["lock"] = number
            yield raw, held.info["lock"]
        except psycopg.Error as error:
            if is_loss(error):
                held.invalidate(error)
            raise
        finally:
            held.close()

    def _rows(self, query: str, values: Sequence[Any] | dict[str, Any]) -> list[Any]:
        """For reading: psycopg.Error when the statement is wrong, DatabaseLostError when the server is away."""
        try:
            with self._connection() as (raw, _), raw.cursor(binary=True) as cursor:
                return cursor.execute(query, values, prepare=True).fetchall()
        except psycopg.Error as error:
            if not is_loss(error):
                raise
            raise DatabaseLostError(f"The database {self._database.place} does not answer: {words(error)}.") from error

    def _stored(self, query: str, values: Sequence[Any] | dict[str, Any]) -> list[Any]:
        """For writing what is right to do twice. Raises a NotStoredError."""
        try:
            return self._rows(query, values)
        except psycopg.Error as error:
            raise not_stored(error) from error
        except DatabaseLostError as error:
            raise StorageLostError(str(error), maybe_stored=True) from error

    def _lost(self, error: psycopg.Error, maybe_stored: bool) -> StorageLostError:
        unknown = "the event may be stored or not" if maybe_stored else "the event was not stored"
        return StorageLostError(
            f"The database {self._database.place} does not answer, so {unknown}: {words(error)}. "
            "Try again when it is back.",
            maybe_stored=maybe_stored,
        )


def _values(
    session_id: str,
    events: Sequence[NewEvent],
    fence: Fence | None = None,
    key: int | None = None,
    usages: Sequence[NewUsage] = (),
) -> dict[str, Any]:
    types, runs, bodies, kinds = zip(*events, strict=True)
    now = now_ms()
    used = {f"used_{name}": list(one) for name, one in zip(NewUsage._fields, zip(*usages, strict=True), strict=False)}
    return used | {
        "session": session_id,
        "key": key,
        "now": now,
        "moves_if_before": moves_if_before(events, now),
        "count": len(events),
        "append": secrets.randbits(62),
        "types": list(types),
        "runs": list(runs),
        "bodies": list(bodies),
        "noted_places": [place for place, kind in enumerate(kinds, 1) if kind],
        "noted_kinds": [kind for kind in kinds if kind],
        "run": fence.run_id if fence else None,
        "attempt": fence.attempt if fence else None,
    }


def _append(
    raw: "psycopg.Connection[Any]", values: dict[str, Any], fence: Fence | None, make: _Make | None = None
) -> tuple[int, int]:
    """``make`` makes a session that does not exist."""
    query = _APPENDS[fence is not None, "used_place" in values, bool(values["noted_kinds"])]
    while True:
        row = raw.execute(query, values, prepare=True).fetchone()
        if row is not None and row[0] is not None:
            return row[0], row[1]
        if fence is not None and (row is None or not row[2]):
            raise fence.stale()
        if make is None:
            raise SessionGoneError(f"Session {values['session']} was deleted.")
        make(raw, values["session"])


def _look_up(raw: "psycopg.Connection[Any]", values: dict[str, Any], broken: int) -> tuple[int, int] | None:
    """Where the append is that a broken connection was asked for; None when it was not and never will be stored."""
    raw.execute("SELECT pg_advisory_xact_lock(%s)", (broken,))
    row = raw.execute(_FIND_APPEND, values).fetchone()
    return (row[0], row[1]) if row else None
