"""Who asks, and what they may do.

A user acts with all that the user's role allows, an API key with the part of it that its scopes name, a spectator link
only reads one session. A session is its owner's; when it is shared, its team may watch it, and the team's
administrators may keep order in it. What one may not see does not exist for one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["administrator", "member", "viewer"]
ROLES: tuple[Role, ...] = ("administrator", "member", "viewer")
Scope = Literal["read", "emit", "run"]
SCOPES: tuple[Scope, ...] = ("read", "emit", "run")
GrantKind = Literal["sign-in", "key", "link"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What let somebody in. It can be taken back, and then ends the streams that it opened."""

    kind: GrantKind
    key: int


@dataclass(frozen=True, slots=True)
class UserRecord:
    key: int
    id: str
    team_key: int
    email: str
    name: str
    role: Role
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TeamRecord:
    key: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a session is. Without an owner, an emitter made it: it is its team's."""

    key: int
    id: str
    team_key: int | None
    owner_key: int | None
    shared: bool


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, by sign-in or by key. ``scopes`` is None for a sign-in, which may do all that the role allows."""

    grant: Grant
    user: UserRecord
    team: TeamRecord
    scopes: frozenset[Scope] | None = None

    @property
    def is_administrator(self) -> bool:
        return self.user.role == "administrator"

    @property
    def may_work(self) -> bool:
        """Whether the role allows more than watching."""
        return self.user.role != "viewer"

    def has(self, scope: Scope) -> bool:
        return self.scopes is None or scope in self.scopes

    def may_read(self, session: Ownership) -> bool:
        return session.team_key == self.user.team_key and (session.shared or session.owner_key == self.user.key)

    def may_change(self, session: Ownership) -> bool:
        if not (self.may_work and self.may_read(session)):
            return False
        return session.owner_key == self.user.key or self.is_administrator


@dataclass(frozen=True, slots=True)
class Spectator:
    """Whoever has a spectator link."""

    grant: Grant
    session_key: int
    hides_tool_data: bool
    expires_at: datetime

    def may_read(self, session: Ownership) -> bool:
        return session.key == self.session_key
