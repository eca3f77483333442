"""Workers outside as they are: programs of their own that ask a real server, are killed, and are stopped."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.backends.kinds import KINDS
from agents.connectors.remote import RemoteConfiguration
from tests.support.account import KEY
from tests.support.gunicorn import Server, gunicorn
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity
from utils.registry.agent_registry import AgentRecord, AgentRegistry
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

WORKER = Path(__file__).parents[1] / "support" / "outside" / "worker.py"


@contextmanager
def worker(server: Server, name: str, *how: str) -> Iterator[subprocess.Popen[str]]:
    """A worker's process; what it prints is the run that it has claimed."""
    assert isinstance(server.address, tuple)
    url = f"http://{server.address[0]}:{server.address[1]}"
    child = subprocess.Popen([sys.executable, str(WORKER), url, KEY, name, *how], stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.fixture
def agent(database: Database, ada: UserRecord) -> AgentRecord:
    registry = AgentRegistry(database, lambda: pytest.fail("it has no secret"), KINDS)
    return registry.create(ada.team_key, name="Weather crew", configuration=RemoteConfiguration(kind="remote"))


@pytest.fixture
def run_id(
    database: Database, log: ActivityLog, doorbell: Doorbell, sessions: Sessions, agent: AgentRecord, ada: UserRecord
) -> str:
    sessions.create("s", owner=ada)
    queue = RunQueue(database, log, doorbell, outside_kinds=KINDS.outside)
    asked = queue.request("s", "Will it rain?", agent_key=agent.key)
    assert asked is not None
    return asked[1].id


def test_a_worker_that_is_killed_loses_its_run_to_another_and_nothing_is_told_twice(
    settings: Settings, run_id: str, runs: Runs, messages: Messages, log: ActivityLog
) -> None:
    with gunicorn(settings.data_dir, agent_processes=1, work_lease_seconds=2) as server:
        with worker(server, "first", "hang") as first:
            assert first.stdout is not None
            assert json.loads(first.stdout.readline())["attempt"] == 1
            first.kill()
        with worker(server, "second") as second:
            out, _ = second.communicate(timeout=40)
            claimed = json.loads(out)
        assert (claimed["run_id"], claimed["attempt"]) == (run_id, 2)
        assert claimed["state"] == {"begun_by": "first"}
    run = runs.get(run_id)
    assert run is not None
    assert (run.status, run.losses) == ("completed", 1)
    answered = messages.answer_of(run_id)
    assert answered is not None
    assert answered.content == "Begun by first, ended by second."
    steps = [event for event in log.run_events("s", run_id, 1) if isinstance(event, AgentActivity)]
    begun = [(event.action, event.status) for event in steps]
    assert begun.count(("Look at the sky", "started")) == 1
    assert begun.count(("Look at the sky", "completed")) == 1


def test_a_run_whose_worker_never_answers_ends_when_it_was_stopped(
    settings: Settings, run_id: str, runs: Runs, run_queue: RunQueue
) -> None:
    with (
        gunicorn(settings.data_dir, agent_processes=1, work_lease_seconds=2) as server,
        worker(server, "deaf", "hang") as deaf,
    ):
        assert deaf.stdout is not None
        deaf.stdout.readline()
        run_queue.cancel(run_id)

        def ended() -> bool:
            run = runs.get(run_id)
            return run is not None and run.status == "cancelled"

        wait_until(ended, 20, "the end of the run")
