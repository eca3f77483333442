"""The lines in which queued runs wait: one for each user and agent. Only the first of a line can be next.

So whose turn it is takes as long as there are lines, however many runs wait, and however many have ended.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from utils.database.moment import Moment
from utils.database.tables import live, pauses, runs, sessions
from utils.sessions.turns import AtWork, Candidate

NO_LINE = -1  # of a run that no agent process claims, or that is only to end
_MOST_AWAKE = 1000
_running, _next, _other, _in_line, _last, _started = (
    runs.alias(name) for name in ("running", "next", "other", "in_line", "last", "started")
)


# The statuses are written out: an index of some rows serves only a statement that says so itself.
def is_status(table: FromClause, status: str) -> ColumnElement[bool]:
    return table.c.status == literal_column(f"'{status}'")


def unended(table: FromClause) -> ColumnElement[bool]:
    return table.c.status.in_([literal_column(f"'{status}'") for status in ("queued", "running", "waiting")])


def is_queued(run: FromClause) -> ColumnElement[bool]:
    return and_(is_status(run, "queued"), run.c.finished_at.is_(None), run.c.paused_at.is_(None))


def is_awake(run: FromClause) -> ColumnElement[bool]:
    """Whether one that waits goes on now."""
    due = run.c.wake_at <= bindparam("now", type_=Moment)
    return and_(is_status(run, "waiting"), due, run.c.paused_at.is_(None))


def is_held_back(run: FromClause, session: FromClause = sessions) -> ColumnElement[bool]:
    """Whether its agent, or everything of its team, is paused. One that is only to end is not held back."""
    whole = or_(pauses.c.agent_key.is_(None), pauses.c.agent_key == run.c.agent_key)
    paused = exists().where(pauses.c.team_key == session.c.team_key, whole).correlate(run, session)
    return and_(~run.c.cancel_requested, paused)


def is_behind(run: FromClause) -> ColumnElement[bool]:
    """Whether another run of its session goes before a queued one."""
    goes_before = or_(
        _other.c.status.in_([literal_column("'running'"), literal_column("'waiting'")]), _other.c.key < run.c.key
    )
    of_session = _other.c.session_key == run.c.session_key
    return exists().where(of_session, unended(_other), _other.c.reported_id.is_(None), goes_before)


def waits_since(run: FromClause) -> ColumnElement[Any]:
    """When its line began to wait: as this run was asked, or as one of the line was started after that."""
    of_line = _started.c.line == run.c.line, _started.c.started_at.is_not(None)
    last = select(func.max(_started.c.started_at)).where(*of_line).scalar_subquery()
    return case((last > run.c.created_at, last), else_=run.c.created_at)


_AT_WORK = (
    select(sessions.c.team_key, _running.c.asked_by, _running.c.agent_key)
    .join_from(_running, sessions, sessions.c.key == _running.c.session_key)
    .where(is_status(_running, "running"), _running.c.reported_id.is_(None), ~_running.c.outside)
)


def _candidates(since: ColumnElement[Any]) -> Select[Any]:
    columns = _next.c.key, sessions.c.team_key, _next.c.asked_by, _next.c.agent_key, since, _next.c.cancel_requested
    able = select(*columns).join_from(_next, sessions, and_(sessions.c.key == _next.c.session_key, live))
    return able.where(~is_held_back(_next))


def _firsts() -> Select[Any]:
    """The first run of each line that may start, each found in the index behind the line of the one before it."""
    able = (
        select(_in_line.c.key)
        .join_from(_in_line, sessions, and_(sessions.c.key == _in_line.c.session_key, live))
        .where(is_queued(_in_line), ~is_behind(_in_line))
        .order_by(_in_line.c.line, _in_line.c.key)
        .limit(1)
    )
    found = select(able.where(_in_line.c.line > NO_LINE).scalar_subquery().label("key")).cte("firsts", recursive=True)
    behind = able.where(_in_line.c.line > _last.c.line).correlate(_last).scalar_subquery()
    firsts = found.union_all(select(behind).join_from(found, _last, _last.c.key == found.c.key))
    return _candidates(waits_since(_next)).join(firsts, firsts.c.key == _next.c.key)


_FIRSTS = _firsts()
_AWAKE = (
    _candidates(_next.c.wake_at)
    .where(is_awake(_next), _next.c.reported_id.is_(None), ~_next.c.outside)
    .order_by(_next.c.key)
    .limit(_MOST_AWAKE)
)


def candidates(connection: Connection, values: Mapping[str, Any]) -> list[Candidate]:
    """Who could be next: the first of each line, and who has waited long enough for something outside."""
    rows = [*connection.execute(_AWAKE, values), *connection.execute(_FIRSTS)]
    return [Candidate(*row) for row in rows]


def at_work(connection: Connection) -> AtWork:
    """Of the runs of agent processes."""
    counts = AtWork()
    for team, user, agent in connection.execute(_AT_WORK):
        counts.add(team, user, agent)
    return counts
