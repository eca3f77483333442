"""An agent process is killed while a system outside works: nothing is started or told twice, and the answer arrives."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.agent_runs import AgentRuns
from tests.support.foreign_server import ForeignServer, Received, answer, head, json_answer
from tests.support.recorded import FIXTURES, body
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentMessage
from utils.settings import Settings

ANSWER = "The engine was rebuilt by Ada. "
SECRETS = {"token": "canary-of-the-webhook-1234567890", "n8n_api_key": "canary-of-the-api-1234567890"}


@pytest.fixture
def server() -> Iterator[ForeignServer]:
    with ForeignServer() as server:
        yield server


@pytest.fixture
def runs(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[AgentRuns]:
    with ExitStack() as stack:
        yield AgentRuns(stack, settings, database, log, doorbell, ada, tmp_path)


class N8n:
    """Answers with the recorded stream of an agent: its beginning, and the rest when ``go_on`` is set."""

    def __init__(self, server: ForeignServer) -> None:
        self.go_on = threading.Event()
        self.begun_at = ""
        self.run = ""
        self.server = server
        self.address = f"{server.url}/webhook/crew"
        server.answers["POST", "/webhook/crew"] = self._reply
        server.answers["GET", "/api/v1/executions"] = self._list
        server.answers["GET", "/api/v1/executions/2"] = lambda _: json_answer(self._execution())

    def _reply(self, call: Received) -> Iterator[bytes]:
        self.run, self.begun_at = call.json()["runId"], datetime.now(UTC).isoformat()
        whole = body("n8n/agent-stream")
        cut = whole.index(b"was ")
        yield head(200) + whole[:cut]
        self.go_on.wait(60)
        yield whole[cut:]

    def _list(self, call: Received) -> Iterator[bytes]:
        listed = bool(self.run) and ("status=running" in call.query) != self.go_on.is_set()
        return json_answer({"data": [{**self._execution(), "data": None}] if listed else []})

    def _execution(self) -> dict[str, Any]:
        text = (FIXTURES / "n8n" / "agent-execution.json").read_text().replace("run-0123456789abcdef", self.run)
        status = "success" if self.go_on.is_set() else "running"
        return {**json.loads(text), "startedAt": self.begun_at, "status": status}


def begins(runs: AgentRuns, run_id: str) -> bool:
    return any(isinstance(event, AgentMessage) and event.delta for event in runs.events(run_id))


def test_n8n_goes_on_alone_and_its_execution_is_found(runs: AgentRuns, server: ForeignServer) -> None:
    n8n = N8n(server)
    runs.agent("s", "n8n", {"address": n8n.address, "authentication": "bearer"}, SECRETS)
    run_id = runs.ask("s")
    first = runs.start()
    wait_until(lambda: begins(runs, run_id), 20, "the first piece of the answer")
    first.send_signal(signal.SIGKILL)
    runs.start()
    runs.wait(run_id, "waiting")
    n8n.go_on.set()
    ended = runs.wait(run_id, "completed")
    assert (runs.answer(run_id), ended.losses) == (ANSWER, 1)
    assert len(server.asked("POST", "/webhook/crew")) == 1
    assert [step.action for step in runs.steps(run_id)] == [
        "Webhook", "Model", "look_up", "Model", "AI Agent", "Run the n8n workflow", "Answer the question",
    ]  # fmt: skip
    _holds_no_secret(runs, run_id)


def test_without_a_key_a_lost_process_starts_no_workflow_again(runs: AgentRuns, server: ForeignServer) -> None:
    n8n = N8n(server)
    runs.agent("s", "n8n", {"address": n8n.address, "authentication": "bearer"}, {"token": SECRETS["token"]})
    run_id = runs.ask("s")
    first = runs.start()
    wait_until(lambda: begins(runs, run_id), 20, "the first piece of the answer")
    first.send_signal(signal.SIGKILL)
    runs.start()
    ended = runs.wait(run_id, "failed")
    assert "may have run; it was not started again" in str(ended.reason)
    assert len(server.asked("POST", "/webhook/crew")) == 1
    _holds_no_secret(runs, run_id)


def test_a_stopped_run_says_what_n8n_does(runs: AgentRuns, server: ForeignServer) -> None:
    n8n = N8n(server)
    runs.agent("s", "n8n", {"address": n8n.address})
    run_id = runs.ask("s")
    runs.start()
    wait_until(lambda: begins(runs, run_id), 20, "the first piece of the answer")
    runs.cancel(run_id)
    assert runs.wait(run_id, "cancelled").reason == "Stopped here; n8n goes on, and nobody listens."
    n8n.go_on.set()
    second = runs.ask("s", "And then?")
    runs.wait(second, "completed")
    assert runs.answer(second) == ANSWER


class LangGraph:
    """Streams the recorded run: its beginning, and the rest when ``go_on`` is set; joins tell all of it."""

    def __init__(self, server: ForeignServer) -> None:
        self.go_on = threading.Event()
        self.server = server
        self.begun: list[Received] = []
        server.answers["POST", "/threads"] = self._create

    def _create(self, call: Received) -> Iterator[bytes]:
        path = f"/threads/{call.json()['thread_id']}"
        answers = self.server.answers
        values = {"messages": [{"type": "ai", "content": ANSWER}]}
        answers["GET", path] = lambda _: json_answer({"values": values, "interrupts": {}})
        answers["POST", f"{path}/runs/stream"] = self._begin
        answers["GET", f"{path}/runs/run-1"] = self._status
        answers["GET", f"{path}/runs/run-1/stream"] = self._stream
        answers["POST", f"{path}/runs/run-1/cancel"] = lambda _: answer(200, b"{}")
        return json_answer({})

    def _begin(self, call: Received) -> Iterator[bytes]:
        self.begun.append(call)
        return self._stream(call)

    def _status(self, _: Received) -> Iterator[bytes]:
        return json_answer({"status": "success" if self.go_on.is_set() else "running"})

    def _stream(self, call: Received) -> Iterator[bytes]:
        place = f"{call.path.partition('/runs')[0]}/runs/run-1"
        whole = body("langgraph/agent")
        cut = whole.index(b"rebuilt by Ada")
        yield head(200, media_type="text/event-stream", headers={"Content-Location": place}) + whole[:cut]
        self.go_on.wait(60)
        yield whole[cut:]


@pytest.mark.parametrize("ends_meanwhile", [True, False])
def test_the_run_of_a_graph_is_joined_again(runs: AgentRuns, server: ForeignServer, ends_meanwhile: bool) -> None:
    graph = LangGraph(server)
    runs.agent("s", "langgraph_server", {"address": server.url}, {"api_key": SECRETS["token"]})
    run_id = runs.ask("s")
    first = runs.start()
    wait_until(lambda: begins(runs, run_id), 20, "the first piece of the answer")
    first.send_signal(signal.SIGKILL)
    if ends_meanwhile:
        graph.go_on.set()
    runs.start()
    wait_until(lambda: runs.run(run_id).attempt == 2, 20, "the second attempt")
    graph.go_on.set()
    runs.wait(run_id, "completed")
    assert runs.answer(run_id) == ANSWER
    assert len(graph.begun) == 1
    assert [step.action for step in runs.steps(run_id)] == [
        "prepare", "think", "look_up", "tools", "think", "Run the graph", "Answer the question",
    ]  # fmt: skip
    _holds_no_secret(runs, run_id)


def test_the_stop_of_a_graph_is_acknowledged(runs: AgentRuns, server: ForeignServer) -> None:
    graph = LangGraph(server)
    runs.agent("s", "langgraph_server", {"address": server.url})
    run_id = runs.ask("s")
    runs.start()
    wait_until(lambda: begins(runs, run_id), 20, "the first piece of the answer")
    runs.cancel(run_id)
    assert runs.wait(run_id, "cancelled").reason == "Stopped; LangGraph confirmed it."
    assert len([call for call in server.received if call.path.endswith("/cancel")]) == 1
    graph.go_on.set()


def _holds_no_secret(runs: AgentRuns, run_id: str) -> None:
    said = repr(runs.events(run_id)) + runs.output.read_text() + repr(runs.run(run_id))
    assert not [secret for secret in SECRETS.values() if secret in said]
