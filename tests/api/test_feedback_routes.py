"""Feedback over HTTP: who judges and comments, who sees it, and the data set."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Table, delete

from api.services import Services
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord
from utils.database.tables import feedback, sessions
from utils.feedback import feedback as feedback_module
from utils.log.events import AgentActivity, RunUpdate


@pytest.fixture
def run_id(own: Services, ada: UserRecord) -> str:
    """A run of the administrator's, in a session that the team watches, with one step."""
    own.sessions.create("s1", "First", ada)
    own.sessions.change("s1", shared=True)
    asked = own.run_queue.request("s1", "Where?", asked_by=ada.key)
    assert asked is not None
    step = {"session_id": "s1", "run_id": asked[1].id, "activity_id": "1", "agent_name": "Scout", "action": "Look"}
    own.log.append("s1", [AgentActivity(**step, status="completed", output="=1+1")])
    return asked[1].id


@pytest.fixture
def vera(app: Flask, add: Callable[..., UserRecord]) -> Browser:
    """A viewer of the team."""
    return Browser(app, add("Vera", "viewer"))


def opinions(client: FlaskClient | Browser, path: str = "/api/sessions/s1/feedback") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path).json["opinions"]
    return found


def test_each_has_one_judgement_which_all_see_and_its_author_changes(
    browser: Browser, vera: Browser, run_id: str
) -> None:
    path = f"/api/runs/{run_id}/feedback"
    assert vera.open(path, method="PUT", json={"verdict": "up"}).status_code == 204, (
        "whoever reads an answer may judge it"
    )
    assert vera.open(path, method="PUT", json={"verdict": "down"}).status_code == 204
    assert browser.open(path, method="PUT", json={"verdict": "up"}).status_code == 204
    [found] = opinions(browser)
    assert (found["run_id"], found["activity_id"]) == (run_id, None)
    told = [(one["by"], one["verdict"], one["mine"]) for one in found["judgements"]]
    assert sorted(told) == [("Ada", "up", True), ("Vera", "down", False)]
    assert vera.delete(path).status_code == 204
    assert vera.delete(path).status_code == 204, "it is gone already"
    [found] = opinions(vera, path)
    assert [(one["by"], one["mine"]) for one in found["judgements"]] == [("Ada", False)]


def test_comments_are_their_authors(browser: Browser, vera: Browser, run_id: str) -> None:
    path = f"/api/runs/{run_id}/feedback"
    said = vera.post(f"{path}/comments?activity_id=1", json={"text": "  Not there.  "})
    assert (said.status_code, said.json["text"], said.json["mine"]) == (201, "Not there.", True)
    one = f"{path}/comments/{said.json['id']}"
    assert_error(browser.patch(one, json={"text": "There."}), 403, "forbidden")
    assert_error(browser.delete(one), 403, "forbidden")
    changed = vera.patch(one, json={"text": "There."})
    assert (changed.status_code, changed.json["text"]) == (200, "There.")
    assert changed.json["changed_at"] is not None
    [found] = opinions(browser)
    assert (found["activity_id"], [(c["by"], c["text"]) for c in found["comments"]]) == ("1", [("Vera", "There.")])
    assert vera.delete(one).status_code == 204
    assert opinions(browser) == []


def test_what_cannot_be_said_is_refused(browser: Browser, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/api/runs/{run_id}/feedback"
    assert_error(browser.open(path, method="PUT", json={"verdict": "sideways"}), 400, "invalid_request")
    assert_error(browser.open(f"{path}?activity_id=2", method="PUT", json={"verdict": "up"}), 404, "not_found")
    assert_error(browser.post(f"{path}/comments", json={"text": " "}), 400, "invalid_request")
    assert_error(browser.post(f"{path}/comments", json={"text": "x" * 2001}), 400, "invalid_request")
    assert browser.post(f"{path}/comments", json={"text": "x" * 2000}).status_code == 201
    monkeypatch.setattr(feedback_module, "MAX_COMMENTS", 1)
    assert_error(browser.post(f"{path}/comments", json={"text": "More."}), 409, "too_many_comments")


@pytest.mark.parametrize(
    ("method", "below", "body", "done"),
    [("PUT", "", {"verdict": "down"}, 204), ("POST", "/comments", {"text": "No."}, 201)],
)
@pytest.mark.parametrize("gone", [feedback, sessions], ids=["opinions", "session"])
def test_what_is_judged_may_go_at_that_moment(
    browser: Browser, run_id: str, own: Services, monkeypatch: pytest.MonkeyPatch, gone: Table, method: str, below: str,
    body: dict[str, str], done: int,
) -> None:  # fmt: skip
    """What was thought of it: then it is thought of anew. Or its session."""
    path, moment = f"/api/runs/{run_id}/feedback", feedback_module.now
    assert browser.open(path, method="PUT", json={"verdict": "up"}).status_code == 204

    def goes() -> datetime:
        monkeypatch.setattr(feedback_module, "now", moment)
        with own.database.write() as connection:
            connection.execute(delete(gone))
        return moment()

    monkeypatch.setattr(feedback_module, "now", goes)
    response = browser.open(f"{path}{below}", method=method, json=body)
    if gone is sessions:
        assert_error(response, 404, "not_found")
        return
    assert response.status_code == done, response.text
    [found] = opinions(browser)
    assert len(found["judgements"]) + len(found["comments"]) == 1


def test_runs_of_programs_with_the_same_id_are_judged_apart(browser: Browser, own: Services, ada: UserRecord) -> None:
    for name in ("a", "b"):
        session = own.sessions.create(name, owner=ada)
        running = RunUpdate(session_id=name, run_id="crew-1", status="running")
        own.reported_runs.append(name, session.key, [running])
    assert (
        browser.open("/api/runs/crew-1/feedback?session_id=a", method="PUT", json={"verdict": "up"}).status_code == 204
    )
    assert [len(opinions(browser, f"/api/sessions/{name}/feedback")) for name in ("a", "b")] == [1, 0]


def test_pages_lead_on(browser: Browser, run_id: str) -> None:
    path = f"/api/runs/{run_id}/feedback"
    browser.open(path, method="PUT", json={"verdict": "up"})
    browser.open(f"{path}?activity_id=1", method="PUT", json={"verdict": "up"})
    first = browser.get("/api/sessions/s1/feedback?limit=1").json
    second = browser.get(f"/api/sessions/s1/feedback?limit=1&cursor={first['next_cursor']}").json
    assert [one["activity_id"] for page in (first, second) for one in page["opinions"]] == [None, "1"]
    assert second["next_cursor"] is None


def test_the_data_set_has_a_line_for_each_in_both_formats(
    browser: Browser, vera: Browser, run_id: str, own: Services, ada: UserRecord
) -> None:
    path = f"/api/runs/{run_id}/feedback"
    browser.open(path, method="PUT", json={"verdict": "up"})
    vera.open(f"{path}?activity_id=1", method="PUT", json={"verdict": "down"})
    vera.post(f"{path}/comments?activity_id=1", json={"text": "=Wrong"})
    own.sessions.create("hidden", owner=ada)
    answer = vera.get("/api/feedback/export")
    assert (answer.status_code, answer.mimetype) == (200, "application/jsonl")
    whole, step = (json.loads(line) for line in answer.get_data().splitlines())
    assert (whole["kind"], whole["question"], whole["verdict"], whole["up"]) == ("answer", "Where?", "up", 1)
    assert whole["agent"] == "Document agents"
    assert (step["kind"], step["agent"], step["output"], step["verdict"]) == ("step", "Scout", "=1+1", "down")
    assert [(one["by"], one["text"]) for one in step["comments"]] == [("Vera", "=Wrong")]
    rows = list(csv.DictReader(io.StringIO(vera.get("/api/feedback/export?format=csv").get_data().decode("utf-8-sig"))))
    assert [(row["output"], row["judges"]) for row in rows] == [("", "Ada (up)"), ("'=1+1", "Vera (down)")]
    for query in ("names=false", "names=false&format=csv"):
        told = vera.get(f"/api/feedback/export?{query}").get_data(as_text=True)
        assert "Wrong" in told
        assert "Vera" not in told
        assert "Ada" not in told
    trail = [one.subject for one in own.audit.page(ada.team_key).items if one.action == "feedback exported"]
    assert trail[-1] == "format: jsonl, names: True"


def test_the_data_set_has_only_what_one_may_see(browser: Browser, vera: Browser, run_id: str, own: Services) -> None:
    browser.open(f"/api/runs/{run_id}/feedback", method="PUT", json={"verdict": "up"})
    assert vera.get("/api/feedback/export").get_data() != b""
    own.sessions.change("s1", shared=False)
    assert vera.get("/api/feedback/export").get_data() == b""
    assert browser.get("/api/feedback/export").get_data() != b""
