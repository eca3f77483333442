"""Spectator links: whoever has one may watch one session, until it expires or is taken back."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, text

from utils.accounts.principal import Grant, Spectator
from utils.accounts.secret import hash_of, new_secret
from utils.database.base import Database, now_ms
from utils.database.tables import LIVE

_SELECT = """
SELECT l.key, l.id, l.session_key, s.id AS session_id, l.hides_tool_data, l.created_at, l.expires_at,
       u.name AS made_by
FROM spectator_links l JOIN sessions s ON s.key = l.session_key LEFT JOIN users u ON u.key = l.made_by
"""
_VALID = f"l.revoked_at IS NULL AND l.expires_at > :now AND s.{LIVE}"


@dataclass(frozen=True, slots=True)
class SpectatorLinkRecord:
    key: int
    id: str
    session_key: int
    session_id: str
    hides_tool_data: bool
    made_by: str | None
    created_at: int
    expires_at: int

    @property
    def spectator(self) -> Spectator:
        return Spectator(Grant("link", self.key), self.session_key, self.hides_tool_data, self.expires_at)


class SpectatorLinks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, session_key: int, made_by: int, valid_ms: int, hides_tool_data: bool
    ) -> tuple[SpectatorLinkRecord, str]:
        """The link's record, and its secret: nobody can read it again."""
        secret, now = new_secret(), now_ms()
        with self._database.write() as connection:
            connection.execute(
                text(
                    "INSERT INTO spectator_links (id, session_key, secret, hides_tool_data, made_by, created_at, "
                    "expires_at) VALUES (:id, :session, :secret, :hides, :by, :now, :expires)"
                ),
                {
                    "id": f"link-{secrets.token_hex(8)}", "session": session_key, "secret": hash_of(secret),
                    "hides": hides_tool_data, "by": made_by, "now": now, "expires": now + valid_ms,
                },
            )  # fmt: skip
            row = connection.execute(text(f"{_SELECT} WHERE l.secret = :secret"), {"secret": hash_of(secret)}).one()
        return _record(row), secret

    def of_session(self, session_key: int) -> list[SpectatorLinkRecord]:
        """Those that still work, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                text(f"{_SELECT} WHERE l.session_key = :session AND {_VALID} ORDER BY l.key DESC"),
                {"session": session_key, "now": now_ms()},
            )
            return [_record(row) for row in rows]

    def find(self, secret: str) -> SpectatorLinkRecord | None:
        """None when it has expired, was taken back, or never was."""
        with self._database.read() as connection:
            row = connection.execute(
                text(f"{_SELECT} WHERE l.secret = :secret AND {_VALID}"), {"secret": hash_of(secret), "now": now_ms()}
            ).first()
        return _record(row) if row else None

    def spectators(self, keys: Collection[int]) -> dict[int, Spectator]:
        """Whom the links of these keys let in; those that no longer work are missing."""
        query = text(f"{_SELECT} WHERE l.key IN :keys AND {_VALID}").bindparams(bindparam("keys", expanding=True))
        with self._database.read() as connection:
            rows = connection.execute(query, {"keys": list(keys), "now": now_ms()})
            return {row.key: _record(row).spectator for row in rows}

    def revoke(self, session_key: int, link_id: str) -> bool:
        """Whether there was such a link."""
        with self._database.write() as connection:
            gone = connection.execute(
                text(
                    "UPDATE spectator_links SET revoked_at = :now "
                    "WHERE session_key = :session AND id = :id AND revoked_at IS NULL"
                ),
                {"session": session_key, "id": link_id, "now": now_ms()},
            )
            return gone.rowcount > 0


def _record(row: Row[Any]) -> SpectatorLinkRecord:
    return SpectatorLinkRecord(
        row.key, row.id, row.session_key, row.session_id, bool(row.hides_tool_data), row.made_by, row.created_at,
        row.expires_at,
    )  # fmt: skip
