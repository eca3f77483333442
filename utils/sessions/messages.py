"""Messages: what was asked and what was answered in a session."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import Connection, text

from utils.database.base import Database, now_ms
from utils.database.paging import Page, decode_cursor, encode_cursor

Role = Literal["user", "assistant"]
_PIECE = 50


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """``citations`` is JSON, a list of utils.log.events.Citation."""

    id: str
    role: Role
    run_id: str | None
    content: str
    citations: str
    created_at: int


class Messages:
    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, session_key: int, cursor: str | None = None, limit: int = 50) -> Page[MessageRecord]:
        """Oldest first."""
        above = decode_cursor(cursor, 1)[0] if cursor else 0
        with self._database.read() as connection:
            rows = connection.execute(
                text(
                    "SELECT key, id, role, run_id, content, citations, created_at FROM messages "
                    "WHERE session_key = :session AND key > :above ORDER BY key LIMIT :limit"
                ),
                {"session": session_key, "above": above, "limit": limit + 1},
            ).all()
        found = [
            MessageRecord(row.id, cast(Role, row.role), row.run_id, row.content, row.citations, row.created_at)
            for row in rows[:limit]
        ]
        return Page(found, encode_cursor(rows[limit - 1].key) if len(rows) > limit else None)

    def up_to(self, session_key: int, newest: int) -> Iterator[MessageRecord]:
        """All whose key is at most ``newest``, oldest first, read in pieces as they are taken."""
        above = 0
        while above < newest:
            with self._database.read() as connection:
                rows = connection.execute(
                    text(
                        "SELECT key, id, role, run_id, content, citations, created_at FROM messages "
                        "WHERE session_key = :session AND key > :above AND key <= :newest ORDER BY key LIMIT :piece"
                    ),
                    {"session": session_key, "above": above, "newest": newest, "piece": _PIECE},
                ).all()
            yield from (MessageRecord(row.id, cast(Role, row.role), *row[3:]) for row in rows)
            above = rows[-1].key if rows else newest

    def before(self, run_id: str, limit: int) -> list[MessageRecord]:
        """The newest messages that came before the question of a run, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                text(
                    "SELECT m.id, m.role, m.run_id, m.content, m.citations, m.created_at FROM messages m "
                    "JOIN messages q ON q.session_key = m.session_key AND q.run_id = :run AND q.role = 'user' "
                    "WHERE m.key < q.key ORDER BY m.key DESC LIMIT :limit"
                ),
                {"run": run_id, "limit": limit},
            ).all()
        return [MessageRecord(row.id, cast(Role, row.role), *row[2:]) for row in reversed(rows)]


def add_message(
    connection: Connection, session_key: int, role: Role, content: str, run_id: str | None, citations: str = "[]"
) -> MessageRecord:
    """Store a message as part of the caller's transaction."""
    message = MessageRecord(f"message-{secrets.token_hex(8)}", role, run_id, content, citations, now_ms())
    connection.execute(
        text(
            "INSERT INTO messages (id, session_key, role, run_id, content, citations, created_at) "
            "VALUES (:id, :session, :role, :run, :content, :citations, :now)"
        ),
        {
            "id": message.id,
            "session": session_key,
            "role": role,
            "run": run_id,
            "content": content,
            "citations": citations,
            "now": message.created_at,
        },
    )
    return message
