"""Logs of real sessions of every kind, for the dashboard's tests: what the server has stored, event by event.

    python -m tests.e2e.recordings tests/fixtures/recordings

The programs and the model are the tests'; times and ids are those of the day.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from agents.sample import sample_files
from tests.e2e.agents_page import register
from tests.e2e.browser import HEADLESS_CHROMIUM, chromium, sign_in
from tests.e2e.server import RingsideServer
from tests.model_server import Calls, ModelServer, Status
from tests.support.account import EMAIL, KEY
from tests.support.foreign_server import ForeignServer, Received
from tests.support.recorded import recorded
from tests.support.waiting import wait_until
from utils.project import PROJECT

_SPANS = PROJECT / "tests" / "api" / "protocols" / "fixtures"
_PACKAGE = PROJECT / "sdk" / "python"
Event = dict[str, Any]


def documents(server: RingsideServer) -> list[Event]:
    """The built-in agents answer without a model."""
    session_id = server.new_session(*sample_files())
    for question in ("Who rebuilt the engine of the Solveig?", "How many adults were on board in March?"):
        server.wait_for_end(server.ask(session_id, question))
    return server.events(session_id)


def modelled(server: RingsideServer, model: ModelServer) -> list[Event]:
    """They ask a model, which fails once and is asked again."""
    model.answer("AnswerPlan", Status(500))
    model.answer("tools", Calls([("search", {"query": "engine"}), ("search", {"query": "winter certificate"})]))
    session_id = server.new_session(*sample_files())
    server.wait_for_end(server.ask(session_id, "Who rebuilt the engine of the Solveig?"), 90)
    return server.events(session_id)


def failing(server: RingsideServer, model: ModelServer) -> list[Event]:
    """The model refuses; the run fails."""
    model.answer("text", *[Status(401)] * 4)
    session_id = server.new_session()
    agents = server.http.get("/api/agents").json()["agents"]
    chat = next((one["id"] for one in agents if one["kind"] == "chat"), None)
    assert chat is not None, "register a chat agent first"
    server.http.patch(f"/api/sessions/{session_id}", json={"agent_id": chat}).raise_for_status()
    server.wait_for_end(server.ask(session_id, "Good morning?"))
    return server.events(session_id)


def ag_ui(server: RingsideServer, agent_id: str) -> list[Event]:
    session_id = server.new_session(agent_id=agent_id)
    server.wait_for_end(server.ask(session_id, "How deep is the water at the quay?"))
    return server.events(session_id)


def traced(server: RingsideServer) -> list[Event]:
    """Spans of Pydantic AI."""
    before = {one["id"] for one in server.http.get("/api/sessions").json()["sessions"]}
    headers = {"Content-Type": "application/x-protobuf"}
    server.http.post("/v1/traces", content=(_SPANS / "pydantic-ai.pb").read_bytes(), headers=headers).raise_for_status()
    [new] = [one["id"] for one in server.http.get("/api/sessions").json()["sessions"] if one["id"] not in before]
    return server.events(new)


def coding(server: RingsideServer, folder: Path) -> list[Event]:
    """The hooks of a coding agent."""
    sys.path.insert(0, str(_PACKAGE))
    payloads: dict[str, Any] = {}
    exec((_PACKAGE / "tests" / "hooks" / "payloads.py").read_text(), payloads)
    project = folder / "harbour"
    (project / "src").mkdir(parents=True)
    given = os.environ | {"RINGSIDE_URL": server.url, "RINGSIDE_KEY": KEY, "PYTHONPATH": str(_PACKAGE / "src")}
    for said in payloads["claude_turn"](str(project)):
        command = [sys.executable, "-m", "ringside", "hook", "claude-code"]
        subprocess.run(command, input=json.dumps(said).encode(), env=given, check=True)
    session_id = f"claude-code-{payloads['CLAUDE_SESSION']}"
    wait_until(lambda: any(one.get("status") == "done" for one in server.events(session_id)), 20, "the end")
    return server.events(session_id)


def reported(server: RingsideServer) -> list[Event]:
    """Two agents elsewhere at the same time, of which one asks a person."""
    session_id, run = server.new_session(), {"run_id": "crossing"}

    def tell(*events: Event) -> None:
        body = {"events": [{"session_id": session_id, **run, **event} for event in events]}
        answer = server.http.post(f"/api/sessions/{session_id}/events", json=body)
        assert answer.is_success, answer.text

    def step(id: str, agent: str, action: str, status: str, **more: Any) -> Event:
        named = {"activity_id": id, "agent_name": agent, "action": action, "status": status}
        return {"type": "agentActivity"} | named | more

    tell({"type": "runUpdate", "status": "running", "question": "Plan the 7:15 crossing."})
    tell(step("plan", "Planner", "Plan the crossing", "started"), step("look", "Lookout", "Watch the ice", "started"))
    for at in range(4):
        call = {"kind": "tool", "parent_id": "look", "input": {"radius_m": 200 * (at // 2 + 1)}}
        tell(step(f"r{at}", "Lookout", "search_harbour", "started", **call))
        how = {"status": "failed", "details": "The radar does not answer."} if at == 0 else {"status": "completed"}
        tell(step(f"r{at}", "Lookout", "search_harbour", output={"boats": at}, **({"kind": "tool"} | how)))
    tell(step("hand", "Planner", "Hand over to Mate", "completed", kind="handoff", input={"to": "Mate"}))
    missing = {"code": "no_tide", "message": "The tide table of today is missing.", "agent_name": "Planner"}
    tell({"type": "error", **missing})
    asked = {
        **run, "activity_id": "ask", "agent_name": "Planner", "action": "Sail at 7:15",
        "question": "May she sail with 83 on board?",
    }  # fmt: skip
    made = server.http.post(f"/api/sessions/{session_id}/approvals", json=asked)
    assert made.is_success, made.text
    tell({"type": "runUpdate", "status": "waiting", "reason": "The harbour master is asked."})
    decision = {"choice": "approve", "comment": "Keep a second lookout forward."}
    server.http.post(f"/api/approvals/{made.json()['id']}/decision", json=decision).raise_for_status()
    said = {"type": "agentMessage", "message_id": "m", "agent_name": "Planner"}
    used = {"model": "fake", "input_tokens": 1200, "output_tokens": 34, "cost": 0.02, "currency": "EUR"}
    tell(
        {"type": "runUpdate", "status": "running"},
        step("write", "Planner", "Write the plan", "completed", kind="model", parent_id="plan", usage=used),
        step("look", "Lookout", "Watch the ice", "completed"),
        {**said, "delta": "She sails at 7:15. ", "final": False},
        {**said, "delta": "83 are on board.", "final": True},
        step("plan", "Planner", "Plan the crossing", "completed"),
        {"type": "runUpdate", "status": "completed"},
    )
    return server.events(session_id)


def made(folder: Path) -> Iterator[tuple[str, list[Event]]]:
    def replays(call: Received) -> Iterator[bytes]:
        yield recorded("ag_ui/langgraph")

    with ExitStack() as open_now:
        enter = open_now.enter_context
        for name in ("built-in", "model"):
            (folder / name).mkdir()
        plain = enter(RingsideServer(folder / "built-in"))
        yield "documents", documents(plain)
        yield "traced", traced(plain)
        yield "coding", coding(plain, folder)
        yield "reported", reported(plain)
        model = enter(ModelServer())
        settings = {"openai_api_key": "test", "openai_base_url": model.url, "openai_model": "scripted"}
        asking = enter(RingsideServer(folder / "model", **settings))
        context = enter(chromium(HEADLESS_CHROMIUM)).new_context(base_url=asking.url)
        sign_in(context, EMAIL)
        yield "modelled", modelled(asking, model)
        register(context, "Small talk", {"kind": "chat", "source": "server"})
        yield "failing", failing(asking, model)
        graph = enter(ForeignServer({("POST", "/agent"): replays}))
        graph_id = register(context, "Depths", {"kind": "ag_ui", "address": f"{graph.url}/agent"})
        yield "ag-ui", ag_ui(asking, graph_id)


def main(into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, events in made(Path(folder)):
            lines = ",\n".join(json.dumps(event, ensure_ascii=False) for event in events).replace(folder, "/home/ada")
            (into / f"{name}.json").write_text(f"[\n{lines}\n]\n")
            print(f"{name}: {len(events)} events")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
