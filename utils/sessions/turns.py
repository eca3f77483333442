"""Whose turn it is: which of the runs that could start is started next. Pure; docs/decisions/0013 has the reasons.

The run whose team has the fewest runs at work goes first; of those, the one whose user has the fewest, then whose agent
has the fewest, then whose line (the same user's questions to the same agent) has waited longest. A line has waited
since its first question was asked, or since one of it was started. What has waited for ten minutes, while nothing of
its line is at work, goes before all that: so nothing waits for ever, whatever others ask.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

_PATIENCE = timedelta(minutes=10)
# What a process has room for: any run; one of a user or of an agent that has none at work; one of an agent that has
# none at work; only what is to end.
Room = Literal["any", "new", "new agent", "none"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many runs of one team, agent or user work at the same time; 0: no limit."""

    team: int = 0
    agent: int = 0
    user: int = 0


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that could start now. Without a team, a user or an agent, it is of none that has a limit."""

    key: int
    team: int | None
    user: int | None
    agent: int | None
    since: datetime  # when its line began to wait for this turn
    ends: bool = False  # it is only to end, and needs nobody's leave


@dataclass(slots=True)
class AtWork:
    """How many runs each has at work."""

    team: Counter[int | None] = field(default_factory=Counter)
    user: Counter[int | None] = field(default_factory=Counter)
    agent: Counter[int | None] = field(default_factory=Counter)
    line: Counter[tuple[int | None, int | None]] = field(default_factory=Counter)

    def add(self, team: int | None, user: int | None, agent: int | None) -> None:
        self.team[team] += 1
        self.user[user] += 1
        self.agent[agent] += 1
        self.line[user, agent] += 1


def may_start(run: Candidate, at_work: AtWork, limits: Limits, room: Room = "any") -> bool:
    if run.ends:
        return True
    new_agent, new_user = not at_work.agent[run.agent], not at_work.user[run.user]
    has_room = {"any": True, "new": new_agent or new_user, "new agent": new_agent, "none": False}[room]
    return has_room and limit_of(run, at_work, limits) is None


def limit_of(run: Candidate, at_work: AtWork, limits: Limits) -> Literal["agent", "user", "team"] | None:
    """Which limit keeps it waiting."""
    if run.agent is not None and 0 < limits.agent <= at_work.agent[run.agent]:
        return "agent"
    if run.user is not None and 0 < limits.user <= at_work.user[run.user]:
        return "user"
    if run.team is not None and 0 < limits.team <= at_work.team[run.team]:
        return "team"
    return None


def next_turn(
    candidates: Iterable[Candidate], at_work: AtWork, limits: Limits, room: Room, now: datetime
) -> Candidate | None:
    able = [run for run in candidates if may_start(run, at_work, limits, room)]
    return min(able, key=lambda run: turn_of(run, at_work, now), default=None)


def turn_of(run: Candidate, at_work: AtWork, now: datetime) -> tuple[object, ...]:
    """The smaller, the sooner."""
    overdue = now - run.since >= _PATIENCE and not at_work.line[run.user, run.agent]
    counts = at_work.team[run.team], at_work.user[run.user], at_work.agent[run.agent]
    return (not run.ends, not overdue, (0, 0, 0) if overdue else counts, run.since, run.key)
