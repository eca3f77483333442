"""Sign-ins: one for each browser in which a user signed in.

A sign-in is a family of refresh tokens (RFC 9700, 4.14.2): each may be used once, for the next one. Who comes with an
earlier one has a copy of it, or somebody else has: then the whole family ends, and the user signs in again.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, insert, select, update

from utils.accounts.principal import Grant, Principal, UserRecord
from utils.accounts.users import USER_AND_TEAM, end_sign_ins, user_and_team
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow
from utils.database.tables import sign_ins, teams, users

LIFETIME = timedelta(days=7)
_SIGNED_IN = (
    select(*USER_AND_TEAM, sign_ins.c.key)
    .select_from(sign_ins.join(users).join(teams))
    .where(sign_ins.c.ended_at.is_(None), sign_ins.c.expires_at > bindparam("now"), users.c.active)
)
_WITH_ID = _SIGNED_IN.where(sign_ins.c.id == bindparam("id"))
_WITH_KEYS = _SIGNED_IN.where(sign_ins.c.key.in_(bindparam("keys", expanding=True)))


@dataclass(frozen=True, slots=True)
class SignInRecord:
    """``refresh_id`` names the one refresh token that may be used."""

    id: str
    refresh_id: str


class SignIns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, user: UserRecord, browser: str) -> SignInRecord:
        opened_at = now()
        opened = SignInRecord(f"sign-in-{secrets.token_hex(12)}", secrets.token_hex(16))
        with self._database.write() as connection:
            connection.execute(
                insert(sign_ins).values(
                    id=opened.id, user_key=user.key, refresh_id=opened.refresh_id, browser=browser[:200],
                    created_at=opened_at, refreshed_at=opened_at, expires_at=opened_at + LIFETIME,
                )
            )  # fmt: skip
        return opened

    def refresh(self, sign_in_id: str, refresh_id: str) -> SignInRecord | None:
        """The next refresh token's record. None when this one was used before, and then the sign-in has ended."""
        used_at, following = now(), secrets.token_hex(16)
        unended = update(sign_ins).where(sign_ins.c.id == sign_in_id, sign_ins.c.ended_at.is_(None))
        with self._database.write() as connection:
            moved = connection.execute(
                unended.where(sign_ins.c.refresh_id == refresh_id, sign_ins.c.expires_at > used_at).values(
                    refresh_id=following, refreshed_at=used_at, expires_at=used_at + LIFETIME
                )
            )
            if moved.rowcount:
                return SignInRecord(sign_in_id, following)
            connection.execute(unended.values(ended_at=used_at))
        return None

    def end(self, sign_in_id: str) -> None:
        with self._database.write() as connection:
            unended = update(sign_ins).where(sign_ins.c.id == sign_in_id, sign_ins.c.ended_at.is_(None))
            connection.execute(unended.values(ended_at=now()))

    def end_all(self, user_key: int) -> None:
        with self._database.write() as connection:
            end_sign_ins(connection, user_key)

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(delete(sign_ins).where(sign_ins.c.expires_at < now()))

    def principal(self, sign_in_id: str) -> Principal | None:
        """Who signed in there; None when the sign-in has ended or the user was deactivated."""
        with self._database.read() as connection:
            row = connection.execute(_WITH_ID, {"id": sign_in_id, "now": now()}).first()
        return _principal(row) if row else None

    def principals(self, keys: Collection[int]) -> dict[int, Principal]:
        """The same for many by key; those that have ended are missing."""
        with self._database.read() as connection:
            rows = connection.execute(_WITH_KEYS, {"keys": list(keys), "now": now()})
            return {row.key: _principal(row) for row in rows}


def _principal(row: AnyRow) -> Principal:
    user, team = user_and_team(row)
    return Principal(Grant("sign-in", row.key), user, team)
