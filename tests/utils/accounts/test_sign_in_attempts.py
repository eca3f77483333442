"""Attempts to sign in: how often one may try, and what the audit trail tells of those that failed."""

import pytest
from sqlalchemy import text

from tests.support.account import EMAIL
from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.audit import Audit
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.sign_in_attempts import Attempt, SignInAttempts
from utils.accounts.users import Users
from utils.database.base import Database
from utils.database.opening import open_database
from utils.settings import Settings

from .conftest import AddUser


@pytest.fixture
def attempts(database: Database) -> SignInAttempts:
    return SignInAttempts(database)


def by_link(address: object) -> Attempt:
    """One that counts for its address only."""
    return Attempt(None, f"192.0.2.{address}")


def trail(database: Database, team_key: int) -> list[tuple[str, str]]:
    """(action, actor), oldest first."""
    return [(one.action, one.actor) for one in reversed(Audit(database).page(team_key, limit=200).items)]


def test_five_attempts_a_minute_and_then_a_wait_until_the_oldest_is_a_minute_ago(
    attempts: SignInAttempts, clock: Clock
) -> None:
    for _ in range(5):
        assert attempts.try_again_after(by_link(1)) == 0
        clock.move(seconds=10)
    assert attempts.try_again_after(by_link(1)) in (9, 10)
    clock.move(seconds=9)
    assert attempts.try_again_after(by_link(1)) == 1
    clock.move(seconds=1.1)
    assert attempts.try_again_after(by_link(1)) == 0
    assert attempts.try_again_after(by_link(1)) in (9, 10), "the next place is free when the second is a minute ago"


def test_who_is_refused_does_not_wait_longer_for_it(attempts: SignInAttempts, clock: Clock) -> None:
    for _ in range(5):
        attempts.try_again_after(Attempt("a@b.c", "192.0.2.1"))
    for _ in range(20):
        assert attempts.try_again_after(Attempt("a@b.c", "192.0.2.1")) > 0
    clock.move(seconds=60.1)
    assert attempts.try_again_after(Attempt("a@b.c", "192.0.2.1")) == 0


def test_an_attempt_counts_for_its_address_and_for_its_account(attempts: SignInAttempts) -> None:
    for number in range(5):
        assert attempts.try_again_after(Attempt(f"{number}@b.c", "192.0.2.1")) == 0
    assert attempts.try_again_after(Attempt("9@b.c", "192.0.2.1")) > 0
    assert attempts.try_again_after(Attempt("9@b.c", "192.0.2.2")) == 0, "who was refused was not counted"
    for number in range(3, 8):
        assert attempts.try_again_after(Attempt(" A@b.C" if number % 2 else "a@b.c", f"192.0.2.{number}")) == 0
    assert attempts.try_again_after(Attempt("a@b.c", "192.0.2.8")) > 0


def test_every_process_knows_of_the_attempts(attempts: SignInAttempts, settings: Settings) -> None:
    database = open_database(settings)
    other = SignInAttempts(database)
    assert [one.try_again_after(by_link(1)) > 0 for one in (attempts, other) * 3] == [False] * 5 + [True]
    database.close()


def test_not_one_attempt_more_is_allowed_to_those_who_come_all_at_once(attempts: SignInAttempts) -> None:
    for number in range(4):
        attempt = Attempt("x" * number + "@b.c", f"192.0.2.{number}")
        done = at_once(*[lambda attempt=attempt: attempts.try_again_after(attempt)] * 12)  # type: ignore[misc]
        assert done.count(0) == 5, done


def test_an_address_of_any_length_is_counted(attempts: SignInAttempts) -> None:
    long = "a" * 240 + "@example.org"
    refused = [attempts.try_again_after(Attempt(long, f"192.0.2.{number}")) > 0 for number in range(6)]
    assert refused == [False] * 5 + [True]
    assert attempts.try_again_after(Attempt(long.replace("example", "sample"), "192.0.2.9")) == 0


def test_attempts_are_forgotten_after_a_minute(attempts: SignInAttempts, clock: Clock, database: Database) -> None:
    for number in range(20):
        attempts.try_again_after(by_link(number))
    clock.move(seconds=61)
    attempts.try_again_after(by_link(99))
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM sign_in_attempts")).scalar() == 1


# What the trail tells


def test_a_failed_sign_in_is_told_to_every_team_that_knows_the_address_and_to_no_other(
    attempts: SignInAttempts, database: Database, add: AddUser, users: Users, other_team: TeamRecord, team: TeamRecord
) -> None:
    add("Max")
    gone = add("Max", of=other_team)
    users.change(other_team.key, add("Fay", "administrator", other_team).id)
    users.change(other_team.key, gone.id, active=False)
    attempts.failed(Attempt(" MAX@example.org ", "192.0.2.1", "a browser", "request-1"))
    attempts.failed(Attempt("nobody@example.org", "192.0.2.1"))
    for one in (team, other_team):
        [entry] = Audit(database).page(one.key).items
        assert (entry.action, entry.actor, entry.subject) == ("sign-in failed", "Max <max@example.org>", "a browser")
        assert (entry.address, entry.request_id) == ("192.0.2.1", "request-1")


def test_of_those_who_were_refused_the_first_of_each_minute_is_told(
    attempts: SignInAttempts, database: Database, ada: UserRecord, clock: Clock
) -> None:
    told = ("too many sign-ins tried", f"Ada <{EMAIL}>")
    for _ in range(5):
        attempts.try_again_after(Attempt(EMAIL, "192.0.2.1"))
    assert trail(database, ada.team_key) == []
    for number in range(30):
        attempts.try_again_after(Attempt(EMAIL.upper(), f"192.0.2.{number}"))
        clock.move(seconds=1)
    assert trail(database, ada.team_key) == [told]
    clock.move(seconds=31)
    for _ in range(20):
        attempts.try_again_after(Attempt(EMAIL, "192.0.2.1"))
    assert trail(database, ada.team_key) == [told, told]


def test_whoever_tries_all_addresses_from_one_place_is_told_once_for_each(
    attempts: SignInAttempts, database: Database, ada: UserRecord, add: AddUser
) -> None:
    add("Max")
    for _ in range(4):
        for email in (EMAIL, "max@example.org", "nobody@example.org"):
            attempts.try_again_after(Attempt(email, "192.0.2.1"))
    assert sorted(actor for _, actor in trail(database, ada.team_key)) == [f"Ada <{EMAIL}>", "Max <max@example.org>"]
