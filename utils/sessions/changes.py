"""Whether what somebody's lists show may have changed, without making the lists.

What moves a session's log moves its ``updated_at``. What else can change a list (a title, a tag, who may see a session,
an agent's picture, a role) is counted for each team by triggers of the database, see the migration 0006.
"""

import hashlib

from sqlalchemy import Connection, Select, bindparam, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.tables import sessions, team_changes
from utils.sessions.approval_deciders import open_for
from utils.sessions.visibility import of, visible

# Machines whose clocks differ may give a session that moved a place behind others. So more than the first is compared.
_COMPARED = 20


def _newest() -> Select[tuple[int, int, int]]:
    s = sessions.c
    order = s.updated_at.desc(), s.key.desc()
    seen = select(s.key, s.updated_at, s.head).where(s.archived == bindparam("archived"))
    parts = [seen.where(part).order_by(*order).limit(_COMPARED).subquery() for part in visible(sessions)]
    every = union_all(*(select(part) for part in parts)).subquery()
    return select(every).order_by(every.c.updated_at.desc(), every.c.key.desc()).limit(_COMPARED)


_NEWEST = _newest()
_of_team = team_changes.c.team_key == bindparam("team")
_COUNT = select(team_changes.c.count).where(_of_team)
_FEEDBACK = select(team_changes.c.feedback).where(_of_team)


class Changes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of_sessions(self, user: UserRecord) -> str:
        """A marker: another one if a list of sessions, a search or the tags may show the user something else."""
        values = of(user)
        with self._database.read() as connection:
            counted = changes_of(connection, user.team_key)
            newest = [
                tuple(row)
                for archived in (False, True)
                for row in connection.execute(_NEWEST, values | {"archived": archived})
            ]
            # Questions that are put to them in private sessions of others: their inbox shows these, and no list moves.
            asked = open_for(connection, user)
        return marker(user.key, counted, newest, asked)

    def of_feedback(self, user: UserRecord) -> str:
        """A marker: another one if somebody of the team has judged or commented something, or taken it back."""
        with self._database.read() as connection:
            return marker(user.key, connection.scalar(_FEEDBACK, {"team": user.team_key}) or 0)


def count_feedback(connection: Connection, team_key: int) -> None:
    """Somebody of the team has judged or commented something, or taken it back, in this transaction."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(team_changes).values(team_key=team_key, count=0, feedback=1)
    more = {"feedback": team_changes.c.feedback + 1}
    connection.execute(first.on_conflict_do_update(index_elements=[team_changes.c.team_key], set_=more))


def marker(*state: object) -> str:
    """The same for the same state, from whichever process, and no way back to it."""
    return hashlib.blake2b(repr(state).encode(), digest_size=12).hexdigest()


def changes_of(connection: Connection, team_key: int) -> int:
    """How often what a team's lists show was changed by other than activity."""
    return connection.scalar(_COUNT, {"team": team_key}) or 0
