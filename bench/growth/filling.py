"""Puts a team's rows into a database with its schema and its first account, in bulk."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from bench.growth.rows import Row, Team
from utils.database.opening import open_database
from utils.settings import Settings

_USERS = ("id", "team_key", "email", "name", "role", "password", "active", "created_at")
_AGENTS = (
    "id", "team_key", "name", "description", "configuration", "system_prompt", "enabled", "built_in", "created_at",
    "updated_at",
)  # fmt: skip
_SESSIONS = (
    "key", "id", "title", "archived", "first", "head", "created_at", "updated_at", "team_key", "owner_key", "shared",
    "priority",
)  # fmt: skip
_MESSAGES = ("id", "session_key", "role", "run_id", "content", "citations", "created_at")
_RUNS = (
    "id", "session_key", "status", "question", "attempt", "losses", "beat", "cancel_requested", "first_seq",
    "created_at", "started_at", "finished_at",
)  # fmt: skip
_EVENTS = ("session_key", "seq", "type", "run_id", "body")

Insert = Callable[[str, tuple[str, ...], Iterable[Row]], None]


def fill(data: Path, url: str | None, users: int, agents: int, sessions: int) -> None:
    """``url``: of a PostgreSQL database; without one it is SQLite's in ``data``."""
    if url is None:
        settings = Settings(_env_file=None, data_dir=data)
        with closing(open_database(settings)) as database, closing(database.connect()) as raw:
            raw.execute("PRAGMA foreign_keys=OFF")
            _fill(raw, partial(_insert, raw), users, agents, sessions)
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        _fill(raw, partial(_copy, raw), users, agents, sessions)
        raw.execute("SELECT setval(pg_get_serial_sequence('sessions', 'key'), max(key)) FROM sessions")
        raw.execute("VACUUM ANALYZE")


def _fill(raw: Any, insert: Insert, users: int, agents: int, sessions: int) -> None:
    team_key = raw.execute("SELECT min(key) FROM teams").fetchone()[0]
    team = Team(users, agents, sessions, time.time_ns() // 1_000_000, team_key)
    insert("users", _USERS, team.user_rows())
    owners = [row[0] for row in raw.execute("SELECT key FROM users ORDER BY key").fetchall()]
    insert("agents", _AGENTS, team.agent_rows())
    insert("sessions", _SESSIONS, team.session_rows(owners))
    insert("session_tags", ("session_key", "tag"), team.tag_rows())
    insert("messages", _MESSAGES, team.message_rows())
    insert("runs", _RUNS, team.run_rows())
    insert("events", _EVENTS, team.event_rows())


def _insert(raw: Any, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    marks = ", ".join("?" * len(columns))
    raw.execute("BEGIN")
    raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
    raw.execute("COMMIT")


def _copy(raw: "psycopg.Connection[Any]", table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
