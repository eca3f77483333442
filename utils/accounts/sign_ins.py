"""Sign-ins: one for each browser in which a user signed in.

A sign-in is a family of refresh tokens (RFC 9700, 4.14.2): each may be used once, for the next one. Who comes with an
earlier one has a copy of it, or somebody else has: then the whole family ends, and the user signs in again.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, text

from utils.accounts.principal import Grant, Principal, TeamRecord, UserRecord
from utils.accounts.users import USER_COLUMNS, end_sign_ins, user_record
from utils.database.base import Database, now_ms

LIFETIME_MS = 7 * 24 * 3600 * 1000
_SIGNED_IN = f"""
SELECT {USER_COLUMNS}, i.key AS sign_in_key, t.id AS team_id, t.name AS team_name
FROM sign_ins i JOIN users u ON u.key = i.user_key JOIN teams t ON t.key = u.team_key
WHERE i.ended_at IS NULL AND i.expires_at > :now AND u.active
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class SignInRecord:
    """``refresh_id`` names the one refresh token that may be used."""

    id: str
    refresh_id: str


class SignIns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, user: UserRecord, browser: str) -> SignInRecord:
        now = now_ms()
        record = SignInRecord(f"sign-in-{secrets.token_hex(12)}", secrets.token_hex(16))
        with self._database.write() as connection:
            connection.execute(
                text(
                    "INSERT INTO sign_ins (id, user_key, refresh_id, browser, created_at, refreshed_at, expires_at) "
                    "VALUES (:id, :user, :refresh, :browser, :now, :now, :expires)"
                ),
                {
                    "id": record.id, "user": user.key, "refresh": record.refresh_id, "browser": browser[:200],
                    "now": now, "expires": now + LIFETIME_MS,
                },
            )  # fmt: skip
        return record

    def refresh(self, sign_in_id: str, refresh_id: str) -> SignInRecord | None:
        """The next refresh token's record. None when this one was used before, and then the sign-in has ended."""
        now, following = now_ms(), secrets.token_hex(16)
        with self._database.write() as connection:
            moved = connection.execute(
                text(
                    "UPDATE sign_ins SET refresh_id = :next, refreshed_at = :now, expires_at = :expires "
                    "WHERE id = :id AND refresh_id = :refresh AND ended_at IS NULL AND expires_at > :now"
                ),
                {
                    "id": sign_in_id, "refresh": refresh_id, "next": following, "now": now,
                    "expires": now + LIFETIME_MS,
                },
            )  # fmt: skip
            if moved.rowcount:
                return SignInRecord(sign_in_id, following)
            connection.execute(
                text("UPDATE sign_ins SET ended_at = :now WHERE id = :id AND ended_at IS NULL"),
                {"now": now, "id": sign_in_id},
            )
        return None

    def end(self, sign_in_id: str) -> None:
        with self._database.write() as connection:
            connection.execute(
                text("UPDATE sign_ins SET ended_at = :now WHERE id = :id AND ended_at IS NULL"),
                {"now": now_ms(), "id": sign_in_id},
            )

    def end_all(self, user_key: int) -> None:
        with self._database.write() as connection:
            end_sign_ins(connection, user_key)

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(text("DELETE FROM sign_ins WHERE expires_at < :now"), {"now": now_ms()})

    def principal(self, sign_in_id: str) -> Principal | None:
        """Who signed in there; None when the sign-in has ended or the user was deactivated."""
        with self._database.read() as connection:
            row = connection.execute(text(f"{_SIGNED_IN} AND i.id = :id"), {"id": sign_in_id, "now": now_ms()}).first()
        return _principal(row) if row else None

    def principals(self, keys: Collection[int]) -> dict[int, Principal]:
        """The same for many by key; those that have ended are missing."""
        query = text(f"{_SIGNED_IN} AND i.key IN :keys").bindparams(bindparam("keys", expanding=True))
        with self._database.read() as connection:
            rows = connection.execute(query, {"keys": list(keys), "now": now_ms()})
            return {row.sign_in_key: _principal(row) for row in rows}


def _principal(row: Row[Any]) -> Principal:
    team = TeamRecord(row.team_key, row.team_id, row.team_name)
    return Principal(Grant("sign-in", row.sign_in_key), user_record(row), team)
