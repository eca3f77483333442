"""Through a link that hides tool data, nothing of it comes out, whichever way it came in.

Canaries are planted wherever a program may put what a tool was given, what it said and what it is called; then
everything is read that a guest can read.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from agents.connectors.remote import RemoteConfiguration
from agents.errors import AgentError
from agents.telling.narration import Narration
from agents.telling.steps import Record, listening, step
from api.access.identity import link_cookie
from api.services import Services
from tests.support.browser import Browser
from tests.support.canaries import Canaries
from tests.support.spans import agent, chat, export, span
from utils.accounts.principal import UserRecord
from utils.findings.finding import Found
from utils.findings.findings import Place
from utils.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With heartbeats, so that nobody waits for ever on a stream."""
    return settings.model_copy(update={"heartbeat_seconds": 0.2})


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


def everything(app: Flask, own: Services, ada: UserRecord, session_id: str, *, hides: bool) -> dict[str, str]:
    """What a guest can read of the session, by address."""
    session = own.sessions.ownership(session_id)
    assert session is not None
    _, secret = own.spectator_links.create(session.key, ada.key, timedelta(hours=1), hides)
    guest = Browser(app)
    guest.set_cookie(link_cookie(session_id), secret)
    path = f"/api/sessions/{session_id}"
    addresses = (path, *(f"{path}/{part}" for part in ("activity", "messages", "runs", "documents")))
    found = {}
    for address in addresses:
        response = guest.get(address)
        assert response.status_code == 200
        found[address] = response.text
    position = own.log.position(session_id)
    assert position is not None
    with closing(guest.get(f"/sse/agent-activity/{session_id}", buffered=False)) as response:
        found["the stream"] = _up_to(position.head, response.iter_encoded())
    for address in ("/api/sessions", "/api/changes", f"{path}/export", "/api/sessions?query=canary"):
        assert guest.get(address).status_code == 401
    return found


def _up_to(head: int, chunks: Iterator[bytes]) -> str:
    seen = b""
    for chunk in chunks:
        seen += chunk
        if f"id: {head}\n".encode() in seen and seen.endswith(b"\n\n"):
            break
    return seen.decode()


def assert_hidden(app: Flask, own: Services, ada: UserRecord, session_id: str, canaries: Canaries) -> None:
    """And that each canary would be found: one that is nowhere proves nothing."""
    open_to = everything(app, own, ada, session_id, hides=False)
    seen = {one.partition(" in ")[0] for place, text in open_to.items() for one in canaries.found_in(place, text)}
    assert seen == canaries.names, "it was not planted where anybody could see it"
    hidden = everything(app, own, ada, session_id, hides=True)
    assert [one for place, text in hidden.items() for one in canaries.found_in(place, text)] == []
    for text in hidden.values():
        assert "canary" not in text


def test_of_what_programs_emit(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, canaries: Canaries
) -> None:
    """The SDK, its integrations and the hooks of coding agents send such events."""
    plant = canaries.plant
    client.post("/api/sessions", json={"id": "s1"})
    of_run = {"session_id": "s1", "run_id": "r"}
    call = {**of_run, "type": "agentActivity", "activity_id": "a", "agent_name": "A", "kind": "tool"}
    events = [
        {**of_run, "type": "runUpdate", "status": "running", "question": "Why?"},
        {**call, "status": "started", "action": f"look_up({plant('name')})", "input": {"a": [plant("input")]}},
        {**call, "status": "failed", "action": "look_up", "details": plant("failure"), "output": plant("output")},
        {**call, "activity_id": "b", "kind": "step", "action": "Think", "status": "completed",
         "details": plant("words of a step"), "link": f"http://a.example/{plant('link')}"},
        {**of_run, "type": "agentStatusUpdate", "agent_name": "A", "status": "failed", "details": plant("status")},
        {**of_run, "type": "agentMessage", "message_id": "t", "agent_name": "A", "delta": plant("thought"),
         "channel": "reasoning", "activity_id": "b"},
        {**of_run, "type": "error", "code": "c", "message": plant("error"), "activity_id": "a"},
        {**of_run, "type": "agentMessage", "message_id": "m", "agent_name": "A", "delta": "So.", "final": True},
        {**of_run, "type": "runUpdate", "status": "failed", "reason": plant("reason")},
    ]  # fmt: skip
    assert client.post("/api/sessions/s1/events", json={"events": events}).status_code == 201
    assert_hidden(app, own, ada, "s1", canaries)


def test_of_what_people_are_asked_and_decide(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, canaries: Canaries
) -> None:
    plant = canaries.plant
    client.post("/api/sessions", json={"id": "s1"})
    asked = {
        "activity_id": "a", "agent_name": "A", "action": "Pay", "question": plant("question"),
        "context": {"tool": [plant("context")]}, "choices": [{"id": "yes", "label": plant("choice")}],
        "form": {"type": "object", "title": plant("form")},
    }  # fmt: skip
    approval = client.post("/api/sessions/s1/approvals", json=asked).json
    decision = {"choice": "yes", "values": {"a": plant("values")}, "comment": plant("comment")}
    assert client.post(f"/api/approvals/{approval['id']}/decision", json=decision).status_code == 200
    assert_hidden(app, own, ada, "s1", canaries)


def test_of_what_makes_a_run_look_stuck(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, canaries: Canaries
) -> None:
    plant = canaries.plant
    client.post("/api/sessions", json={"id": "s1"})
    session = own.sessions.get("s1")
    assert session is not None
    found = Found("repeats", plant("sentence"), 0, "Scout", "1")
    assert own.findings.begin(Place(session.key, "s1", "r"), found) is not None
    assert client.get("/api/sessions/s1").json["findings"][0]["sentence"] == found.sentence
    assert_hidden(app, own, ada, "s1", canaries)


def test_of_what_opentelemetry_tells(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, canaries: Canaries
) -> None:
    plant = canaries.plant
    says = {
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": plant("name"),
        "gen_ai.tool.call.arguments": json.dumps({"a": plant("input")}), "gen_ai.tool.call.result": plant("output"),
    }  # fmt: skip
    called = span(3, 2, "execute_tool", says=says)
    broken = span(4, 2, "execute_tool", says={**says, "gen_ai.tool.name": "t"}, failed=plant("failure"))
    failing = agent(2, 1, failed=f"The tool says {plant('words of the failure around it')}")
    sent = export(agent(1, says={"gen_ai.conversation.id": "s1"}, failed=plant("reason")), failing, called, broken)
    assert client.post("/v1/traces", json=sent).status_code == 200
    assert client.post("/v1/traces", json=export(chat(5, 2))).status_code == 200
    [session] = client.get("/api/sessions").json["sessions"]
    assert_hidden(app, own, ada, session["id"], canaries)


def test_of_what_a_program_answers(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, canaries: Canaries
) -> None:
    plant = canaries.plant
    program = own.agents.create(ada.team_key, name="Program", configuration=RemoteConfiguration(kind="remote"))
    client.post("/api/sessions", json={"id": "s1", "agent_id": program.id})
    run_id = client.post("/api/sessions/s1/messages", json={"content": "Why?"}).json["run"]["id"]
    assert client.post("/api/assignments/claim", json={}).status_code == 200
    path, of_step = f"/api/assignments/runs/{run_id}", {"type": "step", "key": "a", "agent": "A", "kind": "tool"}
    records = [
        {**of_step, "status": "started", "action": plant("name"), "input": plant("input")},
        {**of_step, "status": "failed", "action": "t", "details": plant("failure"), "output": [plant("output")]},
    ]
    told = client.post(f"{path}/records", json={"attempt": 1, "first": 0, "records": records})
    assert told.status_code == 200, told.text
    ended = client.post(f"{path}/end", json={"attempt": 1, "status": "failed", "error": plant("error")})
    assert ended.status_code == 200, ended.text
    assert_hidden(app, own, ada, "s1", canaries)


def test_of_what_our_own_agents_and_connectors_do(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, canaries: Canaries
) -> None:
    """All of them tell by steps, whoever answers behind them."""
    plant, heard = canaries.plant, list[Record]()
    client.post("/api/sessions", json={"id": "s1"})
    failure = AgentError("c", f"It says {plant('failure')}")

    def work() -> None:
        with listening(heard.append), step("Answer", agent="A", key="k") as around:
            with step(plant("name"), kind="tool", input={"a": plant("input")}) as call:
                call.move(plant("progress"))
                call.output, call.details = plant("output"), plant("words")
                call.reason(plant("thought"))
            around.trouble("t", plant("trouble"))
            with step("Try", kind="tool"):
                raise failure

    with pytest.raises(AgentError):
        work()
    narration = Narration("s1", "r", 1)
    events = [*narration.begin(), *(event for record in heard for event in narration.tell(record))]
    error, reason = narration.failure(failure)
    events += [*narration.wait(plant("wait")), *narration.end("failed", reason), error]
    own.log.append("s1", events)
    assert_hidden(app, own, ada, "s1", canaries)
