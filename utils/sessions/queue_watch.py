"""Tells those who wait in the queue what they wait for, in the log of their session, whenever that has changed."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select, update

from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.records import AnyRow
from utils.database.tables import agents, live, runs, sessions
from utils.log.activity_log import ActivityLog
from utils.log.events import RunUpdate
from utils.registry.agent_processes import AgentProcesses
from utils.sessions.lines import at_work, is_behind, is_held_back, is_status, waits_since
from utils.sessions.runs import own
from utils.sessions.turns import AtWork, Candidate, Limits, limit_of, turn_of

_AT_FIRST = timedelta(seconds=2)  # most runs begin sooner
_AGAIN = timedelta(seconds=10)
_MOST_SEEN = 500  # of the queue; who is behind them is told when it has come closer
_MOST_TOLD = 20  # at one look
_NOBODY = "Waiting for an agent process: none is running."
_EXACTLY = 10  # questions before one; above that, tens are told
_WAITING = (
    select(
        runs.c.key, sessions.c.team_key, runs.c.asked_by, runs.c.agent_key, waits_since(runs), runs.c.line, runs.c.id,
        sessions.c.id.label("session_id"), agents.c.name, runs.c.reason, runs.c.said_at, runs.c.created_at,
    )
    .join_from(runs, sessions, and_(sessions.c.key == runs.c.session_key, live))
    .join(agents, agents.c.key == runs.c.agent_key, isouter=True)
    .where(is_status(runs, "queued"), own, ~runs.c.outside, ~runs.c.cancel_requested, ~is_behind(runs))
    .where(runs.c.paused_at.is_(None), ~is_held_back(runs))
    .order_by(runs.c.key)
    .limit(_MOST_SEEN)
)  # fmt: skip
_SAID = (
    update(runs)
    .where(runs.c.key == bindparam("run"), is_status(runs, "queued"), runs.c.paused_at.is_(None))
    .where(or_(runs.c.said_at.is_(None), runs.c.said_at <= bindparam("long_ago", type_=Moment)))
    .values(reason=bindparam("words"), said_at=bindparam("now", type_=Moment))
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    turn: Candidate
    line: int
    id: str
    session_id: str
    agent: str | None
    reason: str | None
    said_at: datetime | None
    created_at: datetime


def _waiting(row: AnyRow) -> _Waiting:
    key, team, user, agent, since, *rest = row
    return _Waiting(Candidate(key, team, user, agent, since), *rest)


class QueueWatch:
    """One for a process; any number of them tell each thing once."""

    def __init__(self, database: Database, log: ActivityLog, limits: Limits) -> None:
        self._database = database
        self._log = log
        self._limits = limits
        self._processes = AgentProcesses(database)

    def look(self) -> None:
        """For agent processes. Call it every few seconds."""
        moment = now()
        with self._database.read() as connection:
            waiting = [_waiting(row) for row in connection.execute(_WAITING)]
            working = at_work(connection) if waiting else AtWork()
        lines = _Lines(waiting, working, moment)
        self._tell_all(waiting, moment, lambda run: self._words(run, lines, working))

    def look_for_nobody(self) -> None:
        """For who is there without agent processes: where none is on any machine, it says so. As often."""
        if self._processes.any_live():
            return
        with self._database.read() as connection:
            waiting = [_waiting(row) for row in connection.execute(_WAITING)]
        self._tell_all(waiting, now(), lambda _: _NOBODY)

    def _tell_all(self, waiting: list[_Waiting], moment: datetime, words_for: Callable[[_Waiting], str]) -> None:
        told = 0
        for run in sorted(waiting, key=lambda run: (run.said_at or run.created_at, run.turn.key)):
            since = moment - (run.said_at or run.created_at)
            if told == _MOST_TOLD or since < (_AGAIN if run.said_at else _AT_FIRST):
                return
            words = words_for(run)
            if words != run.reason:
                self._tell(run, words, moment)
                told += 1

    def _words(self, run: _Waiting, lines: "_Lines", working: AtWork) -> str:
        match limit_of(run.turn, working, self._limits):
            case "agent":
                return _taken(f"“{run.agent}”", "its ", working.agent[run.turn.agent], self._limits.agent)
            case "user":
                whom = "other questions of the same user"
                return _taken(whom, "", working.user[run.turn.user], self._limits.user)
            case "team":
                return _taken("other questions of the team", "", working.team[run.turn.team], self._limits.team)
            case None:
                return _behind(lines.before(run))

    def _tell(self, run: _Waiting, words: str, moment: datetime) -> None:
        values = {"run": run.turn.key, "words": words, "now": moment, "long_ago": moment - _AGAIN}
        with self._database.write() as connection:
            if not connection.execute(_SAID, values).rowcount:
                return  # it has begun, or another process has told it
            event = RunUpdate(session_id=run.session_id, run_id=run.id, status="queued", reason=words)
            receipt = self._log.append_within(connection, run.session_id, [event])
        self._log.tell(receipt)


class _Lines:
    """How many go before one, if the lines take turns as they do now."""

    def __init__(self, waiting: Sequence[_Waiting], working: AtWork, moment: datetime) -> None:
        lines: dict[int, list[_Waiting]] = defaultdict(list)
        self._place: dict[int, int] = {}
        for run in waiting:
            self._place[run.turn.key] = len(lines[run.line])
            lines[run.line].append(run)
        firsts = sorted(lines, key=lambda line: turn_of(lines[line][0].turn, working, moment))
        self._rank = {line: rank for rank, line in enumerate(firsts)}
        self._lengths = {line: len(runs) for line, runs in lines.items()}

    def before(self, run: _Waiting) -> int:
        place, rank = self._place[run.turn.key], self._rank[run.line]
        others = ((length, self._rank[line] < rank) for line, length in self._lengths.items() if line != run.line)
        return place + sum(min(length, place + is_sooner) for length, is_sooner in others)


def _taken(by: str, whose: str, count: int, limit: int) -> str:
    is_are = "is" if limit == 1 else "are"
    return f"Waiting for {by}: {count} of {whose}{limit} {'place' if limit == 1 else 'places'} {is_are} taken."


def _behind(before: int) -> str:
    if not before:
        return "Waiting for a free agent: this question is next."
    if before == 1:
        return "Waiting for a free agent: 1 question before this one."
    many = f"{before}" if before <= _EXACTLY else f"more than {(before - 1) // 10 * 10}"
    return f"Waiting for a free agent: {many} questions before this one."
