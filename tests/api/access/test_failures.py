"""Failed identification: counted by kind, limited for each address, and nobody else's trouble."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import jwt
import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from api.access.identity import link_cookie
from api.app import create_app
from api.services import Services
from tests.support.account import EMAIL, HEADERS, PASSWORD, SECRET_KEY
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord
from utils.registry.server_key import ServerKey
from utils.settings import Settings

pytestmark = pytest.mark.any_database
WRONG = {"Authorization": "Bearer ringside_wrong"}


def counted(browser: Browser) -> dict[str, float]:
    metrics = text_string_to_metric_families(browser.get("/metrics", headers=HEADERS).text)
    [family] = [one for one in metrics if one.name == "ringside_identification_failures"]
    return {one.labels["kind"]: one.value for one in family.samples if one.name.endswith("_total")}


@pytest.fixture
def strict(settings: Settings) -> Iterator[Flask]:
    """A server that takes five failures a minute."""
    app = create_app(settings.model_copy(update={"ratelimit_failed": "5 per minute"}))
    yield app
    app.extensions["ringside"].database.close()
    app.extensions["ringside"].doorbell.close()


def expire(browser: Browser) -> TestResponse:
    browser.put("access_token", browser.cookies["access_token"][:-3])
    return browser.get("/api/auth/me")


def watch_by_a_wrong_link(browser: Browser) -> TestResponse:
    browser.set_cookie(link_cookie("s1"), "wrong")
    return browser.get("/api/sessions/s1", headers={"Authorization": ""})


@pytest.mark.parametrize(
    ("kind", "send", "status"),
    [
        ("password", lambda one: one.post("/api/auth/login", json={"email": EMAIL, "password": "wrong"}), 401),
        ("api_key", lambda one: one.get("/api/auth/me", headers=WRONG), 401),
        ("token", expire, 401),
        ("csrf", lambda one: one.post("/api/sessions", json={}, csrf="wrong"), 403),
        ("spectator_link", lambda one: one.post("/api/watch", json={"token": "wrong"}), 404),
        ("stream_ticket", lambda one: one.get("/sse/agent-activity/s1?ticket=wrong"), 401),
        ("invitation", lambda one: one.post("/api/auth/invitation", json={"token": "wrong"}), 409),
        (
            "invitation",
            lambda one: one.post(
                "/api/auth/register", json={"token": "wrong", "name": "N", "email": "n@b.c", "password": PASSWORD}
            ),
            409,
        ),
        ("password_link", lambda one: one.post("/api/auth/reset", json={"token": "x", "password": PASSWORD}), 409),
        ("token", lambda one: (one.put("refresh_token", "x"), one.post("/api/auth/refresh"))[1], 401),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_of_failure_is_counted(
    browser: Browser, kind: str, send: Callable[[Browser], TestResponse], status: int
) -> None:
    before = counted(browser)
    response = send(browser)
    assert response.status_code == status, response.text
    assert response.json["error"]["code"]
    after = counted(browser)
    assert {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)} == {
        kind: 1
    }


def test_a_link_that_has_ended_is_counted_where_its_cookie_is_shown(browser: Browser, own: Services) -> None:
    own.sessions.create("s1")
    guest, before = Browser(browser.application), counted(browser).get("spectator_link", 0)
    assert_error(watch_by_a_wrong_link(guest), 401, "signed_out")
    assert counted(browser)["spectator_link"] == before + 1


def test_who_has_nothing_to_show_has_failed_at_nothing(browser: Browser, nobody: Browser) -> None:
    before = counted(browser)
    assert_error(nobody.get("/api/auth/me"), 401, "signed_out")
    assert_error(nobody.post("/api/auth/refresh"), 401, "signed_out")
    assert counted(browser) == before


def test_a_program_with_a_wrong_key_is_told_to_wait_and_its_neighbours_are_let_in(strict: Flask) -> None:
    wild, elsewhere = Browser(strict, address="192.0.2.1"), Browser(strict, address="192.0.2.2")
    for _ in range(5):
        assert_error(wild.get("/api/auth/me", headers=WRONG), 401, "wrong_key")
    refused = wild.get("/api/auth/me", headers=WRONG)
    assert "wrong key, link or cookie" in assert_error(refused, 429, "too_many_failures")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert wild.get("/api/auth/me", headers=HEADERS).status_code == 200, "a right key from the same address"
    assert_error(elsewhere.get("/api/auth/me", headers=WRONG), 401, "wrong_key")


def test_links_cannot_be_guessed(strict: Flask, ada: UserRecord) -> None:
    browser = Browser(strict, address="192.0.2.1")
    own: Services = strict.extensions["ringside"]
    for _ in range(5):
        assert_error(browser.post("/api/auth/invitation", json={"token": "guess"}), 409, "invitation_unusable")
    for path, body in (
        ("/api/auth/invitation", {"token": "guess"}),
        ("/api/auth/reset", {"token": "guess", "password": PASSWORD}),
        ("/api/watch", {"token": "guess"}),
    ):
        assert_error(browser.post(path, json=body), 429, "too_many_failures")
    _, token = own.invitations.invite(own.users.with_email(EMAIL)[0][1], ada, "member", timedelta(hours=1))
    assert browser.post("/api/auth/invitation", json={"token": token}).status_code == 200


def test_an_office_whose_access_tokens_expire_is_not_kept_waiting(strict: Flask, ada: UserRecord) -> None:
    browser = Browser(strict, ada, address="192.0.2.1")
    key = ServerKey(SECRET_KEY).signing_keys
    told = jwt.decode(browser.cookies["access_token"], options={"verify_signature": False})
    header = jwt.get_unverified_header(browser.cookies["access_token"])
    expired = jwt.encode(told | {"exp": int(time.time()) - 3600}, key[header["kid"]], headers=header)
    browser.put("access_token", expired)
    for _ in range(12):
        assert_error(browser.get("/api/auth/me"), 401, "token_expired")
    assert_error(browser.get("/api/auth/me", headers=WRONG), 401, "wrong_key")
