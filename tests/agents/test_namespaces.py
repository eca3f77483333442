"""Machines on cables of their own: network namespaces that share a PostgreSQL server and nothing else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from agents.sample import SAMPLE_QUESTION, sample_files
from tests.support.account import add_account
from tests.support.events import activity
from tests.support.gunicorn import HttpStream, Server, gunicorn
from tests.support.other_machine import OtherMachine, available
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.processes import agent_process, environment
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.database.opening import open_database
from utils.doorbell.base import RUNS
from utils.doorbell.opening import open_doorbell
from utils.log.events import RunStatus
from utils.log.opening import open_log
from utils.sessions.documents import Documents
from utils.sessions.new_session import emitted_session
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.skipif(not available(), reason="network namespaces need root and iproute2")

_NETWORK = "10.213.0.0/16"  # that of tests/support/other_machine.py
_HEARTBEAT, _LEASE = 1, 2
T = TypeVar("T")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server(_NETWORK) as server:
        yield server


class Site:
    """A web machine, an agent machine, and this process beside the database."""

    def __init__(self, stack: ExitStack, server: PostgresServer, folder: Path) -> None:
        name = folder.name[-40:]
        settings = Settings(_env_file=None, database_url=server.create(name), data_dir=folder)  # type: ignore[arg-type]
        self.database: Database = open_database(settings)
        stack.callback(self.database.close)
        self.database.migrate()
        add_account(self.database)
        self.doorbell = open_doorbell(self.database)
        stack.callback(self.doorbell.close)
        self.log = open_log(self.database, self.doorbell, emitted_session)
        self.sessions = Sessions(self.database)
        self.runs = Runs(self.database)
        self.run_queue = RunQueue(self.database, self.log, self.doorbell)
        self.web_machine, self.agent_machine = (stack.enter_context(OtherMachine(place)) for place in (0, 1))
        web, agents = (server.tcp_url(name, machine.host) for machine in (self.web_machine, self.agent_machine))
        self._inside = stack.enter_context(ThreadPoolExecutor(1, initializer=self.web_machine.enter))
        self.web: Server = stack.enter_context(
            gunicorn(folder / "web", namespace=self.web_machine.name, database_url=web, heartbeat_seconds=_HEARTBEAT)
        )
        env = environment(folder / "agents", database_url=agents, lease_seconds=_LEASE)
        stack.enter_context(agent_process(env, folder / "agents.log", self.agent_machine.name))
        wait_until(lambda: self.at_web(self.web.answers), 30, "the web machine")
        wait_until(lambda: self.doorbell.listeners(RUNS) > 0, 30, "the agent machine")

    def at_web(self, work: Callable[[], T]) -> T:
        """Done by a thread that stands in the web machine: what it opens does not go over the cable."""
        return self._inside.submit(work).result(60)

    def watch(self, session_id: str) -> HttpStream:
        return self.at_web(lambda: self.web.watch(session_id))

    def ask(self, session_id: str) -> str:
        """A session with documents and a question; the run's id."""
        self.sessions.create(session_id)
        documents = Documents(self.database)
        for path in sample_files():
            with path.open("rb") as file:
                documents.add(session_id, path.name, file)
        asked = self.run_queue.request(session_id, SAMPLE_QUESTION)
        assert asked is not None
        return asked[1].id


@pytest.fixture
def site(server: PostgresServer, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(stack, server, tmp_path)


def test_a_question_travels_over_both_cables_and_back(site: Site) -> None:
    run_id = site.ask("s")
    with site.watch("s") as stream:
        stream.until(lambda reader: has(reader, "completed"), 30)
        assert_whole(stream)
    run = site.runs.get(run_id)
    assert run is not None
    assert run.status == "completed"


def test_while_the_agents_cable_is_out_streams_go_on_and_then_the_run_does(site: Site) -> None:
    site.sessions.create("s")
    with site.watch("s") as stream:
        site.ask("s2")
        with site.watch("s2") as other:
            other.until(lambda reader: has(reader, "running"), 30)
            site.agent_machine.vanish()
            beats = len(other.of_type("heartbeat"))
            # Longer than its lease, and the other session goes on meanwhile.
            other.until(lambda reader: len(reader.of_type("heartbeat")) > beats + 2 * _LEASE, 30)
            site.log.append("s", [activity("s")] * 50)
            stream.until(lambda reader: reader.cursor == 50, 10)
            site.agent_machine.come_back()
            other.until(lambda reader: has(reader, "completed"), 60)
            assert_whole(other)
        assert_whole(stream)


def test_while_the_web_machines_cable_is_out_its_streams_stay_open_and_then_catch_up(site: Site) -> None:
    site.sessions.create("s")
    site.log.append("s", [activity("s")] * 10)
    with site.watch("s") as stream:
        stream.until(lambda reader: reader.cursor == 10, 10)
        site.web_machine.vanish()
        site.log.append("s", [activity("s")] * 1000)
        beats = len(stream.of_type("heartbeat"))
        stream.until(lambda reader: len(reader.of_type("heartbeat")) > beats + 4, 30)
        assert stream.cursor == 10
        site.web_machine.come_back()
        stream.until(lambda reader: reader.cursor == 1010, 40)
        assert_whole(stream)
        site.log.append("s", [activity("s")])  # and is live again
        stream.until(lambda reader: reader.cursor == 1011, 10)


def has(reader: HttpStream, status: RunStatus) -> bool:
    return any(event.json()["status"] == status for event in reader.of_type("runUpdate"))


def assert_whole(stream: HttpStream) -> None:
    """From the first event on, none is missing, repeated or moved; and nothing began anew."""
    assert stream.seqs == list(range(1, len(stream.seqs) + 1))
    assert not stream.of_type("reset")
