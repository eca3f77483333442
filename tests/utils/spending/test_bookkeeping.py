"""The books: each step counts once, for whom it was taken, at the price of its time; sums and steps say the same."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from tests.support.at_once import at_once
from tests.support.usages import ended, took
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import usage_days, usages
from utils.log.activity_log import ActivityLog
from utils.log.events import RunUpdate
from utils.sessions.deletion import SessionDeletion
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import SessionRecord, Sessions
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.price import NewPrice
from utils.spending.prices import Prices

EUR = NewPrice("m*", "EUR", 2_000_000, 8_000_000)


def sums(database: Database) -> list[tuple[Any, ...]]:
    """(agent's name, model, currency, input, output, millionths), without what is nothing."""
    days = usage_days.c
    query = select(days.agent_name, days.model, days.currency, days.input, days.output, days.cost_micros)
    with database.read() as connection:
        rows = connection.execute(query.order_by(*usage_days.primary_key)).all()
    return [tuple(row) for row in rows if any(row[3:])]


def shared(sessions: Sessions, owner: UserRecord, session_id: str) -> SessionRecord:
    """A session whose agents the team may know by name."""
    session = sessions.create(owner=owner, session_id=session_id)
    sessions.change(session_id, shared=True)
    return session


def consistent(database: Database) -> None:
    """What the sums say is what the steps say."""
    of_steps = [
        func.coalesce(func.sum(column), 0)
        for column in (usages.c.counted_input, usages.c.counted_output, usages.c.cost_micros)
    ]
    days = usage_days.c
    of_days = [func.coalesce(func.sum(column), 0) for column in (days.input, days.output, days.cost_micros)]
    with database.read() as connection:
        assert tuple(connection.execute(select(*of_steps)).one()) == tuple(connection.execute(select(*of_days)).one())


def test_a_step_is_stored_with_its_event_or_not_at_all_and_counts_once(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord
) -> None:
    shared(sessions, ada, "s1")
    log.append("s1", [ended("a", usage=took(10, 2)), ended("b", usage=took(5)), ended("c")])
    assert len(books.settle_all()) == 1
    assert books.settle_all() == []
    assert sums(database) == [("Crew", "m", "", 15, 2, 0)]
    consistent(database)


def test_many_at_once_count_nothing_twice(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord
) -> None:
    """Appends and processes that settle, all at the same time."""
    for name in ("s1", "s2"):
        shared(sessions, ada, name)

    def emit(number: int) -> None:
        for step in range(10):
            log.append(f"s{number % 2 + 1}", [ended(f"{number}-{step}", f"s{number % 2 + 1}", usage=took(1, 1))])

    def settle() -> None:
        other = Bookkeeping(database)
        for _ in range(10):
            other.settle_all()

    outcomes = at_once(*[lambda n=n: emit(n) for n in range(4)], *[settle] * 4)
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    books.settle_all()
    assert sums(database) == [("Crew", "m", "", 40, 40, 0)]
    consistent(database)


def test_a_step_that_is_told_again_counts_as_it_was_told_last(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord, prices: Prices
) -> None:
    shared(sessions, ada, "s1")
    prices.add(ada.team_key, [EUR])
    for tokens in (10, 30, 20):
        log.append("s1", [ended("a", usage=took(tokens))])
        books.settle_all()
        assert sums(database) == [("Crew", "m", "EUR", tokens, 0, 2 * tokens)]
    log.append("s1", [ended("a", usage=took(1)), ended("a", usage=took(7))])
    books.settle_all()
    assert sums(database) == [("Crew", "m", "EUR", 7, 0, 14)]
    consistent(database)


def test_a_sum_around_other_steps_counts_for_what_is_beyond_them_whichever_is_told_first(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord
) -> None:
    whole, task = ended("whole", usage=took(100)), ended("task", parent_id="whole")
    calls = [ended(f"call-{n}", parent_id="task", usage=took(30)) for n in range(3)]
    for name, order in {"s1": [whole, task, *calls], "s2": [task, *calls, whole], "s3": [*calls, task, whole]}.items():
        shared(sessions, ada, name)
        for event in order:
            log.append(name, [event.model_copy(update={"session_id": name})])
            books.settle_all()
    assert sums(database) == [("Crew", "m", "", 300, 0, 0)]
    consistent(database)


def test_steps_of_the_same_id_in_two_runs_are_two(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord
) -> None:
    shared(sessions, ada, "s1")
    for run in ("r1", "r2", None):
        log.append("s1", [ended("1", run_id=run, usage=took(10)), ended("2", run_id=run, parent_id="1", usage=took(4))])
    books.settle_all()
    assert sums(database) == [("Crew", "m", "", 30, 0, 0)]


def test_what_is_counted_keeps_its_price_and_what_had_none_gets_one_from_its_time_on(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord, prices: Prices
) -> None:
    shared(sessions, ada, "s1")
    at = now()
    log.append("s1", [ended("old", usage=took(1000, model="x"), time=at - timedelta(days=3))])
    log.append("s1", [ended("a", usage=took(1000, model="x"), time=at - timedelta(days=1))])
    books.settle_all()
    assert [one.model for one in prices.unpriced(ada.team_key)] == ["x"]
    prices.add(ada.team_key, [NewPrice("x", "EUR", 1_000_000, 0, valid_from=at - timedelta(days=2))])
    assert sum(row[5] for row in sums(database)) == 1000
    assert [one.tokens for one in prices.unpriced(ada.team_key)] == [1000]
    prices.add(ada.team_key, [NewPrice("x", "USD", 9_000_000, 0, valid_from=at - timedelta(days=4))])
    costs = {row[2]: row[5] for row in sums(database)}
    assert costs == {"EUR": 1000, "USD": 9000}
    log.append("s1", [ended("a", usage=took(2000, model="x"), time=at - timedelta(days=1))])
    books.settle_all()
    assert {row[2]: row[5] for row in sums(database)} == {"EUR": 2000, "USD": 9000}
    consistent(database)


def test_a_price_that_is_removed_is_not_known_afterwards(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord, prices: Prices
) -> None:
    shared(sessions, ada, "s1")
    [added] = prices.add(ada.team_key, [EUR])
    log.append("s1", [ended("a", usage=took(10))])
    books.settle_all()
    assert prices.remove(ada.team_key, added.id) is not None
    assert prices.remove(ada.team_key, added.id) is None
    log.append("s1", [ended("b", usage=took(10))])
    books.settle_all()
    assert sums(database) == [("Crew", "m", "", 10, 0, 0), ("Crew", "m", "EUR", 10, 0, 20)]


def test_what_a_step_tells_of_its_cost_counts_before_any_price(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord, prices: Prices
) -> None:
    shared(sessions, ada, "s1")
    prices.add(ada.team_key, [EUR])
    log.append("s1", [ended("a", usage=took(10, cost=0.25, currency="CHF"))])
    books.settle_all()
    assert sums(database) == [("Crew", "m", "CHF", 10, 0, 250_000)]


def test_runs_of_this_server_count_for_who_asked_and_for_their_agent(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord, run_queue: RunQueue
) -> None:
    shared(sessions, ada, "s1")
    asked = run_queue.request("s1", "Why?", asked_by=77)
    assert asked is not None
    run = run_queue.claim("owner")
    assert run is not None
    log.append("s1", [ended("a", run_id=run.id, usage=took(10))], run.fence)
    [spender] = books.settle_all()
    assert (spender.user_key, spender.agent_key, spender.run_key, spender.kind) == (
        77, run.agent_key, run.key, "documents",
    )  # fmt: skip
    assert sums(database) == [("", "m", "", 10, 0, 0)]


def test_reported_runs_count_for_the_agents_they_name(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord
) -> None:
    session = shared(sessions, ada, "s1")
    key = sessions.ownership(session.id).key  # type: ignore[union-attr]
    told = [RunUpdate(session_id="s1", run_id="r", status="running"), ended("a", run_id="r", usage=took(10))]
    ReportedRuns(database, log).append("s1", key, told)
    [spender] = books.settle_all()
    assert (spender.user_key, spender.agent_key, spender.kind) == (ada.key, 0, "reported")
    assert spender.run_key
    assert sums(database) == [("Crew", "m", "", 10, 0, 0)]


def test_the_sums_outlast_the_session(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord,
    deletion: SessionDeletion,
) -> None:  # fmt: skip
    shared(sessions, ada, "s1")
    log.append("s1", [ended("a", usage=took(10))])
    books.settle_all()
    deletion.delete("s1")
    deletion.finish()
    assert sums(database) == [("Crew", "m", "", 10, 0, 0)]
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(usages)) == 0


def test_whatever_a_program_names_is_stored(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord
) -> None:
    """Also what PostgreSQL takes in no text, and numbers that no sum can hold."""
    shared(sessions, ada, "s1")
    usage = took(10**30, 10**30, model="m\0" + "é" * 300, cost=1e9, currency="EUR")
    log.append("s1", [ended("a\0", parent_id="b\0", agent_name="n\0", usage=usage)])
    log.append("s1", [ended("c", usage=usage, run_id="r" * 300)])
    books.settle_all()
    assert [row[3] for row in sums(database)] == [10**12, 10**12]
    consistent(database)


def test_names_that_programs_give_in_a_private_session_are_not_in_the_sums(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord
) -> None:
    """Not even when it is told again after the session was shared: it stays where it was counted."""
    shared(sessions, ada, "s1")
    sessions.change("s1", shared=False)
    log.append("s1", [ended("a", usage=took(10), agent_name="Herring Agent")])
    books.settle_all()
    sessions.change("s1", shared=True)
    log.append("s1", [ended("a", usage=took(12), agent_name="Herring Agent")])
    books.settle_all()
    assert sums(database) == [("Agents of private sessions", "m", "", 12, 0, 0)]
    consistent(database)
