"""A conversation that is scaled apart: two machines serve it behind a proxy, and supervisors elsewhere ask them."""

import contextlib
import itertools
import os
import select
import signal
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypedDict

import httpx2
import pytest
from langgraph.graph import END, START, StateGraph

from agents.backends.kinds import KINDS
from agents.connectors.remote import RemoteConfiguration
from tests.support.account import EMAIL, HEADERS, KEY, SECRET_KEY, prepare_data
from tests.support.agent_runs import AgentRuns
from tests.support.gunicorn import Server, gunicorn
from tests.support.processes import descendants
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.accounts.users import Users
from utils.database.base import Database
from utils.database.opening import open_database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.registry.agent_registry import AgentRegistry
from utils.registry.server_key import ServerKey
from utils.settings import Settings

pytestmark = pytest.mark.any_database  # the service has a database of its own


class Proxy(socketserver.ThreadingTCPServer):
    """Gives each connection to the next of the machines that takes one."""

    daemon_threads = True

    def __init__(self, machines: list[Server]) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.turns, self.count = itertools.cycle(machines), len(machines)
        self.served: list[Server] = []  # a machine for each open connection
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self._thread.start()

    def waiting(self) -> Server:
        """Who has the connection on which a question waits: all others end with their answers."""

        def only() -> list[Server]:
            found = list(self.served)
            return found if len(found) == 1 else []

        machines: list[Server] = wait_until(only, 30)
        return machines[0]

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Relay(socketserver.BaseRequestHandler):
    server: Proxy

    def handle(self) -> None:
        for machine in itertools.islice(self.server.turns, self.server.count):
            with contextlib.suppress(ConnectionRefusedError), machine.connect() as behind:
                self.server.served.append(machine)
                try:
                    self._relay(behind)
                finally:
                    self.server.served.remove(machine)
                return

    def _relay(self, behind: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                for ready in select.select([self.request, behind], [], [])[0]:
                    piece = ready.recv(65536)
                    if not piece:
                        return
                    (behind if ready is self.request else self.request).sendall(piece)


class Service:
    """Two machines with one database. Its agent is a program outside, which is the test: it answers when asked to."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        folder.mkdir()
        data = prepare_data(folder / "data")
        own = Settings(_env_file=None, data_dir=data, database_url=None, secret_key=SECRET_KEY)
        with contextlib.closing(open_database(own)) as database:
            [(user, _, _)] = Users(database).with_email(EMAIL)
            registry = AgentRegistry(database, lambda: ServerKey.of(own), KINDS)
            remote = RemoteConfiguration(kind="remote")
            self.agent = registry.create(user.team_key, name="Conversation", configuration=remote).id
        given = {"database_url": "", "ratelimit_enabled": 0}
        self.machines = [stack.enter_context(gunicorn(data, **given)) for _ in range(2)]
        self.proxy = stack.enter_context(contextlib.closing(Proxy(self.machines)))

    def request(self, method: str, path: str, body: Any = None) -> Any:
        given = httpx2.request(method, self.proxy.url + path, json=body, headers=HEADERS, timeout=30)
        assert given.status_code < 300, given.text
        return given.json() if given.content else None

    def claim(self) -> dict[str, Any]:
        work: dict[str, Any] = wait_until(
            lambda: self.request("POST", "/api/assignments/claim", {"agents": [self.agent], "wait": 1}), 60
        )
        return work

    def end(self, work: dict[str, Any], answer: str) -> None:
        body = {"attempt": work["attempt"], "status": "completed", "answer": answer}
        self.request("POST", f"/api/assignments/runs/{work['run_id']}/end", body)

    def history(self, session: str) -> list[str]:
        return [one["content"] for one in self.request("GET", f"/api/sessions/{session}/messages")["messages"]]

    def kill(self, machine: Server) -> None:
        """All its processes, by kill -9."""
        for pid in (machine.pid, *descendants(machine.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with ExitStack() as stack:
        yield Service(stack, tmp_path / "service")


@pytest.fixture
def supervisors(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[AgentRuns]:
    with ExitStack() as stack:
        yield AgentRuns(stack, settings, database, log, doorbell, ada, tmp_path)


class State(TypedDict):
    question: str
    answer: str


def supervisor_graph(service: Service) -> Any:
    """A program of its own, with nothing of Ringside: its one node asks the service."""

    def converse(state: State) -> State:
        body = {"session_id": "thread-7", "message": state["question"], "agent_id": service.agent}
        given = httpx2.post(f"{service.proxy.url}/chat", json=body, headers=HEADERS, timeout=90)
        given.raise_for_status()
        return {"question": state["question"], "answer": given.json()["response"]}

    graph = StateGraph(State)
    graph.add_node("converse", converse)
    graph.add_edge(START, "converse")
    graph.add_edge("converse", END)
    return graph.compile()


def test_a_supervisor_graph_is_answered_by_either_machine_with_its_history(service: Service) -> None:
    graph, histories = supervisor_graph(service), []
    for number in (1, 2, 3):
        given: list[Any] = []
        thread = threading.Thread(
            target=lambda n=number, into=given: into.append(graph.invoke({"question": f"Question {n}?", "answer": ""}))
        )
        thread.start()
        work = service.claim()
        histories.append([turn["content"] for turn in work["history"]])
        service.end(work, f"Answer {number}.")
        thread.join(60)
        assert [one["answer"] for one in given] == [f"Answer {number}."]
    assert histories[2] == ["Question 1?", "Answer 1.", "Question 2?", "Answer 2."]


def test_a_machine_that_is_killed_while_it_is_asked_costs_nothing(service: Service, supervisors: AgentRuns) -> None:
    """A router of Ringside hands the question to an agent that asks the service."""
    conversation = {"address": service.proxy.url, "agent": service.agent}
    chat = supervisors.register("Conversation", "chat_service", conversation, {"api_key": KEY})
    rules = {"routes": [{"agent": chat.id, "words": "question"}], "otherwise": chat.id, "source": "none"}
    router = supervisors.register("Router", "router", rules)
    supervisors.session("s", router)
    supervisors.start()
    first = supervisors.ask("s", "Question 1?")
    service.end(service.claim(), "Answer 1.")
    supervisors.wait(first, "completed", 60)

    second = supervisors.ask("s", "Question 2?")
    work = service.claim()  # so that it has arrived
    service.kill(service.proxy.waiting())
    service.end(work, "Answer 2.")
    supervisors.wait(second, "completed", 90)
    assert supervisors.answer(second) == "Answer 2."
    [agent_session] = [one["id"] for one in service.request("GET", "/api/sessions")["sessions"]]
    assert service.history(agent_session) == ["Question 1?", "Answer 1.", "Question 2?", "Answer 2."]
    assert [step.status for step in supervisors.steps(second) if step.action == "Ask the chat service"] == ["completed"]
