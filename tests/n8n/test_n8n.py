"""Real workflows of a real n8n answer questions, through real agent processes that are killed."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from pydantic import SecretStr

from agents.backends.base import Registration
from agents.backends.kinds import KINDS
from agents.errors import AgentError
from tests.n8n.model import ANSWER, model_server
from tests.n8n.n8n_server import PROGRAM, N8n, n8n_server
from tests.support.agent_runs import AgentRuns
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.settings import Settings

pytestmark = pytest.mark.any_database
RUN, ROOT = "Run the n8n workflow", "Answer the question"


@pytest.fixture(scope="module")
def n8n(tmp_path_factory: pytest.TempPathFactory) -> Iterator[N8n]:
    if not PROGRAM.exists():
        pytest.fail("n8n is not installed: run tests/run.sh n8n.")
    with model_server() as model, n8n_server(tmp_path_factory.mktemp("n8n"), f"{model.url}/v1") as n8n:
        yield n8n


@pytest.fixture
def runs(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[AgentRuns]:
    with ExitStack() as stack:
        yield AgentRuns(stack, settings, database, log, doorbell, ada, tmp_path)


def agent(runs: AgentRuns, n8n: N8n, path: str, *, key: bool = True) -> None:
    secrets = {"n8n_api_key": n8n.api_key} if key else {}
    runs.agent("s", "n8n", {"address": f"{n8n.url}/webhook/{path}"}, secrets)


def executions(n8n: N8n, run_id: str) -> int:
    """How many executions n8n has that were given this run, those that run included."""
    found = 0
    for status in ("status=running&", ""):
        asked = Request(f"{n8n.url}/api/v1/executions?{status}includeData=true&limit=100")
        asked.add_header("X-N8N-API-KEY", n8n.api_key)
        with urlopen(asked, timeout=20) as answer:
            found += answer.read().decode().count(f'"runId":"{run_id}"') > 0
    return found


@pytest.mark.parametrize(("path", "trigger"), [("agent", "Webhook"), ("chat/chat", "Chat")])
def test_an_agent_of_n8n_streams_and_its_tools_and_models_are_told(
    runs: AgentRuns, n8n: N8n, path: str, trigger: str
) -> None:
    agent(runs, n8n, path)
    run_id = runs.ask("s")
    runs.start()
    runs.wait(run_id, "completed", 60)
    assert runs.answer(run_id) == f"{ANSWER} "
    steps = {step.action: step for step in runs.steps(run_id)}
    assert set(steps) == {trigger, "Model", "look_up", "AI Agent", RUN, ROOT}
    assert (steps["look_up"].kind, steps["Model"].kind) == ("tool", "model")
    assert "rebuilt by Ada" in str(steps["look_up"].output)
    assert steps["look_up"].parent_id == steps["Model"].parent_id == steps["AI Agent"].activity_id
    assert steps["Model"].usage is not None
    assert str(steps[RUN].link).startswith(f"{n8n.url}/workflow/")


def test_without_a_key_the_nodes_that_stream_are_told(runs: AgentRuns, n8n: N8n) -> None:
    agent(runs, n8n, "agent", key=False)
    run_id = runs.ask("s")
    runs.start()
    runs.wait(run_id, "completed", 60)
    assert runs.answer(run_id) == f"{ANSWER} "
    assert [step.action for step in runs.steps(run_id)] == ["AI Agent", "AI Agent", RUN, ROOT]


@pytest.mark.parametrize(
    ("path", "key", "answer"),
    [
        ("items", False, "One: Who rebuilt the engine?\n\nTwo."),
        ("items", True, "One: Who rebuilt the engine?\n\nTwo."),
        ("plain", False, "Plain."),
        ("at-once", True, "Later."),
    ],
)
def test_other_ways_to_respond(runs: AgentRuns, n8n: N8n, path: str, key: bool, answer: str) -> None:
    agent(runs, n8n, path, key=key)
    run_id = runs.ask("s")
    runs.start()
    runs.wait(run_id, "completed", 60)
    assert runs.answer(run_id) == answer


@pytest.mark.parametrize(
    ("path", "key", "words"),
    [
        ("broken", True, "The n8n workflow failed at “Code”: the tool broke"),
        ("broken", False, "The n8n workflow failed at “Code”. Its webhook gives no reason"),
        ("idle", False, "n8n has no active workflow at this address."),
        ("at-once", False, "its webhook does not wait for the answer"),
    ],
)
def test_failures_are_told(runs: AgentRuns, n8n: N8n, path: str, key: bool, words: str) -> None:
    agent(runs, n8n, path, key=key)
    run_id = runs.ask("s")
    runs.start()
    reason = str(runs.wait(run_id, "failed", 60).reason)
    assert words in reason
    assert "node_modules" not in reason


def test_a_killed_process_starts_nothing_again_and_the_answer_arrives(runs: AgentRuns, n8n: N8n) -> None:
    agent(runs, n8n, "slow")
    run_id = runs.ask("s")
    first = runs.start()
    wait_until(lambda: executions(n8n, run_id) == 1, 20, "the execution")
    first.send_signal(signal.SIGKILL)
    runs.start()
    ended = runs.wait(run_id, "completed", 60)
    assert (runs.answer(run_id), ended.losses, executions(n8n, run_id)) == ("Late.", 1, 1)


def test_a_stop_says_that_this_n8n_cannot_be_stopped(runs: AgentRuns, n8n: N8n) -> None:
    agent(runs, n8n, "slow")
    run_id = runs.ask("s")
    runs.start()
    wait_until(lambda: executions(n8n, run_id) == 1, 20, "the execution")
    runs.cancel(run_id)
    assert runs.wait(run_id, "cancelled").reason == "Stopped here; n8n goes on, and nobody listens."


@pytest.mark.parametrize(
    ("path", "key", "words"),
    [
        ("agent", None, "n8n has an active workflow at this address."),
        ("chat/chat", "its own", "n8n has an active workflow at this address. Its API accepts the key."),
        ("idle", None, "n8n has no active workflow at this address."),
        ("nowhere", None, "n8n has no active workflow at this address."),
        ("agent", "another", "n8n's API does not accept the key"),
    ],
)
def test_the_connection_is_tested(n8n: N8n, path: str, key: str | None, words: str) -> None:
    kind = KINDS["n8n"]
    given = kind.configuration.model_validate({"kind": "n8n", "address": f"{n8n.url}/webhook/{path}"})
    known: dict[str, Any] = {"n8n_api_key": SecretStr(n8n.api_key if key == "its own" else key)} if key else {}
    assert kind.test is not None
    try:
        said = asyncio.run(kind.test(Registration(1, "Skipper", "", given, known.get), Settings(_env_file=None)))
    except AgentError as error:
        said = error.message
    assert words in said
