"""What the records say of what runs, waits and has just ended, in all sessions."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, not_, or_, select

from utils.accounts.principal import Whose
from utils.database.base import Database, in_pieces
from utils.database.moment import Moment, now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import (
    agents,
    approvals,
    budget_states,
    budgets,
    findings,
    live,
    runs,
    sessions,
    teams,
    users,
)  # fmt: skip
from utils.findings.finding_rows import is_found
from utils.log.events import ENDED_RUN, RunStatus
from utils.sessions.addressees import Addressee, Asked, addressees_of
from utils.sessions.approval_rows import is_open
from utils.sessions.lines import unended
from utils.spending.budget import periods_at
from utils.spending.counting import Cost
from utils.spending.spent import costs_of_runs

LATELY = timedelta(minutes=15)  # what ended within is told of
_MOST = 5000  # of each kind: the newest


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """``first`` and ``head``: of its log."""

    key: int
    id: str
    title: str
    first: int
    head: int
    owner_id: str | None
    whose: Whose


@dataclass(frozen=True, slots=True)
class RunRecord:
    """``id`` is the one that its events have."""

    session: SessionRecord
    id: str
    reported: bool
    status: RunStatus
    reason: str | None
    cancel_requested: bool
    first_seq: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    agent_id: str | None
    agent_name: str | None
    avatar_id: str | None
    kind: str | None
    approvals: int
    finding: str | None  # what makes it look stuck
    over_budget: bool

    @property
    def ended(self) -> bool:
        return self.status in ENDED_RUN


@dataclass(frozen=True, slots=True)
class Found:
    runs: list[RunRecord]
    sessions: list[SessionRecord]  # in which something happened lately
    costs: dict[tuple[int, str], Cost]  # by session and run; "": of no run
    waits_for: dict[tuple[int, str], list[Addressee]]  # whom their open questions wait for, beside administrators


_of_session = [
    *columns_of(SessionRecord, sessions, "session_", owner_id=users.c.id),
    *columns_of(Whose, sessions, "session_"),
]
_run_id = func.coalesce(runs.c.reported_id, runs.c.id)
_asked = (
    select(func.count())
    .where(approvals.c.session_key == runs.c.session_key, approvals.c.run_id == _run_id, is_open)
    .scalar_subquery()
)
_found = (
    select(findings.c.sentence)
    .where(findings.c.session_key == runs.c.session_key, findings.c.run_id == _run_id, is_found)
    .order_by(findings.c.key)
    .limit(1)
    .scalar_subquery()
)
# Budgets of its own or of its session: of those of more, no run is more over than the others.
_over = (
    exists()
    .where(
        budgets.c.team_key == sessions.c.team_key, budgets.c.removed_at.is_(None),
        budget_states.c.budget_key == budgets.c.key, budget_states.c.told == "passed",
        budget_states.c.period.in_(bindparam("periods", expanding=True)),
        or_(
            and_(budgets.c.scope == "run", budget_states.c.subject_key == runs.c.key),
            and_(budgets.c.scope == "session", budget_states.c.subject_key == runs.c.session_key),
        ),
    )
)  # fmt: skip
_RUNS = (
    select(
        *columns_of(
            RunRecord, runs, id=_run_id, reported=runs.c.reported_id.is_not(None), agent_id=agents.c.id,
            agent_name=agents.c.name, avatar_id=agents.c.avatar_id, approvals=_asked, finding=_found,
            over_budget=_over,
        ),
        agents.c.configuration,
        *_of_session,
    )
    .join_from(runs, sessions, and_(sessions.c.key == runs.c.session_key, live))
    .join(users, users.c.key == sessions.c.owner_key, isouter=True)
    .join(agents, agents.c.key == runs.c.agent_key, isouter=True)
)  # fmt: skip
_QUESTIONS = select(
    approvals.c.session_key, approvals.c.run_id, approvals.c.deciders, approvals.c.administrators
).where(approvals.c.session_key.in_(bindparam("keys", expanding=True)), is_open)
_since = bindparam("since", type_=Moment)
_OPEN = _RUNS.where(unended(runs)).order_by(runs.c.key.desc()).limit(_MOST)
_ENDED = _RUNS.where(runs.c.finished_at >= _since).order_by(runs.c.finished_at.desc()).limit(_MOST)
_moved = and_(live, sessions.c.archived == bindparam("archived", value=False), sessions.c.updated_at >= _since)
_moved_lately = (
    select(*_of_session)
    .join_from(sessions, users, users.c.key == sessions.c.owner_key, isouter=True)
    .where(_moved)
    .order_by(sessions.c.updated_at.desc())
    .limit(_MOST)
)
# Each is served by one of the indexes that list sessions: they begin with whose these are.
_MOVED = (
    _moved_lately.where(sessions.c.shared, sessions.c.team_key.in_(select(teams.c.key))),
    _moved_lately.where(not_(sessions.c.shared), sessions.c.owner_key.in_(select(users.c.key).correlate(None))),
)


def read_all(database: Database) -> Found:
    """Raises DatabaseLostError."""
    with database.read() as connection:
        return _read(connection, now() - LATELY, [_OPEN, _ENDED], _MOVED)


def read_some(database: Database, keys: Collection[int]) -> Found:
    """The same of these sessions alone."""
    found, since = Found([], [], {}, {}), now() - LATELY
    with database.read() as connection:
        for piece in in_pieces(keys):
            some = _read(connection, since, _RUNS_OF, _SESSIONS_OF, keys=piece)
            found.runs.extend(some.runs)
            found.sessions.extend(some.sessions)
            found.costs.update(some.costs)
            found.waits_for.update(some.waits_for)
    return found


def _of_keys(statement: Select[Any]) -> Select[Any]:
    return statement.where(sessions.c.key.in_(bindparam("keys", expanding=True)))


_RUNS_OF = [_of_keys(statement) for statement in (_OPEN, _ENDED)]
_SESSIONS_OF = [_of_keys(_moved_lately)]


def _read(
    connection: Connection,
    since: datetime,
    of_runs: Collection[Select[Any]],
    of_sessions: Collection[Select[Any]],
    **values: object,
) -> Found:
    values |= {"since": since, "periods": periods_at(now())}

    def rows(statements: Collection[Select[Any]]) -> Iterator[AnyRow]:
        for statement in statements:
            yield from connection.execute(statement, values)

    found = [_run(row) for row in rows(of_runs)]
    moved = [_session(row) for row in rows(of_sessions)]
    spenders = {(run.session.key, run.id) for run in found}
    without_run = {session.key for session in moved} - {run.session.key for run in found}
    costs = costs_of_runs(connection, spenders | {(key, "") for key in without_run})
    return Found(found, moved, costs, _waits_for(connection, [run for run in found if run.approvals]))


def _waits_for(connection: Connection, asking: Collection[RunRecord]) -> dict[tuple[int, str], list[Addressee]]:
    asked: dict[tuple[int, str], set[Asked]] = {(run.session.key, run.id): set() for run in asking}
    whose = {run.session.key: run.session.whose for run in asking}
    for piece in in_pieces(whose):
        for key, run_id, deciders, administrators in connection.execute(_QUESTIONS, {"keys": piece}):
            if (key, run_id) in asked:
                of = whose[key]
                asked[key, run_id].add(Asked(of.team_key, of.owner_key, tuple(deciders), administrators))
    people = addressees_of(connection, {one for some in asked.values() for one in some})
    return {run: sorted({who for one in some for who in people[one]}, key=_by_name) for run, some in asked.items()}


def _by_name(who: Addressee) -> tuple[str, str]:
    return who.name, who.id


def _run(row: AnyRow) -> RunRecord:
    configuration = row._mapping["configuration"]
    kind = json.loads(configuration)["kind"] if configuration is not None else None
    return record(RunRecord, row, session=_session(row), kind=kind)


def _session(row: AnyRow) -> SessionRecord:
    return record(SessionRecord, row, "session_", whose=record(Whose, row, "session_"))
