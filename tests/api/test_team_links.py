"""The spectator links of a whole team, for its administrators."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from api.services import Services
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord

AddUser = Callable[..., UserRecord]
LINKS = "/api/team/links"


@pytest.fixture
def olive(add: AddUser) -> UserRecord:
    return add("Olive")


def link(own: Services, session_id: str, by: UserRecord, hours: float = 1) -> tuple[str, str]:
    session = own.sessions.ownership(session_id)
    assert session is not None
    made, secret = own.spectator_links.create(session.key, by.key, timedelta(hours=hours), hides_tool_data=False)
    return made.id, secret


def test_administrators_see_every_link_and_no_more_of_a_private_session_than_whose_it_is(
    browser: Browser, own: Services, ada: UserRecord, olive: UserRecord
) -> None:
    for name, owner in (("mine", ada), ("shared", olive), ("private", olive)):
        own.sessions.create(name, f"About {name}", owner)
    own.sessions.change("shared", shared=True)
    links = [link(own, name, by)[0] for name, by in (("mine", ada), ("shared", ada), ("private", olive))]
    told = browser.get(LINKS)
    assert [one["id"] for one in told.json["links"]] == links[::-1]
    assert [
        (one["session_id"], one["session_title"], one["session_owner"], one["made_by"]) for one in told.json["links"]
    ] == [
        (None, None, "Olive", "Olive"),
        ("shared", "About shared", "Olive", "Ada"),
        ("mine", "About mine", "Ada", "Ada"),
    ]  # fmt: skip
    assert "private" not in told.text


def test_they_are_filtered_by_who_made_them_and_come_in_pages(
    browser: Browser, own: Services, ada: UserRecord, olive: UserRecord
) -> None:
    own.sessions.create("s1", "First", ada)
    own.sessions.change("s1", shared=True)
    made = [link(own, "s1", by)[0] for by in (ada, olive, olive, ada, olive)]
    theirs = [made[4], made[2], made[1]]
    first = browser.get(f"{LINKS}?made_by={olive.id}&limit=2").json
    rest = browser.get(f"{LINKS}?made_by={olive.id}&limit=2&cursor={first['next_cursor']}").json
    assert [one["id"] for page in (first, rest) for one in page["links"]] == theirs
    assert rest["next_cursor"] is None
    assert browser.get(f"{LINKS}?made_by=user-nobody").json["links"] == []
    assert_error(browser.get(f"{LINKS}?cursor=x"), 400, "invalid_cursor")


def test_one_that_no_longer_works_is_not_there(browser: Browser, own: Services, ada: UserRecord, clock: Clock) -> None:
    for name in ("s1", "s2"):
        own.sessions.create(name, name, ada)
    lasting, gone = link(own, "s1", ada, 9)[0], link(own, "s1", ada, 9)[0]
    link(own, "s1", ada, 1)
    link(own, "s2", ada, 9)
    own.deletion.delete("s2")
    assert browser.delete(f"{LINKS}/{gone}").status_code == 204
    clock.move(hours=2)
    assert [one["id"] for one in browser.get(LINKS).json["links"]] == [lasting]


def test_its_last_use_is_told_to_the_minute(
    app: Flask, browser: Browser, own: Services, ada: UserRecord, clock: Clock
) -> None:
    own.sessions.create("s1", "First", ada)
    _, secret = link(own, "s1", ada, 9)

    def last_used() -> str | None:
        [one] = browser.get(LINKS).json["links"]
        used: str | None = one["last_used_at"]
        return used

    assert last_used() is None
    guest = Browser(app)
    guest.post("/api/watch", json={"token": secret})
    opened = last_used()
    assert opened is not None
    clock.move(seconds=30)
    guest.get("/api/sessions/s1")
    assert last_used() == opened
    clock.move(seconds=40)
    guest.get("/api/sessions/s1")
    used = last_used()
    assert used is not None
    assert used > opened


def test_any_link_of_the_team_is_taken_back_and_none_of_another(
    app: Flask, browser: Browser, own: Services, ada: UserRecord, olive: UserRecord
) -> None:
    own.sessions.create("s1", "A secret plan", olive)
    link_id, secret = link(own, "s1", olive)
    guest = Browser(app)
    assert guest.post("/api/watch", json={"token": secret}).status_code == 200
    assert own.spectator_links.revoke_of_team(ada.team_key + 1, link_id) is None
    assert browser.delete(f"{LINKS}/{link_id}").status_code == 204
    assert_error(guest.get("/api/sessions/s1"), 401, "signed_out")
    assert_error(browser.delete(f"{LINKS}/{link_id}"), 404, "not_found")
    [entry] = browser.get("/api/team/audit").json["entries"]
    assert (entry["action"], entry["subject"]) == (
        "spectator link taken back", "a private session (s1), made by Olive",
    )  # fmt: skip


def test_deactivating_somebody_says_what_was_revoked(browser: Browser, own: Services, olive: UserRecord) -> None:
    own.sessions.create("s1", "First", olive)
    link(own, "s1", olive)
    own.api_keys.create(olive.key, "k", ["read"])
    changed = browser.patch(f"/api/team/users/{olive.id}", json={"active": False}).json
    assert [changed[f"revoked_{name}"] for name in ("links", "invitations", "keys")] == [1, 0, 1]
    assert browser.get(LINKS).json["links"] == []
    [entry] = browser.get("/api/team/audit").json["entries"]
    assert entry["subject"] == "Olive <olive@example.org>: active: False, revoked links: 1, revoked keys: 1"
