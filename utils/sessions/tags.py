"""Tags of sessions: short words of a team's own, compared in lower case."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.sessions.changes import changes_of
from utils.sessions.plain_line import plain_line
from utils.sessions.visibility import VISIBLE

MAX_TAGS = 10  # of a session
MAX_TAG_LENGTH = 40
_MOST_LISTED = 500
_MOST_USERS = 1000  # whose counts are kept
_COUNTS = f"""
SELECT t.tag, count(*) AS sessions FROM sessions s JOIN session_tags t ON t.session_key = s.key
WHERE {VISIBLE} AND s.archived = :archived GROUP BY t.tag ORDER BY count(*) DESC LIMIT :most
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class TagCount:
    tag: str
    sessions: int


class Tags:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: dict[int, tuple[int, list[TagCount]]] = {}  # by user, as of so many changes of the team

    def counts(self, user: UserRecord) -> list[TagCount]:
        """The tags of the sessions that the user may see and that are not archived, the most used first."""
        values = {"team": user.team_key, "user": user.key, "yes": True, "archived": False, "most": _MOST_LISTED}
        with self._database.read() as connection:
            changes = changes_of(connection, user.team_key)  # before they are counted: too old is counted again
            kept = self._counted.get(user.key)
            if kept is not None and kept[0] == changes:
                return kept[1]
            found = [TagCount(row.tag, row.sessions) for row in connection.execute(text(_COUNTS), values)]
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
    connection.execute(text("DELETE FROM session_tags WHERE session_key = :session"), {"session": session_key})
    if tags:
        connection.execute(
            text("INSERT INTO session_tags (session_key, tag) VALUES (:session, :tag)"),
            [{"session": session_key, "tag": tag} for tag in dict.fromkeys(tags)],
        )
