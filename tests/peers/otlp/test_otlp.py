"""Real programs with OpenTelemetry's SDK and exporter, watched with two environment variables and nothing else."""

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.model_server import Calls, ModelServer, Text
from tests.support.account import KEY
from tests.support.gunicorn import Server, gunicorn
from tests.support.waiting import wait_until
from utils.project import PROJECT
from utils.settings import Settings

_FOLDER = PROJECT / "tests" / "peers" / "otlp"
_PYTHON = _FOLDER / ".venv" / "bin" / "python"
_MOST_SECONDS = 60


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with gunicorn(settings.data_path, web_concurrency=2) as server:
        yield server


def address_of(server: Server) -> str:
    return f"http://{server.address[0]}:{server.address[1]}"


def start(program: str, argument: str, server: Server, key: str = KEY) -> "subprocess.Popen[str]":
    if not _PYTHON.exists():
        pytest.fail("The programs' packages are not installed: run tests/run.sh peers.")
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": address_of(server),
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{key}",
    }
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables}
    pipe = subprocess.PIPE
    return subprocess.Popen([_PYTHON, _FOLDER / program, argument], env=env, stdout=pipe, stderr=pipe, text=True)


def run(program: str, argument: str, server: Server, key: str = KEY) -> str:
    """What it said, which includes what its exporter complains about."""
    with start(program, argument, server, key) as process:
        output, errors = process.communicate(timeout=_MOST_SECONDS)
    assert process.returncode == 0, errors
    return output + errors


def the_session(server: Server) -> dict[str, Any]:
    """The only one."""
    [session] = json.loads(server.get("/api/sessions"))["sessions"]
    found: dict[str, Any] = session
    return found


def events(server: Server) -> list[dict[str, Any]]:
    """Of the only session."""
    page = json.loads(server.get(f"/api/sessions/{the_session(server)['id']}/activity"))
    found: list[dict[str, Any]] = page["events"]
    return found


def steps(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The last event of each step, by what it does."""
    last = {event["activity_id"]: event for event in found if event["type"] == "agentActivity"}
    named: dict[str, list[dict[str, Any]]] = {}
    for event in last.values():
        named.setdefault(event["action"], []).append(event)
    return named


@pytest.mark.any_database
def test_a_program_with_spans_of_its_own(server: Server) -> None:
    assert run("by_hand.py", f"{address_of(server)}/healthz", server) == ""
    assert the_session(server)["id"] == "watch-7"
    found = events(server)
    named = steps(found)
    assert {action: len(same) for action, same in named.items()} == {
        "invoke_agent Lookout": 1, "chat tiny": 2, "GET": 2, "execute_tool look": 1,
    }  # fmt: skip
    assert Counter(event["kind"] for same in named.values() for event in same) == {
        "step": 1, "model": 2, "other": 2, "tool": 1,
    }  # fmt: skip
    assert {event["agent_name"] for same in named.values() for event in same} == {"Lookout"}
    assert [(event["status"], event["details"]) for event in named["execute_tool look"]] == [
        ("failed", "ValueError: fog")
    ]
    tokens = [event["usage"]["input_tokens"] for event in found if "usage" in event]
    assert sum(tokens) == 10
    assert [event["status"] for event in found if event["type"] == "runUpdate"][-1] == "completed"
    assert [event["delta"] for event in found if event["type"] == "agentMessage"] == ["Fog everywhere."]


def test_an_agent_of_pydantic_ai(server: Server) -> None:
    with ModelServer() as model:
        model.answer("tools", Calls([("look_up", {"word": "engine"})]), Text("Ada rebuilt it."))
        assert run("with_pydantic_ai.py", model.url, server) == ""
    assert the_session(server)["title"].startswith("invoke_agent researcher · ")
    found = events(server)
    named = steps(found)
    assert {action: len(same) for action, same in named.items()} == {
        "invoke_agent researcher": 1, "chat tiny": 2, "execute_tool look_up": 1,
    }  # fmt: skip
    [tool] = named["execute_tool look_up"]
    assert tool["output"] == "1957: engine rebuilt by Ada"
    updates = [event for event in found if event["type"] == "runUpdate"]
    assert (updates[0]["question"], updates[-1]["status"]) == ("Who rebuilt the engine?", "completed")
    assert [event["delta"] for event in found if event["type"] == "agentMessage"] == ["Ada rebuilt it."]


@pytest.mark.any_database
def test_a_wrong_key_is_said_by_the_exporter_and_nothing_is_kept(server: Server) -> None:
    assert "401" in run("by_hand.py", f"{address_of(server)}/healthz", server, key="ringside_wrong")
    assert json.loads(server.get("/api/sessions"))["sessions"] == []


def test_spans_are_stored_when_the_exporter_is_answered(server: Server, settings: Settings) -> None:
    """Every process of the server is killed at once, and all is there with the next server."""
    run("by_hand.py", f"{address_of(server)}/healthz", server)
    before = events(server)
    for pid in (server.pid, *server.workers):
        os.kill(pid, signal.SIGKILL)
    with gunicorn(settings.data_path) as other:
        wait_until(lambda: events(other) == before, 10, "what was stored")
        assert run("by_hand.py", f"{address_of(other)}/healthz", other) == ""
        assert len(steps(events(other))["invoke_agent Lookout"]) == 2
