"""Tags of sessions: short words of a team's own, compared in lower case."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, union_all

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.records import record
from utils.database.tables import session_tags, sessions
from utils.sessions.changes import changes_of
from utils.sessions.plain_line import plain_line
from utils.sessions.visibility import of, visible

MAX_TAGS = 10  # of a session
MAX_TAG_LENGTH = 40
_MOST_LISTED = 500
_MOST_USERS = 1000  # whose counts are kept


@dataclass(frozen=True, slots=True)
class TagCount:
    tag: str
    sessions: int


_VISIBLE = union_all(
    *(select(sessions.c.key).where(part, ~sessions.c.archived) for part in visible(sessions))
).subquery()
_COUNTS = (
    select(session_tags.c.tag, func.count().label("sessions"))
    .join_from(_VISIBLE, session_tags, session_tags.c.session_key == _VISIBLE.c.key)
    .group_by(session_tags.c.tag)
    .order_by(func.count().desc())
    .limit(_MOST_LISTED)
)


class Tags:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: dict[int, tuple[int, list[TagCount]]] = {}  # by user, as of so many changes of the team

    def counts(self, user: UserRecord) -> list[TagCount]:
        """The tags of the sessions that the user may see and that are not archived, the most used first."""
        with self._database.read() as connection:
            changes = changes_of(connection, user.team_key)  # before they are counted: too old is counted again
            kept = self._counted.get(user.key)
            if kept is not None and kept[0] == changes:
                return kept[1]
            found = [record(TagCount, row) for row in connection.execute(_COUNTS, of(user))]
        # Databases have orders of letters of their own.
        counted = sorted(found, key=lambda one: (-one.sessions, one.tag))
        if len(self._counted) >= _MOST_USERS:
            self._counted.clear()
        self._counted[user.key] = changes, counted
        return counted


def clean_tag(typed: str) -> str:
    """As tags are stored. Raises ValueError in plain words."""
    tag = " ".join(unicodedata.normalize("NFC", typed).split()).lower()
    if not 1 <= len(tag) <= MAX_TAG_LENGTH:
        raise ValueError(f"a tag has 1 to {MAX_TAG_LENGTH} characters")
    return plain_line(tag)


def set_tags(connection: Connection, session_key: int, tags: Sequence[str]) -> None:
    """Instead of those it had, as part of the caller's transaction, which has locked the session."""
    connection.execute(delete(session_tags).where(session_tags.c.session_key == session_key))
    if tags:
        added = [{"session_key": session_key, "tag": tag} for tag in dict.fromkeys(tags)]
        connection.execute(insert(session_tags), added)
