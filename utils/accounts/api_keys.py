"""API keys: how programs act for a user, within scopes."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError

from utils.accounts.principal import SCOPES, Grant, Principal, Scope
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import USER_AND_TEAM, user_and_team
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import api_keys, teams, users
from utils.database.write_lock import WriteTurnError

PREFIX = "ringside_"
_USED_WITHIN = timedelta(minutes=1)  # how exact "last used" is; more exact would write at every request
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
    created_at: datetime
    last_used_at: datetime | None


_UNREVOKED = (
    select(*columns_of(ApiKeyRecord, api_keys, user_id=users.c.id, user_name=users.c.name))
    .select_from(api_keys.join(users))
    .where(api_keys.c.revoked_at.is_(None))
)
_WORKING = (
    select(*USER_AND_TEAM, api_keys.c.key, api_keys.c.scopes, api_keys.c.last_used_at)
    .select_from(api_keys.join(users).join(teams))
    .where(api_keys.c.revoked_at.is_(None), users.c.active)
)
_WITH_SECRET = _WORKING.where(api_keys.c.secret == bindparam("secret"))
_WITH_KEYS = _WORKING.where(api_keys.c.key.in_(bindparam("keys", expanding=True)))


class ApiKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, user_key: int, name: str, scopes: Collection[Scope]) -> tuple[ApiKeyRecord, str]:
        """The key's record, and its secret: nobody can read it again."""
        key_id, secret = f"key-{secrets.token_hex(8)}", new_secret(PREFIX)
        with self._database.write() as connection:
            connection.execute(
                insert(api_keys).values(
                    id=key_id, user_key=user_key, name=name, hint=secret[:_HINT], secret=hash_of(secret),
                    scopes=" ".join(scope for scope in SCOPES if scope in scopes), created_at=now(),
                )
            )  # fmt: skip
            row = connection.execute(_UNREVOKED.where(api_keys.c.id == key_id)).one()
        return _record(row), secret

    def of_user(self, user_key: int) -> list[ApiKeyRecord]:
        """Those that still work, newest first."""
        return self._list(api_keys.c.user_key == user_key)

    def of_team(self, team_key: int) -> list[ApiKeyRecord]:
        return self._list(users.c.team_key == team_key, users.c.active)

    def revoke(self, team_key: int, key_id: str, user_key: int | None = None) -> ApiKeyRecord | None:
        """Take it back; with ``user_key``, only if it is that user's. None if there is no such key."""
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
        """Who acts with this key; None when it is unknown or revoked, or its user deactivated."""
        used_at = now()
        with self._database.read() as connection:
            row = connection.execute(_WITH_SECRET, {"secret": hash_of(secret)}).first()
        if row is None:
            return None
        if row.last_used_at is None or used_at - row.last_used_at > _USED_WITHIN:
            # A full or busy disk is no reason to refuse who only reads; it is written at a later use.
            with suppress(DBAPIError, WriteTurnError), self._database.write() as connection:
                connection.execute(update(api_keys).where(api_keys.c.key == row.key).values(last_used_at=used_at))
        return _principal(row)

    def principals(self, keys: Collection[int]) -> dict[int, Principal]:
        """The same for many by key; those that no longer work are missing."""
        with self._database.read() as connection:
            return {row.key: _principal(row) for row in connection.execute(_WITH_KEYS, {"keys": list(keys)})}

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
