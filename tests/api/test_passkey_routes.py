"""Passkeys over HTTP: with one, one signs in; challenges count once, in the browser that asked for them."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.app import create_app
from api.services import Services
from tests.support.account import EMAIL, PASSWORD
from tests.support.at_once import at_once
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from utils.accounts.passkeys import Site
from utils.accounts.principal import UserRecord
from utils.settings import Settings

pytestmark = pytest.mark.usefixtures("quick_hashing")
ORIGIN = "https://ringside.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": f"{ORIGIN}/below"})


def add(browser: Browser, device: Authenticator, name: str = "Phone") -> TestResponse:
    asked = browser.post("/api/auth/passkeys/options", json={"password": PASSWORD})
    assert asked.status_code == 200, asked.text
    credential = device.create(asked.json["options"])
    return browser.post("/api/auth/passkeys", json={"name": name, "credential": credential})


def options(browser: Browser) -> dict[str, Any]:
    asked = browser.post("/api/auth/passkey/options")
    assert asked.status_code == 200
    found: dict[str, Any] = asked.json["options"]
    return found


def answer(browser: Browser, credential: dict[str, Any]) -> TestResponse:
    return browser.post("/api/auth/passkey", json={"credential": credential})


def log_in(browser: Browser) -> TestResponse:
    return browser.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})


def is_in(browser: Browser) -> bool:
    return browser.get("/api/auth/me").status_code == 200


@pytest.fixture
def device(browser: Browser) -> Authenticator:
    """The administrator's phone."""
    device = Authenticator(ORIGIN)
    assert add(browser, device).status_code == 201
    return device


def test_a_passkey_alone_signs_in(
    device: Authenticator, browser: Browser, nobody: Browser, own: Services, ada: UserRecord
) -> None:
    asked = options(nobody)
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("ringside.example", "required", [])
    assert answer(nobody, device.get(asked)).json["user"]["id"] == ada.id
    assert is_in(nobody)
    [listed] = browser.get("/api/auth/passkeys").json["passkeys"]
    assert (listed["name"], listed["last_used_at"] is None) == ("Phone", False)
    assert [one.action for one in own.audit.page(ada.team_key).items] == ["signed in with a passkey", "passkey added"]
    assert add(browser, Authenticator(ORIGIN), "Laptop").status_code == 201, "several"


def test_a_passkey_is_added_and_removed_with_the_password_only(
    device: Authenticator, browser: Browser, nobody: Browser
) -> None:
    wrong = {"password": "not the password"}
    assert_error(browser.post("/api/auth/passkeys/options", json=wrong), 401, "wrong_credentials")
    [one] = browser.get("/api/auth/passkeys").json["passkeys"]
    remove = f"/api/auth/passkeys/{one['id']}/remove"
    assert_error(browser.post(remove, json=wrong), 401, "wrong_credentials")
    assert browser.post(remove, json={"password": PASSWORD}).status_code == 204
    assert_error(browser.post(remove, json={"password": PASSWORD}), 404, "not_found")
    assert_error(answer(nobody, device.get(options(nobody))), 401, "wrong_passkey")
    assert not is_in(nobody)


def test_a_challenge_counts_once_and_in_its_browser_on_any_machine(
    device: Authenticator, nobody: Browser, app: Flask, settings: Settings
) -> None:
    asked = options(nobody)
    stranger = Browser(app)
    options(stranger)
    assert_error(answer(stranger, device.get(asked)), 401, "wrong_passkey")
    assert_error(answer(Browser(app), device.get(asked)), 401, "challenge_over")
    other_machine = create_app(settings)
    try:
        there = Browser(other_machine)
        there._cookies = nobody._cookies  # the same browser
        assert answer(there, device.get(asked)).status_code == 200
    finally:
        other_machine.extensions["ringside"].database.close()
        other_machine.extensions["ringside"].doorbell.close()
    assert_error(answer(nobody, device.get(asked)), 401, "challenge_over")
    asked = options(nobody)
    credential = device.get(asked)
    done = at_once(*[lambda: answer(nobody, credential).status_code] * 4)
    assert sorted(map(str, done)) == ["200", "401", "401", "401"]


@pytest.mark.any_database
def test_a_challenge_is_good_for_five_minutes(
    device: Authenticator, nobody: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    asked = options(nobody)
    clock.move(seconds=331)
    assert_error(answer(nobody, device.get(asked)), 401, "challenge_over")


@pytest.mark.any_database
def test_what_is_no_answer_of_the_passkey_is_refused(
    device: Authenticator, nobody: Browser, browser: Browser, app: Flask
) -> None:
    def refused(change: Callable[[dict[str, Any]], object]) -> None:
        credential = device.get(options(nobody))
        change(credential)
        assert_error(answer(nobody, credential), 401, "wrong_passkey")

    refused(lambda one: one["response"].update(signature="AAAA"))
    refused(lambda one: one["response"].update(userHandle="AAAA"))
    refused(lambda one: one["response"].pop("userHandle"))
    refused(lambda one: one["response"].clear())
    refused(lambda one: one.update(response="x"))
    refused(lambda one: one.update(id="unknown"))
    refused(lambda one: one.clear())
    device.origin = "https://ringside.example.evil.example"
    refused(lambda _one: None)
    assert not is_in(nobody)
    assert_error(add(browser, Authenticator("https://evil.example")), 401, "wrong_passkey")
    assert_error(add(browser, Authenticator(ORIGIN, verifies=False)), 401, "wrong_passkey")
    device.origin = ORIGIN
    assert_error(add(browser, device), 409, "passkey_known")


@pytest.mark.any_database
def test_a_copy_of_a_device_shows_by_its_counter(
    device: Authenticator, nobody: Browser, own: Services, ada: UserRecord
) -> None:
    assert answer(nobody, device.get(options(nobody))).status_code == 200
    device.count -= 1
    assert_error(answer(nobody, device.get(options(nobody))), 401, "wrong_passkey")
    assert own.audit.page(ada.team_key).items[0].action == "passkey refused"
    device.count += 5
    assert answer(nobody, device.get(options(nobody))).status_code == 200


@pytest.mark.any_database
def test_another_users_challenge_adds_nothing(browser: Browser, add_user: None, app: Flask, own: Services) -> None:
    asked = browser.post("/api/auth/passkeys/options", json={"password": PASSWORD})
    credential = Authenticator(ORIGIN).create(asked.json["options"])
    [max_] = [one for one in own.users.of_team(1) if one.name == "Max"]
    his = Browser(app, max_)
    his.set_cookie(
        "passkey_challenge", browser.get_cookie("passkey_challenge", path="/api/auth").value, path="/api/auth"
    )  # type: ignore[union-attr]
    refused = his.post("/api/auth/passkeys", json={"name": "x", "credential": credential})
    assert_error(refused, 401, "challenge_over")


@pytest.fixture
def add_user(add: Callable[..., UserRecord]) -> None:
    add("Max")


def test_a_reset_and_a_deactivation_end_it(
    device: Authenticator, nobody: Browser, own: Services, ada: UserRecord, browser: Browser
) -> None:
    with own.database.write() as connection:
        connection.exec_driver_sql("UPDATE users SET active = false")
    assert_error(answer(nobody, device.get(options(nobody))), 401, "wrong_passkey")
    with own.database.write() as connection:
        connection.exec_driver_sql("UPDATE users SET active = true")
    assert answer(nobody, device.get(options(nobody))).status_code == 200
    own.second_factors.reset(ada.team_key, ada.id, own.settings)
    assert_error(answer(nobody, device.get(options(nobody))), 401, "wrong_passkey")


@pytest.mark.any_database
def test_it_needs_no_code_though_there_is_a_second_factor(
    device: Authenticator, nobody: Browser, own: Services, browser: Browser
) -> None:
    browser.patch("/api/team", json={"second_factor_required": True})
    assert answer(nobody, device.get(options(nobody))).status_code == 200


def test_where_a_factor_is_required_the_password_of_who_has_a_passkey_leads_nowhere(
    device: Authenticator, nobody: Browser, browser: Browser, own: Services, ada: UserRecord
) -> None:
    """A thief of the password would set up an app of their own, and sign the owner out."""
    assert log_in(nobody).status_code == 200, "where none is required"
    browser.patch("/api/team", json={"second_factor_required": True})
    thief = Browser(browser.application)
    assert_error(log_in(thief), 401, "passkey_needed")
    assert own.audit.page(ada.team_key).items[0].action == "passkey asked for"
    assert_error(thief.post("/api/auth/step/setup"), 401, "step_over")
    assert not is_in(thief)
    assert answer(nobody, device.get(options(nobody))).status_code == 200


def test_an_administrator_sees_who_has_only_passkeys_and_resets_them(
    device: Authenticator, browser: Browser, nobody: Browser, ada: UserRecord, add_user: None
) -> None:
    """The phone is lost, and the team requires a second factor: without the reset, the password leads nowhere."""
    listed = {one["name"]: one["second_factor"] for one in browser.get("/api/team/users").json["users"]}
    assert listed == {"Ada": True, "Max": False}
    browser.patch("/api/team", json={"second_factor_required": True})
    assert browser.delete(f"/api/team/users/{ada.id}/second-factor").status_code == 204
    assert_error(log_in(nobody), 401, "second_factor_setup_needed")


def test_a_step_of_before_the_passkey_sets_up_nothing(browser: Browser, nobody: Browser) -> None:
    browser.patch("/api/team", json={"second_factor_required": True})
    assert_error(log_in(nobody), 401, "second_factor_setup_needed")
    totp = pyotp.TOTP(nobody.post("/api/auth/step/setup").json["secret"])
    assert add(browser, Authenticator(ORIGIN)).status_code == 201
    assert_error(nobody.post("/api/auth/step/setup"), 401, "passkey_needed")
    assert_error(nobody.post("/api/auth/step", json={"code": totp.now()}), 401, "passkey_needed")
    assert not is_in(nobody)
    assert is_in(browser)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        (None, None),
        ("https://192.0.2.1", None),
        ("http://[::1]:8000", None),
        ("http://localhost:8000", Site("localhost", "http://localhost:8000")),
        ("https://Ringside.Example/below", Site("ringside.example", "https://ringside.example")),
    ],
)
def test_the_site_is_that_of_the_public_address(url: str | None, site: Site | None) -> None:
    assert Site.of(url) == site
