"""Removes sessions, documents and audit entries that are older than the operator wants them kept.

A number that was mistyped must not cost anything at once: what was set for the first time, or made shorter, takes force
after a grace, is told in the log and on the page Operations, and can be taken back until then. What is longer takes
force at once. What is in force is in the database, so that machines agree about it.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, not_, select, update

from utils.accounts.audit_chain import Line, append, cut
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import audit, audit_chains, audit_positions, documents, live, retention, runs, sessions
from utils.log.events import ENDED_RUN
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import DocumentError, Documents
from utils.sessions.retention_rule import Rule, What, rules_of
from utils.settings import Settings

_SETTINGS: dict[What, str] = {
    "sessions": "RETAIN_SESSIONS_DAYS", "documents": "RETAIN_DOCUMENTS_DAYS", "audit": "RETAIN_AUDIT_DAYS"
}  # fmt: skip
_NAMES: dict[What, str] = {"sessions": "sessions", "documents": "documents", "audit": "audit entries"}
_PIECE = 50
_LINES = 1000  # of the audit trail: so many go in one transaction, which adds one
_SECONDS = 30.0  # of one turn: others have work for the housekeeping, too
_LOCK = "retention"
_log = logging.getLogger(__name__)


class Retention:
    def __init__(self, settings: Settings, database: Database, deletion: SessionDeletion, documents: Documents) -> None:
        self._wanted: dict[What, int | None] = {
            "sessions": settings.retain_sessions_days,
            "documents": settings.retain_documents_days,
            "audit": settings.retain_audit_days,
        }
        self._targets = settings.audit_targets
        self._grace = timedelta(hours=settings.retention_grace_hours)
        self._database = database
        self._deletion = deletion
        self._documents = documents
        self._remove: Mapping[What, Callable[[int, float], Iterator[_Removed]]] = {
            "sessions": self._remove_sessions, "documents": self._remove_documents, "audit": self._remove_lines
        }  # fmt: skip

    def remove_old(self) -> None:
        """For half a minute at most, and by one process of all machines. What is left is removed the next time."""
        rules = rules_of(self._database)
        if not any(self._wanted.values()) and not any(rule.days or rule.former_days for rule in rules):
            return
        lock = self._database.lead(_LOCK)
        if lock is None:
            return
        try:
            for what, days in self._wanted.items():
                self._agree(what, days)
            until = time.monotonic() + _SECONDS
            for rule in rules_of(self._database):
                self._follow(rule, until)
        finally:
            lock.release()

    def _follow(self, rule: Rule, until: float) -> None:
        days = rule.in_force(now())
        if days is None:
            return
        removed: dict[int | None, int] = {}
        try:
            for one in self._remove[rule.what](days, until):
                removed[one.team_key] = removed.get(one.team_key, 0) + one.count
                if time.monotonic() > until:
                    break
        finally:  # also of a turn that fails in the middle
            for team_key, count in removed.items():
                self._tell(rule.what, team_key, count, days)

    def _tell(self, what: What, team_key: int | None, count: int, days: int) -> None:
        _log.info("%d %s were removed (%s=%d)", count, _NAMES[what], _SETTINGS[what], days)
        if team_key is not None and what != "audit":  # whose lines are removed in one with the line that tells so
            with self._database.write() as connection:
                line = Line(now(), f"old {_NAMES[what]} removed", "Ringside", f"{count}, {_why(days)}")
                append(connection, team_key, line)

    def _agree(self, what: What, days: int | None) -> None:
        """What the setting says is in force, at once or after the grace."""
        at = now()
        with self._database.read() as connection:
            row = connection.execute(select(*columns_of(Rule, retention)).where(retention.c.what == what)).first()
        known = record(Rule, row) if row is not None else None
        if known is None and days is None:
            return
        if known is not None and known.days == days:
            return
        former = known.in_force(at) if known is not None else None
        shorter = days is not None and (former is None or days < former)
        values = {"days": days, "begins_at": at + self._grace if shorter else at}
        values["former_days"] = former if shorter else days
        with self._database.write() as connection:
            if known is None:
                connection.execute(insert(retention).values(what=what, **values))
            else:
                connection.execute(update(retention).where(retention.c.what == what).values(values))
        if shorter and days is not None:
            self._announce(what, days, former, at + self._grace)

    def _announce(self, what: What, days: int, former: int | None, begins_at: datetime) -> None:
        count = self.count(what, begins_at - timedelta(days=days))
        _log.warning(
            "%s is %d now (before: %s). From %s on, %d %s that are older will be removed for good. "
            "Set it back before that to keep them",
            _SETTINGS[what], days, former or "for ever", begins_at.isoformat(timespec="minutes"), count, _NAMES[what],
        )  # fmt: skip

    def count(self, what: What, before: datetime) -> int:
        """How many would be removed that are older."""
        query = {"sessions": _old_sessions, "documents": _old_documents, "audit": _old_lines}[what](before)
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()

    def _remove_sessions(self, days: int, until: float) -> "Iterator[_Removed]":
        before = _before(days)
        for row in self._pieces(_old_sessions(before), sessions.c.key, until):
            if self._deletion.delete_idle(row.key, before):
                yield _Removed(row.team_key)

    def _remove_documents(self, days: int, until: float) -> "Iterator[_Removed]":
        for row in self._pieces(_old_documents(_before(days)), documents.c.key, until):
            try:
                self._documents.delete(row.id)
            except DocumentError:  # somebody else was a moment earlier
                continue
            yield _Removed(row.team_key)

    def _pieces(self, query: Select[Any], key: Any, until: float) -> Iterator[Any]:
        last = 0
        while time.monotonic() < until:
            with self._database.read() as connection:
                rows = connection.execute(query.where(key > last).order_by(key).limit(_PIECE)).all()
            yield from rows
            if len(rows) < _PIECE:
                return
            last = rows[-1].key

    def _remove_lines(self, days: int, until: float) -> "Iterator[_Removed]":
        """From the beginning of each chain: what is behind a newer line stays with it."""
        before = _before(days)
        with self._database.read() as connection:
            chains = connection.execute(select(audit_chains.c.team_key, audit_chains.c.seq, audit_chains.c.cut_seq))
            found = chains.all()
        for team_key, head, cut_seq in found:
            newer = select(func.min(audit.c.seq)).where(audit.c.team_key == team_key, audit.c.at >= before)
            with self._database.read() as connection:
                first_kept = connection.scalar(newer)
            upto = min(first_kept - 1 if first_kept is not None else head, self._streamed(team_key, head))
            for done in range(cut_seq, upto, _LINES):
                if time.monotonic() > until:
                    return
                with self._database.write() as connection:
                    count = cut(connection, team_key, min(upto, done + _LINES), _why(days))
                if not count:  # there are strays, which go into the chain first
                    break
                yield _Removed(team_key, count)

    def _streamed(self, team_key: int, head: int) -> int:
        """How far the trail has reached everybody to whom it is streamed: what has not is kept."""
        query = select(audit_positions.c.target, audit_positions.c.seq).where(audit_positions.c.team_key == team_key)
        with self._database.read() as connection:
            positions = {row.target: row.seq for row in connection.execute(query)}
        return min((positions.get(target, 0) for target in self._targets), default=head)


def _before(days: int) -> datetime:
    return now() - timedelta(days=days)


def _why(days: int) -> str:
    return f"older than {days} days"


@dataclass(frozen=True, slots=True)
class _Removed:
    team_key: int | None
    count: int = 1


def _old_sessions(before: datetime) -> Select[Any]:
    return select(sessions.c.key, sessions.c.team_key).where(
        live, not_(sessions.c.kept), sessions.c.updated_at < before, sessions.c.key.not_in(_at_work())
    )


def _old_documents(before: datetime) -> Select[Any]:
    """Not those of a session that is kept, or at work."""
    return (
        select(documents.c.key, documents.c.id, sessions.c.team_key)
        .join(sessions, sessions.c.key == documents.c.session_key)
        .where(
            live, not_(sessions.c.kept), documents.c.created_at < before, sessions.c.key.not_in(_at_work()),
            documents.c.status.in_(("uploaded", "read", "failed")),
        )
    )  # fmt: skip


def _old_lines(before: datetime) -> Select[Any]:
    return select(audit.c.key).where(audit.c.at < before)


def _at_work() -> Select[tuple[int]]:
    return select(runs.c.session_key).where(runs.c.status.not_in(ENDED_RUN))
