"""Users and their teams."""

import secrets
from typing import Any, cast

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import IntegrityError

from utils.accounts.passwords import hash_password, is_outdated
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.database.base import Database, now_ms
from utils.database.tables import LIVE
from utils.registry.agent_registry import add_built_in

USER_COLUMNS = "u.key, u.id, u.team_key, u.email, u.name, u.role, u.active, u.created_at"


class AccountError(ValueError):
    """An account cannot be made or changed so. ``code`` names why, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Users:
    def __init__(self, database: Database) -> None:
        self._database = database

    def any(self) -> bool:
        """Whether there is an account at all. Without one, nothing but the set-up is reachable."""
        with self._database.read() as connection:
            return connection.execute(text("SELECT 1 FROM users LIMIT 1")).first() is not None

    def of_team(self, team_key: int) -> list[UserRecord]:
        """All of them, the first to come first."""
        with self._database.read() as connection:
            rows = connection.execute(
                text(f"SELECT {USER_COLUMNS} FROM users u WHERE u.team_key = :team ORDER BY u.key"),  # noqa: S608
                {"team": team_key},
            )
            return [user_record(row) for row in rows]

    def get(self, team_key: int, user_id: str) -> UserRecord | None:
        with self._database.read() as connection:
            return _get(connection, team_key, user_id)

    def with_email(self, email: str) -> list[tuple[UserRecord, TeamRecord, str]]:
        """The active users of that address, one a team, each with its team and its password's hash."""
        with self._database.read() as connection:
            rows = connection.execute(
                text(
                    f"SELECT {USER_COLUMNS}, u.password, t.id AS team_id, t.name AS team_name FROM users u "  # noqa: S608
                    "JOIN teams t ON t.key = u.team_key WHERE u.email = :email AND u.active ORDER BY u.key"
                ),
                {"email": clean_email(email)},
            )
            return [
                (user_record(row), TeamRecord(row.team_key, row.team_id, row.team_name), row.password) for row in rows
            ]

    def most_of_an_email(self) -> int:
        """How many active users the address has that has most, in as many teams."""
        with self._database.read() as connection:
            most = connection.execute(
                text("SELECT max(n) FROM (SELECT count(*) AS n FROM users WHERE active GROUP BY email) counted")
            ).scalar()
        return int(most or 0)

    def password_of(self, user_key: int) -> str:
        """Its hash."""
        with self._database.read() as connection:
            return str(connection.execute(text("SELECT password FROM users WHERE key = :k"), {"k": user_key}).scalar())

    def renew_password(self, user_key: int, password: str) -> None:
        """After a sign-in: keep the password as today's parameters want it, if it is not."""
        if is_outdated(self.password_of(user_key)):
            self.set_password(user_key, password)

    def rename_team(self, team_key: int, name: str) -> None:
        with self._database.write() as connection:
            connection.execute(text("UPDATE teams SET name = :name WHERE key = :key"), {"name": name, "key": team_key})

    def set_password(self, user_key: int, password: str, keep_sign_in: int | None = None) -> None:
        """With ``keep_sign_in``, everybody else who can come in as this user has to sign in again."""
        hashed = hash_password(password)
        with self._database.write() as connection:
            connection.execute(
                text("UPDATE users SET password = :password WHERE key = :key"), {"password": hashed, "key": user_key}
            )
            if keep_sign_in is not None:
                end_sign_ins(connection, user_key, keep_sign_in)
                forget_password_links(connection, user_key)

    def change(
        self,
        team_key: int,
        user_id: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
    ) -> UserRecord | None:
        """None for an unknown user. Raises AccountError where a team would be left without an administrator."""
        with self._database.write() as connection:
            # Two administrators who demote each other at the same instant would leave none: one after the other.
            lock = self._database.locking("SELECT t.key FROM teams t WHERE t.key = :team", "t")
            connection.execute(text(lock), {"team": team_key})
            user = _get(connection, team_key, user_id)
            if user is None:
                return None
            connection.execute(
                text(
                    "UPDATE users SET name = coalesce(:name, name), role = coalesce(:role, role), "
                    "active = coalesce(:active, active) WHERE key = :key"
                ),
                {"name": name, "role": role, "active": active, "key": user.key},
            )
            left = text("SELECT 1 FROM users WHERE team_key = :team AND role = 'administrator' AND active LIMIT 1")
            if connection.execute(left, {"team": team_key}).first() is None:
                raise AccountError(
                    "last_administrator", "A team needs an administrator. Make somebody else one first, then try again."
                )
            if active is False:
                end_sign_ins(connection, user.key)
                forget_password_links(connection, user.key)
            return _get(connection, team_key, user_id)

    def hand_over(self, team_key: int, user_id: str, to_id: str) -> tuple[UserRecord, UserRecord, int] | None:
        """Give the sessions of somebody who was deactivated to another user: whose, to whom, how many.

        None for an unknown user. Raises AccountError unless the other is active and may own sessions.
        """
        with self._database.write() as connection:
            # Who is deactivated, or may work, stays so meanwhile.
            lock = self._database.locking("SELECT t.key FROM teams t WHERE t.key = :team", "t")
            connection.execute(text(lock), {"team": team_key})
            user, to = _get(connection, team_key, user_id), _get(connection, team_key, to_id)
            if user is None:
                return None
            if user.active:
                raise AccountError(
                    "still_active", f"{user.name} is active, and keeps their sessions. Deactivate them first."
                )
            if to is None or not to.active or to.role == "viewer":
                raise AccountError("cannot_own", "Hand them over to an active member or administrator of the team.")
            moved = connection.execute(
                text(f"UPDATE sessions SET owner_key = :to WHERE owner_key = :user AND {LIVE}"),  # noqa: S608
                {"to": to.key, "user": user.key},
            )
            return user, to, moved.rowcount


def add_user(connection: Connection, team_key: int, email: str, name: str, role: Role, hashed: str) -> UserRecord:
    """As part of the caller's transaction. Raises AccountError when the team has such an address already."""
    taken = text("SELECT 1 FROM users WHERE team_key = :team AND email = :email")
    email = clean_email(email)
    if connection.execute(taken, {"team": team_key, "email": email}).first() is not None:
        raise _email_taken()
    user_id = f"user-{secrets.token_hex(8)}"
    try:
        connection.execute(
            text(
                "INSERT INTO users (id, team_key, email, name, role, password, active, created_at) "
                "VALUES (:id, :team, :email, :name, :role, :password, :yes, :now)"
            ),
            {
                "id": user_id, "team": team_key, "email": email, "name": name, "role": role, "password": hashed,
                "yes": True, "now": now_ms(),
            },
        )  # fmt: skip
    except IntegrityError as error:  # somebody else was a moment earlier
        raise _email_taken() from error
    user = _get(connection, team_key, user_id)
    assert user is not None
    return user


def _email_taken() -> AccountError:
    return AccountError("email_taken", "Somebody of this team has that e-mail address already. Sign in instead.")


def add_team(connection: Connection, name: str) -> TeamRecord:
    """As part of the caller's transaction. The first team gets the sessions that emitters made before it."""
    team_id = f"team-{secrets.token_hex(8)}"
    key = connection.execute(
        text("INSERT INTO teams (id, name, created_at) VALUES (:id, :name, :now) RETURNING key"),
        {"id": team_id, "name": name, "now": now_ms()},
    ).scalar_one()
    connection.execute(text("UPDATE sessions SET team_key = :team WHERE team_key IS NULL"), {"team": key})
    add_built_in(connection, key)
    return TeamRecord(key, team_id, name)


def end_sign_ins(connection: Connection, user_key: int, but: int | None = None) -> None:
    """All that a user has, at once; with ``but``, all others."""
    connection.execute(
        text("UPDATE sign_ins SET ended_at = :now WHERE user_key = :user AND ended_at IS NULL AND key <> :but"),
        {"now": now_ms(), "user": user_key, "but": but or 0},
    )


def forget_password_links(connection: Connection, user_key: int) -> None:
    """As part of the caller's transaction: no link to this user's password works any more."""
    connection.execute(text("DELETE FROM password_links WHERE user_key = :user"), {"user": user_key})


def clean_email(email: str) -> str:
    """As it is compared: people do not mind capital letters."""
    return email.strip().lower()


def user_record(row: Row[Any]) -> UserRecord:
    """A user from a row with USER_COLUMNS."""
    return UserRecord(
        row.key, row.id, row.team_key, row.email, row.name, cast(Role, row.role), bool(row.active), row.created_at
    )


def _get(connection: Connection, team_key: int, user_id: str) -> UserRecord | None:
    row = connection.execute(
        text(f"SELECT {USER_COLUMNS} FROM users u WHERE u.id = :id AND u.team_key = :team"),  # noqa: S608
        {"id": user_id, "team": team_key},
    ).first()
    return user_record(row) if row else None
