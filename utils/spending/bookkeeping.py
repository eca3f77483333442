"""The books: what steps took, worked out and added up, each once.

What a step tells is stored with its event (utils/log/new_usage.py) and is not settled then. To settle a run is one
transaction: what counts of each of its steps, what that costs, and the difference in the sums of the day. A process
that is killed leaves it unsettled, or settled. Whoever settles the same session at the same time waits.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from blinker import signal
from sqlalchemy import Connection, and_, bindparam, func, select, text, true, update

from utils.database.base import Database
from utils.database.moment import Moment
from utils.database.records import AnyRow
from utils.database.tables import agents, live, runs, sessions, usages
from utils.spending.counting import NO_TOKENS, Cost, Counted, Tokens, Told, count
from utils.spending.lineage import Lineage
from utils.spending.price import Price, price_of
from utils.spending.price_rows import all_prices

# For onlookers (metrics): sent with kind= (of the backend, or "reported"), tokens= and cost=, what is new of both.
spent = signal("ringside.spent")

REPORTED = "reported"  # the kind of agents elsewhere
# Names that programs give are for those who may see the session; of others, the sums say only this.
PRIVATE = "Agents of private sessions"
_MOST_AT_ONCE = 200  # sessions
_SESSIONS = select(usages.c.session_key).where(text("NOT settled")).distinct().limit(_MOST_AT_ONCE)
_RUNS = select(usages.c.run_id).where(text("NOT settled"), usages.c.session_key == bindparam("session")).distinct()
_OF_RUN = select(usages).where(usages.c.session_key == bindparam("session"), usages.c.run_id == bindparam("run"))
_WHOSE = (
    select(sessions.c.team_key, sessions.c.shared, sessions.c.owner_key, runs.c.key, runs.c.asked_by, runs.c.agent_key)
    .add_columns(runs.c.reported_id.is_not(None).label("reported"), agents.c.configuration)
    .join_from(
        sessions,
        runs,
        and_(runs.c.session_key == sessions.c.key, func.coalesce(runs.c.reported_id, runs.c.id) == bindparam("run")),
        isouter=True,
    )
    .join(agents, agents.c.key == runs.c.agent_key, isouter=True)
    .where(sessions.c.key == bindparam("session"))
)
_SETTLE = (
    update(usages)
    .where(
        usages.c.session_key == bindparam("b_session"),
        usages.c.run_id == bindparam("b_run"),
        usages.c.activity_id == bindparam("b_activity"),
    )
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "counted_input", "counted_cached", "counted_output", "counted_reasoning", "cost_micros", "currency",
                "price_key", "team_key", "user_key", "agent_key", "agent_name",
            )
        }
        | {"settled": true()}
    )
)  # fmt: skip
_unpriced = and_(text("settled AND cost_micros IS NULL"), usages.c.counted_input + usages.c.counted_output > 0)
_UNPRICED = (
    select(usages.c.session_key, usages.c.run_id)
    .where(usages.c.team_key == bindparam("team"), usages.c.at >= bindparam("since", type_=Moment), _unpriced)
    .distinct()
)
_UNPRICED_OF_RUN = _OF_RUN.where(usages.c.at >= bindparam("since", type_=Moment), _unpriced)
_ADD = text(
    "INSERT INTO usage_days (team_key, day, user_key, agent_key, agent_name, model, currency, "
    "calls, input, cached, output, reasoning, cost_micros) "
    "VALUES (:team, :day, :user, :agent, :name, :model, :currency, "
    ":calls, :input, :cached, :output, :reasoning, :micros) "
    "ON CONFLICT (team_key, day, user_key, agent_key, agent_name, model, currency) DO UPDATE SET "
    "calls = usage_days.calls + excluded.calls, input = usage_days.input + excluded.input, "
    "cached = usage_days.cached + excluded.cached, output = usage_days.output + excluded.output, "
    "reasoning = usage_days.reasoning + excluded.reasoning, cost_micros = usage_days.cost_micros + excluded.cost_micros"
)
_Place = tuple[int, str, int, int, str, str, str]  # the key of usage_days


@dataclass(frozen=True, slots=True)
class Spender:
    """For whom something was settled. A key of 0 is none; ``run_key`` is that of a run of any kind."""

    team_key: int
    session_key: int
    run_id: str
    run_key: int
    user_key: int
    agent_key: int
    kind: str  # of the backend; of agents elsewhere: reported


class _Whom(NamedTuple):
    """For whom a step is counted. Without an agent's key it is one elsewhere, by its name."""

    team_key: int
    user_key: int
    agent_key: int | None
    agent_name: str


@dataclass(frozen=True, slots=True)
class _Sum:
    calls: int = 0
    tokens: Tokens = NO_TOKENS
    micros: int = 0

    def plus(self, other: "_Sum") -> "_Sum":
        return _Sum(self.calls + other.calls, self.tokens.plus(other.tokens), self.micros + other.micros)

    def minus(self, other: "_Sum") -> "_Sum":
        return _Sum(self.calls - other.calls, self.tokens.minus(other.tokens), self.micros - other.micros)


class Bookkeeping:
    """One for a process; any number of them count each thing once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lineage = Lineage()

    def settle_all(self) -> list[Spender]:
        """All that is not settled. Call it every second."""
        with self._database.read() as connection:
            waiting = connection.scalars(_SESSIONS).all()
        return [spender for session_key in waiting for spender in self.settle(session_key)]

    def settle(self, session_key: int) -> list[Spender]:
        """What of a session is not settled."""
        found = []
        with self._database.read() as connection:
            run_ids = connection.scalars(_RUNS, {"session": session_key}).all()
            parents = {run_id: self._lineage.parents(connection, session_key, run_id) for run_id in run_ids}
        for run_id in run_ids:
            with self._database.write() as connection:
                spender, news = _settled(connection, session_key, run_id, parents[run_id])
            if spender is not None:
                found.append(spender)
                _tell(spender, news)
        return found

    def settle_session(self, session_id: str) -> list[Spender]:
        """The same by the session's id; nothing for one that is not there."""
        with self._database.read() as connection:
            key = connection.scalar(select(sessions.c.key).where(sessions.c.id == session_id, live))
        return [] if key is None else self.settle(key)

    def price_again(self, team_key: int, since: datetime) -> None:
        """Give what has no price yet the one that is known by now. What has one keeps it."""
        with self._database.read() as connection:
            places = connection.execute(_UNPRICED, {"team": team_key, "since": since}).all()
        for session_key, run_id in places:
            with self._database.write() as connection:
                _price_again(connection, team_key, session_key, run_id, since)


def _price_again(connection: Connection, team_key: int, session_key: int, run_id: str, since: datetime) -> None:
    _lock(connection, session_key)
    prices, changes = all_prices(connection, team_key), defaultdict[_Place, _Sum](_Sum)
    found = connection.execute(_UNPRICED_OF_RUN, {"session": session_key, "run": run_id, "since": since})
    for row in found.all():
        price = price_of(row.model, row.at, prices)
        if price is not None:
            counted = Counted(_counted_tokens(row), price.cost(_counted_tokens(row)))
            _note(changes, row, counted, _known(row))
            _write(connection, row, counted, _known(row))
    _add(connection, changes)


def _settled(
    connection: Connection, session_key: int, run_id: str, parents: Mapping[str, str | None]
) -> tuple[Spender | None, list[tuple[AnyRow, Counted]]]:
    _lock(connection, session_key)
    rows = connection.execute(_OF_RUN, {"session": session_key, "run": run_id}).all()
    whose = connection.execute(_WHOSE, {"session": session_key, "run": run_id}).first()
    if whose is None or whose.team_key is None or all(row.settled for row in rows):
        return None, []
    own = whose.key is not None and not whose.reported
    spender = Spender(
        whose.team_key, session_key, run_id, whose.key or 0, whose.asked_by or whose.owner_key or 0,
        (whose.agent_key or 0) if own else 0, _kind(whose.configuration) if own else REPORTED,
    )  # fmt: skip
    counted = _count(rows, parents, all_prices(connection, whose.team_key))
    changes: dict[_Place, _Sum] = defaultdict(_Sum)
    news = []
    for row in rows:
        now_counted = counted[row.activity_id]
        if row.settled and now_counted == _was(row):
            continue
        name = row.agent_name if whose.shared else PRIVATE
        new = _Whom(spender.team_key, spender.user_key, spender.agent_key if own else None, name)
        whom = _known(row) if row.team_key is not None else new
        _note(changes, row, now_counted, whom)
        _write(connection, row, now_counted, whom)
        news.append((row, now_counted))
    _add(connection, changes)
    return spender, news


def _count(rows: Sequence[AnyRow], parents: Mapping[str, str | None], prices: Sequence[Price]) -> dict[str, Counted]:
    by_id = {row.activity_id: row for row in rows}
    by_key = {price.key: price for price in prices}

    def price(activity_id: str, tokens: Tokens) -> Cost | None:
        """By the price that it was counted with before, if it was."""
        row = by_id[activity_id]
        known = by_key.get(row.price_key) or price_of(row.model, row.at, prices)
        return None if known is None else known.cost(tokens)

    told = [
        Told(
            row.activity_id,
            Tokens(row.input, row.cached, row.output, row.reasoning),
            None if row.told_micros is None else Cost(row.told_micros, row.told_currency),
        )
        for row in rows
    ]
    # A step that the log no longer has still says itself what is around it.
    return count(told, {row.activity_id: row.parent_id for row in rows} | dict(parents), price)


def _was(row: AnyRow) -> Counted:
    cost = None if row.cost_micros is None else Cost(row.cost_micros, row.currency, row.price_key)
    return Counted(_counted_tokens(row), cost)


def _counted_tokens(row: AnyRow) -> Tokens:
    return Tokens(row.counted_input, row.counted_cached, row.counted_output, row.counted_reasoning)


def _known(row: AnyRow) -> _Whom:
    """For whom it was counted before: that stays, whoever gets the session."""
    return _Whom(row.team_key, row.user_key, row.agent_key, row.agent_name)


def _note(changes: dict[_Place, _Sum], row: AnyRow, counted: Counted, whom: _Whom) -> None:
    """In the sums of its day: what was counted goes, what is counted comes."""
    name, day = whom.agent_name if whom.agent_key is None else "", f"{row.at:%Y-%m-%d}"

    def place(cost: Cost | None) -> _Place:
        currency = cost.currency if cost is not None else ""
        return whom.team_key, day, whom.user_key, whom.agent_key or 0, name, row.model, currency

    before, is_new = _was(row), row.team_key is None
    if not is_new:
        changes[place(before.cost)] = changes[place(before.cost)].minus(_sum(before))
    changes[place(counted.cost)] = changes[place(counted.cost)].plus(_sum(counted))


def _sum(counted: Counted) -> _Sum:
    return _Sum(1, counted.tokens, counted.cost.micros if counted.cost is not None else 0)


def _write(connection: Connection, row: AnyRow, counted: Counted, whom: _Whom) -> None:
    cost, tokens = counted.cost, counted.tokens
    values: dict[str, Any] = {
        "b_session": row.session_key, "b_run": row.run_id, "b_activity": row.activity_id,
        "new_counted_input": tokens.input, "new_counted_cached": tokens.cached, "new_counted_output": tokens.output,
        "new_counted_reasoning": tokens.reasoning, "new_cost_micros": cost and cost.micros,
        "new_currency": cost and cost.currency, "new_price_key": cost and cost.price_key,
    }  # fmt: skip
    connection.execute(_SETTLE, values | {f"new_{name}": value for name, value in whom._asdict().items()})


def _add(connection: Connection, changes: Mapping[_Place, _Sum]) -> None:
    """In one order everywhere, so that no two wait for each other."""
    names = ("team", "day", "user", "agent", "name", "model", "currency")
    for place, change in sorted(changes.items()):
        if change != _Sum():
            sums = {"calls": change.calls, "micros": change.micros, **change.tokens._asdict()}
            connection.execute(_ADD, {**dict(zip(names, place, strict=True)), **sums})


def _lock(connection: Connection, session_key: int) -> None:
    """Nobody else settles the session until the transaction ends. On SQLite nobody else writes at all."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(72029, hashint8(:session))"), {"session": session_key})


def _kind(configuration: str | None) -> str:
    return str(json.loads(configuration)["kind"]) if configuration is not None else "documents"


def _tell(spender: Spender, news: Iterable[tuple[AnyRow, Counted]]) -> None:
    for row, counted in news:
        before = _was(row)
        spent.send(
            spender.team_key,
            kind=spender.kind,
            tokens=counted.tokens.minus(before.tokens),
            cost=_more(before.cost, counted.cost),
        )


def _more(before: Cost | None, after: Cost | None) -> Cost | None:
    if before is None or after is None or before.currency != after.currency:
        return after
    return Cost(after.micros - before.micros, after.currency)
