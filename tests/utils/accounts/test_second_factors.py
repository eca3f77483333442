"""Codes of an authenticator app and recovery codes: each counts once."""

from datetime import UTC

import pyotp
import pytest

from tests.support.account import SECRET_KEY
from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.principal import UserRecord
from utils.accounts.second_factors import MOST_WRONG, SecondFactors, seal_second_factors_anew
from utils.accounts.sign_ins import SignIns
from utils.accounts.users import AccountError, SignedOutError, Users
from utils.database.base import Database
from utils.registry.server_key import ServerKey
from utils.settings import Settings

STEP = 30


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(monkeypatch)
    clock.stop()
    return clock


@pytest.fixture
def factors(database: Database) -> SecondFactors:
    return SecondFactors(database, ServerKey(SECRET_KEY))


class App:
    """An authenticator app, whose clock may be wrong."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._totp = pyotp.TOTP(secret)
        self._clock = clock

    def code(self, ahead: int = 0) -> str:
        return self._totp.at(self._clock.now().astimezone(UTC), counter_offset=ahead)


@pytest.fixture
def app_of_ada(factors: SecondFactors, ada: UserRecord, clock: Clock) -> App:
    """Confirmed, one step of time ago."""
    app = App(factors.prepare(ada.key), clock)
    assert factors.confirm(ada, app.code()) is not None
    clock.move(seconds=STEP)
    return app


def test_a_second_factor_counts_from_its_first_code_on(
    factors: SecondFactors, ada: UserRecord, clock: Clock, database: Database
) -> None:
    forgotten = App(factors.prepare(ada.key), clock)
    app = App(factors.prepare(ada.key), clock)
    assert not factors.of(ada.key).on
    assert factors.takes(ada.key, app.code(), known=True) is None
    assert factors.confirm(ada, forgotten.code()) is None, "of the secret that was shown last"
    here, elsewhere = SignIns(database).open(ada, "b"), SignIns(database).open(ada, "b")
    found = SignIns(database).principal(here.id)
    assert found is not None
    confirmed = factors.confirm(ada, app.code(), found.grant.key)
    assert confirmed is not None
    assert len(set(confirmed.recovery_codes)) == 10
    assert factors.of(ada.key).on
    assert factors.of(ada.key).codes_left == 10
    assert factors.of_team(ada.team_key) == {ada.id}
    assert SignIns(database).principal(here.id) is not None
    assert SignIns(database).principal(elsewhere.id) is None, "it began without"
    with pytest.raises(AccountError, match="already"):
        factors.prepare(ada.key)
    with pytest.raises(AccountError, match="nothing to confirm"):
        factors.confirm(confirmed.user, app.code())
    with pytest.raises(SignedOutError):
        factors.confirm(ada, app.code())


def test_a_code_counts_once_and_none_of_before_it(
    factors: SecondFactors, ada: UserRecord, app_of_ada: App, clock: Clock
) -> None:
    code, before = app_of_ada.code(), app_of_ada.code(-1)
    assert factors.takes(ada.key, before, known=True) is None, "it confirmed the app"
    assert factors.takes(ada.key, f" {code[:3]} {code[3:]} ", known=True) == "app", "as apps show it"
    assert factors.takes(ada.key, code, known=True) is None
    clock.move(seconds=STEP)
    assert factors.takes(ada.key, code, known=True) is None
    assert factors.takes(ada.key, app_of_ada.code(), known=True) == "app"


@pytest.mark.parametrize(("ahead", "taken"), [(-2, None), (-1, "app"), (0, "app"), (1, "app"), (2, None)])
def test_a_clock_may_be_one_step_off(
    factors: SecondFactors, ada: UserRecord, app_of_ada: App, clock: Clock, ahead: int, taken: str | None
) -> None:
    clock.move(seconds=10 * STEP)
    assert factors.takes(ada.key, app_of_ada.code(ahead), known=True) == taken


def test_of_those_who_send_one_code_at_the_same_moment_one_is_let_in(
    factors: SecondFactors, ada: UserRecord, app_of_ada: App, database: Database
) -> None:
    machines = [SecondFactors(database, ServerKey(SECRET_KEY)) for _ in range(6)]
    code = app_of_ada.code()
    taken = at_once(*(lambda one=one: one.takes(ada.key, code, known=True) for one in machines))  # type: ignore[misc]
    assert sorted(map(str, taken)) == ["None"] * 5 + ["app"]
    [recovery, *_] = factors.renew_codes(ada.key)
    taken = at_once(*(lambda one=one: one.takes(ada.key, recovery, known=True) for one in machines))  # type: ignore[misc]
    assert sorted(map(str, taken)) == ["None"] * 5 + ["recovery code"]


def test_a_recovery_code_counts_once_however_it_is_typed(
    factors: SecondFactors, ada: UserRecord, app_of_ada: App
) -> None:
    first, second, *_ = factors.renew_codes(ada.key)
    assert factors.takes(ada.key, first.lower().replace("-", " "), known=False) == "recovery code"
    assert factors.takes(ada.key, first, known=False) is None
    assert factors.of(ada.key).codes_left == 9
    factors.renew_codes(ada.key)
    assert factors.takes(ada.key, second, known=False) is None, "new ones replace those of before"
    assert factors.of(ada.key).codes_left == 10


def test_who_guesses_for_long_is_stopped_and_the_owner_is_not(
    factors: SecondFactors, ada: UserRecord, app_of_ada: App, clock: Clock
) -> None:
    [recovery, *_] = factors.renew_codes(ada.key)
    for _ in range(MOST_WRONG):
        factors.count_wrong(ada.key)
    with pytest.raises(AccountError, match="recovery code"):
        factors.takes(ada.key, app_of_ada.code(), known=False)
    assert factors.takes(ada.key, app_of_ada.code(), known=True) == "app"
    clock.move(seconds=STEP)
    assert factors.takes(ada.key, app_of_ada.code(), known=False) == "app", "a right one ends it"
    for _ in range(MOST_WRONG):
        factors.count_wrong(ada.key)
    assert factors.takes(ada.key, recovery, known=False) == "recovery code"


def test_the_secret_is_sealed_and_goes_with_a_new_key_of_the_server(
    factors: SecondFactors, ada: UserRecord, app_of_ada: App, database: Database
) -> None:
    new = "another secret key of the tests, on every machine"
    seal_second_factors_anew(database, ServerKey(new, SECRET_KEY))
    assert SecondFactors(database, ServerKey(new)).takes(ada.key, app_of_ada.code(), known=True) == "app"
    assert factors.takes(ada.key, app_of_ada.code(1), known=True) is None, "the old key does not open it any more"


def test_of_an_app_whose_key_is_lost_no_code_is_right_and_the_recovery_codes_are(
    database: Database, factors: SecondFactors, ada: UserRecord, clock: Clock
) -> None:
    app = App(factors.prepare(ada.key), clock)
    confirmed = factors.confirm(ada, app.code())
    clock.move(seconds=STEP)
    without = SecondFactors(database, ServerKey("another secret key, as long as it should be"))
    assert confirmed
    assert without.takes(ada.key, app.code(), known=True) is None
    assert without.takes(ada.key, confirmed.recovery_codes[0], known=True) == "recovery code"


def test_a_reset_takes_everything_and_signs_out(
    factors: SecondFactors, ada: UserRecord, app_of_ada: App, database: Database, settings: Settings
) -> None:
    [recovery, *_] = factors.renew_codes(ada.key)
    opened = SignIns(database).open(Users(database).with_email(ada.email)[0][0], "b")
    assert factors.reset(ada.team_key + 1, ada.id, settings) is None
    assert factors.of(ada.key).on
    assert factors.reset(ada.team_key, ada.id, settings) == ada
    assert not factors.of(ada.key).on
    assert factors.takes(ada.key, recovery, known=True) is None
    assert SignIns(database).principal(opened.id) is None
    assert factors.prepare(ada.key)
