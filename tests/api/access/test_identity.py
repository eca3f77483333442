"""Who sends a request: a key, a sign-in or a link, and how each is refused."""

from datetime import timedelta

import pytest
from flask import Flask

from api.access.identity import link_cookie
from api.access.needs import ACCESS, Need, check_complete, need_of
from api.services import Services
from tests.support.account import KEY
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.events import activity
from utils.accounts.principal import UserRecord


def test_a_key_is_taken_from_the_header_however_its_scheme_is_written(nobody: Browser) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert nobody.get("/api/auth/me", headers={"Authorization": f"{scheme} {KEY}"}).status_code == 200
    assert nobody.get("/api/auth/me", headers={"Authorization": f"Bearer  {KEY} "}).status_code == 200


@pytest.mark.any_database
@pytest.mark.parametrize("key", ["", "x", KEY[:-1], f"{KEY}x", KEY.upper(), "é", "a b", "%00"])
def test_a_wrong_key_is_refused_even_beside_a_good_sign_in(browser: Browser, key: str) -> None:
    """Who shows a key wants to be its user: a program does not fall back to somebody else."""
    header = {"Authorization": f"Bearer {key}".encode().decode("latin-1")}
    assert_error(browser.get("/api/auth/me", headers=header), 401, "wrong_key")


@pytest.mark.any_database
@pytest.mark.parametrize("header", ["", "Basic YTpi", KEY, f"Token {KEY}", f"Bearer{KEY}"])
def test_what_is_no_key_is_nobody(nobody: Browser, header: str) -> None:
    assert_error(nobody.get("/api/auth/me", headers={"Authorization": header}), 401, "signed_out")


@pytest.mark.any_database
def test_a_key_in_the_address_is_nobody(nobody: Browser) -> None:
    for query in (f"access_token={KEY}", f"key={KEY}", f"token={KEY}"):
        assert_error(nobody.get(f"/api/auth/me?{query}"), 401, "signed_out")


# CSRF: what a form of another site cannot know


@pytest.mark.parametrize("csrf", ["", "wrong", "\x00", "é"])
def test_a_sign_in_writes_only_with_the_cookie_repeated_in_the_header(
    browser: Browser, own: Services, session: dict[str, object], csrf: str
) -> None:
    sent = csrf.encode().decode("latin-1")
    for method, path in (("POST", "/api/sessions"), ("PATCH", "/api/sessions/s1"), ("DELETE", "/api/sessions/s1")):
        assert_error(browser.open(path, method=method, json={"title": "Taken over"}, csrf=sent), 403, "csrf")
    refresh_csrf = browser.cookies["csrf_refresh_token"]
    assert_error(browser.post("/api/sessions", json={}, csrf=refresh_csrf), 403, "csrf")
    other = Browser(browser.application, own.users.of_team(1)[0]).cookies["csrf_access_token"]
    assert_error(browser.post("/api/sessions", json={}, csrf=other), 403, "csrf")
    found = own.sessions.get("s1")
    assert found is not None
    assert found.title == "First"
    assert browser.post("/api/sessions", json={}).status_code == 201


@pytest.mark.any_database
def test_the_csrf_cookie_itself_is_not_what_counts(browser: Browser) -> None:
    """A cookie can be planted from a subdomain: it has to be the one that the signed token names."""
    browser.put("csrf_access_token", "planted")
    assert_error(browser.post("/api/sessions", json={}, csrf="planted"), 403, "csrf")


@pytest.mark.any_database
def test_reading_needs_no_header_and_a_key_writes_without_one(browser: Browser, nobody: Browser) -> None:
    assert browser.get("/api/sessions", csrf="wrong").status_code == 200
    header = {"Authorization": f"Bearer {KEY}"}
    assert nobody.post("/api/sessions", json={}, headers=header).status_code == 201
    assert browser.post("/api/sessions", json={}, headers=header, csrf="wrong").status_code == 201


# Links


def test_a_user_who_also_has_a_link_sees_the_session_as_a_user(
    browser: Browser, own: Services, ada: UserRecord
) -> None:
    session = own.sessions.create("s1", owner=ada)
    own.log.append("s1", [activity().model_copy(update={"input": "s3cret"})])
    _, hiding = own.spectator_links.create(session.key, ada.key, timedelta(hours=1), hides_tool_data=True)
    browser.set_cookie(link_cookie("s1"), hiding)
    assert "s3cret" in browser.get("/api/sessions/s1/activity").text
    assert browser.get("/api/sessions/s1").json["may_change"] is True
    browser.post("/api/auth/logout")
    assert "s3cret" not in browser.get("/api/sessions/s1/activity").text
    assert browser.get("/api/sessions/s1").json["may_change"] is False


def test_a_link_opens_where_a_sign_in_or_a_key_does_not(nobody: Browser, own: Services, ada: UserRecord) -> None:
    """Somebody of another team, a key of old: they may still watch what they have a link to."""
    session = own.sessions.create("s1", owner=ada)
    _, secret = own.spectator_links.create(session.key, ada.key, timedelta(hours=1), hides_tool_data=False)
    nobody.set_cookie(link_cookie("s1"), secret)
    assert nobody.get("/api/sessions/s1").status_code == 200
    assert nobody.get("/api/sessions/s1", headers={"Authorization": "Bearer wrong"}).status_code == 200
    assert_error(nobody.patch("/api/sessions/s1", json={"title": "T"}), 401, "signed_out")


@pytest.mark.any_database
@pytest.mark.parametrize("cookie", ["", "x", "é😀", "%00", "a" * 3000])
def test_a_wrong_link_is_nobody(nobody: Browser, own: Services, cookie: str) -> None:
    own.sessions.create("s1")
    nobody.set_cookie(link_cookie("s1"), cookie)
    assert_error(nobody.get("/api/sessions/s1"), 401, "signed_out")


# The table


@pytest.mark.any_database
def test_an_address_without_a_row_keeps_the_application_from_starting(app: Flask) -> None:
    check_complete(app)
    rule = app.url_rule_class("/forgotten", endpoint="forgotten")
    app.url_map.add(rule)
    with pytest.raises(KeyError, match="forgotten"):
        check_complete(app)


@pytest.mark.any_database
def test_the_table_names_nothing_that_is_not_there(app: Flask) -> None:
    assert set(ACCESS) <= {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {need for need in Need if need not in ACCESS.values()} <= {Need.EMIT}
    assert need_of("openapi.anything") is Need.ACCOUNTS


@pytest.mark.any_database
def test_where_there_is_nothing_nobody_is_asked_who_it_is(nobody: Browser) -> None:
    assert_error(nobody.get("/api/nothing"), 404, "not_found")
    assert_error(nobody.post("/healthz"), 405, "method_not_allowed")
    assert nobody.open("/api/sessions", method="OPTIONS").status_code == 200
