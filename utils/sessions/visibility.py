"""Which sessions a user may see."""

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, not_

from utils.accounts.principal import UserRecord


def visible(session: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What Principal.may_read says, without what is being deleted; ``session`` is the table, or an alias of it.

    Two conditions, of which a session meets one at most: the team shares it, or it is the user's alone. Each is served
    by an index in the order of the list, ``sessions_shared`` and ``sessions_own``; their ``or_`` by neither. Their
    values are :func:`of`.
    """
    s = session.c
    of_team = and_(s.team_key == bindparam("team"), s.deleted_at.is_(None))
    return and_(of_team, s.shared), and_(of_team, not_(s.shared), s.owner_key == bindparam("user"))


def of(user: UserRecord) -> dict[str, object]:
    return {"team": user.team_key, "user": user.key}
