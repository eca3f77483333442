"""The power goes: FULL and PostgreSQL lose nothing that was acknowledged, NORMAL only the newest, and there is no hole.

All processes of the machine die at once, and the disk has what was synced, and of the rest what chance left there.
"""

import random
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import Verdict, assert_intact, check, heads
from tests.faults.client import Client
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.own_database import opened, set_up
from tests.faults.power_cut import Loss, PowerCut
from tests.faults.questions import Questions
from tests.faults.server import ServerUnderFire
from tests.support.account import HEADERS
from tests.support.postgres import postgres_server
from tests.support.processes import environment
from tests.support.waiting import wait_until
from tests.support.wall_clock import needs_compiler
from utils.log.activity_log import ActivityLog
from utils.project import PROJECT
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = needs_compiler

_MAKE_KEY = """
from utils.registry.server_key import ServerKey
from utils.settings import Settings
ServerKey.of(Settings())
"""
_LUCK = (0.0, 0.3, 0.7, 0.95)  # of what was not synced


class Machine:
    """A server with an agent process, and emitters: all that the power cut takes."""

    def __init__(self, settings: Settings, acknowledgements: Acknowledgements, folder: Path) -> None:
        self.power = PowerCut(settings.data_path, folder / "power")
        self._extra = self.power.environment | {"SQLITE_SYNCHRONOUS": settings.sqlite_synchronous}
        self._acknowledgements = acknowledgements
        self.server = ServerUnderFire(
            settings.data_path, extra=self._extra, web_concurrency=1, agent_processes=1, lease_seconds=2
        )

    def ask(self, session_id: str) -> str:
        """A question that was acknowledged: the run's id."""
        host, port = self.server.address
        answer = httpx2.post(
            f"http://{host}:{port}/api/sessions/{session_id}/messages", json={"content": "What is it?"},
            headers=HEADERS, timeout=20,
        )  # fmt: skip
        assert answer.status_code == 202, answer.text
        run_id: str = answer.json()["run"]["id"]
        return run_id

    def emit(self, names: list[str], events: int) -> None:
        """Until so many more were acknowledged."""
        for _ in range(2):
            self._acknowledgements.start(names, 600, extra=self._extra)
        wanted = self._acknowledgements.count() + events
        wait_until(lambda: self._acknowledgements.count() >= wanted, 120, f"{events} events that are acknowledged")

    def lose_power(self, chance: random.Random) -> Loss:
        self.server.kill()
        self._acknowledgements.stop()
        return self.power.cut(chance, chance.choice(_LUCK))


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_sqlite_keeps_what_it_promised(
    settings: Settings, acknowledgements: Acknowledgements, tmp_path: Path, scale: Scale[int], figures: Figures,
    synchronous: str,
) -> None:  # fmt: skip
    cuts, chance, began = scale(6, 100), random.Random(13), time.monotonic()
    settings = settings.model_copy(update={"sqlite_synchronous": synchronous})
    loss, asked, verdict = Loss(), [], None
    with ExitStack() as stack:
        machine = Machine(settings, acknowledgements, tmp_path)
        stack.push(machine.server)
        crowd = None
        for number in range(cuts):
            # What was lost is emitted again with the same numbers: only of FULL a session goes on.
            names = [f"hot-{number if synchronous == 'NORMAL' else 0}-{one}" for one in range(3)]
            machine.server.start()
            if synchronous == "FULL" and crowd is None:
                crowd = stack.enter_context(Crowd(machine.server.address))
                for name in names:
                    crowd.add(name, 2)
            machine.emit(names, chance.randint(50, 200) if synchronous == "FULL" else chance.randint(200, 900))
            if synchronous == "FULL":
                asked.append(machine.ask(names[0]))
            loss += machine.lose_power(chance)
            verdict = _checked(settings, acknowledgements, asked)
            machine.power.begin()
        if synchronous == "FULL":
            assert crowd is not None
            machine.server.start()
            clients = _at_the_head(settings, crowd, asked)
            verdict = _checked(settings, acknowledgements, asked, clients)
            assert machine.server.complaints() == []
            machine.server.kill()
    assert verdict is not None
    if synchronous == "FULL":
        assert verdict.lost == 0
    else:
        assert 0 < verdict.lost < verdict.acknowledged  # or the cuts missed what NORMAL leaves to chance
    _tell(figures, cuts, loss, verdict, began)


@pytest.mark.any_database
def test_the_secret_key_is_on_the_disk_before_anything_is_encrypted_with_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    power = PowerCut(data, tmp_path / "power")
    env = environment(data) | power.environment | {"SECRET_KEY": ""}
    subprocess.run([sys.executable, "-c", _MAKE_KEY], env=env, cwd=PROJECT, check=True)
    before = (data / "secret.key").read_text()
    power.cut(random.Random(), 0)
    assert (data / "secret.key").read_text() == before


def test_postgresql_keeps_what_it_promised(
    tmp_path: Path, scale: Scale[int], figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine of the database loses its power, while all others go on."""
    cuts, chance, began = scale(6, 100), random.Random(14), time.monotonic()
    names, loss = [f"hot-{one}" for one in range(3)], Loss()
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server(fsync=True))
        settings = set_up(postgres, tmp_path)
        monkeypatch.setenv("DATABASE_URL", postgres.url("ringside"))
        postgres.stop()
        power = PowerCut(postgres.data, postgres.data.parent / "power")
        postgres.environment = power.environment
        postgres.start()
        database, log, doorbell = stack.enter_context(opened(settings))
        questions = Questions(database, log, Sessions(database), RunQueue(database, log, doorbell))
        acknowledgements = stack.enter_context(Acknowledgements(settings.data_path))
        server = stack.enter_context(
            ServerUnderFire(settings.data_path, web_concurrency=1, agent_processes=1, lease_seconds=2)
        )
        crowd = stack.enter_context(Crowd(server.address))
        for name in names:
            crowd.add(name, 2)
        for _ in range(2):
            acknowledgements.start(names, 300, 5)
        for _ in range(cuts):
            questions.ask()
            wanted = acknowledgements.count() + chance.randint(50, 400)
            wait_until(lambda: acknowledgements.count() >= wanted, 120, "events that are acknowledged")  # noqa: B023
            postgres.kill()
            loss += power.cut(chance, chance.choice(_LUCK))
            postgres.start()
        acknowledgements.stop()
        wait_until(lambda: not questions.open, 120, "the end of all runs")
        crowd.wait_heads(heads(log, names), 120)
        verdict = check(log, acknowledgements, crowd.clients)
        questions.assert_told_once()
        assert_intact(database)
        assert server.complaints() == []
    _tell(figures, cuts, loss, verdict, began)


def _tell(figures: Figures, cuts: int, loss: Loss, verdict: Verdict, began: float) -> None:
    figures("power cuts", cuts)
    figures("syncs", loss.syncs)
    figures("writes without one at a cut", loss.writes)
    figures("of these, on the disk at least in part", loss.kept)
    figures("events acknowledged", verdict.acknowledged)
    figures("lost, all the newest of their session", verdict.lost)
    figures("repeated, reordered, holes", 0)
    figures("seconds", round(time.monotonic() - began))


def _checked(
    settings: Settings, acknowledgements: Acknowledgements, asked: list[str], clients: list[Client] | None = None
) -> Verdict:
    """What the disk has, by the database's own check, the log, and the runs that were acknowledged."""
    with opened(settings) as (database, log, _):
        assert_intact(database)
        runs = Runs(database)
        assert [run_id for run_id in asked if runs.get(run_id) is None] == []
        return check(log, acknowledgements, clients or [], may_lose_newest=settings.sqlite_synchronous == "NORMAL")


def _at_the_head(settings: Settings, crowd: Crowd, asked: list[str]) -> list[Client]:
    """The clients, when all runs have ended and all that is in the log was seen."""
    with opened(settings) as (database, log, _):
        runs = Runs(database)

        def going_on() -> list[str]:
            found = [runs.get(run_id) for run_id in asked]
            return [run.id for run in found if run is not None and not run.ended]

        wait_until(lambda: not going_on(), 60, "the end of all runs")
        crowd.wait_heads({client.session_id: _head(log, client.session_id) for client in crowd.clients}, 60)
    return crowd.clients


def _head(log: ActivityLog, session_id: str) -> int:
    position = log.position(session_id)
    assert position is not None
    return position.head
