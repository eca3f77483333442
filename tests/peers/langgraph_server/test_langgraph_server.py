"""Real graphs on a real LangGraph server answer questions, through real agent processes that are killed."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agents.backends.base import Registration
from agents.backends.kinds import KINDS
from agents.errors import AgentError
from tests.peers.langgraph_server.server import PROGRAM, langgraph_server
from tests.support.agent_runs import AgentRuns
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity
from utils.settings import Settings

pytestmark = pytest.mark.any_database
ANSWER = "The engine was rebuilt by Ada. "
ROOT = "Answer the question"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not PROGRAM.exists():
        pytest.fail("The LangGraph server is not installed: run tests/run.sh peers.")
    with langgraph_server(tmp_path_factory.mktemp("langgraph")) as address:
        yield address


@pytest.fixture
def runs(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[AgentRuns]:
    with ExitStack() as stack:
        yield AgentRuns(stack, settings, database, log, doorbell, ada, tmp_path)


def moves(runs: AgentRuns, run_id: str) -> bool:
    """Whether the graph has begun to work."""
    events = runs.events(run_id)
    return any(isinstance(one, AgentActivity) and one.status == "in-progress" and one.details for one in events)


def test_a_conversation_over_two_questions(runs: AgentRuns, address: str) -> None:
    runs.agent("s", "langgraph_server", {"address": address})
    runs.start()
    for question in ("Who rebuilt the engine?", "And who else?"):
        run_id = runs.ask("s", question)
        runs.wait(run_id, "completed")
        assert runs.answer(run_id) == ANSWER
        steps = [step.action for step in runs.steps(run_id)]
        assert steps == ["prepare", "think", "look_up", "tools", "think", "Run the graph", ROOT]
    [tool] = [step for step in runs.steps(run_id) if step.kind == "tool"]
    assert (tool.input, tool.output) == ({"word": "engine"}, "1957: engine rebuilt by Ada")
    used = [step.usage for step in runs.steps(run_id) if step.usage is not None]
    assert sum(usage.input_tokens for usage in used) == 24


def test_a_graph_with_a_state_of_its_own(runs: AgentRuns, address: str) -> None:
    runs.agent("s", "langgraph_server", {"address": address, "assistant": "letter", "input_key": "question"})
    run_id = runs.ask("s", "Who did it?")
    runs.start()
    runs.wait(run_id, "completed")
    assert runs.answer(run_id) == "Dear reader, Who did it? The engine was rebuilt by Ada."


def test_a_killed_process_joins_the_run_again(runs: AgentRuns, address: str) -> None:
    runs.agent("s", "langgraph_server", {"address": address})
    run_id = runs.ask("s", "A slow question")
    first = runs.start()
    wait_until(lambda: moves(runs, run_id), 20, "the graph at work")
    first.send_signal(signal.SIGKILL)
    runs.start()
    ended = runs.wait(run_id, "completed")
    assert (ended.attempt, runs.answer(run_id)) == (2, ANSWER)
    steps = [step.action for step in runs.steps(run_id)]
    assert steps == ["prepare", "think", "look_up", "tools", "think", "Run the graph", ROOT]


def test_a_stop_is_confirmed(runs: AgentRuns, address: str) -> None:
    runs.agent("s", "langgraph_server", {"address": address})
    run_id = runs.ask("s", "A slow question")
    runs.start()
    wait_until(lambda: moves(runs, run_id), 20, "the graph at work")
    runs.cancel(run_id)
    assert runs.wait(run_id, "cancelled").reason == "Stopped; LangGraph confirmed it."
    second = runs.ask("s", "Who rebuilt the engine?")
    runs.wait(second, "completed")
    assert runs.answer(second) == ANSWER


@pytest.mark.parametrize(
    ("question", "code", "words"),
    [
        ("Please fail", "langgraph_failed", "the tool broke (ValueError)"),
        ("I need a permission", "langgraph_asks", "“May I start the engine?”"),
    ],
)
def test_failures_and_questions_are_told(runs: AgentRuns, address: str, question: str, code: str, words: str) -> None:
    runs.agent("s", "langgraph_server", {"address": address})
    run_id = runs.ask("s", question)
    runs.start()
    reason = str(runs.wait(run_id, "failed").reason)
    [error] = runs.errors(run_id)
    assert (error.code, words in error.message, words in reason) == (code, True, True)


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({}, "has the assistant “agent”, and its graph takes “messages”."),
        ({"assistant": "letter"}, "The graph does not take “messages”. It takes “question”, “answer”."),
        ({"assistant": "crew"}, "has no assistant “crew”. It has “agent”, “letter”."),
    ],
)
def test_the_connection_is_tested(address: str, configuration: dict[str, Any], words: str) -> None:
    kind = KINDS["langgraph_server"]
    given = kind.configuration.model_validate({"kind": kind.name, "address": address, **configuration})
    assert kind.test is not None
    try:
        said = asyncio.run(kind.test(Registration(1, "Skipper", "", given, lambda _: None), Settings(_env_file=None)))
    except AgentError as error:
        said = error.message
    assert words in said
