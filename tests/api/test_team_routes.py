"""The team over HTTP: its people, who is invited, and what was done."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from api.services import Services
from tests.support.account import EMAIL, HASHED, PASSWORD
from tests.support.at_once import at_once
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user

AddUser = Callable[..., UserRecord]


def test_the_team_is_listed_and_nothing_of_a_password_is_told(browser: Browser, add: AddUser) -> None:
    user = add("Max")
    response = browser.get("/api/team/users")
    assert [one["name"] for one in response.json["users"]] == ["Ada", "Max"]
    told = {"id", "email", "name", "role", "active", "created_at", "service", "erased", "second_factor"}
    assert set(response.json["users"][1]) == told
    assert response.json["users"][1]["id"] == user.id
    assert "argon2" not in response.text


def test_an_administrator_changes_a_user_and_the_trail_tells(browser: Browser, add: AddUser, own: Services) -> None:
    user = add("Max")
    path = f"/api/team/users/{user.id}"
    assert browser.patch(path, json={"role": "viewer"}).json["role"] == "viewer"
    changed = browser.patch(path, json={"name": "Maxine", "active": False}).json
    assert (changed["name"], changed["role"], changed["active"]) == ("Maxine", "viewer", False)
    entries = browser.get("/api/team/audit").json["entries"]
    assert [(one["action"], one["actor"], one["subject"]) for one in entries] == [
        ("user changed", f"Ada <{EMAIL}>", "Maxine <max@example.org>: name: Maxine, active: False"),
        ("user changed", f"Ada <{EMAIL}>", "Max <max@example.org>: role: viewer"),
    ]
    assert entries[0]["address"] == "127.0.0.1"
    assert entries[0]["at"].endswith("Z")


def test_what_an_administrator_of_before_had_given_out_is_told(
    app: Flask, browser: Browser, add: AddUser, ada: UserRecord
) -> None:
    other = add("Bob", "administrator")
    theirs, path = Browser(app, other), f"/api/team/users/{other.id}"
    assert theirs.post("/api/team/invitations", json={"role": "administrator"}).status_code == 201
    assert theirs.post(f"/api/team/users/{ada.id}/password-link").status_code == 201
    changed = browser.patch(path, json={"role": "viewer"}).json
    assert (changed["revoked_invitations"], changed["revoked_password_links"]) == (1, 1)
    newest = browser.get("/api/team/audit").json["entries"][0]
    assert newest["subject"].endswith("role: viewer, revoked invitations: 1, revoked password links: 1")


@pytest.mark.any_database
@pytest.mark.parametrize(
    "body", [{"role": "king"}, {"name": ""}, {"email": "x@y.z"}, {"password": PASSWORD}, {"active": "perhaps"}, []]
)
def test_a_change_that_does_not_fit_is_refused(browser: Browser, add: AddUser, body: Any) -> None:
    assert_error(browser.patch(f"/api/team/users/{add('Max').id}", json=body), 400, "invalid_request")


@pytest.mark.parametrize("change", [{"role": "member"}, {"role": "viewer"}, {"active": False}])
def test_the_last_administrator_stays_one(browser: Browser, ada: UserRecord, change: dict[str, object]) -> None:
    assert_error(browser.patch(f"/api/team/users/{ada.id}", json=change), 409, "last_administrator")
    assert browser.get("/api/auth/me").json["user"]["role"] == "administrator"
    assert browser.get("/api/team/audit").json["entries"] == [], "what was not done is not in the trail"


def test_of_two_administrators_who_demote_each_other_at_the_same_instant_one_stays(
    app: Flask, browser: Browser, add: AddUser, ada: UserRecord, own: Services
) -> None:
    other = add("Bob", "administrator")
    theirs = Browser(app, other)
    done = at_once(
        lambda: browser.patch(f"/api/team/users/{other.id}", json={"role": "member"}).status_code,
        lambda: theirs.patch(f"/api/team/users/{ada.id}", json={"role": "member"}).status_code,
    )
    assert sorted(done) in ([200, 409], [200, 403]), done  # type: ignore[type-var]
    assert [one.role for one in own.users.of_team(ada.team_key)].count("administrator") == 1


def test_a_deactivated_user_is_out_at_once_and_comes_back_by_signing_in(
    app: Flask, browser: Browser, add: AddUser
) -> None:
    user = add("Max")
    theirs = Browser(app, user)
    browser.patch(f"/api/team/users/{user.id}", json={"active": False})
    assert_error(theirs.get("/api/sessions"), 401, "signed_out")
    sent = {"json": {"email": user.email, "password": PASSWORD}}
    assert_error(theirs.post("/api/auth/login", **sent), 401, "wrong_credentials")
    browser.patch(f"/api/team/users/{user.id}", json={"active": True})
    assert theirs.post("/api/auth/login", **sent).status_code == 200


def test_the_sessions_of_a_deactivated_user_are_handed_over(
    app: Flask, browser: Browser, own: Services, add: AddUser
) -> None:
    gone, heir = add("Gus"), add("Max")
    for title in ("Private", "Shared"):
        session = own.sessions.create(title=title, owner=gone)
        own.sessions.change(session.id, shared=title == "Shared")
    own.sessions.create(title="Max's own", owner=heir)
    path = f"/api/team/users/{gone.id}"
    assert_error(browser.post(f"{path}/hand-over", json={"to": heir.id}), 409, "still_active")
    browser.patch(path, json={"active": False})
    handed = browser.post(f"{path}/hand-over", json={"to": heir.id})
    assert (handed.status_code, handed.json) == (200, {"sessions": 2})
    theirs = Browser(app, heir).get("/api/sessions").json["sessions"]
    assert {(one["title"], one["owner"], one["mine"], one["shared"]) for one in theirs} == {
        ("Private", "Max", True, False), ("Shared", "Max", True, True), ("Max's own", "Max", True, False),
    }  # fmt: skip
    assert [one["title"] for one in browser.get("/api/sessions").json["sessions"]] == ["Shared"]
    newest = browser.get("/api/team/audit").json["entries"][0]
    assert (newest["action"], newest["actor"]) == ("sessions handed over", f"Ada <{EMAIL}>")
    assert newest["subject"] == "2 of Gus <gus@example.org> to Max <max@example.org>"
    assert browser.post(f"{path}/hand-over", json={"to": heir.id}).json == {"sessions": 0}


def test_only_who_may_own_sessions_gets_them(browser: Browser, own: Services, add: AddUser, ada: UserRecord) -> None:
    gone, viewer, other = add("Gus"), add("Vera", "viewer"), add("Mia")
    with own.database.write() as connection:
        pier = add_team(connection, "Pier")
        stranger = add_user(connection, pier.key, "fay@example.org", "Fay", "administrator", HASHED)
    session = own.sessions.create(owner=gone)
    for user in (gone, other):
        own.users.change(ada.team_key, user.id, active=False)
    for to in (viewer.id, other.id, gone.id, stranger.id, "user-unknown"):
        assert_error(browser.post(f"/api/team/users/{gone.id}/hand-over", json={"to": to}), 409, "cannot_own")
    kept = own.sessions.get(session.id)
    assert kept is not None
    assert kept.owner_key == gone.key


def test_the_team_is_renamed(browser: Browser) -> None:
    assert browser.patch("/api/team", json={"name": " Quay "}).json["name"] == "Quay"
    assert browser.get("/api/auth/me").json["team"]["name"] == "Quay"


def test_an_invitation_is_shown_once_listed_and_withdrawn(browser: Browser, nobody: Browser, own: Services) -> None:
    made = browser.post("/api/team/invitations", json={"role": "viewer", "valid_hours": 2})
    assert made.status_code == 201
    token, invitation = made.json["token"], made.json["invitation"]
    assert (invitation["role"], invitation["invited_by"]) == ("viewer", "Ada")
    listed = browser.get("/api/team/invitations")
    assert listed.json["invitations"] == [invitation]
    assert token not in listed.text
    assert nobody.post("/api/auth/invitation", json={"token": token}).status_code == 200
    path = f"/api/team/invitations/{invitation['id']}"
    assert browser.delete(path).status_code == 204
    assert_error(browser.delete(path), 404, "not_found")
    assert_error(nobody.post("/api/auth/invitation", json={"token": token}), 409, "invitation_unusable")
    assert browser.get("/api/team/invitations").json["invitations"] == []
    trail = browser.get("/api/team/audit")
    assert [(one["action"], one["subject"]) for one in trail.json["entries"]] == [
        ("invitation withdrawn", "viewer"), ("invited", "viewer"),
    ]  # fmt: skip
    assert token not in trail.text


def test_an_invitation_expires(browser: Browser, nobody: Browser, clock: Clock) -> None:
    token = browser.post("/api/team/invitations", json={"valid_hours": 2}).json["token"]
    clock.move(hours=1.99)
    assert nobody.post("/api/auth/invitation", json={"token": token}).status_code == 200
    clock.move(hours=0.02)
    body = {"token": token, "name": "N", "email": "n@b.c", "password": PASSWORD}
    assert_error(nobody.post("/api/auth/register", json=body), 409, "invitation_unusable")
    assert browser.get("/api/team/invitations").json["invitations"] == []


@pytest.mark.any_database
@pytest.mark.parametrize("body", [{"role": "king"}, {"valid_hours": 0}, {"valid_hours": 8761}, {"team": "other"}])
def test_an_invitation_that_does_not_fit_is_refused(browser: Browser, body: dict[str, object]) -> None:
    assert_error(browser.post("/api/team/invitations", json=body), 400, "invalid_request")


def test_the_trail_is_read_in_pages(browser: Browser) -> None:
    for number in range(5):
        browser.patch("/api/team", json={"name": f"Name {number}"})
    seen, cursor = [], ""
    while cursor is not None:
        page = browser.get("/api/team/audit", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}).json
        seen += [one["subject"] for one in page["entries"]]
        cursor = page["next_cursor"]
    assert seen == [f"Name {number}" for number in reversed(range(5))]
    assert_error(browser.get("/api/team/audit?cursor=nonsense"), 400, "invalid_cursor")


def test_the_error_log_names_session_and_run_and_says_whether_one_may_look(
    browser: Browser, own: Services, ada: UserRecord, add: AddUser
) -> None:
    own.sessions.create("hers", owner=ada)
    own.sessions.create("his", owner=add("Max"))
    for session_id in ("hers", "his"):
        own.error_log.write("error", "process_lost", "Lost.", session_id=session_id, run_id="run-1")
    entries = browser.get("/api/team/errors").json["entries"]
    assert [(one["session_id"], one["session_readable"], one["run_id"]) for one in entries] == [
        ("his", False, "run-1"), ("hers", True, "run-1"),
    ]  # fmt: skip
