"""Budgets: told once, asked once, allowed once, whoever is killed when; who is over one waits, and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.at_once import at_once
from tests.support.clock import Clock
from tests.support.usages import ended, took, use
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.tables import budget_holds
from utils.log.activity_log import ActivityLog
from utils.log.events import Error, RunUpdate, logged_event
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import Sessions
from utils.spending import budget_watch
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.budget import MINUTE, NewBudget
from utils.spending.budget_watch import BudgetWatch
from utils.spending.budgets import Budgets
from utils.spending.price import NewPrice
from utils.spending.prices import Prices

TEAM_IS_OVER = "The team has used up a budget of today; the page Usage says how much."


@pytest.fixture
def watch(database: Database, log: ActivityLog, run_queue: RunQueue) -> BudgetWatch:
    return BudgetWatch(database, log, run_queue)


@pytest.fixture
def budgets(database: Database) -> Budgets:
    return Budgets(database)


@pytest.fixture
def begin(sessions: Sessions, run_queue: RunQueue, ada: UserRecord) -> Callable[[str], RunRecord]:
    """A run that is worked on, in a session of its own."""

    def begin(session_id: str) -> RunRecord:
        sessions.create(owner=ada, session_id=session_id)
        run_queue.request(session_id, "Why?")
        run = run_queue.claim("owner")
        assert run is not None
        return run

    return begin


@pytest.fixture
def spend(log: ActivityLog, books: Bookkeeping, watch: BudgetWatch) -> Callable[[RunRecord, int], None]:
    def spend(run: RunRecord, tokens: int) -> None:
        use(log, run.session_id, run.id, tokens)
        watch.look(books.settle_all())

    return spend


def budget(scope: Any = "run", at_most: int = 100, hard: bool = True, **more: Any) -> NewBudget:
    return NewBudget(
        **{
            "scope": scope, "target_key": None, "period": "all", "unit": "tokens", "currency": None,
            "at_most": at_most, "hard": hard,
        }
        | more
    )  # fmt: skip


def told(log: ActivityLog, session_id: str) -> list[Any]:
    position = log.position(session_id)
    assert position is not None
    return [logged_event.validate_json(event.data()) for event in log.read(position.key, 0)]


def codes(log: ActivityLog, session_id: str) -> list[str]:
    return [event.code for event in told(log, session_id) if isinstance(event, Error)]


def held(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.scalars(select(budget_holds.c.run_key)))


def test_near_and_passed_are_each_told_once_and_a_soft_one_stops_nothing(
    log: ActivityLog, budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord],
    spend: Callable[[RunRecord, int], None], run_queue: RunQueue,
) -> None:  # fmt: skip
    budgets.add(ada.team_key, budget("session", hard=False))
    run = begin("s1")
    seen = []
    for tokens in (70, 10, 10, 10, 10):
        spend(run, tokens)
        seen.append(codes(log, "s1"))
    assert seen == [[], ["budget_near"], ["budget_near"], *[["budget_near", "budget_passed"]] * 2]
    last = [event for event in told(log, "s1") if isinstance(event, Error)][-1]
    assert last.message == "This session has used 100 of 100 tokens. Nothing stops."
    assert not last.retryable
    assert run_queue.beat(run).pause is False


def test_a_run_at_its_limit_pauses_asks_goes_on_once_with_as_much_again_and_asks_again(
    database: Database, log: ActivityLog, budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord],
    spend: Callable[[RunRecord, int], None], run_queue: RunQueue, watch: BudgetWatch, approvals: Approvals,
    prices: Prices,
) -> None:  # fmt: skip
    prices.add(ada.team_key, [NewPrice("m", "EUR", 20_000, 0)])
    budgets.add(ada.team_key, budget(unit="money", currency="EUR", at_most=2_000_000))
    run = begin("s1")
    spend(run, 105_000_000)
    assert run_queue.beat(run).pause
    run_queue.wait(run, 0, 0)
    watch.look_after_all()
    [asked] = approvals.page(ada).items
    assert asked.question == "This run has used 2.10 of 2.00 EUR. May it go on, with as much again?"
    assert [choice.id for choice in asked.choices] == ["more", "end"]
    assert run_queue.claim("owner") is None
    approvals.decide(asked.id, Decider(ada, "dashboard"), "more", None, None)
    at_once(*[lambda: BudgetWatch(database, log, run_queue).look_after_all()] * 4)
    again = run_queue.claim("owner")
    assert again is not None
    assert held(database) == []
    spend(again, 50_000_000)  # 3.10 of 4.00
    assert not run_queue.beat(again).pause
    spend(again, 50_000_000)
    assert run_queue.beat(again).pause
    assert [one.question[:38] for one in approvals.page(ada).items] == ["This run has used 4.10 of 4.00 EUR. Ma"]
    assert codes(log, "s1").count("budget_passed") == 2


def test_a_run_that_is_ended_by_the_decision_is_cancelled(
    database: Database, budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord],
    spend: Callable[[RunRecord, int], None], run_queue: RunQueue, watch: BudgetWatch, approvals: Approvals,
) -> None:  # fmt: skip
    budgets.add(ada.team_key, budget())
    run = begin("s1")
    spend(run, 100)
    run_queue.wait(run, 0, 0)
    [asked] = approvals.page(ada).items
    approvals.decide(asked.id, Decider(ada, "dashboard"), "end", None, None)
    watch.look_after_all()
    found = run_queue.claim("owner")
    assert found is not None
    assert found.cancel_requested
    run_queue.finish(found, "cancelled", "Stopped on request.")
    watch.look_after_all()
    assert held(database) == []


@pytest.mark.parametrize("broken", ["note_answered", "let_go", "note_asked"])
def test_whoever_is_killed_in_between_leaves_nobody_paused_for_ever_and_allows_nothing_twice(
    database: Database, log: ActivityLog, budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord],
    spend: Callable[[RunRecord, int], None], run_queue: RunQueue, watch: BudgetWatch, approvals: Approvals,
    monkeypatch: pytest.MonkeyPatch, broken: str,
) -> None:  # fmt: skip
    class _KilledError(BaseException):
        pass

    def kill(*_: Any, **__: Any) -> Any:
        raise _KilledError

    budgets.add(ada.team_key, budget())
    run = begin("s1")
    if broken == "note_asked":
        with monkeypatch.context() as patch:
            patch.setattr(budget_watch, broken, kill)
            with pytest.raises(_KilledError):
                spend(run, 100)
    else:
        spend(run, 100)
    run_queue.wait(run, 0, 0)
    watch.look_after_all()
    [asked] = approvals.page(ada).items
    approvals.decide(asked.id, Decider(ada, "dashboard"), "more", None, None)
    if broken != "note_asked":
        with monkeypatch.context() as patch:
            patch.setattr(budget_watch, broken, kill)
            with pytest.raises(_KilledError):
                watch.look_after_all()
    watch.look_after_all()
    again = run_queue.claim("owner")
    assert again is not None
    spend(again, 99)
    assert not run_queue.beat(again).pause
    spend(again, 1)
    assert run_queue.beat(again).pause


def test_what_a_team_has_used_up_holds_its_questions_of_which_one_asks(
    database: Database, log: ActivityLog, budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord],
    spend: Callable[[RunRecord, int], None], run_queue: RunQueue, watch: BudgetWatch, approvals: Approvals,
    sessions: Sessions,
) -> None:  # fmt: skip
    made = budgets.add(ada.team_key, budget("team", period="day"))
    first, second = begin("s1"), begin("s2")
    sessions.create(owner=ada, session_id="s3")
    run_queue.request("s3", "And now?")
    spend(first, 100)
    watch.look_after_all()
    assert sorted(held(database)) == [first.key, second.key, second.key + 1]
    assert run_queue.beat(second).pause
    assert run_queue.claim("owner") is None
    [asked] = approvals.page(ada).items
    assert asked.run_id == first.id
    assert asked.administrators
    waiting = [event for event in told(log, "s3") if isinstance(event, RunUpdate)][-1]
    assert waiting.reason == f"{TEAM_IS_OVER} Somebody has to decide whether it goes on."
    assert asked.question == f"{TEAM_IS_OVER} May it go on, with as much again?"
    budgets.remove(ada.team_key, made.id)
    watch.look_after_all()
    watch.look_after_all()
    assert held(database) == []
    assert approvals.page(ada).items == []
    assert run_queue.claim("owner") is not None


@pytest.mark.parametrize("scope", ["agent", "user", "team"])
def test_guests_of_a_session_read_no_amount_of_what_others_use_as_well(
    budgets: Budgets, log: ActivityLog, ada: UserRecord, begin: Callable[[str], RunRecord],
    spend: Callable[[RunRecord, int], None], run_queue: RunQueue, watch: BudgetWatch, scope: Any,
) -> None:  # fmt: skip
    budgets.add(ada.team_key, budget(scope, at_most=77_000, period="month"))
    first, second = begin("s1"), begin("s2")
    spend(first, 70_123)
    spend(second, 8_456)
    watch.look_after_all()
    assert "budget_near" in codes(log, "s1")
    assert "budget_passed" in codes(log, "s2")
    assert run_queue.beat(second).pause
    words = [event for name in ("s1", "s2") for event in told(log, name) if not getattr(event, "usage", None)]
    said = " ".join(event.model_dump_json(include={"message", "reason", "input", "text"}) for event in words)
    assert "used most of a budget of this month" in said
    assert "used up a budget of this month" in said
    assert not any(amount in said.replace(",", "") for amount in ("77000", "70123", "78579", "8456"))


def test_a_new_day_lets_them_go_on(
    database: Database, budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord],
    spend: Callable[[RunRecord, int], None], run_queue: RunQueue, watch: BudgetWatch, clock: Clock,
) -> None:  # fmt: skip
    clock.stop()
    budgets.add(ada.team_key, budget("user", period="day"))
    run = begin("s1")
    spend(run, 100)
    run_queue.wait(run, 0, 0)
    watch.look_after_all()
    assert held(database) == [run.key]
    clock.move(days=1)
    watch.look_after_all()
    assert held(database) == []
    assert run_queue.claim("owner") is not None


def test_a_question_does_not_begin_while_its_budget_is_used_up(
    budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord], spend: Callable[[RunRecord, int], None],
    watch: BudgetWatch, run_queue: RunQueue,
) -> None:  # fmt: skip
    budgets.add(ada.team_key, budget("user"))
    run = begin("s1")
    assert not watch.holds_back(run)
    spend(run, 100)
    run_queue.finish(run, "completed")
    assert watch.holds_back(begin("s2"))


def test_a_budget_of_one_session_is_no_others(
    budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord], spend: Callable[[RunRecord, int], None],
    run_queue: RunQueue, sessions: Sessions,
) -> None:  # fmt: skip
    first, second = begin("s1"), begin("s2")
    key = sessions.ownership("s1").key  # type: ignore[union-attr]
    budgets.add(ada.team_key, budget("session", target_key=key))
    spend(second, 500)
    assert not run_queue.beat(second).pause
    spend(first, 100)
    assert run_queue.beat(first).pause


def test_minutes_of_work_count_without_a_model(
    budgets: Budgets, ada: UserRecord, begin: Callable[[str], RunRecord], run_queue: RunQueue, watch: BudgetWatch
) -> None:
    budgets.add(ada.team_key, budget(unit="time", at_most=10 * MINUTE))
    run = begin("s1")
    run_queue.beat(run, 9 * MINUTE)
    watch.look_after_all()
    assert not run_queue.beat(run, 10 * MINUTE).pause
    watch.look_after_all()
    assert run_queue.beat(run).pause


def test_a_reported_run_is_asked_to_stop(
    database: Database, log: ActivityLog, budgets: Budgets, ada: UserRecord, sessions: Sessions, books: Bookkeeping,
    watch: BudgetWatch,
) -> None:  # fmt: skip
    budgets.add(ada.team_key, budget())
    sessions.create(owner=ada, session_id="s1")
    key, reported = sessions.ownership("s1").key, ReportedRuns(database, log)  # type: ignore[union-attr]
    begun = [RunUpdate(session_id="s1", run_id="r", status="running"), ended("a", run_id="r", usage=took(100))]
    reported.append("s1", key, begun)
    watch.look(books.settle_all())
    assert codes(log, "s1") == ["budget_passed"]
    assert reported.append("s1", key, [ended("b", run_id="r")]).to_stop == ["r"]
