"""Whether what somebody's lists show may have changed, without making the lists.

What moves a session's log moves its ``updated_at``. What else can change a list (a title, a tag, who may see a session,
an agent's picture, a role) is counted for each team by triggers of the database, see the migration 0006.
"""

import hashlib

from sqlalchemy import Connection, text

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.sessions.visibility import VISIBLE

# Machines whose clocks differ may give a session that moved a place behind others. So more than the first is compared.
_NEWEST = f"""
SELECT s.key, s.updated_at, s.head FROM sessions s
WHERE {VISIBLE} AND s.archived = :archived ORDER BY s.updated_at DESC, s.key DESC LIMIT 20
"""  # noqa: S608


class Changes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of_sessions(self, user: UserRecord) -> str:
        """A marker: another one if a list of sessions, a search or the tags may show the user something else."""
        values = {"team": user.team_key, "user": user.key, "yes": True}
        with self._database.read() as connection:
            counted = changes_of(connection, user.team_key)
            newest = [
                tuple(row)
                for archived in (False, True)
                for row in connection.execute(text(_NEWEST), values | {"archived": archived})
            ]
        return marker(user.key, counted, newest)


def marker(*state: object) -> str:
    """The same for the same state, from whichever process, and no way back to it."""
    return hashlib.blake2b(repr(state).encode(), digest_size=12).hexdigest()


def changes_of(connection: Connection, team_key: int) -> int:
    """How often what a team's lists show was changed by other than activity."""
    row = connection.execute(text("SELECT count FROM team_changes WHERE team_key = :team"), {"team": team_key}).first()
    return int(row[0]) if row else 0
