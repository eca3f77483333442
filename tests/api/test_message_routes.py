"""Messages and runs over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.services import Services
from tests.support.errors import assert_error
from tests.support.sse import SseDecoder
from utils.log.events import RunStatus
from utils.sessions.sessions import UNTITLED

RUN_FIELDS = {
    "id", "session_id", "status", "question", "attempt", "reason", "first_seq", "created_at", "started_at",
    "finished_at", "reported", "cancel_requested",
}  # fmt: skip


def ask(client: FlaskClient, content: str = "Who rebuilt the engine?") -> dict[str, Any]:
    response = client.post("/api/sessions/s1/messages", json={"content": content})
    assert response.status_code == 202, response.text
    body: dict[str, Any] = response.json
    return body


def test_a_message_is_accepted_with_its_run(client: FlaskClient, session: dict[str, Any]) -> None:
    accepted = ask(client)
    assert set(accepted) == {"message", "run"}
    message, run = accepted["message"], accepted["run"]
    assert (message["role"], message["content"], message["run_id"]) == ("user", "Who rebuilt the engine?", run["id"])
    assert message["citations"] == []
    assert set(run) == RUN_FIELDS
    assert (run["status"], run["attempt"], run["first_seq"], run["started_at"]) == ("queued", 0, 1, None)
    assert client.get(f"/api/runs/{run['id']}").json == run
    assert client.get("/api/sessions/s1").json["last_run"] == run
    [event] = client.get("/api/sessions/s1/activity").json["events"]
    assert (event["type"], event["status"], event["question"]) == ("runUpdate", "queued", message["content"])


@pytest.mark.any_database
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": ""},
        {"content": " \n\t\u2003"},
        {"content": "x" * 20_001},
        {"content": 7},
        {"content": "x", "y": 1},
        [],
        None,
        {"content": "\ud800"},
    ],
)
def test_a_message_that_does_not_fit_is_refused_and_leaves_nothing(
    client: FlaskClient, session: dict[str, Any], body: object
) -> None:
    assert_error(client.post("/api/sessions/s1/messages", json=body), 400, "invalid_request")
    assert client.get("/api/sessions/s1/messages").json["messages"] == []
    assert client.get("/api/sessions/s1").json["head"] == 0


def test_the_first_question_gives_an_untitled_session_its_title(client: FlaskClient) -> None:
    client.post("/api/sessions", json={"id": "s1"})
    assert client.get("/api/sessions/s1").json["title"] == UNTITLED
    ask(client, "  Who\nrebuilt   it? ")
    ask(client, "Another question")
    assert client.get("/api/sessions/s1").json["title"] == "Who rebuilt it?"


def test_a_title_of_its_own_stays(client: FlaskClient, session: dict[str, Any]) -> None:
    ask(client)
    assert client.get("/api/sessions/s1").json["title"] == "First"


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("text/event-stream", True),
        ("text/event-stream, application/json;q=0.5", True),
        ("application/json, text/event-stream;q=0.5", False),
        ("application/json", False),
        ("*/*", False),
        (None, False),
    ],
)
def test_who_asks_for_a_stream_gets_that_runs_events(
    client: FlaskClient, own: Services, session: dict[str, Any], accept: str | None, streams: bool
) -> None:
    ask(client, "an earlier one")
    headers = {} if accept is None else {"Accept": accept}
    response = client.post("/api/sessions/s1/messages", json={"content": "Why?"}, headers=headers)
    if not streams:
        assert response.status_code == 202
        return
    assert response.status_code == 200
    assert response.content_type.startswith("text/event-stream")
    decoder, events = SseDecoder(), []
    for chunk in response.iter_encoded():
        events += [event for event in decoder.feed(chunk) if event.type != "heartbeat"]
        if len(events) == 1:
            [run] = [run for run in own.runs.page(own.sessions.get("s1").key).items if run.question == "Why?"]  # type: ignore[union-attr]
            own.run_queue.cancel(run.id)
    assert [event.json()["status"] for event in events] == ["queued", "cancelled"]
    assert events[0].json()["question"] == "Why?"


def test_messages_are_read_oldest_first_in_pages(client: FlaskClient, session: dict[str, Any]) -> None:
    for number in range(5):
        ask(client, str(number))
    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/sessions/s1/messages", query_string=query).json
        seen += [message["content"] for message in page["messages"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == list("01234")


def test_runs_are_listed_newest_first_in_pages(client: FlaskClient, session: dict[str, Any]) -> None:
    asked = [ask(client, str(number))["run"]["id"] for number in range(5)]
    first = client.get("/api/sessions/s1/runs?limit=3").json
    rest = client.get("/api/sessions/s1/runs", query_string={"limit": 3, "cursor": first["next_cursor"]}).json
    assert [run["id"] for run in first["runs"] + rest["runs"]] == asked[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.any_database
@pytest.mark.parametrize("what", ["messages", "runs"])
@pytest.mark.parametrize("cursor", ["nonsense", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_cursor_that_is_not_ours_is_refused(
    client: FlaskClient, session: dict[str, Any], what: str, cursor: str
) -> None:
    assert_error(client.get(f"/api/sessions/s1/{what}?cursor={cursor}"), 400, "invalid_cursor")


def test_a_queued_run_is_cancelled_and_stays_so(client: FlaskClient, session: dict[str, Any]) -> None:
    run = ask(client)["run"]
    response = client.post(f"/api/runs/{run['id']}/cancel")
    assert response.status_code == 202
    assert response.json["status"] == "cancelled"
    assert response.json["finished_at"] is not None
    assert client.post(f"/api/runs/{run['id']}/cancel").json == response.json


def test_a_running_run_is_asked_to_stop(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    run = ask(client)["run"]
    own.run_queue.claim("me")
    assert client.post(f"/api/runs/{run['id']}/cancel").json["status"] == "running"
    found = own.runs.get(run["id"])
    assert found is not None
    assert found.cancel_requested


def test_an_unknown_run_is_404(client: FlaskClient) -> None:
    assert_error(client.get("/api/runs/run-x"), 404, "not_found")
    assert_error(client.post("/api/runs/run-x/cancel"), 404, "not_found")


def test_an_answer_comes_with_its_citations(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    ask(client)
    run = own.run_queue.claim("me")
    assert run is not None
    citation = '[{"number":1,"document_id":"d","document_name":"n","passage_id":1,"reference":"page 1","quote":"q"}]'
    own.run_queue.finish(run, "completed", answer=("Svensson did [1].", citation))
    answer = client.get("/api/sessions/s1/messages").json["messages"][-1]
    assert (answer["role"], answer["content"]) == ("assistant", "Svensson did [1].")
    assert answer["citations"][0]["reference"] == "page 1"


class Crowded:
    """The streams of a process that can open no more."""

    full = True


@pytest.mark.any_database
def test_a_question_whose_stream_is_refused_is_not_asked(client: FlaskClient, session: dict[str, Any]) -> None:
    """Or trying again, as the refusal says, would ask it twice."""
    refused = client.post(
        "/api/sessions/s1/messages", json={"content": "Why?"}, headers={"Accept": "text/event-stream"},
        environ_overrides={"ringside.streams": Crowded()},
    )  # fmt: skip
    assert refused.status_code == 503  # a stream would be read for ever
    assert_error(refused, 503, "too_many_streams")
    assert client.get("/api/sessions/s1/messages").json["messages"] == []
    assert client.get("/api/sessions/s1/runs").json["runs"] == []


@pytest.mark.parametrize("outcome", ["cancelled", "failed", "completed"])
def test_the_question_of_a_run_that_has_ended_can_be_asked_again(
    client: FlaskClient, own: Services, session: dict[str, Any], outcome: RunStatus
) -> None:
    run_id = ask(client)["run"]["id"]
    assert_error(client.post(f"/api/runs/{run_id}/again"), 409, "not_ended")
    run = own.run_queue.claim("tests")
    assert run is not None
    assert_error(client.post(f"/api/runs/{run_id}/again"), 409, "not_ended")
    own.run_queue.finish(run, outcome, "It broke.")
    again = client.post(f"/api/runs/{run_id}/again")
    assert again.status_code == 202
    assert again.json["run"]["id"] != run_id
    assert (again.json["run"]["question"], again.json["run"]["status"]) == ("Who rebuilt the engine?", "queued")
    assert [one["content"] for one in client.get("/api/sessions/s1/messages").json["messages"]] == [
        "Who rebuilt the engine?", "Who rebuilt the engine?",
    ]  # fmt: skip
    assert client.get(f"/api/runs/{run_id}").json["status"] == outcome
