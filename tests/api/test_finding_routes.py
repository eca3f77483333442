"""Findings over HTTP: who sees what looks stuck, and who may say that it is fine."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.services import Services
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord
from utils.findings.finding import Evidence, Found
from utils.findings.findings import Kept, Place

FOUND = Found("repeats", "Called search(“tide”) 3 times with the same answer.", 0, "Scout", "1", (Evidence(1, "tide"),))


@pytest.fixture(autouse=True)
def stuck(own: Services, client: FlaskClient, ada: UserRecord) -> Kept:
    """A run of a program that repeats itself, in a session of the administrator's."""
    session = own.sessions.create("s1", "First", ada)
    running = {"type": "runUpdate", "session_id": "s1", "run_id": "crew-1", "status": "running", "question": "Where?"}
    assert client.post("/api/sessions/s1/events", json={"events": [running]}).status_code == 201
    found = own.findings.begin(Place(session.key, "s1", "crew-1"), FOUND)
    assert found is not None
    return found


def listed(client: FlaskClient | Browser, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/findings{query}").json["findings"]
    return found


def test_it_is_listed_with_what_shows_it(client: FlaskClient, browser: Browser, stuck: Kept) -> None:
    (found,) = listed(browser)
    assert found.pop("found_at")
    assert found == {
        "id": stuck.id, "session_id": "s1", "session_title": "First", "run_id": "crew-1", "code": "repeats",
        "sentence": FOUND.sentence, "agent_name": "Scout", "activity_id": "1",
        "evidence": [{"seq": 1, "quote": "tide"}], "over_at": None, "dismissed_at": None, "dismissed_by": None,
        "may_dismiss": True, "stoppable": True,
    }  # fmt: skip
    assert [one["id"] for one in listed(client, "?session_id=s1")] == [stuck.id]
    assert_error(client.get("/api/findings?session_id=s2"), 404, "not_found")


def test_lists_of_sessions_have_its_sentence_and_are_told_to_ask_again(
    client: FlaskClient, own: Services, stuck: Kept
) -> None:
    def marker() -> str:
        found: str = client.get("/api/changes").json["sessions"]
        return found

    for path in ("/api/sessions/s1", "/api/sessions"):
        body = client.get(path).json
        session = body["sessions"][0] if "sessions" in body else body
        (found,) = session["findings"]
        assert (found["id"], found["run_id"], found["sentence"]) == (stuck.id, "crew-1", FOUND.sentence)
    before = marker()
    own.findings.end([stuck.id])
    assert marker() != before, "that it is over moves no log"
    assert client.get("/api/sessions/s1").json["findings"] == []
    assert listed(client) == []


def test_it_is_fine(client: FlaskClient, browser: Browser, own: Services, stuck: Kept, ada: UserRecord) -> None:
    before = client.get("/api/changes").json["sessions"]
    answer = browser.post(f"/api/findings/{stuck.id}/dismiss")
    assert (answer.status_code, answer.json["dismissed_by"]) == (200, "Ada")
    assert listed(browser) == []
    assert client.get("/api/sessions/s1").json["findings"] == []
    assert client.get("/api/changes").json["sessions"] != before
    again = browser.post(f"/api/findings/{stuck.id}/dismiss")
    assert (again.status_code, again.json["dismissed_at"]) == (200, answer.json["dismissed_at"])
    trail = [one.subject for one in own.audit.page(ada.team_key).items if one.action == "finding dismissed"]
    assert trail[0] == f"repeats: {stuck.id} in a private session (s1)" or "First (s1)" in trail[0]


def test_what_is_over_or_unknown_is_said(browser: Browser) -> None:
    assert_error(browser.post("/api/findings/finding-unknown/dismiss"), 404, "not_found")


def test_what_was_told_outside_of_any_run_cannot_be_stopped(client: FlaskClient, own: Services) -> None:
    session = own.sessions.get("s1")
    assert session is not None
    assert own.findings.begin(Place(session.key, "s1", ""), FOUND) is not None
    found = [one for one in listed(client) if one["run_id"] is None]
    assert [one["stoppable"] for one in found] == [False]
