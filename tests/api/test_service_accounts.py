"""Service accounts: programs of a team, which have keys and are no people."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from api.services import Services
from tests.support.account import PASSWORD
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord

AddUser = Callable[..., UserRecord]
ACCOUNTS = "/api/team/service-accounts"


def make(browser: Browser, name: str = "Nightly build", role: str = "member") -> dict[str, Any]:
    response = browser.post(ACCOUNTS, json={"name": name, "role": role})
    assert response.status_code == 201
    made: dict[str, Any] = response.json
    return made


def key_for(browser: Browser, account: dict[str, Any], *scopes: str) -> dict[str, Any]:
    wish = {"name": "k", "scopes": list(scopes), "user_id": account["id"]}
    response = browser.post("/api/keys", json=wish)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json
    return made


def bearer(made: dict[str, Any]) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {made['secret']}"}}


def test_a_program_works_with_its_key_under_its_own_name(browser: Browser, nobody: Browser, own: Services) -> None:
    account = make(browser)
    made = key_for(browser, account, "read", "run")
    assert (account["service"], account["email"], account["active"]) == (True, "", True)
    assert (made["key"]["user_name"], made["key"]["user_is_service"]) == ("Nightly build", True)
    session = nobody.post("/api/sessions", json={"id": "s1"}, **bearer(made)).json
    assert (session["owner"], session["owner_is_service"]) == ("Nightly build", True)
    assert nobody.get("/api/auth/me", **bearer(made)).json["user"] == account
    assert account | {"second_factor": False} in browser.get("/api/team/users").json["users"]
    entries = [(one["action"], one["subject"]) for one in browser.get("/api/team/audit").json["entries"]]
    assert entries == [
        ("key made", "k (read, run) for Nightly build (service account)"),
        ("service account made", "Nightly build: member"),
    ]


def test_a_session_of_a_person_says_so(browser: Browser) -> None:
    assert browser.post("/api/sessions", json={}).json["owner_is_service"] is False


def test_it_goes_on_when_whoever_made_it_leaves(app: Flask, browser: Browser, add: AddUser, nobody: Browser) -> None:
    maker = add("Gus", "administrator")
    leaving = Browser(app, maker)
    made = key_for(leaving, make(leaving), "read")
    assert browser.patch(f"/api/team/users/{maker.id}", json={"active": False}).status_code == 200
    assert nobody.get("/api/sessions", **bearer(made)).status_code == 200


def test_it_ends_like_anybody_else(browser: Browser, nobody: Browser) -> None:
    account = make(browser)
    made = key_for(browser, account, "read")
    browser.patch(f"/api/team/users/{account['id']}", json={"active": False})
    assert_error(nobody.get("/api/sessions", **bearer(made)), 401, "wrong_key")


def test_it_cannot_sign_in(browser: Browser, nobody: Browser, own: Services) -> None:
    account = make(browser, role="administrator")
    for password in (PASSWORD, "none"):
        refused = nobody.post("/api/auth/login", json={"email": account["id"], "password": password})
        assert_error(refused, 401, "wrong_credentials")
    assert_error(browser.post(f"/api/team/users/{account['id']}/password-link"), 409, "service_account")


def test_it_is_no_administrator_that_a_team_could_do_with(browser: Browser, ada: UserRecord) -> None:
    make(browser, role="administrator")
    refused = browser.patch(f"/api/team/users/{ada.id}", json={"role": "member"})
    assert_error(refused, 409, "last_administrator")


def test_nobody_hands_sessions_to_it(browser: Browser, add: AddUser) -> None:
    gone, account = add("Gus"), make(browser)
    browser.patch(f"/api/team/users/{gone.id}", json={"active": False})
    refused = browser.post(f"/api/team/users/{gone.id}/hand-over", json={"to": account["id"]})
    assert_error(refused, 409, "cannot_own")


@pytest.mark.any_database
def test_only_administrators_make_its_keys_and_no_keys_for_people(app: Flask, browser: Browser, add: AddUser) -> None:
    account, person = make(browser), add("Max")
    wish = {"name": "k", "scopes": ["read"]}
    assert_error(Browser(app, person).post("/api/keys", json={**wish, "user_id": account["id"]}), 403, "forbidden")
    for other in (person.id, "user-unknown"):
        assert_error(browser.post("/api/keys", json={**wish, "user_id": other}), 404, "not_found")
