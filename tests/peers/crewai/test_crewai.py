"""A real crew of CrewAI answers: with callbacks to a real server, and by its status alone."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.model_server import Calls, ModelServer, Text
from tests.peers.crewai.server import PYTHON, TOKEN, crew_server
from tests.support.agent_runs import AgentRuns
from tests.support.processes import environment, free_port, process
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.settings import Settings

ANSWER = "The engine was rebuilt by Ada."


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        for _ in range(2):
            server.answer("tools", Calls([("look_up", {"word": "engine"})]), Text("Ada did."))
            server.answer("text", Text(ANSWER))
        yield server


@pytest.fixture
def crew(model: ModelServer, tmp_path: Path) -> Iterator[str]:
    """The address of the crew's API."""
    if not PYTHON.exists():
        pytest.fail("The crew's packages are not installed: run tests/run.sh peers.")
    with crew_server(tmp_path, "engine_crew", model.url) as address:
        yield address


@pytest.fixture
def runs(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[AgentRuns]:
    with ExitStack() as stack:
        yield AgentRuns(stack, settings, database, log, doorbell, ada, tmp_path)


def _told(runs: AgentRuns, run_id: str) -> list[tuple[str, str, str]]:
    return sorted((one.agent_name, one.kind, one.action) for one in runs.steps(run_id))


def test_a_crew_calls_back(runs: AgentRuns, crew: str, settings: Settings, tmp_path: Path) -> None:
    port = free_port()
    env = environment(settings.data_path, public_url=f"http://127.0.0.1:{port}", agent_processes=1, web_concurrency=1)
    server_log = tmp_path / "server.log"
    with process(["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"], env, server_log) as server:
        runs.agent("s", "crewai", {"address": crew, "poll_seconds": 600}, {"token": TOKEN})
        run_id = runs.ask("s")
        runs.wait(run_id, "completed", 90)
        assert runs.answer(run_id) == ANSWER
        assert _told(runs, run_id) == [
            ("Researcher", "model", "Ask scripted-model"), ("Researcher", "model", "Ask scripted-model"),
            ("Researcher", "step", "research"), ("Researcher", "tool", "look_up"),
            ("Skipper of s", "step", "Answer the question"), ("Skipper of s", "step", "Run the crew"),
            ("Writer", "model", "Ask scripted-model"), ("Writer", "step", "write"),
        ]  # fmt: skip
        [tool] = [one for one in runs.steps(run_id) if one.kind == "tool"]
        assert "1957: engine rebuilt by Ada" in str(tool.output)
        server.terminate()
        server.wait(30)
    assert TOKEN not in server_log.read_text()


@pytest.mark.any_database
def test_a_crew_that_cannot_call_back_is_asked(runs: AgentRuns, crew: str) -> None:
    runs.agent("s", "crewai", {"address": crew, "poll_seconds": 1}, {"token": TOKEN})
    runs.start()
    run_id = runs.ask("s")
    runs.wait(run_id, "completed", 90)
    assert runs.answer(run_id) == ANSWER
    runs.agent("t", "crewai", {"address": crew}, {"token": "another"})
    refused = runs.ask("t")
    assert "does not accept the key" in str(runs.wait(refused, "failed", 60).reason)
