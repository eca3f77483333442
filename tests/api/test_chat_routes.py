"""A conversation as a service: a session is the caller's, its history stays, and a repeated question is asked once."""

from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient

from agents.connectors.remote import RemoteConfiguration
from api.services import Services
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.registry.agent_registry import AgentRecord


@pytest.fixture
def skipper(own: Services, ada: UserRecord) -> AgentRecord:
    return own.agents.create(ada.team_key, name="Skipper", configuration=RemoteConfiguration(kind="remote"))


def asked(skipper: AgentRecord, message: str = "Why?", **more: Any) -> dict[str, Any]:
    return {"session_id": "thread-7", "message": message, "agent_id": skipper.id, **more}


def work(own: Services, skipper: AgentRecord, answer: str | None) -> Thread:
    """Somebody who ends the next question."""

    def end() -> None:
        claimed = wait_until(lambda: own.assignments.claim([skipper], "Ada", "key-1"))
        status = "failed" if answer is None else "completed"
        own.assignments.end(claimed.run, skipper, status, answer, error="No idea.")  # type: ignore[arg-type]

    thread = Thread(target=end)
    thread.start()
    return thread


def test_a_session_is_made_with_its_first_question_and_keeps_its_history(
    client: FlaskClient, own: Services, skipper: AgentRecord
) -> None:
    for number in (1, 2):
        worker = work(own, skipper, f"Answer {number}.")
        given = client.post("/chat", json=asked(skipper, f"Question {number}?", timestamp="2026-03-14T09:00:00Z"))
        worker.join()
        assert given.status_code == 200, given.text
        assert given.json == {
            "session_id": "thread-7", "run_id": given.json["run_id"], "status": "completed", "reason": None,
            "response": f"Answer {number}.",
        }  # fmt: skip
    told = [one["content"] for one in client.get("/api/sessions/thread-7/messages").json["messages"]]
    assert told == ["Question 1?", "Answer 1.", "Question 2?", "Answer 2."]


def test_who_was_not_answered_in_time_asks_again_and_nothing_is_asked_twice(
    client: FlaskClient, own: Services, skipper: AgentRecord
) -> None:
    headers = {"Idempotency-Key": "k1", "Prefer": "wait=1"}
    first = client.post("/chat", json=asked(skipper), headers=headers)
    assert (first.status_code, first.json["status"], first.json["response"]) == (202, "queued", None)
    assert first.headers["Retry-After"] == "1"
    worker = work(own, skipper, "Salt.")
    again = client.post("/chat", json=asked(skipper), headers=headers | {"Prefer": "wait=30"})
    worker.join()
    assert (again.status_code, again.json["response"]) == (200, "Salt.")
    assert again.json["run_id"] == first.json["run_id"]
    once_more = client.post("/chat", json=asked(skipper), headers=headers)
    assert once_more.json == again.json
    assert len(client.get("/api/sessions/thread-7/runs").json["runs"]) == 1


def test_a_failure_is_an_answer(client: FlaskClient, own: Services, skipper: AgentRecord) -> None:
    worker = work(own, skipper, None)
    given = client.post("/chat", json=asked(skipper))
    worker.join()
    assert (given.status_code, given.json["status"], given.json["response"]) == (200, "failed", None)
    assert given.json["reason"]


def test_a_session_of_somebody_else_is_not_the_callers(
    client: FlaskClient, own: Services, skipper: AgentRecord, add: Any
) -> None:
    own.sessions.create("thread-7", owner=add("Max"))
    assert_error(client.post("/chat", json=asked(skipper)), 404, "not_found")


def test_without_an_account_nobody_is_answered(nobody: Browser, skipper: AgentRecord) -> None:
    assert nobody.post("/chat", json=asked(skipper)).status_code == 401
