"""Pause and resume over HTTP: a run, an agent, everything of a team, and the run of a worker outside."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from agents.backends.kinds import KINDS
from api.services import Services
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord


@pytest.fixture
def browser(app: Flask, ada: UserRecord) -> Browser:
    return Browser(app, ada)


def asked(client: FlaskClient, own: Services, ada: UserRecord, kind: str = "documents") -> dict[str, Any]:
    configuration = KINDS[kind].configuration.model_validate({"kind": kind})
    agent = own.agents.create(ada.team_key, name="Purser", configuration=configuration)
    own.sessions.create("s1", owner=ada, agent_key=agent.key)
    accepted = client.post("/api/sessions/s1/messages", json={"content": "Why?"})
    assert accepted.status_code == 202, accepted.text
    return {**accepted.json["run"], "agent_id": agent.id}


def noted(own: Services, ada: UserRecord) -> list[tuple[str, str]]:
    found = [(line.action, line.subject) for line in own.audit.page(ada.team_key).items]
    return [line for line in found if line[0].split()[-1] in ("paused", "resumed")]


def test_a_run_is_paused_and_resumed_by_whoever_may_ask_in_its_session(
    client: FlaskClient, own: Services, ada: UserRecord
) -> None:
    run_id = asked(client, own, ada)["id"]
    for _ in range(2):
        paused = client.post(f"/api/runs/{run_id}/pause")
        assert paused.status_code == 202
        assert (paused.json["status"], paused.json["reason"]) == ("queued", "Paused by Ada.")
        assert paused.json["paused_at"] is not None
    assert own.run_queue.claim("me") is None
    for _ in range(2):
        resumed = client.post(f"/api/runs/{run_id}/resume")
        assert (resumed.status_code, resumed.json["paused_at"], resumed.json["reason"]) == (202, None, None)
    assert own.run_queue.claim("me") is not None
    assert noted(own, ada) == [("run resumed", run_id), ("run paused", run_id)], "each once"


def test_what_has_ended_or_is_to_stop_or_is_elsewhere_cannot_be_paused(
    client: FlaskClient, own: Services, ada: UserRecord
) -> None:
    run_id = asked(client, own, ada)["id"]
    own.run_queue.claim("me")
    client.post(f"/api/runs/{run_id}/cancel")
    assert_error(client.post(f"/api/runs/{run_id}/pause"), 409, "run_over")
    told = {"type": "runUpdate", "session_id": "s1", "run_id": "crew-1", "status": "running"}
    assert client.post("/api/sessions/s1/events", json={"events": [told]}).status_code == 201
    for what in ("pause", "resume"):
        assert_error(client.post(f"/api/runs/crew-1/{what}"), 409, "cannot_pause")
        assert_error(client.post(f"/api/runs/run-x/{what}"), 404, "not_found")


def test_an_administrator_pauses_an_agent_and_everyone_reads_why(
    client: FlaskClient, browser: Browser, own: Services, ada: UserRecord
) -> None:
    run = asked(client, own, ada)
    path = f"/api/agents/{run['agent_id']}/pause"
    for reason in ("Too dear. ", "Once more."):
        paused = browser.open(path, method="PUT", json={"reason": reason})
        assert paused.status_code == 200, paused.text
    [pause] = client.get("/api/pauses").json["pauses"]
    assert {name: pause[name] for name in ("agent_id", "agent_name", "by", "reason")} == {
        "agent_id": run["agent_id"], "agent_name": "Purser", "by": "Ada", "reason": "Too dear.",
    }  # fmt: skip
    assert own.run_queue.claim("me") is None
    for _ in range(2):
        assert browser.delete(path).json == {"pauses": []}
    assert own.run_queue.claim("me") is not None
    assert noted(own, ada) == [("agent resumed", "Purser"), ("agent paused", "Purser")], "each once"


def test_everything_of_a_team_is_paused_also_what_is_at_work(
    client: FlaskClient, browser: Browser, own: Services, ada: UserRecord
) -> None:
    run = asked(client, own, ada)
    claimed = own.run_queue.claim("me")
    assert claimed is not None
    assert browser.open("/api/team/pause", method="PUT", json={"at_work": True}).json["pauses"][0]["agent_id"] is None
    assert own.run_queue.beat(claimed).pause
    assert client.get(f"/api/runs/{run['id']}").json["reason"] == "Everything of the team was paused by Ada."
    assert browser.delete("/api/team/pause").json == {"pauses": []}
    assert not own.run_queue.beat(claimed).pause
    assert noted(own, ada) == [("team resumed", "Harbour"), ("team paused", "Harbour")]


def test_a_worker_hears_that_its_run_is_paused_ends_its_attempt_and_gets_it_again(
    client: FlaskClient, own: Services, ada: UserRecord
) -> None:
    run_id = asked(client, own, ada, "remote")["id"]
    work = client.post("/api/assignments/claim", json={}).json
    path, held = f"/api/assignments/runs/{run_id}", {"attempt": work["attempt"]}
    assert_error(client.post(f"{path}/end", json=held | {"status": "paused"}), 409, "not_paused")
    client.post(f"/api/runs/{run_id}/pause")
    assert client.post(f"{path}/beat", json=held).json == {"cancel_requested": False, "pause_requested": True}
    kept = client.put(f"{path}/state", json=held | {"state": {"page": 3}})
    assert kept.json["pause_requested"]
    step = {"type": "step", "key": "read", "action": "Read", "status": "started"}
    told = client.post(f"{path}/records", json=held | {"first": 0, "records": [step]})
    assert told.json["pause_requested"]
    ended = client.post(f"{path}/end", json=held | {"status": "paused"})
    assert (ended.status_code, ended.json) == (200, {"status": "paused"})
    assert client.get(f"/api/runs/{run_id}").json["status"] == "waiting"
    assert client.post("/api/assignments/claim", json={}).status_code == 204
    client.post(f"/api/runs/{run_id}/resume")
    again = client.post("/api/assignments/claim", json={}).json
    assert (again["run_id"], again["attempt"], again["state"]) == (run_id, 2, {"page": 3})
    events = client.get("/api/sessions/s1/activity").json["events"]
    statuses = [one["status"] for one in events if one["type"] == "runUpdate"]
    assert statuses[-5:] == ["running", "waiting", "waiting", "running", "running"]
    steps = [one for one in events if one["type"] == "agentActivity" and one["action"] == "Read"]
    assert [one["status"] for one in steps] == ["started"], "it stays open, and nobody says that its process was lost"
    assert_error(client.post(f"{path}/beat", json=held), 409, "stale_run")
