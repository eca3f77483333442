"""What was spent: by runs, by sessions, and by whom a budget is for. Read from the books, a moment after it is told."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, func, or_, select, tuple_

from utils.database.base import in_pieces
from utils.database.moment import now, to_ms
from utils.database.records import AnyRow
from utils.database.tables import runs, sessions, usage_days, usages
from utils.spending.budget import Budget
from utils.spending.counting import NO_TOKENS, Cost, Tokens

_tokens = usages.c.counted_input + usages.c.counted_output
_sums = [
    func.sum(usages.c.counted_input).label("input"), func.sum(usages.c.counted_cached).label("cached"),
    func.sum(usages.c.counted_output).label("output"), func.sum(usages.c.counted_reasoning).label("reasoning"),
    func.coalesce(func.sum(usages.c.cost_micros), 0).label("micros"),
]  # fmt: skip
_run_id = func.coalesce(runs.c.reported_id, runs.c.id)
_BY_RUNS = (
    select(runs.c.key, usages.c.model, usages.c.currency, *_sums)
    .join_from(runs, usages, and_(usages.c.session_key == runs.c.session_key, usages.c.run_id == _run_id))
    .where(runs.c.key.in_(bindparam("runs", expanding=True)), usages.c.settled)
    .group_by(runs.c.key, usages.c.model, usages.c.currency)
)
_BY_SESSION = (
    select(usages.c.run_id, usages.c.model, usages.c.currency, *_sums)
    .where(usages.c.session_key == bindparam("session"), usages.c.settled)
    .group_by(usages.c.run_id, usages.c.model, usages.c.currency)
)
# A row of each run and currency, found by the primary key; what costs most is the last of its run.
_micros = func.sum(usages.c.cost_micros).label("micros")
_COSTS = (
    select(usages.c.session_key, usages.c.run_id, usages.c.currency, _micros)
    .where(tuple_(usages.c.session_key, usages.c.run_id).in_(bindparam("runs", expanding=True)))
    .where(usages.c.settled, usages.c.cost_micros.is_not(None))
    .group_by(usages.c.session_key, usages.c.run_id, usages.c.currency)
    .order_by(_micros, usages.c.currency.desc())
)


@dataclass(slots=True)
class Spent:
    """``costs`` are millionths by currency. ``unpriced`` are the models of which some tokens have no price."""

    tokens: Tokens = NO_TOKENS
    costs: dict[str, int] = field(default_factory=dict)
    unpriced: list[str] = field(default_factory=list)

    def take(self, row: AnyRow) -> None:
        tokens = Tokens(int(row.input), int(row.cached), int(row.output), int(row.reasoning))
        self.tokens = self.tokens.plus(tokens)
        if row.currency is not None:
            self.costs[row.currency] = self.costs.get(row.currency, 0) + int(row.micros)
        elif tokens.total and row.model not in self.unpriced:
            self.unpriced.append(row.model)

    @property
    def cost_micros(self) -> int | None:
        """Where all that has a price is in one currency; None where nothing has one, or in several."""
        return next(iter(self.costs.values())) if len(self.costs) == 1 else None

    @property
    def currency(self) -> str | None:
        return next(iter(self.costs)) if len(self.costs) == 1 else None


def spent_by_runs(connection: Connection, run_keys: Collection[int]) -> dict[int, Spent]:
    """By the keys of runs, own and reported ones; those that took nothing are missing."""
    found: dict[int, Spent] = defaultdict(Spent)
    for some in in_pieces(run_keys):
        for row in connection.execute(_BY_RUNS, {"runs": some}):
            found[row.key].take(row)
    return dict(found)


def costs_of_runs(connection: Connection, run_ids: Collection[tuple[int, str]]) -> dict[tuple[int, str], Cost]:
    """By session and run, as events have it ("": of no run), in the currency with the most of it.

    Those of which no price is known are missing.
    """
    found: dict[tuple[int, str], Cost] = {}
    for some in in_pieces(run_ids):
        for row in connection.execute(_COSTS, {"runs": some}):
            found[row.session_key, row.run_id] = Cost(int(row.micros), row.currency)
    return found


def spent_by_session(connection: Connection, session_key: int) -> tuple[Spent, dict[str, Spent]]:
    """Of a session, and of its runs by their ids; "": of no run."""
    whole, by_run = Spent(), defaultdict[str, Spent](Spent)
    for row in connection.execute(_BY_SESSION, {"session": session_key}):
        whole.take(row)
        by_run[row.run_id].take(row)
    return whole, dict(by_run)


def used(connection: Connection, budget: Budget, subject_key: int) -> int:
    """How much of a budget is used in the present period, in its unit. ``subject_key``: by which run, session …"""
    since = budget.begins(now())
    if budget.unit == "time":
        return _scalar(connection, _worked(budget, since), subject_key)
    if budget.scope in ("run", "session"):
        return _scalar(connection, _of_steps(budget, since), subject_key)
    return _scalar(connection, _of_days(budget, since), subject_key)


def _of_steps(budget: Budget, since: datetime | None) -> Select[Any]:
    what, which = _amount(budget, _tokens, usages.c.cost_micros, usages.c.currency)
    found = select(func.coalesce(func.sum(what), 0)).where(usages.c.settled, *which)
    if budget.scope == "session":
        found = found.where(usages.c.session_key == bindparam("subject"))
    else:
        of_run = and_(usages.c.session_key == runs.c.session_key, usages.c.run_id == _run_id)
        found = found.join_from(runs, usages, of_run).where(runs.c.key == bindparam("subject"))
    return found if since is None else found.where(usages.c.at >= since)


def _of_days(budget: Budget, since: datetime | None) -> Select[Any]:
    days = usage_days.c
    what, which = _amount(budget, days.input + days.output, days.cost_micros, days.currency)
    found = select(func.coalesce(func.sum(what), 0)).where(days.team_key == budget.team_key, *which)
    if since is not None:
        found = found.where(days.day >= f"{since:%Y-%m-%d}")
    whose: Mapping[str, ColumnElement[bool]] = {
        "agent": days.agent_key == bindparam("subject"), "user": days.user_key == bindparam("subject"),
        "team": days.team_key == bindparam("subject"),
    }  # fmt: skip
    return found.where(whose[budget.scope])


def _amount(
    budget: Budget, tokens: ColumnElement[Any], micros: ColumnElement[Any], currency: ColumnElement[Any]
) -> tuple[ColumnElement[Any], list[ColumnElement[bool]]]:
    return (tokens, []) if budget.unit == "tokens" else (micros, [currency == budget.currency])


def _worked(budget: Budget, since: datetime | None) -> Select[Any]:
    """For how long was worked on runs that go on, or have ended since then: of a reported one, since it began."""
    end = func.coalesce(runs.c.finished_at, to_ms(now()))
    reported = case((runs.c.started_at.is_(None), 0), (end > runs.c.started_at, end - runs.c.started_at), else_=0)
    lasted = case((runs.c.reported_id.is_(None), runs.c.worked_ms), else_=reported)
    found = select(func.coalesce(func.sum(lasted), 0)).join_from(runs, sessions, sessions.c.key == runs.c.session_key)
    if since is not None:
        found = found.where(or_(runs.c.finished_at.is_(None), runs.c.finished_at >= since))
    whose: Mapping[str, ColumnElement[bool]] = {
        "run": runs.c.key == bindparam("subject"), "session": runs.c.session_key == bindparam("subject"),
        "agent": runs.c.agent_key == bindparam("subject"), "team": sessions.c.team_key == bindparam("subject"),
        "user": func.coalesce(runs.c.asked_by, sessions.c.owner_key) == bindparam("subject"),
    }  # fmt: skip
    return found.where(sessions.c.team_key == budget.team_key, whose[budget.scope])


def _scalar(connection: Connection, query: Select[Any], subject_key: int) -> int:
    return int(connection.scalar(query, {"subject": subject_key}) or 0)
