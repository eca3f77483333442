"""Whom approvals are put to, as rows of a caller's transaction: people, or the session's team's administrators.

Of the open ones a person's are found by an index, however many others there are, and however many are over.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    false,
    insert,
    not_,
    or_,
    select,
    union_all,
    update,
)

from utils.accounts.principal import Role, UserRecord
from utils.database.tables import approval_deciders, approvals, sessions, users
from utils.sessions.approval import Question
from utils.sessions.visibility import of

_Keys = Select[tuple[int]]
MOST_COMPARED = 200
_d = approval_deciders.c
_others, _there = approval_deciders.alias("others"), users.alias("there")
_team, _user = bindparam("team", type_=BigInteger), bindparam("user", type_=BigInteger)
_ADD = insert(approval_deciders).from_select(
    ["approval_key", "team_key", "user_key", "open"],
    select(bindparam("approval", type_=BigInteger), users.c.team_key, users.c.key, bindparam("is_open", True, Boolean))
    .join_from(users, sessions, sessions.c.team_key == users.c.team_key)
    .where(sessions.c.key == bindparam("session"), users.c.id.in_(bindparam("ids", expanding=True))),
)
_ADD_ADMINISTRATORS = insert(approval_deciders).from_select(
    ["approval_key", "team_key", "open"],
    select(bindparam("approval", type_=BigInteger), sessions.c.team_key, bindparam("is_open", True, Boolean)).where(
        sessions.c.key == bindparam("session"), sessions.c.team_key.is_not(None)
    ),
)
_CLOSE = update(approval_deciders).where(_d.approval_key.in_(bindparam("keys", expanding=True))).values(open=False)


def _nobody_is_there(approval_key: ColumnElement[int]) -> ColumnElement[bool]:
    return not_(
        exists()
        .where(_others.c.approval_key == approval_key, _there.c.key == _others.c.user_key)
        .where(_there.c.active, _there.c.role != "viewer")
    )


deserted = _nobody_is_there(approvals.c.key)  # of an approval that names people: none of them could decide
_NAMED = select(_d.approval_key).where(_d.user_key == _user, _d.team_key == _team)
_FOR_ADMINISTRATORS = select(_d.approval_key).where(_d.user_key.is_(None), _d.team_key == _team)
_gone = select(users.c.key).where(users.c.team_key == _team, or_(not_(users.c.active), users.c.role == "viewer"))
_DESERTED = select(_d.approval_key).where(
    _d.user_key.in_(_gone), _d.team_key == _team, _d.open, _nobody_is_there(_d.approval_key)
)
_DECIDED = select(approvals.c.key).where(approvals.c.decided_by == _user, approvals.c.deciders != [])
_OPEN: Mapping[Role, Sequence[_Keys]] = {
    "administrator": [_NAMED.where(_d.open), _FOR_ADMINISTRATORS.where(_d.open), _DESERTED],
    "member": [_NAMED.where(_d.open)],
    "viewer": [],
}
_ALL: Mapping[Role, Sequence[_Keys]] = {
    "administrator": [_NAMED, _FOR_ADMINISTRATORS, _DECIDED],
    "member": [_NAMED, _DECIDED],
    "viewer": [],
}
_COMPARED = {
    role: [
        statement
        for part in parts
        for statement in (
            part.order_by(_d.approval_key).limit(MOST_COMPARED), part.order_by(_d.approval_key.desc()).limit(1)
        )
    ]
    for role, parts in _OPEN.items()
}  # fmt: skip


def put_to(user: UserRecord, are_open: bool) -> ColumnElement[bool]:
    """What ApprovalRecord.may_be_read_by says of private sessions of the user's team, whosever these are.

    ``are_open``: whether one looks for open ones, or for those that are over. Its values are `visibility.of`.
    """
    parts = (_OPEN if are_open else _ALL)[user.role]
    if not parts:
        return false()
    s = sessions.c
    of_private = and_(s.team_key == _team, s.deleted_at.is_(None), not_(s.shared))
    return and_(of_private, approvals.c.key.in_(union_all(*parts)))


def open_for(connection: Connection, user: UserRecord) -> list[list[int]]:
    """The keys of open questions that are put to the user: of each sort the first ones and the newest.

    So it is another value whenever one is added, and whenever one of those ends that an inbox shows first.
    """
    return [list(connection.scalars(statement, of(user))) for statement in _COMPARED[user.role]]


def add_deciders(connection: Connection, session_key: int, approval_key: int, question: Question) -> None:
    values: dict[str, Any] = {"session": session_key, "approval": approval_key}
    if question.administrators:
        connection.execute(_ADD_ADMINISTRATORS, values)
    if question.deciders:
        connection.execute(_ADD, values | {"ids": list(question.deciders)})


def close_deciders(connection: Connection, approval_keys: Collection[int]) -> None:
    """These approvals are over."""
    if approval_keys:
        connection.execute(_CLOSE, {"keys": list(approval_keys)})
