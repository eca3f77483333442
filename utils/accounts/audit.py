"""The audit trail: what was done to accounts, access and records, when, and by whom. Rows are never changed."""

from dataclasses import dataclass

from sqlalchemy import text

from utils.database.base import Database, now_ms
from utils.database.paging import Page, decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class AuditRecord:
    key: int
    at: int
    action: str
    actor: str
    subject: str
    address: str | None
    request_id: str | None


class Audit:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self,
        team_key: int,
        action: str,
        actor: str,
        subject: str = "",
        address: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """``action``: 'sign-in', 'role changed', 'key revoked'. ``actor`` and ``subject`` are names for people."""
        with self._database.write() as connection:
            connection.execute(
                text(
                    "INSERT INTO audit (team_key, at, action, actor, subject, address, request_id) "
                    "VALUES (:team, :now, :action, :actor, :subject, :address, :request)"
                ),
                {
                    "team": team_key, "now": now_ms(), "action": action, "actor": actor[:300], "subject": subject[:300],
                    "address": address, "request": request_id,
                },
            )  # fmt: skip

    def page(self, team_key: int, cursor: str | None = None, limit: int = 50) -> Page[AuditRecord]:
        """Newest first."""
        below = decode_cursor(cursor, 1)[0] if cursor else 1 << 62
        with self._database.read() as connection:
            rows = connection.execute(
                text(
                    "SELECT key, at, action, actor, subject, address, request_id FROM audit "
                    "WHERE team_key = :team AND key < :below ORDER BY key DESC LIMIT :limit"
                ),
                {"team": team_key, "below": below, "limit": limit + 1},
            ).all()
        found = [AuditRecord(*row) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].key) if len(rows) > limit else None)
