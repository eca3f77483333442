"""Full-text search over what was asked and answered, over steps that are reported, and over the titles of sessions.

SQLite: the FTS5 table `message_index`. PostgreSQL: `messages.words`. Both find the same by the same query, except that
their English stems differ for a few words.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Row, bindparam, text

from utils.database.base import Database
from utils.database.moment import from_ms
from utils.database.plain_words import plain
from utils.sessions.excerpt import STEMMERS, Highlighter, Part
from utils.sessions.messages import TOLD, Role
from utils.sessions.search_query import SearchQuery

SnippetRole = Role | Literal["step"]
LOOKED_AT_FIRST = 200  # of the newest sessions: they fill a page if the words are common
_MOST_SNIPPETS = 3  # of a session
_INDEXED = "SELECT rowid FROM message_index WHERE message_index MATCH CAST(:words AS text)"
_TSQUERY = "to_tsquery('ringside', CAST(:words AS text))"
_ALL = {"sqlite": _INDEXED, "postgresql": f"SELECT key FROM messages WHERE words @@ {_TSQUERY}"}  # noqa: S608
# Of some sessions. SQLite runs once through all that its index has of the words; without the +, it would look into it
# once for each message. PostgreSQL looks into the sessions' messages; without the OFFSET, a plan for any words would
# begin with all messages that have them.
_OF_SESSIONS = {
    "sqlite": f"{_INDEXED} AND +rowid IN (SELECT key FROM messages WHERE session_key IN {{sessions}})",  # noqa: S608
    "postgresql": "SELECT key FROM (SELECT key, words FROM messages WHERE session_key IN {sessions} OFFSET 0) said "  # noqa: S608
    f"WHERE words @@ {_TSQUERY}",
}
# PostgreSQL expects few rows of a LIKE, and a third of all of strpos().
_HOLDS = {"sqlite": "instr({title}, {literal}) > 0", "postgresql": "{title} LIKE CAST({literal} AS text)"}
_WILDCARDS = re.compile(r"([\\%_])")
_NEWEST_MATCHES = """
SELECT m.session_key, m.id, m.run_id, m.role, m.created_at, m.content FROM (
    SELECT m.key, row_number() OVER (PARTITION BY m.session_key ORDER BY m.role = 'step', m.key DESC) AS place
    FROM messages m WHERE m.key IN ({matching})
) found JOIN messages m ON m.key = found.key WHERE found.place <= :most ORDER BY m.session_key, found.place
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """What a search found in a message, or in the words of a step."""

    message_id: str
    run_id: str | None
    role: SnippetRole
    created_at: datetime
    parts: list[Part]


class MessageSearch:
    def __init__(self, database: Database) -> None:
        self._database = database

    def condition(self, query: SearchQuery) -> tuple[str, dict[str, object]]:
        """The sessions ``s`` of the team :team that a query finds, as a condition of SQL, and its values.

        It makes a list of all that are found: quick where they are few.
        """
        title, values = self._title(query, "t.plain_title")
        found = f"SELECT t.key FROM sessions t WHERE t.team_key = :team AND {title}"  # noqa: S608
        if query.phrases:
            found += f" UNION {_spoken(_ALL[self._database.dialect])}"
        return f"s.key IN ({found})", values

    def condition_of(self, query: SearchQuery, sessions: str) -> tuple[str, dict[str, object]]:
        """The same for some sessions, whose keys ``sessions`` selects: quick where these are few."""
        title, values = self._title(query, "s.plain_title")
        if not query.phrases:
            return title, values
        matching = _OF_SESSIONS[self._database.dialect].format(sessions=f"({sessions})")
        return f"({title} OR s.key IN ({_spoken(matching)}))", values

    def snippets(self, query: SearchQuery, session_keys: Collection[int]) -> dict[int, list[Snippet]]:
        """What the query finds in each session: the newest messages, then steps. One found by title may have none."""
        if not query.phrases or not session_keys:
            return {}
        dialect = self._database.dialect
        statement = text(_NEWEST_MATCHES.format(matching=_OF_SESSIONS[dialect].format(sessions=":sessions")))
        values = {"words": self._words(query), "sessions": list(session_keys), "most": _MOST_SNIPPETS}
        with self._database.read() as connection:
            rows = connection.execute(statement.bindparams(bindparam("sessions", expanding=True)), values).all()
        highlighter = Highlighter(query, STEMMERS[dialect]())
        found: dict[int, list[Snippet]] = {}
        for row in rows:
            found.setdefault(row.session_key, []).append(_snippet(row, highlighter))
        return found

    def _title(self, query: SearchQuery, column: str) -> tuple[str, dict[str, object]]:
        """That the title has all literals, and all values of the query."""
        dialect = self._database.dialect
        given = _pattern if dialect == "postgresql" else str
        literals = {f"literal{n}": given(plain(one)) for n, one in enumerate(query.literals)}
        title = " AND ".join(_HOLDS[dialect].format(title=column, literal=f":{name}") for name in literals)
        return title, {**literals, **({"words": self._words(query)} if query.phrases else {})}

    def _words(self, query: SearchQuery) -> str:
        return query.fts5() if self._database.dialect == "sqlite" else query.tsquery()


def _pattern(literal: str) -> str:
    """Of LIKE: whatever has the literal in it."""
    return "%" + _WILDCARDS.sub(r"\\\1", literal) + "%"


def _spoken(messages: str) -> str:
    """The sessions in which these messages were said."""
    return f"SELECT m.session_key FROM messages m WHERE m.key IN ({messages})"  # noqa: S608


def _snippet(row: Row[Any], highlighter: Highlighter) -> Snippet:
    role = "user" if row.role == TOLD else row.role
    return Snippet(
        row.id, row.run_id, cast(SnippetRole, role), from_ms(row.created_at), highlighter.excerpt(row.content)
    )
