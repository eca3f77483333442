"""Which sessions a user may see."""

from sqlalchemy import ColumnElement, FromClause, and_, not_

from utils.accounts.principal import UserRecord


def visible(user: UserRecord, session: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What Principal.may_read says, without what is being deleted; ``session`` is the table, or an alias of it.

    Two conditions, of which a session meets one at most: the team shares it, or it is the user's alone. Each is served
    by an index in the order of the list, ``sessions_shared`` and ``sessions_own``; their ``or_`` by neither.
    """
    s = session.c
    of_team = and_(s.team_key == user.team_key, s.deleted_at.is_(None))
    return and_(of_team, s.shared), and_(of_team, not_(s.shared), s.owner_key == user.key)
