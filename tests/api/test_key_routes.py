"""API keys over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord

AddUser = Callable[..., UserRecord]


def make(browser: Browser, *scopes: str, name: str = "build server") -> dict[str, Any]:
    response = browser.post("/api/keys", json={"name": name, "scopes": list(scopes or ("read",))})
    assert response.status_code == 201
    made: dict[str, Any] = response.json
    return made


def bearer(secret: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {secret}"}}


def test_a_key_is_shown_once_and_never_again(browser: Browser) -> None:
    made = make(browser, "run", "read")
    secret, key = made["secret"], made["key"]
    assert secret.startswith("ringside_")
    assert key["scopes"] == ["read", "run"]
    assert secret.startswith(key["hint"])
    assert len(key["hint"]) == 13
    assert (key["user_name"], key["last_used_at"]) == ("Ada", None)
    for path in ("/api/keys", "/api/keys?whole_team=true", "/api/team/audit", "/api/auth/me"):
        told = browser.get(path)
        assert told.status_code == 200
        assert secret not in told.text
        assert secret[13:] not in told.text


def test_a_key_acts_for_its_user_within_its_scopes(browser: Browser, nobody: Browser) -> None:
    secret = make(browser, "read")["secret"]
    me = nobody.get("/api/auth/me", **bearer(secret))
    assert (me.json["user"]["name"], me.json["scopes"]) == ("Ada", ["read"])
    assert_error(nobody.post("/api/sessions", json={}, **bearer(secret)), 403, "forbidden")
    other = make(browser, "run")["secret"]
    assert_error(nobody.get("/api/auth/me", **bearer(other)), 403, "forbidden")
    assert nobody.post("/api/sessions", json={}, **bearer(other)).status_code == 201


def test_its_last_use_is_told(browser: Browser, nobody: Browser) -> None:
    made = make(browser, "read")
    nobody.get("/api/auth/me", **bearer(made["secret"]))
    listed = {key["id"]: key for key in browser.get("/api/keys").json["keys"]}
    assert listed[made["key"]["id"]]["last_used_at"].endswith("Z")


def test_a_revoked_key_is_worth_nothing_at_once(browser: Browser, nobody: Browser) -> None:
    kept, gone = make(browser, "read"), make(browser, "read", name="gone")
    path = f"/api/keys/{gone['key']['id']}"
    assert nobody.get("/api/auth/me", **bearer(gone["secret"])).status_code == 200
    assert browser.delete(path).status_code == 204
    assert_error(nobody.get("/api/auth/me", **bearer(gone["secret"])), 401, "wrong_key")
    assert_error(browser.delete(path), 404, "not_found")
    assert nobody.get("/api/auth/me", **bearer(kept["secret"])).status_code == 200
    assert gone["key"]["id"] not in browser.get("/api/keys").text
    entries = browser.get("/api/team/audit").json["entries"]
    assert [(one["action"], one["subject"]) for one in entries] == [
        ("key revoked", "gone of Ada"), ("key made", "gone (read)"), ("key made", "build server (read)"),
    ]  # fmt: skip


def test_one_sees_and_revokes_ones_own_and_an_administrator_all_of_the_team(
    app: Flask, browser: Browser, add: AddUser
) -> None:
    member = Browser(app, add("Max"))
    theirs, own = make(member, name="theirs")["key"], make(browser, name="own")["key"]
    assert [key["id"] for key in member.get("/api/keys").json["keys"]] == [theirs["id"]]
    assert_error(member.get("/api/keys?whole_team=true"), 403, "forbidden")
    assert_error(member.delete(f"/api/keys/{own['id']}"), 404, "not_found")
    everybodys = {key["id"] for key in browser.get("/api/keys?whole_team=true").json["keys"]}
    assert everybodys == {theirs["id"], own["id"], "key-tests"}
    assert theirs["id"] not in {key["id"] for key in browser.get("/api/keys").json["keys"]}
    assert browser.delete(f"/api/keys/{theirs['id']}").status_code == 204
    assert member.get("/api/keys").json["keys"] == []


def test_a_viewers_key_does_not_do_what_a_viewer_may_not(app: Flask, add: AddUser, nobody: Browser) -> None:
    secret = make(Browser(app, add("Vera", "viewer")), "read", "run", "emit")["secret"]
    assert nobody.get("/api/sessions", **bearer(secret)).status_code == 200
    assert_error(nobody.post("/api/sessions", json={}, **bearer(secret)), 403, "forbidden")


@pytest.mark.any_database
@pytest.mark.parametrize(
    "body",
    [
        {"name": "k"}, {"name": "k", "scopes": []}, {"name": "k", "scopes": ["admin"]}, {"scopes": ["read"]},
        {"name": "", "scopes": ["read"]}, {"name": "k", "scopes": ["read"], "user_id": "user-other"},
        {"name": "k", "scopes": ["read"] * 5}, {"name": "x" * 201, "scopes": ["read"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_key_that_does_not_fit_is_refused(browser: Browser, body: dict[str, object]) -> None:
    assert_error(browser.post("/api/keys", json=body), 400, "invalid_request")


@pytest.mark.any_database
def test_a_scope_named_twice_is_one(browser: Browser) -> None:
    assert make(browser, "read", "read")["key"]["scopes"] == ["read"]
