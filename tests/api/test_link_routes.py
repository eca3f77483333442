"""Spectator links over HTTP."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from flask import Flask

from api.services import Services
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from tests.support.events import activity, bare_wire, fill, varied, wire
from tests.support.sse import logged
from utils.accounts.principal import UserRecord
from utils.log.events import LoggedEvent
from utils.settings import Settings
from utils.streams import event_stream

LINKS = "/api/sessions/s1/links"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With heartbeats, so that nobody waits for ever on a stream that should have ended."""
    return settings.model_copy(update={"heartbeat_seconds": 0.2})


@pytest.fixture(autouse=True)
def _session(own: Services, ada: UserRecord) -> None:
    """A private one of the administrator's."""
    own.sessions.create("s1", "First", ada)


def make(browser: Browser, **wish: object) -> dict[str, Any]:
    response = browser.post(LINKS, json=wish)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json
    return made


def spectator(app: Flask, token: str) -> Browser:
    browser = Browser(app)
    assert browser.post("/api/watch", json={"token": token}).status_code == 200
    return browser


def test_a_link_is_shown_once_and_opens_its_session(app: Flask, browser: Browser) -> None:
    made = make(browser, valid_hours=2)
    token, link = made["token"], made["link"]
    listed = browser.get(LINKS)
    assert listed.json["links"] == [link]
    assert token not in listed.text
    assert token not in browser.get("/api/team/audit").text
    assert (link["made_by"], link["hides_tool_data"]) == ("Ada", False)
    guest = Browser(app)
    assert_error(guest.get("/api/sessions/s1"), 401, "signed_out")
    opened = guest.post("/api/watch", json={"token": f" {token} "})
    assert opened.json == {"session_id": "s1", "expires_at": link["expires_at"]}
    assert guest.get("/api/sessions/s1").json["watchable_until"] == link["expires_at"]
    assert browser.get("/api/sessions/s1").json["watchable_until"] is None
    session = guest.get("/api/sessions/s1").json
    assert (session["title"], session["may_change"]) == ("First", False)


@pytest.mark.any_database
@pytest.mark.parametrize("token", ["unknown", "é😀", "%", "a" * 200])
def test_a_link_that_is_none_is_refused_and_sets_no_cookie(nobody: Browser, token: str) -> None:
    response = nobody.post("/api/watch", json={"token": token})
    assert_error(response, 404, "not_found")
    assert "Set-Cookie" not in response.headers


def test_a_link_expires_for_those_who_have_opened_it_too(app: Flask, browser: Browser, clock: Clock) -> None:
    token = make(browser, valid_hours=2)["token"]
    guest = spectator(app, token)
    clock.move(hours=1.99)
    assert guest.get("/api/sessions/s1").status_code == 200
    clock.move(hours=0.02)
    assert_error(guest.get("/api/sessions/s1"), 401, "signed_out")
    assert_error(guest.get("/sse/agent-activity/s1"), 401, "signed_out")
    assert_error(guest.post("/api/watch", json={"token": token}), 404, "not_found")
    assert browser.get(LINKS).json["links"] == []


def test_a_link_that_is_taken_back_is_worth_nothing_at_once(app: Flask, browser: Browser) -> None:
    gone, kept = make(browser), make(browser)
    guest, other = spectator(app, gone["token"]), spectator(app, kept["token"])
    path = f"{LINKS}/{gone['link']['id']}"
    assert browser.delete(path).status_code == 204
    assert_error(browser.delete(path), 404, "not_found")
    assert_error(guest.get("/api/sessions/s1"), 401, "signed_out")
    assert_error(guest.post("/api/watch", json={"token": gone["token"]}), 404, "not_found")
    assert other.get("/api/sessions/s1").status_code == 200
    assert [one["action"] for one in browser.get("/api/team/audit").json["entries"]] == [
        "spectator link taken back", "spectator link made", "spectator link made",
    ]  # fmt: skip


def test_a_browser_may_have_links_to_several_sessions(
    app: Flask, browser: Browser, own: Services, ada: UserRecord
) -> None:
    own.sessions.create("s2", "Second", ada)
    guest = spectator(app, make(browser)["token"])
    assert_error(guest.get("/api/sessions/s2"), 401, "signed_out")
    token = browser.post("/api/sessions/s2/links", json={}).json["token"]
    guest.post("/api/watch", json={"token": token})
    assert [guest.get(f"/api/sessions/{name}").json["title"] for name in ("s1", "s2")] == ["First", "Second"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    "wish", [{"valid_hours": 0}, {"valid_hours": 8761}, {"valid_hours": "x"}, {"hides_tool_data": "perhaps"}, {"x": 1}]
)
def test_a_link_that_does_not_fit_is_refused(browser: Browser, wish: dict[str, object]) -> None:
    assert_error(browser.post(LINKS, json=wish), 400, "invalid_request")


# What tools were given and what they answered


def read(browser: Browser, own: Services, head: int, query: str = "") -> bytes:
    """What a stream tells of the log, up to ``head``."""
    seen = b""
    with closing(browser.get(f"/sse/agent-activity/s1{query}", buffered=False)) as response:
        assert response.status_code == 200
        for chunk in response.iter_encoded():
            seen += chunk
            if f"id: {head}\n".encode() in seen and seen.endswith(b"\n\n"):
                return logged(seen)
    return logged(seen)


def test_history_and_stream_hide_tool_data_and_nothing_else(app: Flask, browser: Browser, own: Services) -> None:
    events: list[LoggedEvent] = [
        *varied("s1", 20), activity().model_copy(update={"input": {"a": "s3cret"}, "output": ["s3cret"]}), activity(),
    ]  # fmt: skip
    own.log.append("s1", events)
    guest = spectator(app, make(browser, hides_tool_data=True)["token"])
    bare = bare_wire(events)
    assert read(guest, own, 22) == bare
    told = guest.get("/api/sessions/s1/activity")
    expected = [json.loads(frame.partition(b"\ndata: ")[2]) for frame in bare.split(b"\n\n") if frame]
    assert told.json == {"events": expected, "first": 1, "head": 22}
    exact = b",".join(frame.partition(b"\ndata: ")[2] for frame in bare.split(b"\n\n") if frame)
    assert told.data == b'{"events":[' + exact + b'],"first":1,"head":22}'
    for open_to in (spectator(app, make(browser)["token"]), browser):
        assert read(open_to, own, 22) == wire(own.log, "s1")
        assert "s3cret" in open_to.get("/api/sessions/s1/activity").text


def test_a_piece_of_history_hides_it_too(app: Flask, browser: Browser, own: Services) -> None:
    own.log.append("s1", [activity().model_copy(update={"input": f"s3cret {n}"}) for n in range(10)])
    guest = spectator(app, make(browser, hides_tool_data=True)["token"])
    page = guest.get("/api/sessions/s1/activity?after=3&limit=2")
    assert [event["seq"] for event in page.json["events"]] == [4, 5]
    assert "s3cret" not in page.text
    assert b"s3cret" not in read(guest, own, 10, "?last_event_id=4")


def test_a_stream_opened_by_a_link_ends_when_the_link_is_taken_back(
    app: Flask, browser: Browser, own: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(event_stream, "_POLL_SECONDS", 0.05)
    fill(own.log, "s1", 3)
    made = make(browser)
    guest = spectator(app, made["token"])
    with closing(guest.get("/sse/agent-activity/s1", buffered=False)) as response:
        chunks = response.iter_encoded()
        seen = next(chunks) + next(chunks)
        browser.delete(f"{LINKS}/{made['link']['id']}")
        deadline = time.monotonic() + 10
        for chunk in chunks:  # it ends by itself
            assert time.monotonic() < deadline, "the stream is still open"
            seen += chunk
    assert logged(seen) == wire(own.log, "s1")
    assert_error(guest.get("/sse/agent-activity/s1"), 401, "signed_out")


def test_a_session_that_is_made_private_is_watched_by_links_of_its_owner_alone(
    app: Flask, browser: Browser, own: Services, add: Callable[..., UserRecord]
) -> None:
    """A colleague had made a link while it was shared, and kept it."""
    bob = Browser(app, add("Bob", "administrator"))
    assert browser.patch("/api/sessions/s1", json={"shared": True}).status_code == 200
    by_owner, by_bob = (spectator(app, make(maker)["token"]) for maker in (browser, bob))
    with closing(by_bob.get("/sse/agent-activity/s1")) as stream:
        lines = iter(stream.response)
        next(lines)
        assert browser.patch("/api/sessions/s1", json={"shared": False}).status_code == 200
        assert [one.get("/api/sessions/s1").status_code for one in (by_owner, by_bob)] == [200, 401]
        for _ in lines:  # until the stream ends
            pass
    newest = browser.get("/api/team/audit").json["entries"][0]
    assert (newest["action"], newest["subject"]) == (
        "session made private",
        "a private session (s1): revoked links of others: 1",
    )
    browser.patch("/api/sessions/s1", json={"shared": True})
    assert by_bob.get("/api/sessions/s1").status_code == 401, "for good"
