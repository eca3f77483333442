"""The rows of findings, as part of a caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select

from utils.accounts.principal import Ownership, UserRecord
from utils.database.base import in_pieces
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import findings, live, runs, sessions, users
from utils.findings.finding import GENERAL, Code, Evidence
from utils.sessions.runs import own
from utils.sessions.visibility import of, visible

_MOST = 200


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """``run_id`` is None for what is told outside of any run, ``dismissed_by`` the name of who said that it is fine.

    ``reported``: an agent elsewhere works on the run; None where there is no record of it, so that nobody can stop it.
    """

    key: int
    id: str
    session: Ownership
    run_id: str | None
    activity_id: str | None
    agent_name: str | None
    code: Code
    sentence: str
    evidence: Sequence[Evidence]
    found_at: datetime
    over_at: datetime | None
    dismissed_at: datetime | None
    dismissed_by: str | None
    reported: bool | None

    @property
    def is_open(self) -> bool:
        return self.over_at is None and self.dismissed_at is None

    @property
    def general(self) -> str:
        """The sentence without what tools were given and have returned."""
        return GENERAL[self.code]


is_found = and_(findings.c.over_at.is_(None), findings.c.dismissed_at.is_(None))
_of_run = and_(
    runs.c.session_key == findings.c.session_key,
    or_(runs.c.reported_id == findings.c.run_id, and_(own, runs.c.id == findings.c.run_id)),
)
select_findings = (
    select(
        *columns_of(FindingRecord, findings, dismissed_by=users.c.name, reported=runs.c.reported_id.is_not(None)),
        runs.c.key.label("run_key"),
        *columns_of(Ownership, sessions, "session_"),
    )
    .join_from(findings, sessions, and_(sessions.c.key == findings.c.session_key, live))
    .join(runs, _of_run, isouter=True)
    .join(users, users.c.key == findings.c.dismissed_by, isouter=True)
)
_WITH_ID = select_findings.where(findings.c.id == bindparam("id"))
_OPEN = select_findings.where(is_found)
_SEEN = _OPEN.where(or_(*visible(sessions))).order_by(findings.c.key).limit(_MOST)


def finding_record(row: AnyRow) -> FindingRecord:
    columns = row._mapping
    return record(
        FindingRecord, row, session=record(Ownership, row, "session_"), run_id=columns["run_id"] or None,
        evidence=tuple(Evidence(**one) for one in columns["evidence"]),
        reported=None if columns["run_key"] is None else bool(columns["reported"]),
    )  # fmt: skip


def find_finding(connection: Connection, finding_id: str) -> FindingRecord | None:
    row = connection.execute(_WITH_ID, {"id": finding_id}).first()
    return finding_record(row) if row is not None else None


def open_findings(connection: Connection, session_keys: Collection[int]) -> dict[int, list[FindingRecord]]:
    """What is found now in sessions, the oldest first, by their keys. Those in which nothing is are missing."""
    found: dict[int, list[FindingRecord]] = {}
    for some in in_pieces(session_keys):
        for row in connection.execute(_OPEN.where(findings.c.session_key.in_(some)).order_by(findings.c.key)):
            one = finding_record(row)
            found.setdefault(one.session.key, []).append(one)
    return found


def seen_findings(connection: Connection, user: UserRecord) -> list[FindingRecord]:
    """What is found now in the sessions that the user may see, the oldest first; at most 200."""
    return [finding_record(row) for row in connection.execute(_SEEN, of(user))]
