"""Invitations: links that make an account, once. One without a team founds the first: the set-up link."""

import secrets
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Row, text

from utils.accounts.passwords import hash_password
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import AccountError, add_team, add_user
from utils.database.base import Database, now_ms

_SET_UP_MS = 24 * 3600 * 1000
_SELECT = """
SELECT i.key, i.id, i.role, i.created_at, i.expires_at, t.key AS team_key, t.id AS team_id, t.name AS team_name,
       u.name AS invited_by
FROM invitations i LEFT JOIN teams t ON t.key = i.team_key LEFT JOIN users u ON u.key = i.invited_by
"""
# A set-up link may have been made while another was being used, and ADMIN_EMAIL makes an account without one.
_STILL_WANTED = "(i.team_key IS NOT NULL OR NOT EXISTS (SELECT 1 FROM users))"


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """``team`` is None for the set-up link."""

    key: int
    id: str
    role: Role
    team: TeamRecord | None
    invited_by: str | None
    created_at: int
    expires_at: int


class Invitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(self, team: TeamRecord, by: UserRecord, role: Role, valid_ms: int) -> tuple[InvitationRecord, str]:
        """The invitation, and the secret of its link: nobody can read it again."""
        with self._database.write() as connection:
            return _add(connection, team.key, by.key, role, valid_ms)

    def add_team(self, name: str) -> tuple[TeamRecord, str]:
        """Another team, and the secret of a link that makes its first administrator, within a day."""
        with self._database.write() as connection:
            team = add_team(connection, name)
            return team, _add(connection, team.key, None, "administrator", _SET_UP_MS)[1]

    def set_up(self) -> str:
        """The secret of a link that founds the first team. Those of earlier starts work as well until they expire."""
        with self._database.write() as connection:
            return _add(connection, None, None, "administrator", _SET_UP_MS)[1]

    def open(self, team_key: int) -> list[InvitationRecord]:
        """Those of a team that may still be used, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                text(f"{_SELECT} WHERE i.team_key = :team AND i.expires_at > :now ORDER BY i.key DESC"),
                {"team": team_key, "now": now_ms()},
            )
            return [_record(row) for row in rows]

    def find(self, secret: str) -> InvitationRecord:
        """The one of a link. Raises AccountError when it is used up, taken back, expired, or never was."""
        with self._database.read() as connection:
            found = _find(connection, secret)
            if found is None:
                raise _unusable(connection)
            return found

    def withdraw(self, team_key: int, invitation_id: str) -> bool:
        """Whether there was one."""
        with self._database.write() as connection:
            gone = connection.execute(
                text("DELETE FROM invitations WHERE team_key = :team AND id = :id"),
                {"team": team_key, "id": invitation_id},
            )
            return gone.rowcount > 0

    def accept(self, secret: str, email: str, name: str, password: str) -> tuple[UserRecord, TeamRecord]:
        """Make the account. The invitation is used up. Raises AccountError, also for a set-up link."""
        hashed = self._hash(secret, password, set_up=False)
        with self._database.write() as connection:
            invitation = self._take(connection, secret, set_up=False)
            assert invitation.team is not None
            return add_user(connection, invitation.team.key, email, name, invitation.role, hashed), invitation.team

    def found_team(
        self, secret: str, email: str, name: str, password: str, team_name: str
    ) -> tuple[UserRecord, TeamRecord]:
        """Make the first team and its administrator with a set-up link. Raises AccountError."""
        hashed = self._hash(secret, password, set_up=True)
        with self._database.write() as connection:
            invitation = self._take(connection, secret, set_up=True)
            team = add_team(connection, team_name)
            return add_user(connection, team.key, email, name, invitation.role, hashed), team

    def _hash(self, secret: str, password: str, *, set_up: bool) -> str:
        """It is work, so first look whether it is for anything."""
        with self._database.read() as connection:
            _fitting(connection, secret, set_up)
        return hash_password(password)

    def _take(self, connection: Connection, secret: str, *, set_up: bool) -> InvitationRecord:
        invitation = _fitting(connection, secret, set_up)
        # With the first account all set-up links are used up, those of other starts and machines as well.
        which, values = ("team_key IS NULL", {}) if set_up else ("key = :key", {"key": invitation.key})
        used = connection.execute(text(f"DELETE FROM invitations WHERE {which} RETURNING key"), values)  # noqa: S608
        if invitation.key not in used.scalars().all():  # used by somebody else, at the same instant
            raise _unusable(connection, set_up=set_up)
        return invitation

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(text("DELETE FROM invitations WHERE expires_at < :now"), {"now": now_ms()})


def _add(
    connection: Connection, team_key: int | None, by: int | None, role: Role, valid_ms: int
) -> tuple[InvitationRecord, str]:
    secret, now = new_secret(), now_ms()
    connection.execute(
        text(
            "INSERT INTO invitations (id, team_key, role, secret, invited_by, created_at, expires_at) "
            "VALUES (:id, :team, :role, :secret, :by, :now, :expires)"
        ),
        {
            "id": f"invitation-{secrets.token_hex(8)}", "team": team_key, "role": role, "secret": hash_of(secret),
            "by": by, "now": now, "expires": now + valid_ms,
        },
    )  # fmt: skip
    row = connection.execute(text(f"{_SELECT} WHERE i.secret = :secret"), {"secret": hash_of(secret)}).one()
    return _record(row), secret


def _find(connection: Connection, secret: str) -> InvitationRecord | None:
    row = connection.execute(
        text(f"{_SELECT} WHERE i.secret = :secret AND i.expires_at > :now AND {_STILL_WANTED}"),
        {"secret": hash_of(secret), "now": now_ms()},
    ).first()
    return _record(row) if row else None


def _fitting(connection: Connection, secret: str, set_up: bool) -> InvitationRecord:
    """The one of a link that does what is asked of it: found the first team, or make an account in one."""
    found = _find(connection, secret)
    if found is None or (found.team is None) != set_up:
        raise _unusable(connection, set_up=set_up)
    return found


def _unusable(connection: Connection, *, set_up: bool = False) -> AccountError:
    """In words that fit: without an account there can only be a set-up link, and with one none is wanted any more."""
    if connection.execute(text("SELECT 1 FROM users LIMIT 1")).first() is None:
        words = (
            "This link cannot be used: it has expired or is not complete. Start the server again; it prints a new one."
        )
    elif set_up:
        words = "This server is set up already. Sign in, or ask an administrator for an invitation."
    else:
        words = (
            "This invitation cannot be used: it was used before, withdrawn, or has expired. Ask an administrator for a "
            "new one."
        )
    return AccountError("invitation_unusable", words)


def _record(row: Row[Any]) -> InvitationRecord:
    team = TeamRecord(row.team_key, row.team_id, row.team_name) if row.team_key is not None else None
    return InvitationRecord(row.key, row.id, cast(Role, row.role), team, row.invited_by, row.created_at, row.expires_at)
