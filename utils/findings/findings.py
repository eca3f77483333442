"""Findings: each is told once in its session's log, stays while it is so, and may be dismissed for its run."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import findings, live, runs, sessions
from utils.findings.finding import EVENT_PREFIX, Code, Found
from utils.findings.finding_rows import FindingRecord, find_finding, open_findings, seen_findings
from utils.log.activity_log import ActivityLog, Receipt
from utils.log.errors import SessionGoneError
from utils.log.events import Error
from utils.sessions.runs import own

_SAME_AGAIN = timedelta(minutes=10)  # what comes back within that is the same finding
_WORKS = "running"
_WHAT_TO_DO = "Look at its steps, and stop the run if it does not go on by itself."


@dataclass(frozen=True, slots=True)
class Place:
    """The run in which something is found; ``run_id`` is "" for what is told outside of any run."""

    session_key: int
    session_id: str
    run_id: str


class Kept(NamedTuple):
    """A row of what is found, and whether somebody said that it is fine."""

    id: str
    place: Place
    code: Code
    dismissed: bool


class Findings:
    def __init__(self, database: Database, log: ActivityLog) -> None:
        self._database = database
        self._log = log

    def get(self, finding_id: str) -> FindingRecord | None:
        with self._database.read() as connection:
            return find_finding(connection, finding_id)

    def seen_by(self, user: UserRecord) -> list[FindingRecord]:
        """What is found now in the sessions that the user may see, the oldest first; at most 200."""
        with self._database.read() as connection:
            return seen_findings(connection, user)

    def of_sessions(self, session_keys: Collection[int]) -> dict[int, list[FindingRecord]]:
        """What is found now in sessions, by their keys."""
        with self._database.read() as connection:
            return open_findings(connection, session_keys)

    def dismiss(self, finding_id: str, by: UserRecord) -> FindingRecord | None:
        """It is fine: nobody is told of it any more in this run. Whoever says so first, counts. None: there is none."""
        dismissed = {"dismissed_at": now(), "dismissed_by": by.key}
        unknown = findings.c.id == finding_id, findings.c.dismissed_at.is_(None)
        with self._database.write() as connection:
            connection.execute(update(findings).where(*unknown).values(dismissed))
            return find_finding(connection, finding_id)

    def all_open(self) -> list[Kept]:
        """Those that have not ended, dismissed ones included."""
        f = findings.c
        query = (
            select(f.id, f.session_key, sessions.c.id.label("session_id"), f.run_id, f.code, f.dismissed_at)
            .join(sessions, and_(sessions.c.key == f.session_key, live))
            .where(f.over_at.is_(None))
        )
        with self._database.read() as connection:
            return [
                Kept(row.id, Place(row.session_key, row.session_id, row.run_id), row.code, row.dismissed_at is not None)
                for row in connection.execute(query)
            ]

    def begin(self, place: Place, found: Found) -> Kept | None:
        """Keep what is found, and tell of it in the log unless it was told of within minutes.

        None: its run does not work any more. Raises SessionGoneError when the session was deleted.
        """
        with self._database.write() as connection:
            if not _works(connection, place):
                return None
            kept, receipt = self._keep(connection, place, found)
        if receipt is not None:
            self._log.tell(receipt)
        return kept

    def go_on(self, finding_id: str, found: Found) -> None:
        """It still is so, and there is more of it."""
        changed = update(findings).where(findings.c.id == finding_id).values(_words(found))
        with self._database.write() as connection:
            connection.execute(changed)

    def end(self, finding_ids: Iterable[str]) -> None:
        """They are over."""
        over = update(findings).where(findings.c.id.in_(list(finding_ids)), findings.c.over_at.is_(None))
        with self._database.write() as connection:
            connection.execute(over.values(over_at=now()))

    def _keep(self, connection: Connection, place: Place, found: Found) -> tuple[Kept, Receipt | None]:
        of_code = _at(place), findings.c.code == found.code
        last = connection.execute(
            select(findings.c.id, findings.c.over_at, findings.c.dismissed_at)
            .where(*of_code).order_by(findings.c.key.desc()).limit(1)
        ).first()  # fmt: skip
        if last is not None:
            kept = Kept(last.id, place, found.code, last.dismissed_at is not None)
            if last.over_at is None:
                return kept, None
            if kept.dismissed or last.over_at > now() - _SAME_AGAIN:
                again = update(findings).where(findings.c.id == last.id)
                connection.execute(again.values(over_at=None, **_words(found)))
                return kept, None
        values = {
            "id": f"finding-{secrets.token_hex(8)}", "session_key": place.session_key, "run_id": place.run_id,
            "code": found.code, "found_at": now(), **_words(found),
        }  # fmt: skip
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(findings).values(values).on_conflict_do_nothing()
        try:
            added = connection.execute(insert.returning(findings.c.id)).first()
        except IntegrityError as error:
            raise SessionGoneError("The session was deleted.") from error
        if added is None:  # by another process, just now
            known = select(findings.c.id).where(*of_code, findings.c.over_at.is_(None))
            return Kept(connection.scalars(known).one(), place, found.code, False), None
        receipt = self._log.append_within(connection, place.session_id, [_event(place, found)], place.session_key)
        return Kept(added.id, place, found.code, False), receipt


def _works(connection: Connection, place: Place) -> bool:
    """Whether the run goes on, until the transaction ends. Whoever changes a run locks it before its session."""
    named = or_(runs.c.reported_id == place.run_id, and_(own, runs.c.id == place.run_id))
    of_run = select(runs.c.status).where(runs.c.session_key == place.session_key, named)
    status = connection.scalar(of_run.with_for_update(key_share=True))
    return status is None or status == _WORKS


def _at(place: Place) -> ColumnElement[bool]:
    return and_(findings.c.session_key == place.session_key, findings.c.run_id == place.run_id)


def _words(found: Found) -> dict[str, object]:
    return {
        "sentence": found.sentence, "evidence": [asdict(one) for one in found.evidence],
        "activity_id": found.activity_id, "agent_name": found.agent_name,
    }  # fmt: skip


def _event(place: Place, found: Found) -> Error:
    sentence = found.sentence if found.sentence[-1] in ".…" else f"{found.sentence}."
    return Error(
        session_id=place.session_id, run_id=place.run_id or None, code=f"{EVENT_PREFIX}{found.code}",
        message=f"{sentence} {_WHAT_TO_DO}", agent_name=found.agent_name, activity_id=found.activity_id,
    )  # fmt: skip
