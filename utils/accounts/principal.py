"""Who sends a request, and what they may do.

A signed-in user has all rights of their role, an API key only those of its scopes, a spectator link may read one
session. A session belongs to its owner. When it is shared, its team may watch it and the team's administrators may
change it. Resources you may not access answer 404, as if they did not exist.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["administrator", "member", "viewer"]
ROLES: tuple[Role, ...] = ("administrator", "member", "viewer")
Scope = Literal["read", "emit", "run", "manage", "work"]
SCOPES: tuple[Scope, ...] = ("read", "emit", "run", "manage", "work")
GrantKind = Literal["sign-in", "key", "link"]


@dataclass(frozen=True, slots=True)
class Grant:
    """The sign-in, API key or spectator link of a request. Revoking it ends the streams that it opened."""

    kind: GrantKind
    key: int


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person, or a service account (``service``): a program, whose ``email`` is no address.

    ``sign_ins_ended``: how often sign-ins of theirs were ended when this was read. It says whether what was proved of
    the user then still holds, and not who they are.
    """

    key: int
    id: str
    team_key: int
    email: str
    name: str
    role: Role
    active: bool
    created_at: datetime
    service: bool
    erased_at: datetime | None = None  # when the person's data began to be erased
    sign_ins_ended: int = field(default=0, compare=False, repr=False)

    @property
    def erased(self) -> bool:
        return self.erased_at is not None

    @property
    def named(self) -> str:
        """For people to read in the audit trail."""
        if self.service:
            return f"{self.name} (service account)"
        return pseudonym(self.id) if self.erased else f"{self.name} <{self.email}>"


def pseudonym(user_id: str) -> str:
    """What a person is called whose data was erased."""
    return f"Erased person {user_id[-6:]}"


@dataclass(frozen=True, slots=True)
class TeamRecord:
    key: int
    id: str
    name: str
    second_factor_required: bool


@dataclass(frozen=True, slots=True)
class Whose:
    """What decides who may read a session."""

    team_key: int | None
    owner_key: int | None
    shared: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """What decides which sessions a user may read."""

    team_key: int
    user_key: int

    def may_read(self, session: "Whose | Ownership") -> bool:
        return session.team_key == self.team_key and (session.shared or session.owner_key == self.user_key)


@dataclass(frozen=True, slots=True)
class Ownership:
    """To whom a session belongs. A session that an emitter made has no owner: it belongs to its team."""

    key: int
    id: str
    title: str
    team_key: int | None
    owner_key: int | None
    shared: bool

    @property
    def named(self) -> str:
        """For the audit trail, which every administrator reads and which outlives the session.

        The title of a session is the beginning of its first question, so that of a private one is its owner's alone.
        """
        return f"{self.title} ({self.id})" if self.shared else f"a private session ({self.id})"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, by sign-in or by API key. ``scopes`` is None for a sign-in, which has all rights of the role."""

    grant: Grant
    user: UserRecord
    team: TeamRecord
    scopes: frozenset[Scope] | None = None

    @property
    def is_administrator(self) -> bool:
        return self.user.role == "administrator"

    @property
    def may_work(self) -> bool:
        """Whether the role may do more than watch."""
        return self.user.role != "viewer"

    def has(self, scope: Scope) -> bool:
        return self.scopes is None or scope in self.scopes

    @property
    def reader(self) -> Reader:
        return Reader(self.user.team_key, self.user.key)

    def may_read(self, session: Ownership) -> bool:
        return self.reader.may_read(session)

    def may_change(self, session: Ownership) -> bool:
        if not (self.may_work and self.may_read(session)):
            return False
        return session.owner_key == self.user.key or self.is_administrator


@dataclass(frozen=True, slots=True)
class Spectator:
    """The holder of a spectator link."""

    grant: Grant
    session_key: int
    hides_tool_data: bool
    expires_at: datetime

    def may_read(self, session: Ownership) -> bool:
        return session.key == self.session_key
