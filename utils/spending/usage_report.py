"""What a team has used over time: tokens, money, runs, failures and waiting times, by agent, model or person.

Sums are made by the database, by the day and by indexes that have all that is asked; weeks and months are put together
here. Tokens and money outlast their sessions; runs are counted of the sessions that are there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal_column,
    select,
    type_coerce,
)

from utils.database.base import Database
from utils.database.tables import agents, live, runs, sessions, usage_days, users

Step = Literal["day", "week", "month"]
Split = Literal["agent", "model", "person"]
MOST_DAYS = 400
_DAY_MS: ColumnElement[Any] = literal_column("86400000")  # written out, for it is grouped by
ELSEWHERE = "Agents elsewhere"
_NOBODY = "Nobody known"
_NO_MODEL = "Before models were noted"

_ADDED = ("calls", "input", "cached", "output", "reasoning", "unpriced", "runs", "failed", "begun", "waited_ms")


@dataclass(slots=True)
class Amounts:
    """``costs`` are millionths by currency; ``unpriced`` are the tokens of which no price is known.

    ``waited_ms`` is of the ``begun`` runs together, ``longest_ms`` of the one that has waited longest.
    """

    calls: int = 0
    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0
    unpriced: int = 0
    costs: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    failed: int = 0
    begun: int = 0
    waited_ms: int = 0
    longest_ms: int = 0

    def add(self, other: "Amounts") -> None:
        for name in _ADDED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest_ms = max(self.longest_ms, other.longest_ms)
        self.costs.update(other.costs)

    @property
    def mean_wait_ms(self) -> int | None:
        return self.waited_ms // self.begun if self.begun else None


@dataclass(frozen=True, slots=True)
class Line:
    """What was used in a period, which begins on the ``day``, of one agent, model or person."""

    day: date
    name: str
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Report:
    since: date
    until: date
    lines: list[Line]
    totals: list[tuple[str, Amounts]]  # over all periods, the most tokens first
    whole: Amounts
    failures: list[tuple[str, int]]  # how many runs failed with which code, the most first


class UsageReports:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of_team(
        self, team_key: int, since: date, until: date, step: Step, split: Split, user_key: int | None = None
    ) -> Report:
        """From the day ``since`` to the day ``until``, both in UTC. With a user, what counts for them alone."""
        by_day: dict[tuple[date, str], Amounts] = defaultdict(Amounts)
        with self._database.read() as connection:
            names = _Names(connection, team_key)
            for row in connection.execute(_tokens(team_key, since, until, split, user_key)):
                amounts = Amounts(
                    int(row.calls), int(row.input), int(row.cached), int(row.output), int(row.reasoning),
                    int(row.input + row.output) if not row.currency else 0,
                    Counter({row.currency: int(row.micros)}) if row.currency else Counter(),
                )  # fmt: skip
                by_day[date.fromisoformat(row.day), names.of(split, row)].add(amounts)
            if split != "model":
                for row in connection.execute(_runs(team_key, since, until, split, user_key)):
                    amounts = Amounts(
                        runs=int(row.runs), failed=int(row.failed), begun=int(row.begun or 0),
                        waited_ms=int(row.waited or 0), longest_ms=int(row.longest or 0),
                    )  # fmt: skip
                    by_day[_date(row.day), names.of_run(split, row)].add(amounts)
            failures = [
                (row.failure_code or "unknown", int(row.runs))
                for row in connection.execute(_failures(team_key, since, until, user_key))
            ]
        return _put_together(since, until, step, by_day.items(), failures)


class _Names:
    def __init__(self, connection: Connection, team_key: int) -> None:
        named = select(agents.c.key, agents.c.name).where(agents.c.team_key == team_key)
        self._agents = {row.key: row.name for row in connection.execute(named)}
        people = select(users.c.key, users.c.name).where(users.c.team_key == team_key)
        self._users = {row.key: row.name for row in connection.execute(people)}

    def of(self, split: Split, row: Any) -> str:
        match split:
            case "agent":
                return row.agent_name or self._agent(row.agent_key)
            case "model":
                return row.model or _NO_MODEL
            case "person":
                return self._user(row.user_key)

    def of_run(self, split: Split, row: Any) -> str:
        if split == "person":
            return self._user(row.user_key)
        return self._agent(row.agent_key) if row.agent_key else ELSEWHERE

    def _agent(self, key: int) -> str:
        return str(self._agents.get(key, "Removed agent" if key else "Built-in agents"))

    def _user(self, key: int | None) -> str:
        return str(self._users.get(key, _NOBODY))


def _tokens(team_key: int, since: date, until: date, split: Split, user_key: int | None) -> Select[Any]:
    days = usage_days.c
    by = {"agent": (days.agent_key, days.agent_name), "model": (days.model,), "person": (days.user_key,)}[split]
    sums = (func.sum(days[name]).label(name) for name in ("calls", "input", "cached", "output", "reasoning"))
    found = (
        select(days.day, *by, days.currency, *sums, func.sum(days.cost_micros).label("micros"))
        .where(days.team_key == team_key, days.day.between(since.isoformat(), until.isoformat()))
        .group_by(days.day, *by, days.currency)
    )
    return found if user_key is None else found.where(days.user_key == user_key)


_user = func.coalesce(runs.c.asked_by, sessions.c.owner_key)


def _ended(team_key: int, since: date, until: date, user_key: int | None) -> ColumnElement[bool]:
    found = and_(
        sessions.c.team_key == team_key, runs.c.finished_at.is_not(None),
        runs.c.finished_at.between(_moment(since), _moment(until + timedelta(days=1)) - timedelta(milliseconds=1)),
    )  # fmt: skip
    return found if user_key is None else and_(found, _user == user_key)


def _runs(team_key: int, since: date, until: date, split: Split, user_key: int | None) -> Select[Any]:
    day = type_coerce(runs.c.finished_at, BigInteger).op("/")(_DAY_MS).label("day")
    by = (runs.c.agent_key if split == "agent" else _user).label("agent_key" if split == "agent" else "user_key")
    waited = type_coerce(runs.c.started_at, BigInteger).op("-")(type_coerce(runs.c.created_at, BigInteger))
    counted = case((and_(runs.c.started_at.is_not(None), runs.c.started_at >= runs.c.created_at), waited), else_=0)
    return (
        select(
            day, by, func.count().label("runs"),
            func.sum(case((runs.c.status == "failed", 1), else_=0)).label("failed"),
            func.count(runs.c.started_at).label("begun"), func.sum(counted).label("waited"),
            func.max(counted).label("longest"),
        )
        .join_from(runs, sessions, and_(sessions.c.key == runs.c.session_key, live))
        .where(_ended(team_key, since, until, user_key))
        .group_by(day, by)
    )  # fmt: skip


def _failures(team_key: int, since: date, until: date, user_key: int | None) -> Select[Any]:
    """By their codes alone: the words may be of a session that is not everybody's."""
    count = func.count().label("runs")
    return (
        select(runs.c.failure_code, count)
        .join_from(runs, sessions, and_(sessions.c.key == runs.c.session_key, live))
        .where(_ended(team_key, since, until, user_key), runs.c.status == "failed")
        .group_by(runs.c.failure_code)
        .order_by(count.desc(), runs.c.failure_code)
        .limit(50)
    )


def _put_together(
    since: date, until: date, step: Step, by_day: Iterable[tuple[tuple[date, str], Amounts]],
    failures: list[tuple[str, int]],
) -> Report:  # fmt: skip
    lines: dict[tuple[date, str], Amounts] = defaultdict(Amounts)
    totals: dict[str, Amounts] = defaultdict(Amounts)
    whole = Amounts()
    for (day, name), amounts in by_day:
        lines[_begins(day, step), name].add(amounts)
        totals[name].add(amounts)
        whole.add(amounts)
    in_order = [Line(day, name, amounts) for (day, name), amounts in sorted(lines.items(), key=lambda one: one[0])]
    most_first = sorted(totals.items(), key=lambda one: (-one[1].input - one[1].output, -one[1].runs, one[0]))
    return Report(since, until, in_order, most_first, whole, failures)


def _begins(day: date, step: Step) -> date:
    match step:
        case "day":
            return day
        case "week":  # on Monday
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _date(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=int(number))
