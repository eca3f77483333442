"""The audit trail: what was done to accounts, access and records, when, and by whom. Rows are never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from utils.database.base import Database
from utils.database.moment import now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import columns_of, record
from utils.database.tables import audit


@dataclass(frozen=True, slots=True)
class AuditRecord:
    key: int
    at: datetime
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
                insert(audit).values(
                    team_key=team_key, at=now(), action=action, actor=actor[:300], subject=subject[:300],
                    address=address, request_id=request_id,
                )
            )  # fmt: skip

    def page(self, team_key: int, cursor: str | None = None, limit: int = 50) -> Page[AuditRecord]:
        """Newest first."""
        query = select(*columns_of(AuditRecord, audit)).where(audit.c.team_key == team_key)
        if cursor:
            query = query.where(audit.c.key < decode_cursor(cursor, 1)[0])
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(audit.c.key.desc()).limit(limit + 1)).all()
        found = [record(AuditRecord, row) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].key) if len(rows) > limit else None)
