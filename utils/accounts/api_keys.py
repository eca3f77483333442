"""API keys: a program acts for a user, or as a service account, within the key's scopes and until it expires."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, bindparam, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from utils.accounts.principal import SCOPES, Grant, Principal, Scope
from utils.accounts.quotas import Quotas
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import USER_AND_TEAM, lock_active, user_and_team
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import api_keys, teams, users
from utils.database.write_lock import WriteTurnError

PREFIX = "ringside_"
_USED_WITHIN = timedelta(minutes=1)  # the precision of "last used", which saves a write at every request
_HINT = len(PREFIX) + 4


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    key: int
    id: str
    name: str
    scopes: tuple[Scope, ...]
    hint: str
    user_id: str
    user_name: str
    user_is_service: bool
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


_UNREVOKED = (
    select(
        *columns_of(ApiKeyRecord, api_keys, user_id=users.c.id, user_name=users.c.name, user_is_service=users.c.service)
    )
    .select_from(api_keys.join(users))
    .where(api_keys.c.revoked_at.is_(None))
)
_WORKING = (
    select(*USER_AND_TEAM, api_keys.c.key, api_keys.c.scopes, api_keys.c.last_used_at)
    .select_from(api_keys.join(users).join(teams))
    .where(
        api_keys.c.revoked_at.is_(None),
        users.c.active,
        or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > bindparam("now")),
    )
)
_EXPIRED = select(api_keys.c.expires_at).where(
    api_keys.c.secret == bindparam("secret"), api_keys.c.revoked_at.is_(None), api_keys.c.expires_at <= bindparam("now")
)
_WITH_SECRET = _WORKING.where(api_keys.c.secret == bindparam("secret"))
_WITH_KEYS = _WORKING.where(api_keys.c.key.in_(bindparam("keys", expanding=True)))


class ApiKeys:
    def __init__(self, database: Database, quotas: Quotas | None = None) -> None:
        self._database = database
        self._quotas = quotas or Quotas(database)

    def create(
        self, user_key: int, name: str, scopes: Collection[Scope], valid: timedelta | None = None
    ) -> tuple[ApiKeyRecord, str]:
        """The key's record and its secret, of which only a hash is stored. ``valid``: None is for ever.

        Raises AccountError: see lock_active. Raises QuotaExceededError when the team has too many.
        """
        key_id, secret, made_at = f"key-{secrets.token_hex(8)}", new_secret(PREFIX), now()
        with self._database.write() as connection:
            team_key = connection.execute(select(users.c.team_key).where(users.c.key == user_key)).scalar_one()
            self._quotas.require(connection, team_key, "api_keys")  # the team's row before the user's: see Users.change
            lock_active(connection, user_key)
            connection.execute(
                insert(api_keys).values(
                    id=key_id, user_key=user_key, name=name, hint=secret[:_HINT], secret=hash_of(secret),
                    scopes=" ".join(scope for scope in SCOPES if scope in scopes), created_at=made_at,
                    expires_at=made_at + valid if valid is not None else None,
                )
            )  # fmt: skip
            row = connection.execute(_UNREVOKED.where(api_keys.c.id == key_id)).one()
        return _record(row), secret

    def of_user(self, user_key: int) -> list[ApiKeyRecord]:
        """The user's keys that are not revoked, newest first."""
        return self._list(api_keys.c.user_key == user_key)

    def of_team(self, team_key: int) -> list[ApiKeyRecord]:
        return self._list(users.c.team_key == team_key, users.c.active)

    def revoke(self, team_key: int, key_id: str, user_key: int | None = None) -> ApiKeyRecord | None:
        """Revoke a key of the team; with ``user_key``, only one of that user. None if there is no such key."""
        found = _UNREVOKED.where(api_keys.c.id == key_id, users.c.team_key == team_key)
        if user_key is not None:
            found = found.where(api_keys.c.user_key == user_key)
        with self._database.write() as connection:
            row = connection.execute(found).first()
            if row is None:
                return None
            connection.execute(update(api_keys).where(api_keys.c.key == row.key).values(revoked_at=now()))
        return _record(row)

    def principal(self, secret: str) -> Principal | None:
        """For whom this key acts; None if it is unknown, was revoked or has expired, or its user is deactivated."""
        used_at = now()
        with self._database.read() as connection:
            row = connection.execute(_WITH_SECRET, {"secret": hash_of(secret), "now": used_at}).first()
        if row is None:
            return None
        if row.last_used_at is None or used_at - row.last_used_at > _USED_WITHIN:
            # A full or busy disk is no reason to refuse a request; the time is written at a later use.
            with suppress(DBAPIError, WriteTurnError), self._database.write() as connection:
                connection.execute(update(api_keys).where(api_keys.c.key == row.key).values(last_used_at=used_at))
        return _principal(row)

    def name_of(self, key: int) -> str:
        """What its user calls the key of the table."""
        with self._database.read() as connection:
            name: str = connection.scalars(select(api_keys.c.name).where(api_keys.c.key == key)).one()
        return name

    def expired_at(self, secret: str) -> datetime | None:
        """When this key expired, if that is why it no longer works."""
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(_EXPIRED, {"secret": hash_of(secret), "now": now()})
        return found

    def principals(self, keys: Collection[int]) -> dict[int, Principal]:
        """The same for many keys of the table; keys that are no longer valid are missing."""
        with self._database.read() as connection:
            rows = connection.execute(_WITH_KEYS, {"keys": list(keys), "now": now()})
            return {row.key: _principal(row) for row in rows}

    def _list(self, *where: ColumnElement[bool]) -> list[ApiKeyRecord]:
        with self._database.read() as connection:
            rows = connection.execute(_UNREVOKED.where(*where).order_by(api_keys.c.key.desc()))
            return [_record(row) for row in rows]


def _record(row: AnyRow) -> ApiKeyRecord:
    return record(ApiKeyRecord, row, scopes=_scopes(row))


def _principal(row: AnyRow) -> Principal:
    user, team = user_and_team(row)
    return Principal(Grant("key", row.key), user, team, frozenset(_scopes(row)))


def _scopes(row: AnyRow) -> tuple[Scope, ...]:
    return tuple(cast(list[Scope], row.scopes.split()))
