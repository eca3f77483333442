"""Runs: pieces of work in a session, each a user's question and how far its answer is.

Read here; utils/sessions/run_queue.py is where they are asked for, worked on and ended.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, bindparam, func, or_, select

from utils.database.base import Database
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import columns_of, record
from utils.database.tables import live, runs, sessions
from utils.log.events import ENDED_RUN, FromStep, RunStatus
from utils.log.store import Fence
from utils.sessions.restart import Restart

# How the ids of runs begin that are worked on here; what else stands beside their checkpoints is other programs'.
ASKED_HERE, ASKED_BY_KAFKA = RUN_IDS = ("run-", "request-")
_MOST_ALIKE = 50  # runs of several sessions that have the same id


@dataclass(frozen=True, slots=True)
class RunRecord:
    """``first_seq`` is the seq of its first event in the session's log."""

    key: int
    id: str
    session_id: str
    status: RunStatus
    question: str
    attempt: int  # how often it was begun; the fencing token of whoever works on it
    losses: int  # how many processes were lost at it
    beat: int  # the heartbeat: a count that moves while its owner lives
    owner: str | None  # the process that works on it
    cancel_requested: bool
    reason: str | None
    first_seq: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    agent_key: int | None  # who answers; none: the built-in agents as the settings say
    wake_at: datetime | None  # of one that waits, or has waited: when it goes on
    reported: bool  # an agent elsewhere works on it and reports it; the id is that agent's, and unique in its session
    outside: bool  # whether a worker outside works on it, and no agent process
    traceparent: str | None  # of the request that asked
    told: int  # how many records its worker outside has told in this attempt
    worked_ms: int  # for how long it was worked on, over all attempts, as its owners told with their beats
    paused_at: datetime | None  # when somebody paused it; of one at work: asked it to pause
    retry_of: str | None  # the id of the run of its session that it is asked in the place of

    @property
    def fence(self) -> Fence:
        return Fence(self.id, self.attempt)

    @property
    def ended(self) -> bool:
        return self.status in ENDED_RUN


# Those of this server's queue.
own = runs.c.reported_id.is_(None)


def run_columns(session_id: ColumnElement[str], prefix: str = "") -> list[ColumnElement[Any]]:
    """What a RunRecord is made of."""
    return columns_of(
        RunRecord, runs, prefix, id=func.coalesce(runs.c.reported_id, runs.c.id), session_id=session_id, reported=~own
    )


# With the session it belongs to, unless that is being deleted.
select_runs = select(*run_columns(sessions.c.id)).join_from(
    runs, sessions, and_(sessions.c.key == runs.c.session_key, live)
)
_ONE = select_runs.where(runs.c.id == bindparam("run_id"), own)
_REPORTED = (
    select_runs.where(runs.c.reported_id == bindparam("run_id"))
    .where(or_(sessions.c.id == bindparam("session", type_=String), bindparam("session", type_=String).is_(None)))
    .order_by(runs.c.key.desc())
    .limit(bindparam("limit"))
)
_OWN = select(runs.c.id).where(runs.c.id.in_(bindparam("run_ids", expanding=True)), own)
_LOCKED = _ONE.with_for_update(of=runs, key_share=True)
_PAGE = (
    select_runs.where(runs.c.session_key == bindparam("session"), runs.c.key < bindparam("below"))
    .order_by(runs.c.key.desc())
    .limit(bindparam("limit"))
)
_METADATA = select(runs.c.metadata).where(runs.c.key == bindparam("run"))
_FROM_STEP = select(runs.c.from_step).where(runs.c.key == bindparam("run"))
_ALL = select_runs.where(runs.c.session_key == bindparam("session")).order_by(runs.c.key)


class Runs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, run_id: str) -> RunRecord | None:
        with self._database.read() as connection:
            return find_run(connection, run_id)

    def reported(self, run_id: str, session_id: str | None = None) -> list[RunRecord]:
        """The runs that agents elsewhere report under this id, the newest first; of one session at most one."""
        with self._database.read() as connection:
            values = {"run_id": run_id, "session": session_id, "limit": _MOST_ALIKE}
            return [record(RunRecord, row) for row in connection.execute(_REPORTED, values)]

    def own_among(self, run_ids: Collection[str]) -> list[str]:
        """Which of the ids are of runs of this server's queue, in any session."""
        with self._database.read() as connection:
            return list(connection.scalars(_OWN, {"run_ids": list(run_ids)}))

    def page(self, session_key: int, cursor: str | None = None, limit: int = 50) -> Page[RunRecord]:
        """A session's runs, newest first."""
        values = {"session": session_key, "below": decode_cursor(cursor, 1)[0] if cursor else 1 << 62}
        with self._database.read() as connection:
            found = [record(RunRecord, row) for row in connection.execute(_PAGE, {**values, "limit": limit + 1})]
        return Page(found[:limit], encode_cursor(found[limit - 1].key) if len(found) > limit else None)

    def metadata_of(self, run: RunRecord) -> dict[str, Any]:
        """The JSON object of the message, on top of what its session had then."""
        with self._database.read() as connection:
            return connection.execute(_METADATA, {"run": run.key}).scalar() or {}  # of one that is just deleted, none

    def from_step_of(self, run: RunRecord) -> FromStep | None:
        """The step of another run where it begins; None: it begins at its beginning."""
        with self._database.read() as connection:
            stored = connection.execute(_FROM_STEP, {"run": run.key}).scalar()
        return Restart(run.retry_of or "", **stored).told if stored is not None else None

    def all_of(self, session_key: int) -> list[RunRecord]:
        """A session's runs, oldest first."""
        with self._database.read() as connection:
            return [record(RunRecord, row) for row in connection.execute(_ALL, {"session": session_key})]


def find_run(connection: Connection, run_id: str, *, lock: bool = False) -> RunRecord | None:
    """One of this server's queue. With ``lock``, nobody else changes it until the transaction ends."""
    row = connection.execute(_LOCKED if lock else _ONE, {"run_id": run_id}).first()
    return record(RunRecord, row) if row else None


def owned_run(connection: Connection, run: RunRecord) -> RunRecord:
    """The run as it is now, which nobody else changes until the transaction ends. Raises StaleRunError if this attempt
    does not work on it any more."""
    now = find_run(connection, run.id, lock=True)
    if now is None or (now.status, now.attempt) != ("running", run.attempt):
        raise run.fence.stale()
    return now
