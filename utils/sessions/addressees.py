"""Whom an open approval waits for, beside administrators: the people whom it names, or whose session asks."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select

from utils.database.base import Database
from utils.database.tables import users
from utils.sessions.approval import ApprovalRecord


class Addressee(NamedTuple):
    """A person. ``id`` is that of the user."""

    id: str
    name: str


class Asked(NamedTuple):
    """What decides who that is: the team and the owner of the session, and whom the approval is put to."""

    team_key: int | None
    owner_key: int | None
    deciders: tuple[str, ...]
    administrators: bool

    @property
    def owner_decides(self) -> bool:
        return not (self.administrators or self.deciders)


class Addressees:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, approvals: Sequence[ApprovalRecord]) -> Mapping[int, Sequence[Addressee]]:
        """By the key of the approval. Nobody for one that is over."""
        asked = {
            one.key: Asked(one.session.team_key, one.session.owner_key, tuple(one.deciders), one.administrators)
            for one in approvals if not one.is_over
        }  # fmt: skip
        with self._database.read() as connection:
            found = addressees_of(connection, set(asked.values()))
        return {one.key: found[asked[one.key]] if one.key in asked else () for one in approvals}


def addressees_of(connection: Connection, asked: Collection[Asked]) -> dict[Asked, list[Addressee]]:
    """Those who may decide, by name. Nobody: it waits for administrators alone."""
    if not asked:
        return {}
    ids = {decider for one in asked for decider in one.deciders}
    owners = {one.owner_key for one in asked if one.owner_decides and one.owner_key is not None}
    may_work = and_(users.c.active, users.c.role != "viewer")
    named = or_(users.c.id.in_(ids), users.c.key.in_(owners))
    query = select(users.c.key, users.c.id, users.c.name, users.c.team_key).where(named, may_work)
    people = connection.execute(query.order_by(users.c.name, users.c.key)).all()

    def of(one: Asked) -> list[Addressee]:
        return [
            Addressee(person.id, person.name) for person in people
            if person.team_key == one.team_key
            and (person.key == one.owner_key if one.owner_decides else person.id in one.deciders)
        ]  # fmt: skip

    return {one: of(one) for one in asked}
