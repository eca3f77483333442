"""One gunicorn command keeps web workers and agent processes alive, and takes all of them along when it ends."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest

from agents.processes.keeper import ProcessKeeper
from tests.support.processes import command_of, descendants, environment, server
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.settings import Settings


def _agents(master: int) -> set[int]:
    return {pid for pid in descendants(master) if "agents.worker" in command_of(pid)}


def _keepers(master: int) -> set[int]:
    return {pid for pid in descendants(master) if "agents.processes.keeper" in command_of(pid)}


def _ready(address: str) -> bool:
    return httpx2.get(f"{address}/readyz", timeout=5).status_code == 200


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path / "data", web_concurrency=1, agent_processes=2, graceful_seconds=5)


def test_killed_agent_processes_and_keepers_are_replaced(env: dict[str, str], tmp_path: Path) -> None:
    with server(env, tmp_path / "server.log") as (master, address):
        wait_until(lambda: len(_agents(master.pid)) == 2 and _ready(address), 20, "two agent processes")

        victim = min(_agents(master.pid))
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(_agents(master.pid) - {victim}) == 2, 10, "another agent process")

        keeper, before = _keepers(master.pid), _agents(master.pid)
        os.kill(keeper.pop(), signal.SIGKILL)
        wait_until(lambda: len(_keepers(master.pid)) == 1, 10, "another keeper")
        wait_until(lambda: not any(map(command_of, before)), 10, "the end of the first keeper's agents")
        wait_until(lambda: len(_agents(master.pid)) == 2 and _ready(address), 20, "two agent processes again")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_the_server_ends(env: dict[str, str], tmp_path: Path, number: signal.Signals) -> None:
    with server(env | {"AGENT_PROCESSES": "1"}, tmp_path / "server.log") as (master, _):
        wait_until(lambda: len(_agents(master.pid)) == 1, 20, "an agent process")
        family = descendants(master.pid)
        master.send_signal(number)
        master.wait(15)
        wait_until(lambda: not any(map(command_of, family)), 15, "the end of all its processes")


@pytest.mark.any_database
def test_a_keeper_can_be_told_to_stop_while_it_is_being_told(settings: Settings, database: Database) -> None:
    """Its server tells it, and so does the kernel when the server ends: in any moment of the first signal's handler."""
    keeper = ProcessKeeper(settings)

    def once_more(*_: object) -> object:
        keeper._on_stop(signal.SIGTERM, None)
        return once_more

    def tell() -> None:
        sys.settrace(once_more)
        keeper._on_stop(signal.SIGTERM, None)

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    telling.join(10)
    assert not telling.is_alive()


def test_a_reload_replaces_the_agent_processes(env: dict[str, str], tmp_path: Path) -> None:
    with server(env | {"AGENT_PROCESSES": "1"}, tmp_path / "server.log") as (master, address):
        wait_until(lambda: len(_agents(master.pid)) == 1, 20, "an agent process")
        before = _agents(master.pid)
        master.send_signal(signal.SIGHUP)
        wait_until(lambda: len(_agents(master.pid) - before) == 1 and not any(map(command_of, before)), 20, "a change")
        wait_until(lambda: _ready(address), 10, "readiness")


def test_a_server_that_only_serves_has_no_agents_and_is_ready(env: dict[str, str], tmp_path: Path) -> None:
    with server(env | {"AGENT_PROCESSES": "0"}, tmp_path / "server.log") as (master, address):
        assert httpx2.get(f"{address}/readyz").json()["runner"] == "elsewhere"
        assert not _agents(master.pid)


def test_two_servers_of_one_user_leave_each_others_agents_alone(tmp_path: Path) -> None:
    first = environment(tmp_path / "one", web_concurrency=1, agent_processes=1)
    second = environment(tmp_path / "two", web_concurrency=1, agent_processes=1)
    with server(first, tmp_path / "1.log") as (one, _):
        wait_until(lambda: len(_agents(one.pid)) == 1, 20, "an agent process")
        mine = _agents(one.pid)
        with server(second, tmp_path / "2.log") as (two, _):
            wait_until(lambda: len(_agents(two.pid)) == 1, 20, "an agent process of the other")
        assert _agents(one.pid) == mine


def test_a_keeper_whose_parent_is_gone_does_not_start(env: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "agents.processes.keeper", "--parent", "1"],
        env=env, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "is gone" in ended.stderr
