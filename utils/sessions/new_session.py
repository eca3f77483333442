"""The row of a new session, whoever makes it."""

from sqlalchemy import Insert, func, insert, select

from utils.accounts.principal import UserRecord
from utils.database.moment import now
from utils.database.tables import sessions, teams
from utils.log.numbering import beginning

UNTITLED = "New session"  # the title of a session that has none of its own


def new_session(session_id: str, title: str, owner: UserRecord | None = None) -> Insert:
    """A user's own is private to begin with; without an owner, it is the first team's, which may watch it."""
    begun = now()
    return insert(sessions).values(
        id=session_id,
        title=title,
        archived=False,
        created_at=begun,
        updated_at=begun,
        team_key=owner.team_key if owner else select(func.min(teams.c.key)).scalar_subquery(),
        owner_key=owner.key if owner else None,
        shared=owner is None,
        **beginning(session_id),
    )


def emitted_session(session_id: str) -> Insert:
    """One that an emitter makes by naming it."""
    return new_session(session_id, session_id).inline()
