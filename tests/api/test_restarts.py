"""Runs that begin again from a step of another one, as people ask for them."""

import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from agents.backends.built_in.chat import ChatConfiguration
from agents.connectors.remote import RemoteConfiguration
from agents.telling.narration import activity_id_of
from api.services import Services
from tests.support.errors import assert_error
from utils.log.events import ActivityKind, AgentActivity
from utils.sessions.runs import RunRecord

ROOT, HANDOVER, SEARCHES, SEARCH, WRITE = "run", "assign", "research", "research/search", "write-1"
_STEPS: Sequence[tuple[str, str | None, ActivityKind, Any]] = (
    (ROOT, None, "step", None),
    ("plan", ROOT, "step", {"question": "Who?"}),
    (HANDOVER, ROOT, "handoff", {"questions": ["Who?"]}),
    (SEARCHES, ROOT, "step", None),
    (SEARCH, SEARCHES, "tool", {"query": "engine"}),
    (WRITE, ROOT, "step", None),
)


@pytest.fixture
def own(client: FlaskClient) -> Services:
    services: Services = client.application.extensions["ringside"]
    return services


@pytest.fixture
def ended(client: FlaskClient, own: Services) -> RunRecord:
    """A run of the document agents that has told of steps, kept its checkpoints, and failed."""
    client.post("/api/sessions", json={"id": "s1"})
    run = _failed(own, client.post("/api/sessions/s1/messages", json={"content": "Who?"}).json["run"]["id"])
    folder = own.settings.data_path / "checkpoints"
    folder.mkdir()
    (folder / f"{run.id}.db").touch()
    return run


def _failed(own: Services, run_id: str, **claim: Any) -> RunRecord:
    run = own.run_queue.claim("tests", **claim)
    assert run is not None
    assert run.id == run_id
    for key, parent, kind, given in _STEPS:
        around = activity_id_of(run_id, parent) if parent else None
        step = AgentActivity(
            session_id=run.session_id, run_id=run_id, activity_id=activity_id_of(run_id, key), parent_id=around,
            agent_name="Tester", action=f"Do {key}", kind=kind, status="started", input=given,
        )  # fmt: skip
        own.log.append(run.session_id, [step, step.model_copy(update={"status": "completed", "input": None})])
    own.run_queue.finish(run, "failed", "It broke.")
    return run


def look(client: FlaskClient, run: RunRecord, key: str) -> dict[str, Any]:
    found = client.get(f"/api/runs/{run.id}/steps/{activity_id_of(run.id, key)}/restart")
    assert found.status_code == 200, found.text
    body: dict[str, Any] = found.json
    return body


def begin(client: FlaskClient, run: RunRecord, key: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
    body = {"from_step": {"activity_id": activity_id_of(run.id, key), **given}}
    return client.post(f"/api/runs/{run.id}/again", json=body, headers=headers)


@pytest.mark.only_on("sqlite")  # where a file stands for its checkpoints
def test_a_run_says_from_which_step_of_which_other_one_it_begins(
    client: FlaskClient, own: Services, ended: RunRecord
) -> None:
    found = look(client, ended, SEARCH)
    assert found["possible"]
    assert found["takes_input"]
    assert "“Do research”" in found["words"]
    again = begin(client, ended, SEARCH, input={"query": " pier "}, headers={"Idempotency-Key": "one"})
    assert again.status_code == 202
    assert (
        begin(client, ended, SEARCH, input={"query": " pier "}, headers={"Idempotency-Key": "one"}).json == again.json
    )
    run_id = again.json["run"]["id"]
    told = {"activity_id": activity_id_of(ended.id, SEARCH), "action": "Do research/search", "edited": True}
    [first] = [
        event for event in client.get("/api/sessions/s1/activity").json["events"]
        if event["run_id"] == run_id and event["type"] == "runUpdate"
    ]  # fmt: skip
    assert (first["retry_of"], first["from_step"], first["question"]) == (ended.id, told, "Who?")
    assert client.get(f"/api/runs/{run_id}").json["from_step"] == told
    assert client.get(f"/api/runs/{ended.id}").json["from_step"] is None
    run = own.run_queue.claim("tests")
    assert run is not None
    restart = own.run_queue.kept(run).from_step
    assert restart is not None
    assert (restart.former, restart.begin, restart.input, restart.former_input) == (
        ended.id, "research", {"query": "pier"}, {"query": "engine"},
    )  # fmt: skip


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(("key", "given"), [
    (SEARCH, {"query": " "}), (SEARCH, {"words": "pier"}), (SEARCH, None), (HANDOVER, {"questions": []}),
])  # fmt: skip
def test_an_input_that_the_step_does_not_take_begins_nothing(
    client: FlaskClient, ended: RunRecord, key: str, given: Any
) -> None:
    message = assert_error(begin(client, ended, key, input=given), 400, "invalid_input")
    assert message.startswith("input")
    assert len(client.get("/api/sessions/s1/runs").json["runs"]) == 1


@pytest.mark.only_on("sqlite")
def test_where_no_run_can_begin_or_get_another_input_is_said(
    client: FlaskClient, own: Services, ended: RunRecord
) -> None:
    assert look(client, ended, WRITE)["fixed"] == "Its input follows from the steps before it and cannot be changed."
    assert_error(begin(client, ended, WRITE, input="shorter"), 409, "input_fixed")
    assert not look(client, ended, ROOT)["possible"]
    assert_error(begin(client, ended, ROOT), 409, "cannot_restart")
    assert_error(begin(client, ended, "never"), 404, "not_found")
    both = {"question": "Why?", "from_step": {"activity_id": activity_id_of(ended.id, WRITE)}}
    assert_error(client.post(f"/api/runs/{ended.id}/again", json=both), 400, "invalid_request")
    assert look(client, ended, "plan")["possible"]
    own.checkpoints.forget(ended.id)
    assert "not kept any more" in look(client, ended, WRITE)["words"]
    assert_error(begin(client, ended, WRITE), 409, "cannot_restart")
    assert look(client, ended, "plan")["possible"]  # nothing was found before it
    assert len(client.get("/api/sessions/s1/runs").json["runs"]) == 1


def test_agents_that_cannot_begin_in_the_middle_say_so(client: FlaskClient, own: Services) -> None:
    sage = own.agents.create(1, name="Sage", configuration=ChatConfiguration(kind="chat"))
    client.post("/api/sessions", json={"id": "s1"})
    asked = client.post("/api/sessions/s1/messages", json={"content": "Who?", "agent_id": sage.id})
    run = _failed(own, asked.json["run"]["id"])
    assert "Only the whole question" in look(client, run, WRITE)["words"]
    assert "Only the whole question" in assert_error(begin(client, run, WRITE), 409, "cannot_restart")


@pytest.mark.any_database
def test_to_say_so_nothing_of_what_the_run_has_told_is_read(
    client: FlaskClient, own: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that a program reports, and one that has not ended."""
    client.post("/api/sessions", json={"id": "s1"})
    begun = {"type": "runUpdate", "session_id": "s1", "run_id": "crew-1", "status": "running"}
    step = {
        "type": "agentActivity", "session_id": "s1", "run_id": "crew-1", "activity_id": "a", "agent_name": "Crew",
        "action": "Look", "status": "completed",
    }  # fmt: skip
    client.post("/api/sessions/s1/events", json={"events": [begun, step]})

    def read(*_: Any) -> Any:
        raise AssertionError("the log was read")

    monkeypatch.setattr(own.log, "run_events", read)
    path = "/api/runs/crew-1/steps/a/restart"
    assert "not ended yet" in client.get(path).json["words"]
    client.post("/api/sessions/s1/events", json={"events": [{**begun, "status": "completed"}]})
    assert "Only the whole question" in client.get(path).json["words"]
    again = client.post("/api/runs/crew-1/again", json={"from_step": {"activity_id": "a"}})
    assert_error(again, 409, "cannot_restart")


@pytest.mark.any_database
def test_what_the_steps_of_a_long_run_gave_back_is_not_kept_in_memory(client: FlaskClient, own: Services) -> None:
    crew = own.agents.create(1, name="Crew", configuration=RemoteConfiguration(kind="remote"))
    client.post("/api/sessions", json={"id": "s1"})
    asked = client.post("/api/sessions/s1/messages", json={"content": "Who?", "agent_id": crew.id}).json["run"]["id"]
    run = own.run_queue.claim("tests", outside=[crew.key])
    assert run is not None
    steps = [
        AgentActivity(
            session_id="s1", run_id=asked, activity_id=f"a{number}", parent_id="crew", agent_name="Crew",
            action="Look", kind="tool", status="completed", input={"at": number}, output="x" * 50_000 + str(number),
        )
        for number in range(400)
    ]  # fmt: skip
    own.log.append("s1", steps)
    own.run_queue.finish(run, "failed", "It broke.")
    tracemalloc.start()
    found = client.get(f"/api/runs/{asked}/steps/a7/restart").json
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found["possible"], found["takes_input"]) == (True, True)
    assert peak < 12 * 1024 * 1024, "of 20 MB"


def test_a_program_is_told_the_step_its_input_and_what_the_former_run_kept(client: FlaskClient, own: Services) -> None:
    crew = own.agents.create(1, name="Crew", configuration=RemoteConfiguration(kind="remote"))
    client.post("/api/sessions", json={"id": "s1"})
    asked = client.post("/api/sessions/s1/messages", json={"content": "Who?", "agent_id": crew.id}).json["run"]["id"]
    first = client.post("/api/assignments/claim", json={"agents": ["Crew"]}).json
    assert (first["run_id"], first["from_step"]) == (asked, None)
    held = {"attempt": first["attempt"]}
    step = {"type": "step", "key": "a", "action": "Look", "kind": "tool", "status": "completed", "input": {"at": "sky"}}
    client.post(f"/api/assignments/runs/{asked}/records", json={**held, "first": 0, "records": [step]})
    client.put(f"/api/assignments/runs/{asked}/state", json={**held, "state": {"id": 7}})
    client.post(f"/api/assignments/runs/{asked}/end", json={**held, "status": "failed", "error": "It broke."})
    run = own.runs.get(asked)
    assert run is not None
    assert look(client, run, "step:a")["takes_input"]
    assert begin(client, run, "step:a", input=["sea", 1]).status_code == 202
    again = client.post("/api/assignments/claim", json={"agents": ["Crew"]}).json
    assert again["from_step"] == {
        "run_id": asked, "agent": "Crew", "action": "Look", "kind": "tool", "input": ["sea", 1], "edited": True,
        "state": {"id": 7},
    }  # fmt: skip
