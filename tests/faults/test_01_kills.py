"""kill -9 of web workers, agent processes and emitters at random: nothing acknowledged is lost, repeated or moved."""

import os
import random
import signal
import time
from contextlib import suppress

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import assert_intact, check, heads
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.questions import Questions
from tests.faults.server import ServerUnderFire
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.settings import Settings

_EMITTERS = 3


def test_kill_9_of_anybody_loses_nothing(
    settings: Settings, database: Database, log: ActivityLog, sessions: Sessions, run_queue: RunQueue,
    acknowledgements: Acknowledgements, scale: Scale[int], figures: Figures, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    kills, events, clients = scale(12, 1_000), scale(2_000, 1_000_000), scale(60, 500)
    rate, most, per_round = scale(300, 1200), scale(10, 40), scale(6, 50)  # no more than the clients here can take
    names = [f"hot-{number}" for number in range(scale(6, 50))]
    for name in names:
        sessions.create(name)
    chance = random.Random(1)
    killed = {"web": 0, "agents.worker": 0, "agents.processes.keeper": 0, "emitter": 0}
    if database.dialect == "postgresql":
        killed["database's process"] = 0
    questions = Questions(database, log, sessions, run_queue)
    began = time.monotonic()
    with (
        ServerUnderFire(settings.data_path, agent_processes=2, lease_seconds=2, max_losses=10) as server,
        Crowd(server.address) as crowd,
    ):
        for name in names:
            crowd.add(name, clients // len(names))
        for _ in range(_EMITTERS):
            acknowledgements.start(names, rate, most)
        questions.ask()
        wait_until(lambda: len(server.processes("agents.worker")) == 2, 30, "two agent processes")
        acknowledged = 0
        while sum(killed.values()) < kills or acknowledged < events:
            time.sleep(chance.uniform(0.1, 1))  # the pace of the kills; nothing waits for it
            kind = chance.choices(list(killed), [5, 3, 1, 3, 2][: len(killed)])[0]
            if database.dialect == "postgresql" and sum(killed.values()) == kills // 2:
                kind = "database's process"  # at least once, also in the short run
            if kind == "database's process":
                request.getfixturevalue("postgres").kill_backend()
                killed[kind] += 1
            elif kind == "emitter":
                acknowledgements.kill(chance.choice(acknowledgements.emitters))
                acknowledgements.start(names, rate, most)
                killed[kind] += 1
            else:
                killed[kind] += _kill_one(server, kind, chance)
            if len(questions.open) < 2:
                questions.ask()
            if sum(killed.values()) % per_round == 0:
                assert_intact(database)
                before = acknowledged
                wait_until(lambda: acknowledgements.count() > before, 30, "another event that is acknowledged")  # noqa: B023
                acknowledged = acknowledgements.count()
        acknowledgements.stop()
        wait_until(lambda: not questions.open, 120, "the end of all runs")
        crowd.wait_heads(heads(log, names), 120)
        verdict = check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
    questions.assert_told_once()
    assert_intact(database)
    assert questions.outcome() == {"completed": len(questions.asked)}
    assert verdict.refused == {}
    for kind, number in killed.items():
        figures(f"kill -9 of {kind}", number)
    figures("events acknowledged", verdict.acknowledged)
    figures("lost, repeated, reordered, holes", 0)
    figures("resuming clients", verdict.clients)
    figures("events seen by them", verdict.seen)
    figures("reconnects", verdict.reconnects)
    figures("frames cut in the middle and resumed", verdict.cut_frames)
    figures("runs, all completed", len(questions.asked))
    figures("attempts of those runs", questions.attempts())
    figures("seconds", round(time.monotonic() - began))


def _kill_one(server: ServerUnderFire, kind: str, chance: random.Random) -> int:
    """Kill one of the server's processes of this kind, if one is there at the moment."""
    present = server.processes("gunicorn" if kind == "web" else kind)
    if not present:
        return 0
    with suppress(ProcessLookupError):
        os.kill(chance.choice(present), signal.SIGKILL)
        return 1
    return 0
