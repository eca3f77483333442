"""Messages and runs over HTTP."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from agents.backends.built_in.chat import ChatConfiguration
from api.services import Services
from tests.support.errors import assert_error
from tests.support.sse import SseDecoder
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.log.events import RunStatus
from utils.sessions.sessions import UNTITLED

RUN_FIELDS = {
    "id", "session_id", "status", "question", "attempt", "reason", "first_seq", "created_at", "started_at",
    "finished_at", "reported", "cancel_requested", "paused_at", "retry_of",
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
    assert client.get(f"/api/runs/{run['id']}").json == run | {"metadata": {}, "from_step": None}
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
    assert (again.json["run"]["retry_of"], client.get(f"/api/runs/{run_id}").json["retry_of"]) == (run_id, None)
    asked = [event for event in client.get("/api/sessions/s1/activity").json["events"] if event.get("question")]
    assert [(event["run_id"], event.get("retry_of")) for event in asked] == [
        (run_id, None), (again.json["run"]["id"], run_id),
    ]  # fmt: skip


def test_a_question_is_asked_again_of_the_agent_that_was_asked(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    sage = own.agents.create(1, name="Sage", configuration=ChatConfiguration(kind="chat"))
    asked = client.post("/api/sessions/s1/messages", json={"content": "Why?", "agent_id": sage.id})
    path = f"/api/runs/{asked.json['run']['id']}"
    client.post(f"{path}/cancel")
    run = own.runs.get(client.post(f"{path}/again").json["run"]["id"])
    assert run is not None
    assert run.agent_key == sage.key
    client.post(f"/api/runs/{run.id}/cancel")
    own.agents.change(1, sage.id, enabled=False)
    assert_error(client.post(f"/api/runs/{run.id}/again"), 409, "agent_disabled")


def test_an_edited_question_takes_the_place_of_the_one_before(client: FlaskClient, session: dict[str, Any]) -> None:
    run_id = ask(client)["run"]["id"]
    client.post(f"/api/runs/{run_id}/cancel")
    edited = client.post(f"/api/runs/{run_id}/again", json={"question": " Who rebuilt it in 1931? "})
    assert edited.status_code == 202
    assert edited.json["message"]["content"] == "Who rebuilt it in 1931?"
    assert (edited.json["run"]["question"], edited.json["run"]["retry_of"]) == ("Who rebuilt it in 1931?", run_id)


@pytest.mark.parametrize("sent", [
    {"json": {"question": " "}}, {"json": {"questions": "Why?"}}, {"json": []},
    {"data": "{", "content_type": "application/json"}, {"data": "question=Why?"},
])  # fmt: skip
def test_an_edit_that_is_none_asks_nothing(client: FlaskClient, session: dict[str, Any], sent: dict[str, Any]) -> None:
    run_id = ask(client)["run"]["id"]
    client.post(f"/api/runs/{run_id}/cancel")
    assert_error(client.post(f"/api/runs/{run_id}/again", **sent), 400, "invalid_request")
    assert len(client.get("/api/sessions/s1/runs").json["runs"]) == 1


# The agent and the metadata of one message


def test_a_message_may_have_an_agent_of_its_own(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    sage = own.agents.create(1, name="Sage", configuration=ChatConfiguration(kind="chat"))
    asked = client.post("/api/sessions/s1/messages", json={"content": "Why?", "agent_id": sage.id})
    assert asked.status_code == 202
    run = own.runs.get(asked.json["run"]["id"])
    assert run is not None
    assert run.agent_key == sage.key
    assert own.runs.get(ask(client)["run"]["id"]).agent_key != sage.key, "the session's stays what it was"


def test_an_agent_that_is_unknown_or_switched_off_is_refused_and_nothing_is_asked(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    sage = own.agents.create(1, name="Sage", configuration=ChatConfiguration(kind="chat"), enabled=False)
    for agent_id, status, code in (("agent-unknown", 404, "not_found"), (sage.id, 409, "agent_disabled")):
        refused = client.post("/api/sessions/s1/messages", json={"content": "Why?", "agent_id": agent_id})
        assert_error(refused, status, code)
    assert client.get("/api/sessions/s1/messages").json["messages"] == []


def test_a_run_keeps_the_metadata_of_its_message_on_top_of_its_sessions(
    client: FlaskClient, session: dict[str, Any]
) -> None:
    assert session["metadata"] == {}
    place = {"metadata": {"customer": "Åse", "place": "Oslo"}}
    assert client.patch("/api/sessions/s1", json=place).json["metadata"] == place["metadata"]
    asked = client.post("/api/sessions/s1/messages", json={"content": "Why?", "metadata": {"place": "Bergen"}})
    run = asked.json["run"]["id"]
    assert client.patch("/api/sessions/s1", json={"metadata": {}}).json["metadata"] == {}
    assert client.get(f"/api/runs/{run}").json["metadata"] == {"customer": "Åse", "place": "Bergen"}
    client.post(f"/api/runs/{run}/cancel")
    again = client.post(f"/api/runs/{run}/again").json["run"]["id"]
    assert client.get(f"/api/runs/{again}").json["metadata"] == {"customer": "Åse", "place": "Bergen"}
    made = client.post("/api/sessions", json={"metadata": {"a": [1]}}).json
    assert made["metadata"] == {"a": [1]}


@pytest.mark.any_database
@pytest.mark.parametrize("metadata", ["text", [1], {"long": "x" * 16 * 1024}, {"half": "\ud800"}])
def test_metadata_that_are_no_small_object_are_refused(
    client: FlaskClient, session: dict[str, Any], metadata: object
) -> None:
    for send, path, body in (
        (client.post, "/api/sessions/s1/messages", {"content": "Why?"}), (client.post, "/api/sessions", {}),
        (client.patch, "/api/sessions/s1", {}),
    ):  # fmt: skip
        message = assert_error(send(path, json={**body, "metadata": metadata}), 400, "invalid_request")
        assert "xxx" not in message


# Waiting for the answer


def prefer(client: FlaskClient, wish: str, content: str = "Why?") -> TestResponse:
    return client.post("/api/sessions/s1/messages", json={"content": content}, headers={"Prefer": wish})


def test_who_would_wait_gets_the_answer(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    def work() -> None:
        run = wait_until(lambda: own.run_queue.claim("me"), what="the question")
        own.run_queue.finish(run, "completed", answer=("Because.", "[]"))

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        told = prefer(client, "respond-async, wait=20")
        working.result(20)
    assert told.status_code == 200
    assert told.headers["Preference-Applied"] == "wait=20"
    assert (told.json["run"]["status"], told.json["answer"]["content"]) == ("completed", "Because.")
    assert (told.json["answer"]["role"], told.json["message"]["content"]) == ("assistant", "Why?")


def test_a_run_that_failed_has_no_answer_and_says_why(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    def work() -> None:
        run = wait_until(lambda: own.run_queue.claim("me"), what="the question")
        own.run_queue.finish(run, "failed", "It broke.")

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        told = prefer(client, "wait=20")
        working.result(20)
    assert (told.status_code, told.json["answer"]) == (200, None)
    assert (told.json["run"]["status"], told.json["run"]["reason"]) == ("failed", "It broke.")


def test_after_that_time_it_says_where_to_look(client: FlaskClient, session: dict[str, Any]) -> None:
    told = prefer(client, "wait=1")
    assert (told.status_code, told.json["run"]["status"]) == (202, "queued")
    assert told.headers["Location"] == f"/api/runs/{told.json['run']['id']}"
    assert "Preference-Applied" not in told.headers
    assert client.get(told.headers["Location"]).status_code == 200


def test_after_that_time_the_run_is_told_as_it_is_by_then(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(lambda: wait_until(lambda: own.run_queue.claim("me"), what="the question"))
        told = prefer(client, "wait=2")
        working.result(20)
    assert (told.status_code, told.json["run"]["status"]) == (202, "running")
    assert told.headers["Location"] == f"/api/runs/{told.json['run']['id']}"


@pytest.mark.any_database
@pytest.mark.parametrize("wish", ["wait=0", "wait=-1", "wait=soon", "waiting=9", "handling=lenient", ""])
def test_without_a_wish_that_means_anything_it_is_answered_at_once(
    client: FlaskClient, session: dict[str, Any], wish: str
) -> None:
    assert prefer(client, wish).status_code == 202


@pytest.mark.any_database
def test_who_comes_when_all_places_are_taken_is_answered_at_once(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    taken = 0
    while own.wait_slots.acquire(blocking=False):
        taken += 1
    assert taken == own.settings.web_threads // 4
    began = time.monotonic()
    assert prefer(client, "wait=100").status_code == 202
    assert time.monotonic() - began < 50
    own.wait_slots.release()
    assert prefer(client, "wait=1").status_code == 202
    assert own.wait_slots.acquire(blocking=False), "its place is free again"


def test_a_key_that_may_not_read_is_not_told(app: Flask, own: Services, ada: UserRecord) -> None:
    own.sessions.create("s1", owner=ada)
    _, secret = own.api_keys.create(ada.key, "asks", ["run"])
    told = app.test_client().post(
        "/api/sessions/s1/messages",
        json={"content": "Why?"},
        headers={"Authorization": f"Bearer {secret}", "Prefer": "wait=100"},
    )
    assert told.status_code == 202


def test_a_question_that_is_sent_again_waits_for_the_same_run(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    headers = {"Idempotency-Key": "question-1", "Prefer": "wait=1"}
    first = client.post("/api/sessions/s1/messages", json={"content": "Why?"}, headers=headers)
    assert first.status_code == 202
    run = own.run_queue.claim("me")
    assert run is not None
    own.run_queue.finish(run, "completed", answer=("Because.", "[]"))
    again = client.post("/api/sessions/s1/messages", json={"content": "Why?"}, headers=headers)
    assert (again.status_code, again.json["answer"]["content"]) == (200, "Because.")
    assert len(client.get("/api/sessions/s1/runs").json["runs"]) == 1
