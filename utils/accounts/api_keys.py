"""API keys: how programs act for a user, within scopes."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Row, bindparam, text
from sqlalchemy.exc import DBAPIError

from utils.accounts.principal import SCOPES, Grant, Principal, Scope, TeamRecord
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import USER_COLUMNS, user_record
from utils.database.base import Database, now_ms
from utils.database.write_lock import WriteTurnError

PREFIX = "ringside_"
_USED_MS = 60_000  # how exact "last used" is; more exact would write at every request
_HINT = len(PREFIX) + 4
_SELECT = """
SELECT k.key, k.id, k.name, k.scopes, k.hint, k.created_at, k.last_used_at, u.id AS user_id, u.name AS user_name
FROM api_keys k JOIN users u ON u.key = k.user_key
"""
_WORKING = f"""
SELECT {USER_COLUMNS}, k.key AS key_key, k.scopes, k.last_used_at, t.id AS team_id, t.name AS team_name
FROM api_keys k JOIN users u ON u.key = k.user_key JOIN teams t ON t.key = u.team_key
WHERE k.revoked_at IS NULL AND u.active
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    key: int
    id: str
    name: str
    scopes: tuple[Scope, ...]
    hint: str
    user_id: str
    user_name: str
    created_at: int
    last_used_at: int | None


class ApiKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, user_key: int, name: str, scopes: Collection[Scope]) -> tuple[ApiKeyRecord, str]:
        """The key's record, and its secret: nobody can read it again."""
        key_id, secret = f"key-{secrets.token_hex(8)}", new_secret(PREFIX)
        with self._database.write() as connection:
            connection.execute(
                text(
                    "INSERT INTO api_keys (id, user_key, name, scopes, secret, hint, created_at) "
                    "VALUES (:id, :user, :name, :scopes, :secret, :hint, :now)"
                ),
                {
                    "id": key_id, "user": user_key, "name": name, "hint": secret[:_HINT], "secret": hash_of(secret),
                    "scopes": " ".join(scope for scope in SCOPES if scope in scopes), "now": now_ms(),
                },
            )  # fmt: skip
            row = connection.execute(text(f"{_SELECT} WHERE k.id = :id"), {"id": key_id}).one()
        return _record(row), secret

    def of_user(self, user_key: int) -> list[ApiKeyRecord]:
        """Those that still work, newest first."""
        return self._list("k.user_key = :owner", user_key)

    def of_team(self, team_key: int) -> list[ApiKeyRecord]:
        return self._list("u.team_key = :owner AND u.active", team_key)

    def revoke(self, team_key: int, key_id: str, user_key: int | None = None) -> ApiKeyRecord | None:
        """Take it back; with ``user_key``, only if it is that user's. None if there is no such key."""
        mine = " AND k.user_key = :user" if user_key is not None else ""
        values = {"id": key_id, "team": team_key, "user": user_key, "now": now_ms()}
        with self._database.write() as connection:
            row = connection.execute(
                text(f"{_SELECT} WHERE k.id = :id AND k.revoked_at IS NULL AND u.team_key = :team{mine}"), values
            ).first()
            if row is None:
                return None
            connection.execute(
                text("UPDATE api_keys SET revoked_at = :now WHERE key = :key"), values | {"key": row.key}
            )
        return _record(row)

    def principal(self, secret: str) -> Principal | None:
        """Who acts with this key; None when it is unknown or revoked, or its user deactivated."""
        now = now_ms()
        with self._database.read() as connection:
            row = connection.execute(text(f"{_WORKING} AND k.secret = :secret"), {"secret": hash_of(secret)}).first()
        if row is None:
            return None
        if now - (row.last_used_at or 0) > _USED_MS:
            # A full or busy disk is no reason to refuse who only reads; it is written at a later use.
            with suppress(DBAPIError, WriteTurnError), self._database.write() as connection:
                connection.execute(
                    text("UPDATE api_keys SET last_used_at = :now WHERE key = :key"), {"now": now, "key": row.key_key}
                )
        return _principal(row)

    def principals(self, keys: Collection[int]) -> dict[int, Principal]:
        """The same for many by key; those that no longer work are missing."""
        query = text(f"{_WORKING} AND k.key IN :keys").bindparams(bindparam("keys", expanding=True))
        with self._database.read() as connection:
            return {row.key_key: _principal(row) for row in connection.execute(query, {"keys": list(keys)})}

    def _list(self, where: str, owner: int) -> list[ApiKeyRecord]:
        with self._database.read() as connection:
            rows = connection.execute(
                text(f"{_SELECT} WHERE {where} AND k.revoked_at IS NULL ORDER BY k.key DESC"), {"owner": owner}
            )
            return [_record(row) for row in rows]


def _record(row: Row[Any]) -> ApiKeyRecord:
    return ApiKeyRecord(
        row.key, row.id, row.name, tuple(cast(list[Scope], row.scopes.split())), row.hint, row.user_id, row.user_name,
        row.created_at, row.last_used_at,
    )  # fmt: skip


def _principal(row: Row[Any]) -> Principal:
    team = TeamRecord(row.team_key, row.team_id, row.team_name)
    return Principal(
        Grant("key", row.key_key), user_record(row), team, frozenset(cast(list[Scope], row.scopes.split()))
    )
