"""The rows of budgets: what is to be kept, how far it is told, and which runs are held because of it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, select, text, update

from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import budget_holds, budget_states, budgets, live, runs, sessions
from utils.sessions.lines import unended
from utils.spending.bookkeeping import REPORTED, Spender
from utils.spending.budget import Budget, Level

_BUDGETS = select(*columns_of(Budget, budgets))
_kept = budgets.c.removed_at.is_(None)
_OF_TEAM = _BUDGETS.where(budgets.c.team_key == bindparam("team"), _kept).order_by(budgets.c.key)
_WITH_KEY = _BUDGETS.where(budgets.c.key == bindparam("key"))
_place = and_(
    budget_states.c.budget_key == bindparam("of_budget"), budget_states.c.subject_key == bindparam("of_subject"),
    budget_states.c.period == bindparam("in_period"),
)  # fmt: skip
_TELL = text(
    "INSERT INTO budget_states (budget_key, subject_key, period, told, more) "
    "VALUES (:of_budget, :of_subject, :in_period, :told, 0) ON CONFLICT (budget_key, subject_key, period) "
    "DO UPDATE SET told = excluded.told WHERE budget_states.told <> excluded.told AND budget_states.told <> 'passed'"
)
_HOLD = text(
    "INSERT INTO budget_holds (run_key, budget_key, subject_key, period) "
    "VALUES (:run, :of_budget, :of_subject, :in_period) ON CONFLICT DO NOTHING"
)
_of_spender = (
    sessions.c.team_key, runs.c.session_key, runs.c.key, runs.c.agent_key, runs.c.asked_by, sessions.c.owner_key,
    func.coalesce(runs.c.reported_id, runs.c.id).label("run_id"), runs.c.reported_id, sessions.c.id.label("session_id"),
)  # fmt: skip
_SPENDERS = select(*_of_spender).join_from(runs, sessions, and_(sessions.c.key == runs.c.session_key, live))


@dataclass(frozen=True, slots=True)
class Place:
    """Of what there is one state: a budget, whose use is counted, and when."""

    budget_key: int
    subject_key: int
    period: str

    @property
    def values(self) -> dict[str, int | str]:
        return {"of_budget": self.budget_key, "of_subject": self.subject_key, "in_period": self.period}


@dataclass(frozen=True, slots=True)
class State:
    """``more`` was allowed beyond the budget. ``approval_id`` is what the run ``asking_run`` asks people."""

    budget_key: int
    subject_key: int
    period: str
    told: Level
    more: int
    approval_id: str | None
    asking_run: str | None

    @property
    def place(self) -> Place:
        return Place(self.budget_key, self.subject_key, self.period)


_STATES = select(*columns_of(State, budget_states))


@dataclass(frozen=True, slots=True)
class Hold:
    """A run that is paused because of a budget."""

    run_key: int
    run_id: str
    budget_key: int
    subject_key: int
    period: str
    ended: bool
    paused: bool

    @property
    def place(self) -> Place:
        return Place(self.budget_key, self.subject_key, self.period)


_HOLDS = (
    select(
        *columns_of(
            Hold, budget_holds, run_id=runs.c.id, ended=runs.c.finished_at.is_not(None),
            paused=runs.c.paused_at.is_not(None),
        )
    )
    .join_from(budget_holds, runs, runs.c.key == budget_holds.c.run_key)
    .order_by(budget_holds.c.run_key)
)  # fmt: skip


def budgets_of(connection: Connection, team_key: int) -> list[Budget]:
    return [record(Budget, row) for row in connection.execute(_OF_TEAM, {"team": team_key})]


def budget_with(connection: Connection, key: int) -> Budget | None:
    """Also one that was removed."""
    row = connection.execute(_WITH_KEY, {"key": key}).first()
    return record(Budget, row) if row is not None else None


def hard_and_passed(connection: Connection) -> list[tuple[Budget, State]]:
    """Those that more than one run counts for, in the periods that go on."""
    hard = [record(Budget, row) for row in connection.execute(_BUDGETS.where(budgets.c.hard, _kept)).all()]
    by_key = {budget.key: budget for budget in hard if budget.scope != "run"}
    passed = _STATES.where(budget_states.c.told == "passed", budget_states.c.budget_key.in_(by_key))
    found = [record(State, row) for row in connection.execute(passed)]
    return [
        (by_key[state.budget_key], state)
        for state in found
        if state.period == by_key[state.budget_key].period_at(now())
    ]


def state_of(connection: Connection, place: Place) -> State | None:
    row = connection.execute(_STATES.where(_place), place.values).first()
    return record(State, row) if row is not None else None


def asking(connection: Connection) -> list[State]:
    """Those of which people are asked something."""
    rows = connection.execute(_STATES.where(budget_states.c.approval_id.is_not(None)))
    return [record(State, row) for row in rows]


def note_told(connection: Connection, place: Place, level: Level) -> bool:
    """Whether that is news: each level is told once."""
    return connection.execute(_TELL, {**place.values, "told": level}).rowcount == 1


def note_asked(connection: Connection, place: Place, approval_id: str, run_id: str) -> bool:
    """Whether nothing else is asked."""
    asked = update(budget_states).where(_place, budget_states.c.approval_id.is_(None))
    values = {"approval_id": approval_id, "asking_run": run_id}
    return connection.execute(asked.values(values), place.values).rowcount == 1


def note_answered(connection: Connection, state: State, more: int = 0) -> bool:
    """What was asked is over, and ``more`` is allowed; once, whoever notes it."""
    asked = update(budget_states).where(_place, budget_states.c.approval_id == state.approval_id)
    values: dict[str, Any] = {"approval_id": None, "asking_run": None, "more": budget_states.c.more + more}
    if more:
        values["told"] = "near"  # that it is passed again is to be told again
    return connection.execute(asked.values(values), state.place.values).rowcount == 1


def hold(connection: Connection, place: Place, run_key: int) -> None:
    connection.execute(_HOLD, {**place.values, "run": run_key})


def holds(connection: Connection) -> list[Hold]:
    """Those that are held, oldest first."""
    return [record(Hold, row) for row in connection.execute(_HOLDS)]


def let_go(connection: Connection, run_key: int) -> None:
    connection.execute(delete(budget_holds).where(budget_holds.c.run_key == run_key))


def spender_of(connection: Connection, run_key: int) -> tuple[Spender, str] | None:
    """For whom a run is worked on, and the id of its session."""
    row = connection.execute(_SPENDERS.where(runs.c.key == run_key)).first()
    return (_spender(row), row.session_id) if row is not None else None


def not_held(connection: Connection, budget: Budget, subject_key: int) -> list[Spender]:
    """The runs of this server that go on, count for the budget, and are not held."""
    own = _SPENDERS.where(unended(runs), runs.c.reported_id.is_(None), ~runs.c.cancel_requested)
    own = own.where(runs.c.key.not_in(select(budget_holds.c.run_key)), sessions.c.team_key == budget.team_key)
    found = [_spender(row) for row in connection.execute(own.order_by(runs.c.key))]
    return [one for one in found if subject_of(budget, one) == subject_key]


def at_work_for_minutes(connection: Connection) -> list[tuple[Spender, str]]:
    """The runs that go on in teams which have a budget of minutes."""
    teams = select(budgets.c.team_key).where(budgets.c.unit == "time", _kept)
    running = _SPENDERS.where(runs.c.status == "running", sessions.c.team_key.in_(teams))
    return [(_spender(row), row.session_id) for row in connection.execute(running)]


def subject_of(budget: Budget, spender: Spender) -> int | None:
    """Whose use a budget counts, of one that uses something; None: it is for others."""
    subject = {
        "run": spender.run_key, "session": spender.session_key, "agent": spender.agent_key,
        "user": spender.user_key, "team": spender.team_key,
    }[budget.scope]  # fmt: skip
    return subject if subject and budget.target_key in (None, subject) else None


def _spender(row: AnyRow) -> Spender:
    own = row.reported_id is None
    user = row.asked_by or row.owner_key or 0
    agent, kind = (row.agent_key or 0, "") if own else (0, REPORTED)
    return Spender(row.team_key or 0, row.session_key, row.run_id, row.key, user, agent, kind)
