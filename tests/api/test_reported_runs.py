"""A session that agents elsewhere fill over HTTP is a session like any other."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.account import HEADERS
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord
from utils.sessions.reported_runs import ASKED_TO_STOP

EVENTS = "/api/sessions/s1/events"
RUN: dict[str, Any] = {"type": "runUpdate", "session_id": "s1", "run_id": "crew-1"}
BEGUN = RUN | {"status": "running", "question": "Is the harbour clear?"}
SAID: dict[str, Any] = {
    "type": "agentMessage", "session_id": "s1", "run_id": "crew-1", "message_id": "m", "agent_name": "Lookout",
    "delta": "Two herring boats lie at the quay.", "final": True,
}  # fmt: skip


def emit(client: FlaskClient, *events: dict[str, Any], **headers: str) -> dict[str, Any]:
    response = client.post(EVENTS, json={"events": list(events)}, headers=headers)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json
    return body


def test_it_is_listed_searched_read_and_exported(client: FlaskClient) -> None:
    client.post("/api/sessions", json={"id": "s1"})
    assert emit(client, BEGUN) == {"seq": 1, "stop_requested": [], "messages": []}
    [listed] = client.get("/api/sessions").json["sessions"]
    assert listed["title"] == "Is the harbour clear?"
    assert {name: listed["last_run"][name] for name in ("id", "status", "reported", "cancel_requested")} == {
        "id": "crew-1", "status": "running", "reported": True, "cancel_requested": False,
    }  # fmt: skip
    emit(client, SAID, RUN | {"status": "completed"})
    for words in ("harbour", "herring boats"):
        [found] = client.get("/api/sessions", query_string={"query": words}).json["sessions"]
        assert found["snippets"], words
    messages = client.get("/api/sessions/s1/messages").json["messages"]
    assert [(one["role"], one["run_id"], one["content"]) for one in messages] == [
        ("user", "crew-1", BEGUN["question"]), ("assistant", "crew-1", SAID["delta"]),
    ]  # fmt: skip
    [run] = client.get("/api/sessions/s1/runs").json["runs"]
    assert (run["id"], run["status"], run["question"]) == ("crew-1", "completed", BEGUN["question"])
    assert client.get("/api/runs/crew-1").json == run | {"metadata": {}, "from_step": None}
    exported = client.get("/api/sessions/s1/export?format=json").json
    assert (exported["runs"], len(exported["messages"])) == ([run], 2)
    markdown = client.get("/api/sessions/s1/export?format=markdown").text
    assert markdown.count("> Is the harbour clear?") == markdown.count("> Two herring boats lie at the quay.") == 1


def test_what_it_goes_on_to_write_is_in_the_export_too(client: FlaskClient, session: dict[str, Any]) -> None:
    emit(client, BEGUN, SAID, SAID | {"message_id": "n", "delta": "One of them is", "final": False})
    markdown = client.get("/api/sessions/s1/export?format=markdown").text
    assert markdown.index("> Two herring boats") < markdown.index("> One of them is")


def test_the_program_that_reports_a_run_is_asked_to_stop_it(client: FlaskClient, session: dict[str, Any]) -> None:
    emit(client, BEGUN)
    asked = client.post("/api/runs/crew-1/cancel")
    assert (asked.status_code, asked.json["status"], asked.json["cancel_requested"]) == (202, "running", True)
    assert client.get("/api/runs/crew-1").json["reason"] == ASKED_TO_STOP
    told = client.get("/api/sessions/s1/activity?after=1").json["events"]
    assert [(one["status"], one["reason"]) for one in told] == [("running", ASKED_TO_STOP)]
    step = {"type": "agentStatusUpdate", "session_id": "s1", "agent_name": "Lookout", "status": "working"}
    assert emit(client, step)["stop_requested"] == ["crew-1"]
    assert emit(client, RUN | {"status": "cancelled"})["stop_requested"] == []
    assert client.get("/api/runs/crew-1").json["status"] == "cancelled"


def test_an_answer_that_is_sent_again_stores_its_records_once(client: FlaskClient, session: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "batch-1"}
    assert (
        emit(client, BEGUN, SAID, **key)
        == emit(client, BEGUN, SAID, **key)
        == {"seq": 2, "stop_requested": [], "messages": []}
    )
    assert len(client.get("/api/sessions/s1/messages").json["messages"]) == 2


def test_a_sign_of_life_stores_nothing_and_is_answered_like_an_event(
    client: FlaskClient, session: dict[str, Any]
) -> None:
    emit(client, BEGUN)
    again = RUN | {"status": "running"}
    client.post("/api/runs/crew-1/cancel")
    answer = {"seq": 2, "stop_requested": ["crew-1"], "messages": []}
    assert emit(client, again) == answer
    assert emit(client, again, **{"Idempotency-Key": "beat-1"}) == answer
    emit(client, SAID)
    assert emit(client, again, **{"Idempotency-Key": "beat-1"}) == answer, "as it was then"
    activity = client.get("/api/sessions/s1/activity").json
    assert (activity["head"], [one["type"] for one in activity["events"]]) == (
        3, ["runUpdate", "runUpdate", "agentMessage"],
    )  # fmt: skip


def test_runs_of_two_sessions_with_one_id_are_told_apart(client: FlaskClient, session: dict[str, Any]) -> None:
    client.post("/api/sessions", json={"id": "s2"})
    emit(client, BEGUN)
    other = RUN | {"session_id": "s2", "status": "running"}
    client.post("/api/sessions/s2/events", json={"events": [other]})
    assert client.get("/api/runs/crew-1").json["session_id"] == "s2"
    client.post("/api/runs/crew-1/cancel?session_id=s1")
    assert [client.get(f"/api/runs/crew-1?session_id={one}").json["cancel_requested"] for one in ("s1", "s2")] == [
        True, False,
    ]  # fmt: skip
    assert_error(client.get("/api/runs/crew-1?session_id=s3"), 404, "not_found")


def test_nobody_reads_or_stops_a_run_through_its_id_alone(
    app: Flask, client: FlaskClient, session: dict[str, Any], add: Callable[..., UserRecord], quick_hashing: None
) -> None:
    emit(client, BEGUN)
    max_ = Browser(app, add("Max"))
    for answer in (max_.get("/api/runs/crew-1"), max_.post("/api/runs/crew-1/cancel?session_id=s1")):
        assert_error(answer, 404, "not_found")
    max_.post("/api/sessions", json={"id": "s2"})
    sent = {"events": [RUN | {"session_id": "s2", "status": "completed"}]}
    assert max_.post("/api/sessions/s2/events", json=sent).status_code == 201
    assert max_.get("/api/runs/crew-1").json["session_id"] == "s2"
    assert client.get("/api/runs/crew-1").json["session_id"] == "s1", "what it may not see does not hide its own"
    client.patch("/api/sessions/s1", json={"shared": True})
    assert max_.get("/api/runs/crew-1?session_id=s1").json["status"] == "running"


def test_who_only_watches_cannot_ask_to_stop(
    app: Flask, browser: Browser, add: Callable[..., UserRecord], session: dict[str, Any], client: FlaskClient
) -> None:
    emit(client, BEGUN)
    browser.patch("/api/sessions/s1", json={"shared": True})
    assert_error(Browser(app, add("Max")).post("/api/runs/crew-1/cancel"), 403, "forbidden")
    assert client.get("/api/runs/crew-1").json["cancel_requested"] is False


def test_a_run_of_our_own_agents_is_theirs_alone_still(client: FlaskClient, session: dict[str, Any]) -> None:
    run = client.post("/api/sessions/s1/messages", json={"content": "Who?"}).json["run"]
    assert (run["reported"], run["cancel_requested"]) == (False, False)
    refused = client.post(EVENTS, json={"events": [RUN | {"run_id": run["id"], "status": "completed"}]})
    assert_error(refused, 409, "own_run")


@pytest.mark.any_database
def test_the_stream_of_a_reported_run_ends_with_it(client: FlaskClient, session: dict[str, Any]) -> None:
    emit(client, BEGUN, SAID, RUN | {"status": "completed"})
    answer = client.get("/sse/agent-activity/s1?run_id=crew-1&last_event_id=3", headers=HEADERS)
    assert answer.status_code == 204
