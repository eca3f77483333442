"""Whether an answer of a session cites a passage: what a guest with a spectator link may read of its documents.

Finished answers are messages. One that is being checked, was replaced, or whose run was stopped is in the log alone.
"""

from typing import Any

from sqlalchemy import Select, bindparam, literal_column, or_, select, text

from utils.database.base import Database
from utils.database.tables import CITING, messages

# Both ways in which a message's JSON may have been written. Within its texts, a quotation mark has a backslash.
_CITED_BY_MESSAGE = (
    select(messages.c.key)
    .where(
        messages.c.session_key == bindparam("session"),
        messages.c.citations != "[]",
        or_(
            messages.c.citations.contains(bindparam("spaced", type_=messages.c.citations.type)),
            messages.c.citations.contains(bindparam("bare", type_=messages.c.citations.type)),
        ),
    )
    .limit(1)
)
# SQLite does not know how few events an index of some holds, and would read all of the session's.
_FROM = {"sqlite": "events INDEXED BY events_citing", "postgresql": "events"}
_HOLDS = {"sqlite": "instr(body, :cited) > 0", "postgresql": "position(:cited in body) > 0"}
_CITED_BY_EVENT: dict[str, Select[Any]] = {
    dialect: select(literal_column("1"))
    .select_from(text(_FROM[dialect]))
    .where(text("session_key = :session"), text(citing), text(_HOLDS[dialect]))
    .limit(1)
    for dialect, citing in CITING.items()
}


class Citations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def cites(self, session_key: int, passage_id: int) -> bool:
        """Whether an answer of the session cites the passage."""
        spaced, bare = f'"passage_id": {passage_id},', f'"passage_id":{passage_id},'
        with self._database.read() as connection:
            values = {"session": session_key, "spaced": spaced, "bare": bare}
            if connection.execute(_CITED_BY_MESSAGE, values).first() is not None:
                return True
            found = {"session": session_key, "cited": bare.encode()}
            return connection.execute(_CITED_BY_EVENT[self._database.dialect], found).first() is not None
