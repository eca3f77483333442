"""Full-text search over what was asked and answered, and over the titles of sessions.

SQLite: the FTS5 table `message_index`. PostgreSQL: `messages.words`. Both find the same by the same query, except that
their English stems differ for a few words.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Row, bindparam, text

from utils.database.base import Database
from utils.database.plain_words import plain
from utils.sessions.excerpt import STEMMERS, Highlighter, Part
from utils.sessions.messages import Role
from utils.sessions.search_query import SearchQuery

_MOST_SNIPPETS = 3  # of a session
_SEARCHED = {"sqlite": "message_index JOIN messages m ON m.key = message_index.rowid", "postgresql": "messages m"}
_MATCHES = {
    "sqlite": "message_index MATCH CAST(:words AS text)",
    "postgresql": "m.words @@ to_tsquery('ringside', CAST(:words AS text))",
}
# Made plain once for each title, whatever the number of literals. holds_all() is ours.
_TITLE_HOLDS = {
    "sqlite": "holds_all(s.title, CAST(:literals AS text))",
    "postgresql": r"""(
        SELECT coalesce(bool_and(strpos(title.plain, literal) > 0), true) FROM (
            SELECT lower(regexp_replace(normalize(s.title, NFD), '[\u0300-\u036F]', '', 'g')) AS plain OFFSET 0
        ) title, unnest(string_to_array(CAST(:literals AS text), chr(10))) literal
    )""",
}
_NEWEST_MATCHES = """
SELECT m.session_key, m.id, m.run_id, m.role, m.created_at, m.content FROM (
    SELECT m.key, row_number() OVER (PARTITION BY m.session_key ORDER BY m.key DESC) AS place
    FROM {searched} WHERE {matches} AND m.session_key IN :sessions
) found JOIN messages m ON m.key = found.key WHERE found.place <= :most ORDER BY m.key DESC
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """What a search found in a message."""

    message_id: str
    run_id: str | None
    role: Role
    created_at: int
    parts: list[Part]


class MessageSearch:
    def __init__(self, database: Database) -> None:
        self._database = database

    def condition(self, query: SearchQuery) -> tuple[str, dict[str, object]]:
        """The sessions ``s`` that a query finds, as a condition of SQL, and its values."""
        dialect = self._database.dialect
        title = _TITLE_HOLDS[dialect]
        values: dict[str, object] = {"literals": "\n".join(dict.fromkeys(map(plain, query.literals)))}
        if not query.phrases:
            return f"({title})", values
        words = f"s.key IN (SELECT m.session_key FROM {_SEARCHED[dialect]} WHERE {_MATCHES[dialect]})"  # noqa: S608
        return f"({title} OR {words})", {**values, "words": self._words(query)}

    def snippets(self, query: SearchQuery, session_keys: Collection[int]) -> dict[int, list[Snippet]]:
        """The newest messages of each session that the query finds. A session found by its title may have none."""
        if not query.phrases or not session_keys:
            return {}
        dialect = self._database.dialect
        statement = text(_NEWEST_MATCHES.format(searched=_SEARCHED[dialect], matches=_MATCHES[dialect]))
        values = {"words": self._words(query), "sessions": list(session_keys), "most": _MOST_SNIPPETS}
        with self._database.read() as connection:
            rows = connection.execute(statement.bindparams(bindparam("sessions", expanding=True)), values).all()
        highlighter = Highlighter(query, STEMMERS[dialect]())
        found: dict[int, list[Snippet]] = {}
        for row in rows:
            found.setdefault(row.session_key, []).append(_snippet(row, highlighter))
        return found

    def _words(self, query: SearchQuery) -> str:
        return query.fts5() if self._database.dialect == "sqlite" else query.tsquery()


def _snippet(row: Row[Any], highlighter: Highlighter) -> Snippet:
    return Snippet(row.id, row.run_id, cast(Role, row.role), row.created_at, highlighter.excerpt(row.content))
