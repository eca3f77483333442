"""API keys over HTTP."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from api.services import Services
from tests.support.browser import Browser
from tests.support.clock import Clock
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


def test_a_key_works_for_ninety_days_unless_it_is_made_otherwise(
    browser: Browser, nobody: Browser, clock: Clock
) -> None:
    made = make(browser, "read")
    lasting = browser.post("/api/keys", json={"name": "k", "scopes": ["read"], "valid_days": None}).json
    assert lasting["key"]["expires_at"] is None
    clock.move(days=89.9)
    assert nobody.get("/api/auth/me", **bearer(made["secret"])).status_code == 200
    clock.move(days=0.2)
    words = assert_error(nobody.get("/api/auth/me", **bearer(made["secret"])), 401, "key_expired")
    assert words == f"This API key expired on {made['key']['expires_at'][:10]}. Make a new one in the dashboard."
    assert nobody.get("/api/auth/me", **bearer(lasting["secret"])).status_code == 200


def test_to_ask_is_not_to_share_or_delete(browser: Browser, nobody: Browser, own: Services) -> None:
    run, manage = (bearer(make(browser, scope)["secret"]) for scope in ("run", "manage"))
    for name in ("s1", "s2"):
        assert nobody.post("/api/sessions", json={"id": name}, **run).status_code == 201
    added = own.documents.add("s1", "a.txt", io.BytesIO(b"A text."))
    document = f"/api/sessions/s1/documents/{added.id}"
    for change in ({"shared": True}, {"shared": True, "title": "T"}):
        words = assert_error(nobody.patch("/api/sessions/s1", json=change, **run), 403, "forbidden")
        assert "the scope manage" in words
    for path in ("/api/sessions/s1", document):
        assert "the scope manage" in assert_error(nobody.delete(path, **run), 403, "forbidden")
    assert nobody.patch("/api/sessions/s1", json={"title": "T", "archived": True}, **run).status_code == 204
    assert "the scope run" in assert_error(
        nobody.patch("/api/sessions/s1", json={"title": "U"}, **manage), 403, "forbidden"
    )
    assert browser.get("/api/sessions/s1").json["title"] == "T"
    assert nobody.patch("/api/sessions/s1", json={"shared": True}, **manage).status_code == 204
    assert browser.get("/api/sessions/s1").json["shared"] is True
    for path in (document, "/api/sessions/s2"):
        assert nobody.delete(path, **manage).status_code == 204


def test_a_key_of_before_an_update_can_do_what_it_could(browser: Browser, nobody: Browser, own: Services) -> None:
    made = [make(browser, *scopes) for scopes in (("read", "run", "work"), ("emit",))]
    own.database.migrate_to("0014")
    own.database.migrate()
    found = {one["id"]: one for one in browser.get("/api/keys").json["keys"]}
    assert [found[one["key"]["id"]]["scopes"] for one in made] == [["read", "run", "manage", "work"], ["emit"]]
    assert {one["expires_at"] for one in found.values()} == {None}
    assert nobody.post("/api/sessions", json={"id": "s1"}, **bearer(made[0]["secret"])).status_code == 201
    assert nobody.delete("/api/sessions/s1", **bearer(made[0]["secret"])).status_code == 204


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
        {"name": "", "scopes": ["read"]}, {"name": "k", "scopes": ["read"], "user": "user-other"},
        {"name": "k", "scopes": ["read"], "valid_days": 91}, {"name": "k", "scopes": ["read"], "valid_days": 0},
        {"name": "k", "scopes": ["read"] * 6}, {"name": "x" * 201, "scopes": ["read"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_key_that_does_not_fit_is_refused(browser: Browser, body: dict[str, object]) -> None:
    assert_error(browser.post("/api/keys", json=body), 400, "invalid_request")


@pytest.mark.any_database
def test_a_scope_named_twice_is_one(browser: Browser) -> None:
    assert make(browser, "read", "read")["key"]["scopes"] == ["read"]
