"""Real graphs on a real LangGraph server answer questions, through real agent processes that are killed."""

import asyncio
import json
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
from utils.sessions.approval import ApprovalRecord
from utils.sessions.approvals import Approvals, Decider
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


def test_failures_are_told(runs: AgentRuns, address: str) -> None:
    runs.agent("s", "langgraph_server", {"address": address})
    run_id = runs.ask("s", "Please fail")
    runs.start()
    reason = str(runs.wait(run_id, "failed").reason)
    [error] = runs.errors(run_id)
    words = "the tool broke (ValueError)"
    assert (error.code, words in error.message, words in reason) == ("langgraph_failed", True, True)


class People:
    """Who decide what a run asks."""

    def __init__(self, approvals: Approvals, ada: UserRecord) -> None:
        self._approvals, self._ada = approvals, ada

    def asked(self, count: int = 1) -> list[ApprovalRecord]:
        def open_ones() -> list[ApprovalRecord]:
            return self._approvals.page(self._ada).items

        wait_until(lambda: len(open_ones()) == count, 30, f"{count} questions")
        return open_ones()

    def decide(self, approval: ApprovalRecord, choice: str, values: Any = None, comment: str | None = None) -> None:
        self._approvals.decide(approval.id, Decider(self._ada, "dashboard"), choice, values, comment)


@pytest.fixture
def people(approvals: Approvals, ada: UserRecord) -> People:
    return People(approvals, ada)


@pytest.mark.parametrize(("choice", "told"), [("approve", [True]), ("reject", [False]), ("respond", ["Slowly."])])
def test_a_graph_asks_a_person_and_goes_on_with_the_decision(
    runs: AgentRuns, address: str, people: People, choice: str, told: Any
) -> None:
    runs.agent("s", "langgraph_server", {"address": address})
    run_id = runs.ask("s", "I need a permission")
    runs.start()
    [approval] = people.asked()
    assert (approval.question, approval.context) == ("May I start the engine?", {"question": "May I start the engine?"})
    runs.wait(run_id, "waiting")
    people.decide(approval, choice, {"answer": "Slowly."} if choice == "respond" else None)
    runs.wait(run_id, "completed")
    assert runs.answer(run_id) == ANSWER
    assert told_to_graph(runs, run_id) == told
    ends = [step for step in runs.steps(run_id) if step.kind == "approval"]
    assert len(ends) == 1
    prepared = [step for step in runs.events(run_id) if isinstance(step, AgentActivity) and step.action == "prepare"]
    assert [step.status for step in prepared] == ["started", "waiting", "completed"]


def told_to_graph(runs: AgentRuns, run_id: str) -> Any:
    """What the graph says it was told: the output of its node."""
    [prepared] = [step for step in runs.steps(run_id) if step.action == "prepare"]
    said = str(prepared.output["messages"][0]["content"])
    return json.loads(said.removeprefix("Decided: "))


def test_a_node_that_asks_twice_is_answered_twice(runs: AgentRuns, address: str, people: People) -> None:
    """Both interrupts have the same id."""
    runs.agent("s", "langgraph_server", {"address": address})
    run_id = runs.ask("s", "I need a permission again")
    runs.start()
    [first] = people.asked()
    people.decide(first, "approve")
    wait_until(lambda: people.asked()[0].id != first.id, 30, "the second question")
    [second] = people.asked()
    assert second.question == "How fast?"
    people.decide(second, "respond", {"answer": "Full speed."})
    runs.wait(run_id, "completed")
    assert told_to_graph(runs, run_id) == [True, "Full speed."]


@pytest.mark.parametrize(
    ("choice", "values", "told"),
    [
        ("accept", None, {"type": "accept", "args": None}),
        ("edit", {"speed": 1}, {"type": "edit", "args": {"action": "start", "args": {"speed": 1}}}),
        ("respond", {"answer": "Wait."}, {"type": "response", "args": "Wait."}),
        ("ignore", None, {"type": "ignore", "args": None}),
    ],
)
def test_a_tool_that_asks_as_langgraph_has_it_is_answered_so(
    runs: AgentRuns, address: str, people: People, choice: str, values: Any, told: Any
) -> None:
    runs.agent("s", "langgraph_server", {"address": address})
    run_id = runs.ask("s", "I need a permission for a tool")
    runs.start()
    people.decide(people.asked()[0], "approve")
    wait_until(lambda: people.asked()[0].context != {"question": "May I start the engine?"}, 30, "the tool")
    [approval] = people.asked()
    assert [one.id for one in approval.choices] == ["accept", "edit", "respond", "ignore"]
    people.decide(approval, choice, values)
    runs.wait(run_id, "completed")
    assert told_to_graph(runs, run_id) == [True, told]


def test_two_who_are_asked_at_once_are_both_waited_for(runs: AgentRuns, address: str, people: People) -> None:
    runs.agent("s", "langgraph_server", {"address": address, "assistant": "parallel", "input_key": "question"})
    run_id = runs.ask("s", "Who sails?")
    runs.start()
    first, second = people.asked(2)
    people.decide(first, "approve")
    wait_until(lambda: runs.run(run_id).attempt > 1, 30, "a look")
    runs.wait(run_id, "waiting")
    people.decide(second, "reject")
    runs.wait(run_id, "completed")
    answers = {approval.question.partition(",")[0]: n == 0 for n, approval in enumerate((first, second))}
    assert runs.answer(run_id) == f"Ada: {answers['Ada']}, Max: {answers['Max']}"


def test_a_killed_process_leaves_the_decision_to_another(runs: AgentRuns, address: str, people: People) -> None:
    runs.agent("s", "langgraph_server", {"address": address})
    run_id = runs.ask("s", "I need a permission, and be slow")
    first = runs.start()
    [approval] = people.asked()
    runs.wait(run_id, "waiting")
    people.decide(approval, "approve")
    wait_until(lambda: runs.run(run_id).status == "running", 30, "the graph at work again")
    first.send_signal(signal.SIGKILL)
    runs.start()
    runs.wait(run_id, "completed")
    assert (runs.answer(run_id), told_to_graph(runs, run_id)) == (ANSWER, [True])


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({}, "has the assistant “agent”, and its graph takes “messages”."),
        ({"assistant": "letter"}, "The graph does not take “messages”. It takes “question”, “answer”."),
        ({"assistant": "crew"}, "has no assistant “crew”. It has “agent”, “letter”, “parallel”."),
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
