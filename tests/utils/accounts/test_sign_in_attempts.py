"""Attempts to sign in: how long one waits after failures, and what the audit trail tells of them."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from tests.support.account import EMAIL
from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.audit import Audit
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.sign_in_attempts import Allowance, Attempt, Begun, SignInAttempts
from utils.accounts.users import Users
from utils.database.base import Database
from utils.database.moment import now
from utils.database.opening import open_database
from utils.database.tables import users as users_table
from utils.settings import Settings

from .conftest import AddUser

OFFICE = "192.0.2.1"


@pytest.fixture(autouse=True)
def stopped(clock: Clock) -> None:
    clock.stop()


@pytest.fixture
def attempts(database: Database) -> SignInAttempts:
    return SignInAttempts(database)


def fail(attempts: SignInAttempts, email: str = EMAIL, address: str = OFFICE, apart: str | None = None) -> int:
    """0, or the seconds that had to be waited for instead."""
    begun = attempts.begin(Attempt(email, address, apart=apart))
    if not begun.seconds:
        attempts.failed(begun)
    return begun.seconds


def succeed(attempts: SignInAttempts, email: str = EMAIL, address: str = OFFICE, apart: str | None = None) -> int:
    begun = attempts.begin(Attempt(email, address, apart=apart))
    if not begun.seconds:
        attempts.succeeded(begun)
    return begun.seconds


def trail(database: Database, team_key: int) -> list[tuple[str, str]]:
    """(action, actor), oldest first."""
    return [(one.action, one.actor) for one in reversed(Audit(database).page(team_key, limit=200).items)]


def rows(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM sign_in_attempts")).scalar_one())


# Who is let in


def test_an_office_behind_one_address_signs_in_however_many_they_are(attempts: SignInAttempts) -> None:
    assert [succeed(attempts, f"{number}@example.org") for number in range(200)] == [0] * 200


def test_a_stranger_elsewhere_keeps_nobody_out(attempts: SignInAttempts, clock: Clock) -> None:
    """The owner has never been here: a new browser, in another network."""
    for _ in range(30):
        fail(attempts, address="198.51.100.7")
        clock.move(seconds=1)
    assert fail(attempts, address="198.51.100.7") > 0
    assert succeed(attempts) == 0


def test_whoever_guesses_from_many_networks_keeps_no_known_device_out(attempts: SignInAttempts) -> None:
    tried = [fail(attempts, address=f"198.51.100.{number}") for number in range(200)]
    assert tried.count(0) == 50
    assert succeed(attempts) > 0, "a stranger with the right password waits as all strangers do"
    assert succeed(attempts, apart="device 1") == 0
    assert [fail(attempts, apart="device 1") for _ in range(6)] == [0] * 5 + [1]


def test_a_neighbour_who_guesses_in_the_same_network_keeps_no_known_device_out(attempts: SignInAttempts) -> None:
    tried = [fail(attempts, f"{number}@example.org") for number in range(60)]
    assert tried.count(0) == 50
    assert succeed(attempts) > 0
    assert succeed(attempts, apart="device 1") == 0


def test_the_copy_of_a_devices_cookie_is_worth_as_many_tries_as_any(attempts: SignInAttempts) -> None:
    copied = [fail(attempts, address="198.51.100.7", apart="device 1") for _ in range(30)]
    assert copied.count(0) == 10, "as the device, and then as a stranger"
    assert succeed(attempts, apart="device 1") == 0, "its owner is elsewhere, and is let in as anybody is"
    assert succeed(attempts, apart="device 2") == 0


# How long one waits


def test_after_five_failures_each_wait_is_twice_as_long_as_the_one_before(
    attempts: SignInAttempts, clock: Clock
) -> None:
    assert [fail(attempts) for _ in range(5)] == [0] * 5
    waits = []
    for _ in range(12):
        waits.append(fail(attempts))
        clock.move(seconds=waits[-1])
        assert fail(attempts) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900][: len(waits)]


def test_who_waits_does_not_wait_longer_for_trying_meanwhile(attempts: SignInAttempts, clock: Clock) -> None:
    for _ in range(5):
        fail(attempts)
    assert [fail(attempts) for _ in range(20)] == [1] * 20
    clock.move(seconds=1)
    assert succeed(attempts) == 0


def test_typing_errors_are_forgotten_with_the_right_password_and_after_an_hour(
    attempts: SignInAttempts, clock: Clock
) -> None:
    for _ in range(4):
        assert [fail(attempts) for _ in range(4)] == [0] * 4
        assert succeed(attempts) == 0
    for _ in range(5):
        fail(attempts)
    assert fail(attempts) == 1
    clock.move(seconds=3601)
    assert [fail(attempts) for _ in range(5)] == [0] * 5


def test_an_account_of_ones_own_does_not_help_to_guess_those_of_others(attempts: SignInAttempts) -> None:
    tried = []
    for number in range(100):
        tried.append(fail(attempts, f"{number}@example.org"))
        succeed(attempts, "mallory@example.org", apart="device 9")
    assert tried.count(0) == 50


@pytest.mark.parametrize(("ahead", "behind"), [(10, 0), (0, 10)])
def test_machines_whose_clocks_differ_let_nobody_wait_longer_than_one_does(
    attempts: SignInAttempts, clock: Clock, ahead: int, behind: int
) -> None:
    clock.move(seconds=ahead)
    for _ in range(10):
        fail(attempts)
        clock.move(seconds=8)
    clock.move(seconds=behind - ahead)
    wait = succeed(attempts)
    assert wait <= 32
    clock.move(seconds=wait)
    assert succeed(attempts) == 0


def test_settings_say_how_many_failures_are_free_and_how_long_one_waits(database: Database, clock: Clock) -> None:
    attempts = SignInAttempts(database, Allowance(2, 4, 6, timedelta(seconds=3)))
    assert [fail(attempts) for _ in range(3)] == [0, 0, 1]
    assert [fail(attempts, address=f"192.0.2.{number}") for number in range(2, 5)] == [0, 0, 1]
    assert [fail(attempts, f"{number}@example.org", "192.0.2.9") for number in range(7)] == [0] * 6 + [1]
    for _ in range(4):
        clock.move(seconds=3)
        assert fail(attempts) == 0
    assert fail(attempts) == 3


def test_without_limits_nobody_waits(database: Database) -> None:
    attempts = SignInAttempts(database, None)
    assert [fail(attempts) for _ in range(100)] == [0] * 100
    assert rows(database) == 0


# Who is counted as whom


def test_an_account_is_the_same_however_it_is_written(attempts: SignInAttempts) -> None:
    tried = [fail(attempts, email) for email in ("a@b.c", " A@b.C", "a@B.c ") * 2]
    assert tried == [0] * 5 + [1]


@pytest.mark.parametrize(
    ("addresses", "same"),
    [
        (("2001:db8::1", "2001:db8::ffff:1"), True), (("2001:db8:0:1::1", "2001:db8:0:2::1"), False),
        (("192.0.2.1", "::ffff:192.0.2.1"), True), (("192.0.2.1", "192.0.2.2"), False),
        (("unix:", "unix:"), True),
    ],
)  # fmt: skip
def test_who_has_an_ipv6_network_is_one_and_not_as_many_as_its_addresses(
    attempts: SignInAttempts, addresses: tuple[str, str], same: bool
) -> None:
    for _ in range(5):
        fail(attempts, address=addresses[0])
    assert (fail(attempts, address=addresses[1]) > 0) is same


def test_every_process_knows_of_the_attempts(attempts: SignInAttempts, settings: Settings) -> None:
    database = open_database(settings)
    other = SignInAttempts(database)
    assert [fail(one) for one in (attempts, other) * 3] == [0] * 5 + [1]
    database.close()


def test_not_one_attempt_more_is_allowed_to_those_who_come_all_at_once(attempts: SignInAttempts) -> None:
    for number in range(4):
        attempt = Attempt("x" * number + "@b.c", f"192.0.2.{number}")
        done = at_once(*[lambda attempt=attempt: attempts.begin(attempt)] * 12)  # type: ignore[misc]
        assert [isinstance(one, Begun) and one.seconds for one in done].count(0) == 5, done


def test_an_address_of_any_length_is_counted(attempts: SignInAttempts) -> None:
    long = "a" * 240 + "@example.org"
    assert [fail(attempts, long) for _ in range(6)] == [0] * 5 + [1]
    assert fail(attempts, long.replace("example", "sample")) == 0


def test_attempts_are_forgotten_after_an_hour(attempts: SignInAttempts, clock: Clock, database: Database) -> None:
    for number in range(20):
        fail(attempts, address=f"192.0.2.{number}")
    clock.move(seconds=3599)
    attempts.forget_old()
    assert rows(database) == 60
    clock.move(seconds=2)
    attempts.forget_old()
    assert rows(database) == 0


# What the trail tells


def test_a_failed_sign_in_is_told_to_every_team_that_knows_the_address_and_to_no_other(
    attempts: SignInAttempts, database: Database, add: AddUser, users: Users, other_team: TeamRecord, team: TeamRecord
) -> None:
    add("Max")
    gone = add("Max", of=other_team)
    users.change(other_team.key, add("Fay", "administrator", other_team).id)
    users.change(other_team.key, gone.id, active=False)
    attempts.failed(attempts.begin(Attempt(" MAX@example.org ", "192.0.2.1", "a browser", "request-1")))
    fail(attempts, "nobody@example.org")
    for one in (team, other_team):
        [entry] = Audit(database).page(one.key).items
        assert (entry.action, entry.actor, entry.subject) == ("sign-in failed", "Max <max@example.org>", "a browser")
        assert (entry.address, entry.request_id) == ("192.0.2.1", "request-1")


def test_of_those_who_have_to_wait_the_first_of_each_minute_is_told(
    attempts: SignInAttempts, database: Database, ada: UserRecord, clock: Clock
) -> None:
    told = ("too many sign-ins tried", f"Ada <{EMAIL}>")
    for _ in range(11):  # and then 64 seconds
        attempts.begin(Attempt(EMAIL, OFFICE))
        clock.move(seconds=32)
    clock.move(seconds=-31)
    before = len(trail(database, ada.team_key))
    for _ in range(30):
        assert attempts.begin(Attempt(EMAIL.upper(), OFFICE)).seconds > 0
        clock.move(seconds=1)
    assert trail(database, ada.team_key)[before:] == [told]


def test_whoever_tries_all_addresses_from_one_place_is_told_once_for_each(
    database: Database, ada: UserRecord, add: AddUser
) -> None:
    add("Max")
    attempts = SignInAttempts(database, Allowance(1, 50, 50))
    for _ in range(4):
        for email in (EMAIL, "max@example.org", "nobody@example.org"):
            attempts.begin(Attempt(email, OFFICE))
    assert sorted(actor for _, actor in trail(database, ada.team_key)) == [f"Ada <{EMAIL}>", "Max <max@example.org>"]


def test_whoever_is_being_erased_is_not_named_any_more(
    database: Database, attempts: SignInAttempts, add: AddUser, team: TeamRecord
) -> None:
    gone = add("Gone")
    fail(attempts, gone.email)
    with database.write() as connection:
        connection.execute(
            update(users_table).where(users_table.c.key == gone.key).values(active=False, erased_at=now())
        )
    for _ in range(10):
        fail(attempts, gone.email)
    assert trail(database, team.key) == [("sign-in failed", gone.named)]
