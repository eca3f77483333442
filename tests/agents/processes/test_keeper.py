"""One gunicorn command keeps web workers and agent processes alive, and takes all of them along when it ends."""

import errno
import os
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select, update

from agents.processes.keeper import KeeperWatch, ProcessKeeper, _Child, stop_seconds
from agents.processes.pulse import PulseWatch
from tests.support.account import prepare_data
from tests.support.clock import Clock
from tests.support.processes import command_of, descendants, environment, free_port, server
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.database.moment import now
from utils.database.opening import open_database
from utils.database.tables import runs, sessions
from utils.doorbell.opening import open_doorbell
from utils.log.errors import StorageFullError
from utils.log.opening import open_log
from utils.project import PROJECT
from utils.registry.agent_processes import AgentProcesses
from utils.sessions.approval import NewApproval, Question
from utils.sessions.approval_rows import find_approval
from utils.sessions.approvals import Approvals
from utils.sessions.new_session import emitted_session
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.settings import Settings, get_settings


def _agents(master: int) -> set[int]:
    return {pid for pid in descendants(master) if "agents.worker" in command_of(pid)}


def _keepers(master: int) -> set[int]:
    return {pid for pid in descendants(master) if "agents.processes.keeper" in command_of(pid)}


def _ready(address: str) -> bool:
    return bool(httpx2.get(f"{address}/readyz", timeout=5).json()["status"] == "ready")


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


def test_an_agent_process_that_hangs_is_replaced(env: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with server(env | {"AGENT_PROCESSES": "1", "LEASE_SECONDS": "0.5"}, log) as (master, address):
        with closing(_database(tmp_path / "data")) as database:  # at work: a start may take long, and is not watched
            wait_until(lambda: AgentProcesses(database).any_live(), 20, "an agent process")
        [hanging] = _agents(master.pid)
        os.kill(hanging, signal.SIGSTOP)
        wait_until(lambda: _agents(master.pid) and hanging not in _agents(master.pid), 30, "another agent process")
        wait_until(lambda: _ready(address), 20, "its readiness")
    assert f"Agent process {hanging} hangs; it is killed" in log.read_text()


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


def no_room(*_: object, **__: object) -> None:
    raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")


@pytest.mark.any_database
def test_a_keeper_for_whose_child_there_is_no_room_keeps_the_others_and_tries_again(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = ProcessKeeper(settings)
    monkeypatch.setattr("agents.processes.keeper.subprocess.Popen", no_room)
    open_before = len(os.listdir("/proc/self/fd"))
    keeper._start_one("agents.worker")
    assert keeper._children == {}
    assert keeper._start_at["agents.worker"] > time.monotonic()
    assert "Agent process could not be started" in caplog.text
    assert len(os.listdir("/proc/self/fd")) == open_before


def test_a_server_for_whose_keeper_there_was_no_room_starts_it_later(monkeypatch: pytest.MonkeyPatch) -> None:
    started, tries = threading.Event(), iter([False, False, True])

    def spawn() -> int:
        if not next(tries):
            no_room()
        started.set()
        return os.getpid()

    monkeypatch.setattr("agents.processes.keeper._START_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("agents.processes.keeper._spawn_keeper", spawn)
    watch = KeeperWatch()
    watch.start()
    assert started.wait(10)
    watch._ending.set()
    watch._thread.join(10)


@pytest.mark.any_database
def test_what_keeps_it_from_telling_who_waits_does_not_end_the_housekeeping(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = ProcessKeeper(settings)
    keeper._look_at = 0.0

    def full() -> None:
        raise StorageFullError("The disk is full.")

    monkeypatch.setattr(keeper._queue_watch, "look_for_nobody", full)
    keeper._look_after_who_waits()
    assert "cannot be looked after" in caplog.text


def test_what_nobody_decided_in_time_is_ended_by_the_keeper(
    settings: Settings, database: Database, approvals: Approvals, sessions: Sessions, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    session = sessions.create("s")
    asked = [
        approvals.ask("s", session.key, NewApproval(name, "Purser", Question("Pay", "Pay?", expires_in=60)))[0]
        for name in ("one", "two")
    ]
    keepers = [ProcessKeeper(settings), ProcessKeeper(settings)]  # of two machines
    clock.move(seconds=61)
    monkeypatch.setattr("agents.processes.keeper.time.monotonic", lambda: sys.maxsize)
    for keeper in keepers:
        keeper._look_after_who_waits()
        keeper._approvals._doorbell.close()
        keeper._database.close()
    with database.read() as connection:
        found = [find_approval(connection, one.id) for one in asked]
    assert [one and one.status for one in found] == ["expired", "expired"]


class Hanging:
    """A process that heeds no SIGTERM, and a clock that it lets run out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.told = 1000.0, list[signal.Signals]()
        monkeypatch.setattr("agents.processes.keeper.time.monotonic", lambda: self.now)
        monkeypatch.setattr("agents.processes.keeper.time.sleep", self.pass_by)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds

    def terminate(self) -> None:
        self.told.append(signal.SIGTERM)

    def kill(self) -> None:
        self.told.append(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> None:
        if timeout is not None:
            self.pass_by(timeout)
            raise subprocess.TimeoutExpired("agents.worker", timeout)


@pytest.mark.any_database
@pytest.mark.parametrize("graceful", [1, 2, 3, 5, 10, 600])
def test_a_server_whose_processes_hang_ends_within_its_graceful_time(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, graceful: int
) -> None:
    monkeypatch.setenv("GRACEFUL_SECONDS", str(graceful))
    workers: int = runpy.run_path(str(PROJECT / "gunicorn.conf.py"))["graceful_timeout"]
    get_settings.cache_clear()
    assert workers >= 1

    hanging, watch = Hanging(monkeypatch), KeeperWatch()
    monkeypatch.setattr(watch, "_alive", lambda: True)
    monkeypatch.setattr(watch, "_signal", hanging.told.append)
    watch._thread.start()
    watch.stop(stop_seconds(graceful))
    supervisor = hanging.now - 1000
    assert hanging.told == [signal.SIGTERM, signal.SIGKILL]
    assert workers + supervisor <= max(2, graceful) + 0.1

    keeper = ProcessKeeper(settings.model_copy(update={"graceful_seconds": graceful}))
    hanging.now = 1000
    keeper._children[7] = _Child("agents.worker", hanging, "host/7/a", 0.0, PulseWatch())  # type: ignore[arg-type]
    keeper._stop_all()
    assert hanging.told[2:] == [signal.SIGTERM, signal.SIGKILL]
    assert hanging.now - 1000 < supervisor


def test_a_reload_replaces_the_agent_processes(env: dict[str, str], tmp_path: Path) -> None:
    with server(env | {"AGENT_PROCESSES": "1"}, tmp_path / "server.log") as (master, address):
        wait_until(lambda: len(_agents(master.pid)) == 1, 20, "an agent process")
        before = _agents(master.pid)
        master.send_signal(signal.SIGHUP)
        wait_until(lambda: len(_agents(master.pid) - before) == 1 and not any(map(command_of, before)), 20, "a change")
        wait_until(lambda: _ready(address), 10, "readiness")


def _database(data: Path) -> Database:
    return open_database(Settings(_env_file=None, data_dir=data, database_url=None))


@pytest.fixture
def serving_only(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server without agent processes, which tidies up every half second and reads its settings from a file.

    Its data is in ``data``, with a session whose deletion was cut off; its code and its ``.env`` are in ``project``.
    """
    project, data = tmp_path / "project", prepare_data(tmp_path / "data")
    for package in ("api", "agents", "utils"):
        shutil.copytree(PROJECT / package, project / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("gunicorn.conf.py", "pyproject.toml", "wsgi.py"):
        shutil.copy(PROJECT / file, project)
    tidying = project / "agents" / "processes" / "housekeeping.py"
    assert "_EVERY_SECONDS = 60.0" in tidying.read_text()
    tidying.write_text(tidying.read_text().replace("_EVERY_SECONDS = 60.0", "_EVERY_SECONDS = 0.5"))
    (project / ".env").write_text("AGENT_PROCESSES=0")
    with closing(_database(data)) as database:
        Sessions(database).create("s")
        with database.write() as connection:
            connection.execute(update(sessions).values(deleted_at=now()))
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{free_port()}", "wsgi:app"]
    env = environment(data, web_concurrency=1, graceful_seconds=5)
    with (tmp_path / "server.log").open("wb") as output:
        master = subprocess.Popen(command, cwd=project, env=env, stdout=output, stderr=output)
    try:
        yield master
    finally:
        for pid in [*descendants(master.pid), master.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        master.wait()


def test_a_server_that_only_serves_does_the_housekeeping_and_can_be_given_agents(
    serving_only: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    def deleted() -> bool:
        with database.read() as connection:
            return connection.execute(select(sessions.c.key)).first() is None

    def told() -> str | None:
        with database.read() as connection:
            return connection.execute(select(runs.c.reason)).scalar_one()

    with closing(_database(tmp_path / "data")) as database, closing(open_doorbell(database)) as doorbell:
        wait_until(deleted, 30, "the end of the deletion")
        Sessions(database).create("asked")
        assert RunQueue(database, open_log(database, doorbell, emitted_session), doorbell).request("asked", "Why?")
        wait_until(lambda: "none is running" in (told() or ""), 30, "a word to who waits")
    assert not _agents(serving_only.pid)

    (tmp_path / "project" / ".env").write_text("AGENT_PROCESSES=1")
    serving_only.send_signal(signal.SIGHUP)
    wait_until(lambda: len(_agents(serving_only.pid)) == 1, 30, "an agent process")

    family = descendants(serving_only.pid)
    serving_only.terminate()
    assert serving_only.wait(15) == 0
    assert "Traceback" not in (tmp_path / "server.log").read_text()
    wait_until(lambda: not any(map(command_of, family)), 15, "the end of all its processes")


def test_a_reload_with_a_wrong_setting_leaves_the_server_as_it_is(
    serving_only: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    def said() -> str:
        return (tmp_path / "server.log").read_text()

    wait_until(lambda: "Booting worker" in said(), 30, "a worker")
    (tmp_path / "project" / ".env").write_text("AGENT_PROCESSES=some")
    serving_only.send_signal(signal.SIGHUP)
    wait_until(lambda: "Nothing was reloaded" in said(), 20, "the refusal")
    assert "AGENT_PROCESSES: must be a whole number" in said()
    assert serving_only.poll() is None

    (tmp_path / "project" / ".env").write_text("AGENT_PROCESSES=1")
    serving_only.send_signal(signal.SIGHUP)
    wait_until(lambda: len(_agents(serving_only.pid)) == 1, 30, "an agent process")
    assert "Traceback" not in said()


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


@pytest.mark.parametrize("module", ["agents.processes.keeper", "agents.processes.kafka_bridge", "agents.worker"])
def test_a_setting_that_became_wrong_since_the_server_read_it_is_told_in_words(
    env: dict[str, str], module: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", module, "--parent", str(os.getpid())],
        env=env | {"AGENT_PROCESSES": "some"}, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith("ringside: AGENT_PROCESSES: must be a whole number")
