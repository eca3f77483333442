"""One prompt, one answer: what a script gets, and its errors."""

import time
from threading import Thread

import pytest
from flask.testing import FlaskClient

from agents.connectors.browser import BrowserConfiguration
from api.services import Services
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.registry.agent_registry import AgentRecord


@pytest.fixture
def own(client: FlaskClient) -> Services:
    services: Services = client.application.extensions["ringside"]
    return services


@pytest.fixture
def people(own: Services, ada: UserRecord) -> AgentRecord:
    return own.agents.create(ada.team_key, name="People", configuration=BrowserConfiguration(kind="browser"))


def work(own: Services, people: AgentRecord, status: str) -> Thread:
    """Somebody who ends the next question."""

    def answer() -> None:
        claimed = wait_until(lambda: own.assignments.claim([people], "Ada", "key-1"))
        assert status in ("completed", "failed")
        own.assignments.end(claimed.run, people, status, "Salt." if status == "completed" else None, error="No idea.")

    thread = Thread(target=answer)
    thread.start()
    return thread


def test_a_script_gets_the_answer_of_whoever_works(client: FlaskClient, own: Services, people: AgentRecord) -> None:
    worker = work(own, people, "completed")
    answer = client.post("/api/process", json={"prompt": "What is in the sea?", "wait": 20})
    worker.join()
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["result"]) == ("success", "Salt.")
    run = own.runs.get(answer.json["run_id"])
    assert run is not None
    assert run.question == "What is in the sea?"


def test_a_model_that_is_no_agent_is_for_whoever_works_in_a_browser(
    client: FlaskClient, own: Services, people: AgentRecord
) -> None:
    for model in ("gpt-4o", people.name, people.id, None):
        asked = {"prompt": "Why?", "model": model, "wait": 0, "stream": False, "temperature": 0.5}
        answer = client.post("/api/process", json=asked)
        assert answer.status_code == 202, answer.json
        run = own.runs.get(answer.json["run_id"])
        assert run is not None
        claimed = own.assignments.claim([people], "Ada", "key-1")
        assert claimed is not None
        assert claimed.run.id == run.id
        assert claimed.kept.metadata == ({"model": "gpt-4o"} if model == "gpt-4o" else {})


def test_a_failure_is_told_with_its_reason(client: FlaskClient, own: Services, people: AgentRecord) -> None:
    worker = work(own, people, "failed")
    answer = client.post("/api/process", json={"prompt": "Why?", "wait": 20})
    worker.join()
    assert answer.status_code == 502
    assert answer.json == {"status": "error", "error": {"code": "run_failed", "message": "No idea."}}


def test_what_is_not_answered_in_time_can_be_looked_for(
    client: FlaskClient, own: Services, people: AgentRecord
) -> None:
    answer = client.post("/api/process", json={"prompt": "Why?", "model": people.id, "wait": 0})
    assert (answer.status_code, answer.json["status"]) == (202, "pending")
    assert answer.headers["Location"] == f"/api/runs/{answer.json['run_id']}"
    assert client.get(answer.headers["Location"]).json["status"] == "queued"
    worker = work(own, people, "completed")
    worker.join()
    messages = client.get(f"/api/sessions/{answer.json['session_id']}/messages").json["messages"]
    assert [message["content"] for message in messages] == ["Why?", "Salt."]


def test_nobody_waits_for_a_run_whose_session_was_deleted(
    client: FlaskClient, own: Services, people: AgentRecord, ada: UserRecord
) -> None:
    def delete() -> None:
        [session] = wait_until(lambda: own.sessions.page(ada).items)
        wait_until(lambda: own.runs.all_of(session.key))
        assert own.deletion.delete(session.id)

    deleting = Thread(target=delete)
    deleting.start()
    began = time.monotonic()
    answer = client.post("/api/process", json={"prompt": "Why?", "wait": 60})
    deleting.join()
    assert answer.status_code == 202
    assert time.monotonic() - began < 30


@pytest.mark.any_database
def test_errors_have_the_status_error(client: FlaskClient) -> None:
    for body, status, code in (
        ({"prompt": "Why?"}, 409, "no_agent"),
        ({"prompt": "Why?", "model": "Nobody"}, 404, "not_found"),
        ({"prompt": ""}, 400, "invalid_request"),
    ):
        answer = client.post("/api/process", json=body)
        assert answer.status_code == status
        assert (answer.json["status"], answer.json["error"]["code"]) == ("error", code)
    unknown = client.post("/api/process", json={"prompt": "Why?"}, headers={"Authorization": "Bearer ringside_unknown"})
    assert (unknown.status_code, unknown.json["status"]) == (401, "error")
