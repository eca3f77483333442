"""Invitations: links with which one account can be made. A set-up link has no team: it makes the first one."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, insert, or_, select

from utils.accounts.guessable import refuse_guessable
from utils.accounts.passwords import hash_password
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import AccountError, add_team, add_user, any_user, clean_email, lock_administrator
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import invitations, teams, users

_SET_UP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """``team`` is None for the set-up link. ``email``: to whom it was sent, and no other may use it."""

    key: int
    id: str
    role: Role
    team: TeamRecord | None
    invited_by: str | None
    created_at: datetime
    expires_at: datetime
    email: str | None


_SELECT = select(
    *columns_of(InvitationRecord, invitations, invited_by=users.c.name), *columns_of(TeamRecord, teams, "team_")
).select_from(
    invitations.outerjoin(teams, teams.c.key == invitations.c.team_key)
    .outerjoin(users, users.c.key == invitations.c.invited_by)
)  # fmt: skip
# A set-up link may be made while another is being used, and ADMIN_EMAIL makes an account without one.
_STILL_WANTED = or_(invitations.c.team_key.is_not(None), ~exists(select(users.alias().c.key)))


class Invitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(
        self, team: TeamRecord, by: UserRecord, role: Role, valid: timedelta, email: str | None = None
    ) -> tuple[InvitationRecord, str]:
        """The invitation and the secret of its link, of which only a hash is stored. ``email``: who alone may use it.

        Raises AccountError: see lock_administrator.
        """
        with self._database.write() as connection:
            lock_administrator(connection, by)
            return _add(connection, team.key, by.key, role, valid, email)

    def add_team(self, name: str) -> tuple[TeamRecord, str]:
        """Another team and the secret of a link that makes its first administrator, valid for a day."""
        with self._database.write() as connection:
            team = add_team(connection, name)
            return team, _add(connection, team.key, None, "administrator", _SET_UP)[1]

    def set_up(self) -> str:
        """The secret of a set-up link. Links of earlier starts stay valid until they expire."""
        with self._database.write() as connection:
            return _add(connection, None, None, "administrator", _SET_UP)[1]

    def open(self, team_key: int) -> list[InvitationRecord]:
        """The team's invitations that have not expired, newest first."""
        with self._database.read() as connection:
            usable = _SELECT.where(invitations.c.team_key == team_key, invitations.c.expires_at > now())
            return [_record(row) for row in connection.execute(usable.order_by(invitations.c.key.desc()))]

    def find(self, secret: str) -> InvitationRecord:
        """The invitation of a link. Raises AccountError if it was used or withdrawn, has expired, or does not exist."""
        with self._database.read() as connection:
            found = _find(connection, secret)
            if found is None:
                raise _unusable(connection)
            return found

    def withdraw(self, team_key: int, invitation_id: str) -> Role | None:
        """Delete the invitation and return its role; None if there is none."""
        with self._database.write() as connection:
            one = (invitations.c.team_key == team_key, invitations.c.id == invitation_id)
            role: Role | None = connection.scalar(delete(invitations).where(*one).returning(invitations.c.role))
            return role

    def accept(self, secret: str, email: str, name: str, password: str) -> tuple[UserRecord, TeamRecord]:
        """Make the account and delete the invitation. Raises AccountError, also for a set-up link."""
        hashed = self._hash(secret, password, email, name, set_up=False)
        with self._database.write() as connection:
            invitation = self._take(connection, secret, email, set_up=False)
            assert invitation.team is not None
            return add_user(connection, invitation.team.key, email, name, invitation.role, hashed), invitation.team

    def found_team(
        self, secret: str, email: str, name: str, password: str, team_name: str
    ) -> tuple[UserRecord, TeamRecord]:
        """Make the first team and its administrator with a set-up link. Raises AccountError."""
        hashed = self._hash(secret, password, email, name, team_name, set_up=True)
        with self._database.write() as connection:
            invitation = self._take(connection, secret, email, set_up=True)
            team = add_team(connection, team_name)
            return add_user(connection, team.key, email, name, invitation.role, hashed), team

    def _hash(self, secret: str, password: str, email: str, *about: str, set_up: bool) -> str:
        """Hashing is expensive, so the link is checked first, and whether the password is guessed easily."""
        with self._database.read() as connection:
            invitation = _fitting(connection, secret, email, set_up)
        refuse_guessable(password, email, *about, *([invitation.team.name] if invitation.team else []))
        return hash_password(password)

    def _take(self, connection: Connection, secret: str, email: str, *, set_up: bool) -> InvitationRecord:
        invitation = _fitting(connection, secret, email, set_up)
        # The first account ends all set-up links, also those of other starts and machines.
        which = invitations.c.team_key.is_(None) if set_up else invitations.c.key == invitation.key
        used = connection.scalars(delete(invitations).where(which).returning(invitations.c.key)).all()
        if invitation.key not in used:  # somebody else used it at the same moment
            raise _unusable(connection, set_up=set_up)
        return invitation

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(delete(invitations).where(invitations.c.expires_at < now()))


def _add(
    connection: Connection,
    team_key: int | None,
    by: int | None,
    role: Role,
    valid: timedelta,
    email: str | None = None,
) -> tuple[InvitationRecord, str]:
    secret, made_at = new_secret(), now()
    connection.execute(
        insert(invitations).values(
            id=f"invitation-{secrets.token_hex(8)}", team_key=team_key, role=role, secret=hash_of(secret),
            invited_by=by, created_at=made_at, expires_at=made_at + valid,
            email=clean_email(email) if email is not None else None,
        )
    )  # fmt: skip
    row = connection.execute(_SELECT.where(invitations.c.secret == hash_of(secret))).one()
    return _record(row), secret


def _find(connection: Connection, secret: str) -> InvitationRecord | None:
    usable = _SELECT.where(invitations.c.secret == hash_of(secret), invitations.c.expires_at > now(), _STILL_WANTED)
    row = connection.execute(usable).first()
    return _record(row) if row else None


def _fitting(connection: Connection, secret: str, email: str, set_up: bool) -> InvitationRecord:
    """The link's invitation, if it is a set-up link (``set_up``) or one to a team (not ``set_up``).

    Raises AccountError, also if it was sent to somebody else than ``email``.
    """
    found = _find(connection, secret)
    if found is None or (found.team is None) != set_up:
        raise _unusable(connection, set_up=set_up)
    if found.email not in (None, clean_email(email)):
        raise AccountError(
            "other_address",
            "This invitation was sent to another e-mail address. Use that address, or ask an administrator for an "
            "invitation to this one.",
        )
    return found


def _unusable(connection: Connection, *, set_up: bool = False) -> AccountError:
    """Without an account there can only be set-up links; with one, a set-up link is no longer valid."""
    if not any_user(connection):
        words = "This link has expired or is incomplete. Start the server again; it prints a new one."
    elif set_up:
        words = "This server is set up already. Sign in, or ask an administrator for an invitation."
    else:
        words = "This invitation was used before, was withdrawn, or has expired. Ask an administrator for a new one."
    return AccountError("invitation_unusable", words)


def _record(row: AnyRow) -> InvitationRecord:
    team = record(TeamRecord, row, "team_") if row.team_key is not None else None
    return record(InvitationRecord, row, team=team)
