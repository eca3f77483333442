"""What works once."""

from datetime import timedelta

from sqlalchemy import func, select

from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.spent_tokens import SpentTokens
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import spent_tokens


def test_of_many_at_the_same_moment_one_is_the_first(database: Database) -> None:
    spent, later = SpentTokens(database), now() + timedelta(minutes=10)
    found = at_once(*[lambda: spent.spend("state", "s1", later)] * 4)
    assert sorted(found, key=str) == [False, False, False, True]
    assert spent.spend("logout", "s1", later)  # another kind


def test_it_is_forgotten_when_it_would_not_work_in_any_case(database: Database, clock: Clock) -> None:
    spent = SpentTokens(database)
    spent.spend("state", "short", now() + timedelta(minutes=10))
    spent.spend("state", "long", now() + timedelta(minutes=30))
    clock.move(seconds=1200)
    spent.forget_expired()
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(spent_tokens)) == 1
