"""The audit trail: changes to accounts, access and records, with time and actor.

Lines are only added, at the end of a chain (utils/accounts/audit_chain.py); the oldest go when they are too old.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from utils.accounts.audit_chain import Line, append
from utils.database.base import Database
from utils.database.moment import now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import columns_of, record
from utils.database.tables import audit

_READ_ROWS = 500


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """``seq``, ``salt``, ``sealed`` and ``hash``: its place in the chain."""

    key: int
    at: datetime
    action: str
    actor: str
    subject: str
    address: str | None
    request_id: str | None
    seq: int | None
    salt: str | None
    sealed: str | None
    attests: str | None
    hash: str | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines. ``about`` is part of the actor or the subject; ``until`` is no longer among them."""

    about: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.about:
            yield or_(
                audit.c.actor.icontains(self.about, autoescape=True),
                audit.c.subject.icontains(self.about, autoescape=True),
            )
        if self.action:
            yield audit.c.action == self.action
        if self.since:
            yield audit.c.at >= self.since
        if self.until:
            yield audit.c.at < self.until


EVERY_LINE = AuditFilter()


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
        """``action``: 'signed in', 'user changed', 'key revoked'. ``actor`` and ``subject`` are names for people to
        read, and are cut to 300 characters.
        """
        with self._database.write() as connection:
            append(connection, team_key, Line(now(), action, actor[:300], subject[:300], address, request_id))

    def page(
        self, team_key: int, cursor: str | None = None, limit: int = 50, which: AuditFilter = EVERY_LINE
    ) -> Page[AuditRecord]:
        """Newest first."""
        query = select(*columns_of(AuditRecord, audit)).where(audit.c.team_key == team_key, *which.conditions())
        if cursor:
            query = query.where(audit.c.key < decode_cursor(cursor, 1)[0])
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(audit.c.key.desc()).limit(limit + 1)).all()
        found = [record(AuditRecord, row) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].key) if len(rows) > limit else None)

    def newest(self, team_key: int) -> int:
        """The key of the newest line; 0: there is none."""
        with self._database.read() as connection:
            found = connection.scalar(select(func.max(audit.c.key)).where(audit.c.team_key == team_key))
        return found or 0

    def lines(self, team_key: int, upto: int, which: AuditFilter = EVERY_LINE) -> Iterator[AuditRecord]:
        """Oldest first, up to the one with the key ``upto``. No transaction is open between two of them."""
        query = select(*columns_of(AuditRecord, audit)).where(audit.c.team_key == team_key, *which.conditions())
        query, key = query.where(audit.c.key <= upto).order_by(audit.c.key).limit(_READ_ROWS), 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(audit.c.key > key)).all()
            yield from (record(AuditRecord, row) for row in rows)
            if len(rows) < _READ_ROWS:
                return
            key = rows[-1].key
