"""The cookies of a sign-in: what a browser is told about each, and what a token of another kind or key is worth."""

import time
from contextlib import closing
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie

import jwt
import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.test import TestResponse

from api.app import create_app
from api.services import Services
from tests.support.account import EMAIL, PASSWORD, SECRET_KEY
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord
from utils.registry.server_key import ServerKey
from utils.settings import Settings

pytestmark = pytest.mark.any_database
WEEK = 7 * 24 * 3600
YEAR = 365 * 24 * 3600
SKEW = 30


def cookies(response: TestResponse) -> dict[str, Morsel[str]]:
    found: dict[str, Morsel[str]] = {}
    for line in response.headers.getlist("Set-Cookie"):
        found |= SimpleCookie(line)
    return found


def sign_in(browser: Browser, **how: str) -> TestResponse:
    response = browser.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}, **how)
    assert response.status_code == 200, response.text
    return response


@pytest.mark.parametrize(("url", "secure"), [("http://localhost", False), ("https://ringside.example", True)])
def test_signing_in_sets_cookies_that_no_script_reads_and_no_other_site_sends(
    nobody: Browser, url: str, secure: bool
) -> None:
    made = cookies(sign_in(nobody, base_url=url))
    [device] = [name for name in made if name.startswith("device_")]
    assert {name: (bool(one["httponly"]), one["path"]) for name, one in made.items()} == {
        "access_token": (True, "/"),
        "refresh_token": (True, "/api/auth"),
        "csrf_access_token": (False, "/"),
        "csrf_refresh_token": (False, "/"),
        "signed_in_as": (False, "/"),
        device: (True, "/api/auth"),
    }
    for name, one in made.items():
        assert one["samesite"] == "Strict", name
        assert bool(one["secure"]) is secure, name
        lifetime = YEAR if name == device else 2 * WEEK  # a week longer than the sign-in: so that one is told
        assert abs(int(one["max-age"]) - lifetime) <= 1, name
        assert not one["domain"], name
    csrf = {made["csrf_access_token"].value, made["csrf_refresh_token"].value}
    assert len(csrf) == 2
    assert not csrf & {made["access_token"].value, made["refresh_token"].value}


def test_scripts_learn_which_sign_in_of_whom_it_is_and_renewing_it_changes_nothing_of_that(
    nobody: Browser, ada: UserRecord
) -> None:
    first, renewed, another = (
        cookies(made())["signed_in_as"].value
        for made in (lambda: sign_in(nobody), lambda: nobody.post("/api/auth/refresh"), lambda: sign_in(nobody))
    )
    assert first == renewed != another
    assert {one.split(".")[0] for one in (first, another)} == {ada.id}


def test_only_a_trusted_proxy_is_believed_that_it_is_https(nobody: Browser, settings: Settings) -> None:
    forwarded = {"headers": {"X-Forwarded-Proto": "https"}}
    assert not cookies(sign_in(nobody, **forwarded))["access_token"]["secure"]  # type: ignore[arg-type]
    with closing_app(settings.model_copy(update={"trusted_proxies": 1})) as app:
        assert cookies(sign_in(Browser(app), **forwarded))["access_token"]["secure"]  # type: ignore[arg-type]


def test_signing_out_takes_all_of_them_away(browser: Browser) -> None:
    cleared = cookies(browser.post("/api/auth/logout"))
    assert {name: one["path"] for name, one in cleared.items()} == {
        "access_token": "/", "refresh_token": "/api/auth", "csrf_access_token": "/", "csrf_refresh_token": "/",
        "signed_in_as": "/",
    }  # fmt: skip
    for one in cleared.values():
        assert (one.value, one["max-age"]) == ("", "0")
    assert browser.cookies == {}


def test_the_access_token_lasts_an_hour_and_the_refresh_token_a_week(browser: Browser) -> None:
    for name, seconds in (("access_token", 3600), ("refresh_token", WEEK)):
        claims = jwt.decode(browser.cookies[name], options={"verify_signature": False})
        assert abs(claims["exp"] - claims["iat"] - seconds) <= 1
        assert not {"email", "name", "role", "password"} & claims.keys(), "it says who, and nothing about them"


# Tokens


def test_a_refresh_token_opens_nothing_else_and_an_access_token_refreshes_nothing(browser: Browser) -> None:
    had = browser.cookies
    browser.put("access_token", had["refresh_token"])
    assert_error(browser.get("/api/auth/me"), 401, "signed_out")
    browser.put("refresh_token", had["access_token"])
    browser.put("csrf_refresh_token", had["csrf_access_token"])
    assert_error(browser.post("/api/auth/refresh"), 401, "signed_out")
    browser.put("access_token", had["access_token"])
    assert browser.get("/api/auth/me").status_code == 200, "neither has signed anybody out"


def forged(browser: Browser, secret: bytes, header: dict[str, object] | None = None, **claims: object) -> str:
    """The browser's access token, signed anew."""
    told = jwt.decode(browser.cookies["access_token"], options={"verify_signature": False})
    known = jwt.get_unverified_header(browser.cookies["access_token"])
    changed = {name: value for name, value in (told | claims).items() if value is not None}
    return jwt.encode(changed, secret or None, "HS256" if secret else "none", headers={**known, **(header or {})})


def test_what_we_did_not_sign_is_worth_nothing(browser: Browser) -> None:
    key = ServerKey(SECRET_KEY)
    right = key.signing_keys[key.signing_name]
    token = browser.cookies["access_token"]
    head, body, signature = token.split(".")
    browser.put("access_token", forged(browser, right))
    assert browser.get("/api/auth/me").status_code == 200, "so that the following tells something"
    tokens = [
        forged(browser, b"another secret of 32 characters!"), forged(browser, b"", {"alg": "none"}),
        forged(browser, right, {"kid": "unknown"}).replace(".", "x.", 1), f"{head}.{body}.", f"{head}.{body}",
        f"{head}.{body}.{signature[:-2]}", "", "x", "a.b.c", "....", "é😀", f"{token}.{token}", "e30.e30.",
        forged(browser, right, iss="another"), forged(browser, right, iss=None),
        forged(browser, right, sign_in="sign-in-unknown"), forged(browser, right, sign_in=None),
        forged(browser, right, sub=7),
        forged(browser, right, nbf=int(time.time()) + 3600),
        forged(browser, b"another secret of 32 characters!", {"kid": "../../dev/null"}),
        forged(browser, b"another secret of 32 characters!", {"kid": ""}),
    ]  # fmt: skip
    for number, wrong in enumerate(tokens):
        browser.put("access_token", wrong)
        assert (browser.get("/api/auth/me").status_code, number) == (401, number), wrong
    browser.put("access_token", token)
    assert browser.get("/api/auth/me").status_code == 200


def test_an_expired_access_token_says_that_there_is_a_refresh(browser: Browser) -> None:
    key = ServerKey(SECRET_KEY)
    browser.put("access_token", forged(browser, key.signing_keys[key.signing_name], exp=int(time.time()) - SKEW - 1))
    assert_error(browser.get("/api/auth/me"), 401, "token_expired")
    assert browser.post("/api/auth/refresh").status_code == 200
    assert browser.get("/api/auth/me").status_code == 200


# Another SECRET_KEY


class closing_app:  # noqa: N801
    """Another server on the same data."""

    def __init__(self, settings: Settings) -> None:
        self._app = create_app(settings)

    def __enter__(self) -> Flask:
        return self._app

    def __exit__(self, *_: object) -> None:
        self._app.extensions["ringside"].database.close()
        self._app.extensions["ringside"].doorbell.close()


def test_after_a_rotation_cookies_of_the_old_key_still_work_and_become_the_new_ones(
    settings: Settings, ada: UserRecord
) -> None:
    old, new = (
        SecretStr("the-old-secret-key-of-enough-characters"),
        SecretStr("the-new-secret-key-of-enough-characters"),
    )
    changed = {"secret_key": new, "previous_secret_keys": old}
    with (
        closing_app(settings.model_copy(update={"secret_key": old})) as before,
        closing_app(settings.model_copy(update=changed)) as after,
        closing_app(settings.model_copy(update={"secret_key": new})) as later,
    ):
        browser = Browser(before, ada)
        moved, ahead = Browser(after), Browser(later)
        for name, value in browser.cookies.items():
            moved.put(name, value)
            ahead.put(name, value)
        assert moved.get("/api/auth/me").status_code == 200
        assert_error(ahead.get("/api/auth/me"), 401, "signed_out")
        assert moved.post("/api/auth/refresh").status_code == 200
        for name, value in moved.cookies.items():
            ahead.put(name, value)
        assert ahead.get("/api/auth/me").status_code == 200
        assert jwt.get_unverified_header(moved.cookies["access_token"])["kid"] == next(
            iter(ServerKey(new.get_secret_value()).signing_keys)
        )


def test_a_spectator_cookie_is_a_sessions_own_and_lasts_as_long_as_the_link(
    nobody: Browser, own: Services, ada: UserRecord
) -> None:
    session = own.sessions.create("s1", owner=ada)
    _, secret = own.spectator_links.create(session.key, ada.key, timedelta(hours=1), hides_tool_data=False)
    [(name, one)] = cookies(nobody.post("/api/watch", json={"token": secret}, base_url="https://x.example")).items()
    assert name.startswith("spectator_")
    assert (one["path"], one["samesite"], bool(one["httponly"]), bool(one["secure"])) == ("/", "Strict", True, True)
    assert 3590 < int(one["max-age"]) <= 3600
    with closing(nobody.get("/api/sessions/s1", base_url="https://x.example")) as response:
        assert response.status_code == 200
