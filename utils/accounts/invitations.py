"""Invitations: links that make an account, once. One without a team founds the first: the set-up link."""

import secrets
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Row, text

from utils.accounts.passwords import hash_password
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import AccountError, add_team, add_user
from utils.database import Database, now_ms

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
            return self._add(connection, team.key, by.key, role, valid_ms)

    def set_up(self) -> str:
        """The secret of a link that founds the first team. Those of earlier starts work as well until they expire."""
        with self._database.write() as connection:
            return self._add(connection, None, None, "administrator", _SET_UP_MS)[1]

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
            return _find(connection, secret)

    def withdraw(self, team_key: int, invitation_id: str) -> bool:
        """Whether there was one."""
        with self._database.write() as connection:
            gone = connection.execute(
                text("DELETE FROM invitations WHERE team_key = :team AND id = :id"),
                {"team": team_key, "id": invitation_id},
            )
            return gone.rowcount > 0

    def accept(
        self, secret: str, email: str, name: str, password: str, team_name: str | None = None
    ) -> tuple[UserRecord, TeamRecord]:
        """Make the account, and with a set-up link its team. The invitation is used up. Raises AccountError."""
        self.find(secret)  # before the work of hashing
        hashed = hash_password(password)
        with self._database.write() as connection:
            invitation = _find(connection, secret)
            # With the first account all set-up links are used up, those of other starts and machines as well.
            which = "key = :key" if invitation.team else "team_key IS NULL"
            used = connection.execute(
                text(f"DELETE FROM invitations WHERE {which} RETURNING key"),  # noqa: S608
                {"key": invitation.key} if invitation.team else {},
            )
            if invitation.key not in used.scalars().all():  # used by somebody else, at the same instant
                raise _unusable()
            team = invitation.team or add_team(connection, team_name or "Team")
            return add_user(connection, team.key, email, name, invitation.role, hashed), team

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(text("DELETE FROM invitations WHERE expires_at < :now"), {"now": now_ms()})

    def _add(
        self, connection: Connection, team_key: int | None, by: int | None, role: Role, valid_ms: int
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


def _find(connection: Connection, secret: str) -> InvitationRecord:
    row = connection.execute(
        text(f"{_SELECT} WHERE i.secret = :secret AND i.expires_at > :now AND {_STILL_WANTED}"),
        {"secret": hash_of(secret), "now": now_ms()},
    ).first()
    if row is None:
        raise _unusable()
    return _record(row)


def _unusable() -> AccountError:
    return AccountError(
        "invitation_unusable",
        "This link cannot be used: it was used before, withdrawn, or has expired. Ask an administrator for a new one; "
        "a new set-up link is printed when the server is started.",
    )


def _record(row: Row[Any]) -> InvitationRecord:
    team = TeamRecord(row.team_key, row.team_id, row.team_name) if row.team_key is not None else None
    return InvitationRecord(row.key, row.id, cast(Role, row.role), team, row.invited_by, row.created_at, row.expires_at)
