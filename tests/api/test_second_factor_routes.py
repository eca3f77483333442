"""The second factor over HTTP: signing in in two steps, and setting it up, changing and removing it."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.services import Services
from tests.support.account import EMAIL, HEADERS, PASSWORD
from tests.support.at_once import at_once
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord

AddUser = Callable[..., UserRecord]
STEP = 30
pytestmark = pytest.mark.usefixtures("quick_hashing")


def log_in(browser: Browser, email: str = EMAIL, password: str = PASSWORD) -> TestResponse:
    return browser.post("/api/auth/login", json={"email": email, "password": password})


def take_step(browser: Browser, code: str) -> TestResponse:
    return browser.post("/api/auth/step", json={"code": code})


def is_in(browser: Browser) -> bool:
    return browser.get("/api/auth/me").status_code == 200


def actions(own: Services, ada: UserRecord) -> list[str]:
    """Of the audit trail, newest first."""
    return [one.action for one in own.audit.page(ada.team_key, limit=200).items]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(monkeypatch)
    clock.stop()
    return clock


class Phone:
    """It has the app of the administrator."""

    def __init__(self, browser: Browser, clock: Clock) -> None:
        prepared = browser.post("/api/auth/second-factor", json={"password": PASSWORD})
        assert prepared.status_code == 200
        self.prepared = prepared.json
        self._totp, self._clock = pyotp.TOTP(prepared.json["secret"]), clock
        confirmed = browser.post("/api/auth/second-factor/confirm", json={"code": self.code()})
        assert confirmed.status_code == 200, confirmed.text
        self.recovery_codes: list[str] = confirmed.json["recovery_codes"]
        clock.move(seconds=STEP)

    def code(self, ahead: int = 0) -> str:
        return self._totp.at(self._clock.now(), counter_offset=ahead)

    def wrong(self) -> str:
        return f"{(int(self.code()) + 1) % 10**6:06}"


@pytest.fixture
def phone(browser: Browser, clock: Clock) -> Phone:
    return Phone(browser, clock)


@pytest.mark.any_database
def test_an_app_is_set_up_by_its_picture_or_key_and_confirmed_by_a_code(
    browser: Browser, clock: Clock, own: Services, ada: UserRecord
) -> None:
    assert browser.get("/api/auth/second-factor").json == {
        "on": False, "since": None, "recovery_codes_left": 0, "required": False
    }  # fmt: skip
    refused = browser.post("/api/auth/second-factor", json={"password": "not the password"})
    assert_error(refused, 401, "wrong_credentials")
    phone = Phone(browser, clock)
    assert phone.prepared["picture"].startswith("data:image/svg+xml")
    read = pyotp.parse_uri(phone.prepared["address"])
    assert (read.secret, read.name, read.issuer) == (phone.prepared["secret"], EMAIL, "Ringside")
    assert is_in(browser), "who sets it up stays in"
    state = browser.get("/api/auth/second-factor").json
    assert (state["on"], state["recovery_codes_left"]) == (True, 10)
    assert actions(own, ada)[0] == "second factor set up"
    again = browser.post("/api/auth/second-factor", json={"password": PASSWORD})
    assert_error(again, 409, "second_factor_on")


def test_a_password_alone_opens_no_session_and_the_code_does(
    phone: Phone, nobody: Browser, own: Services, ada: UserRecord
) -> None:
    response = log_in(nobody)
    assert_error(response, 401, "second_factor_needed")
    assert not nobody.cookies, "no cookie of a sign-in"
    assert not is_in(nobody)
    assert not [line for line in response.headers.getlist("Set-Cookie") if line.startswith("device_")]
    assert_error(nobody.post("/api/auth/refresh"), 401, "signed_out")
    assert_error(take_step(nobody, phone.wrong()), 401, "wrong_code")
    assert not is_in(nobody)
    taken = take_step(nobody, phone.code())
    assert taken.status_code == 200
    assert (taken.json["me"]["user"]["email"], taken.json["recovery_codes"]) == (EMAIL, None)
    assert is_in(nobody)
    assert actions(own, ada)[:3] == ["signed in", "second factor failed", "second factor asked for"]


def test_a_code_that_was_used_lets_nobody_in_and_neither_does_a_step(
    phone: Phone, app: Flask, nobody: Browser, clock: Clock
) -> None:
    code, other = phone.code(), Browser(app)
    step = log_in(nobody)
    copy = Browser(app)
    copy.take(step)
    assert take_step(nobody, code).status_code == 200
    log_in(other)
    assert_error(take_step(other, code), 401, "wrong_code")
    clock.move(seconds=STEP)
    assert_error(take_step(copy, phone.code()), 401, "step_over")
    assert not is_in(copy)


def test_a_code_sent_to_two_machines_at_the_same_moment_lets_one_in(phone: Phone, app: Flask) -> None:
    browsers = [Browser(app) for _ in range(4)]
    for one in browsers:
        log_in(one)
    code = phone.code()
    done = at_once(*(lambda one=one: take_step(one, code).status_code for one in browsers))  # type: ignore[misc]
    assert sorted(map(str, done)) == ["200", "401", "401", "401"]
    assert sorted(map(is_in, browsers)) == [False, False, False, True]


@pytest.mark.any_database
def test_a_step_ends_after_ten_minutes_and_with_another_password(
    phone: Phone, nobody: Browser, app: Flask, clock: Clock, own: Services, ada: UserRecord
) -> None:
    assert_error(take_step(nobody, phone.code()), 401, "step_over")
    log_in(nobody)
    other = Browser(app)
    log_in(other)
    own.users.set_password(own.users.with_email(EMAIL)[0][0], "another password of hers", 0)
    assert_error(take_step(other, phone.code()), 401, "step_over")
    log_in(nobody, password="another password of hers")
    clock.move(seconds=631)
    assert_error(take_step(nobody, phone.code()), 401, "step_over")


@pytest.mark.any_database
def test_a_recovery_code_lets_in_once_and_new_ones_replace_the_old(
    phone: Phone, nobody: Browser, app: Flask, browser: Browser, own: Services, ada: UserRecord
) -> None:
    first, second, *_ = phone.recovery_codes
    log_in(nobody)
    assert take_step(nobody, first.lower()).status_code == 200
    assert actions(own, ada)[:2] == ["signed in", "recovery code used"]
    other = Browser(app)
    log_in(other)
    refused = take_step(other, first)
    assert_error(refused, 401, "wrong_code")
    assert "recovery code is wrong, or was used before" in refused.json["error"]["message"]
    renewed = browser.post("/api/auth/second-factor/recovery-codes", json={"code": phone.code()})
    assert renewed.status_code == 200
    assert_error(take_step(other, second), 401, "wrong_code")
    assert take_step(other, renewed.json["recovery_codes"][0]).status_code == 200


def test_who_knows_the_password_cannot_guess_codes_nor_keep_the_owner_out(
    phone: Phone, app: Flask, clock: Clock, own: Services, ada: UserRecord
) -> None:
    """The day on which the password was stolen: the thief signs in again and again, for new tries."""
    owner = Browser(app)
    log_in(owner)
    assert take_step(owner, phone.code()).status_code == 200
    thief, statuses = Browser(app, address="198.51.100.9"), []
    for _ in range(12):
        log_in(thief)  # a right password costs nothing, and gives no new tries
        statuses.append(take_step(thief, phone.wrong()).status_code)
    assert statuses == [401] * 5 + [429] * 7
    log_in(owner)
    clock.move(seconds=STEP)
    assert take_step(owner, phone.code()).status_code == 200, "from the network of the office"
    for number in range(60):  # from everywhere
        own.second_factors.count_wrong(ada.key)
        thief = Browser(app, address=f"203.0.113.{number}")
        log_in(thief)
        last = take_step(thief, phone.wrong())
    assert_error(last, 429, "too_many_attempts")
    assert own.second_factors.of(ada.key).wrong >= 100
    clock.move(seconds=STEP)
    log_in(owner)
    assert take_step(owner, phone.code()).status_code == 200, "a browser that the account knows"


def test_a_password_link_lifts_no_limit_on_codes(
    phone: Phone, app: Flask, clock: Clock, own: Services, ada: UserRecord
) -> None:
    """Whoever reads the owner's mail sets a password, and guesses on in the same browser."""
    made = own.password_links.make(ada.team_key, ada.id)
    assert made is not None
    for _ in range(100):
        own.second_factors.count_wrong(ada.key)
    thief = Browser(app, address="198.51.100.9")
    reset = thief.post("/api/auth/reset", json={"token": made[1], "password": "another password"})
    assert reset.status_code == 204
    assert_error(log_in(thief, password="another password"), 401, "second_factor_needed")
    assert_error(take_step(thief, phone.wrong()), 409, "second_factor_guarded")
    assert_error(take_step(thief, phone.code()), 409, "second_factor_guarded")
    owner = Browser(app)
    log_in(owner, password="another password")
    assert take_step(owner, phone.recovery_codes[0]).status_code == 200
    for _ in range(100):
        own.second_factors.count_wrong(ada.key)
    log_in(owner, password="another password")
    assert take_step(owner, phone.code()).status_code == 200, "a browser in which she has signed in"


@pytest.mark.any_database
def test_it_is_removed_with_the_password_or_a_fresh_code_and_not_without(
    phone: Phone, browser: Browser, nobody: Browser, clock: Clock
) -> None:
    remove = "/api/auth/second-factor/remove"
    assert_error(browser.post(remove, json={"password": "not the password"}), 401, "wrong_credentials")
    assert_error(browser.post(remove, json={"code": phone.wrong()}), 401, "wrong_code")
    assert_error(browser.post(remove, json={}), 400, "invalid_request")
    assert_error(browser.post(remove, json={"code": "1", "password": "x"}), 400, "invalid_request")
    assert log_in(nobody).status_code == 401
    assert browser.post(remove, json={"code": phone.code()}).status_code == 204
    assert log_in(nobody).status_code == 200
    Phone(browser, clock)
    assert browser.post(remove, json={"password": PASSWORD}).status_code == 204


def test_a_team_that_requires_it_leads_to_the_set_up_and_no_session_comes_before(
    browser: Browser, add: AddUser, nobody: Browser, app: Flask, clock: Clock, own: Services, ada: UserRecord
) -> None:
    max_ = add("Max")
    signed_in_before = Browser(app, max_)
    assert browser.patch("/api/team", json={"second_factor_required": True}).json["second_factor_required"] is True
    assert actions(own, ada)[0] == "second factor required"
    assert is_in(signed_in_before), "from the next sign-in on"
    assert_error(log_in(nobody, max_.email), 401, "second_factor_setup_needed")
    assert not is_in(nobody)
    prepared = nobody.post("/api/auth/step/setup")
    assert prepared.status_code == 200
    totp = pyotp.TOTP(prepared.json["secret"])
    assert_error(take_step(nobody, f"{(int(totp.at(clock.now())) + 1) % 10**6:06}"), 401, "wrong_code")
    taken = take_step(nobody, totp.at(clock.now()))
    assert taken.status_code == 200
    assert len(taken.json["recovery_codes"]) == 10
    assert is_in(nobody)
    assert not is_in(signed_in_before)
    refused = nobody.post("/api/auth/second-factor/remove", json={"password": PASSWORD})
    assert_error(refused, 409, "second_factor_required")
    assert_error(nobody.post("/api/auth/step/setup"), 401, "step_over")


@pytest.mark.any_database
def test_whoever_joins_such_a_team_sets_it_up_first(browser: Browser, nobody: Browser, clock: Clock) -> None:
    browser.patch("/api/team", json={"second_factor_required": True})
    token = browser.post("/api/team/invitations", json={}).json["token"]
    body = {"token": token, "name": "New", "email": "new@example.org", "password": "a password like any other"}
    assert_error(nobody.post("/api/auth/register", json=body), 401, "second_factor_setup_needed")
    secret = nobody.post("/api/auth/step/setup").json["secret"]
    assert take_step(nobody, pyotp.TOTP(secret).at(clock.now())).status_code == 200
    assert is_in(nobody)


def test_administrators_see_who_has_one_and_reset_it(
    browser: Browser, add: AddUser, app: Flask, clock: Clock, own: Services, ada: UserRecord
) -> None:
    max_ = add("Max")
    his = Browser(app, max_)
    Phone(his, clock)
    listed = {one["name"]: one["second_factor"] for one in browser.get("/api/team/users").json["users"]}
    assert listed == {"Ada": False, "Max": True}
    assert {one["second_factor"] for one in his.get("/api/team/users").json["users"]} == {None}
    assert browser.delete(f"/api/team/users/{max_.id}/second-factor").status_code == 204
    assert actions(own, ada)[0] == "second factor reset"
    assert not is_in(his)
    assert log_in(his, max_.email).status_code == 200


@pytest.mark.any_database
def test_api_keys_are_untouched(phone: Phone, app: Flask) -> None:
    assert app.test_client().get("/api/sessions", headers=HEADERS).status_code == 200


@pytest.mark.any_database
def test_a_password_link_does_not_take_it_away(phone: Phone, nobody: Browser, own: Services, ada: UserRecord) -> None:
    made = own.password_links.make(ada.team_key, ada.id)
    assert made is not None
    body = {"token": made[1], "password": "another password of hers"}
    assert nobody.post("/api/auth/reset", json=body).status_code == 204
    assert_error(log_in(nobody, password="another password of hers"), 401, "second_factor_needed")


@pytest.mark.any_database
def test_a_deactivated_user_has_no_step(
    add: AddUser, app: Flask, nobody: Browser, clock: Clock, own: Services, ada: UserRecord
) -> None:
    max_ = add("Max")
    phone = Phone(Browser(app, max_), clock)
    log_in(nobody, max_.email)
    own.users.change(ada.team_key, max_.id, active=False)
    clock.move(seconds=timedelta(seconds=STEP).total_seconds())
    assert_error(take_step(nobody, phone.code()), 401, "step_over")
