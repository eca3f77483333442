"""A real agent behind a real AG-UI endpoint answers the runs of real agent processes."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.backends.kinds import KINDS
from agents.connectors.ag_ui import AgUiConfiguration
from tests.model_server import Calls, ModelServer, Text
from tests.support.processes import agent_process, environment, free_port
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, AgentMessage, LoggedEvent
from utils.project import PROJECT
from utils.registry.agent_registry import AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

_FOLDER = PROJECT / "tests" / "peers" / "ag_ui"
_PYTHON = _FOLDER / ".venv" / "bin" / "python"


class Site:
    """The foreign agent with its model, a session that it answers, and agent processes."""

    def __init__(
        self, stack: ExitStack, settings: Settings, database: Database, log: ActivityLog, queue: RunQueue,
        ada: UserRecord, doorbell: Doorbell, folder: Path,
    ) -> None:  # fmt: skip
        self.ada, self.approvals = ada, Approvals(database, log, doorbell)
        self.log, self.queue, self.runs, self.messages = log, queue, Runs(database), Messages(database)
        self.model = stack.enter_context(ModelServer())
        self.address = self._serve(stack, folder)
        registry = AgentRegistry(database, lambda: ServerKey.of(settings), KINDS)
        given = AgUiConfiguration(kind="ag_ui", address=self.address)
        agent = registry.create(ada.team_key, name="Researcher", configuration=given)
        self.session = Sessions(database).create("s", owner=ada, agent_key=agent.key)
        self._stack, self.output = stack, folder / "agents.log"
        self._environment = environment(settings.data_path, lease_seconds=2)

    def _serve(self, stack: ExitStack, folder: Path) -> str:
        if not _PYTHON.exists():
            pytest.fail("The agent's packages are not installed: run tests/run.sh peers.")
        port, log = free_port(), stack.enter_context((folder / "ag-ui.log").open("wb"))
        server = subprocess.Popen([_PYTHON, _FOLDER / "server.py", str(port), self.model.url], stdout=log, stderr=log)
        stack.callback(server.wait, 10)
        stack.callback(server.kill)

        def answers() -> bool:
            assert server.poll() is None, (folder / "ag-ui.log").read_text()
            try:
                return httpx2.get(f"http://127.0.0.1:{port}/agent/health").status_code == 200
            except httpx2.HTTPError:
                return False

        wait_until(answers, 60, "the AG-UI agent")
        return f"http://127.0.0.1:{port}/agent"

    def start(self) -> Any:
        return self._stack.enter_context(agent_process(self._environment, self.output))

    def ask(self, question: str) -> str:
        requested = self.queue.request("s", question)
        assert requested is not None
        return requested[1].id

    def ended(self, run_id: str) -> RunRecord:
        def found() -> RunRecord | None:
            run = self.runs.get(run_id)
            return run if run is not None and run.ended else None

        return wait_until(found, 30, "the end of the run")

    def events(self, run_id: str) -> list[LoggedEvent]:
        run = self.runs.get(run_id)
        assert run is not None
        return list(self.log.run_events("s", run_id, run.first_seq))

    def steps(self, run_id: str) -> list[tuple[str, str]]:
        """(action, status) of the steps that ended, without the one around all."""
        events = [event for event in self.events(run_id) if isinstance(event, AgentActivity)]
        ended = [event for event in events if event.status in ("completed", "failed", "cancelled")]
        return [(event.action, event.status) for event in ended if event.parent_id is not None]


@pytest.fixture
def site(
    settings: Settings,
    database: Database,
    log: ActivityLog,
    run_queue: RunQueue,
    ada: UserRecord,
    doorbell: Doorbell,
    tmp_path: Path,
) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(stack, settings, database, log, run_queue, ada, doorbell, tmp_path)


@pytest.mark.any_database
def test_it_answers_with_its_tools_and_remembers_the_conversation(site: Site) -> None:
    site.start()
    site.model.answer("tools", Calls([("look_up", {"word": "engine"})]), Text("Ada rebuilt it."), Text("In 1957."))
    first = site.ask("Who rebuilt the engine?")
    assert site.ended(first).status == "completed", site.ended(first).reason
    assert site.steps(first) == [
        ("model", "completed"), ("look_up", "completed"), ("tools", "completed"), ("model", "completed"),
        ("Ask the agent", "completed"),
    ]  # fmt: skip
    written = [event.delta for event in site.events(first) if isinstance(event, AgentMessage)]
    assert "".join(written) == "Ada rebuilt it."
    second = site.ask("When?")
    assert site.ended(second).status == "completed", site.ended(second).reason
    assert [message.content for message in site.messages.page(site.session.key).items] == [
        "Who rebuilt the engine?", "Ada rebuilt it.", "When?", "In 1957.",
    ]  # fmt: skip
    asked = [message["content"] for message in site.model.requests[-1]["messages"] if message["role"] != "tool"]
    assert [words for words in asked if words] == ["Who rebuilt the engine?", "Ada rebuilt it.", "When?"]


@pytest.mark.any_database
def test_what_it_asks_a_person_waits_for_the_decision_and_goes_on(site: Site) -> None:
    process = site.start()
    site.model.answer("tools", Calls([("ask_captain", {"what": "Sail?"})]), Text("We sail."))
    run_id = site.ask("Sail")
    [approval] = wait_until(lambda: site.approvals.page(site.ada).items, 30, "the question")
    assert approval.question == "Sail?"
    process.kill()  # what waits needs no process
    process.wait(10)
    decider = Decider(site.ada, "dashboard")
    site.approvals.decide(approval.id, decider, "respond", {"answer": "At noon"}, None)
    site.start()
    run = site.ended(run_id)
    assert run.status == "completed", run.reason
    assert site.messages.page(site.session.key).items[-1].content == "We sail."
    [told] = [one["content"] for one in site.model.requests[-1]["messages"] if one["role"] == "tool"]
    assert told == "At noon"
    assert ("ask_captain", "completed") in site.steps(run_id)


def test_a_killed_agent_process_starts_nothing_twice(site: Site) -> None:
    site.model.answer("tools", Text("One word at a time and slowly so that it is killed", piece=3, pause=0.3))
    process = site.start()
    run_id = site.ask("Who rebuilt the engine?")
    wait_until(
        lambda: any(isinstance(event, AgentMessage) for event in site.events(run_id)), 20, "the answer's beginning"
    )
    process.send_signal(signal.SIGKILL)
    site.start()
    run = site.ended(run_id)
    assert run.status == "failed"
    assert "it was not started again" in str(run.reason)
    assert len(site.model.requests) == 1
