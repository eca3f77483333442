"""The clock is set back and forward by an hour under everybody's feet: order, cursors and leases do not look at it."""

import os
import re
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import check, heads
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.questions import Questions
from tests.faults.server import ServerUnderFire
from tests.support.waiting import wait_until
from tests.support.wall_clock import WallClock, needs_compiler
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.any_database

_NAMES = ["a", "b"]
_TIME = re.compile(rb'"time":"([^"]+)"')


def hours_off(log: ActivityLog) -> set[int]:
    """By how many hours the times in the log differ from the true one."""
    found = set()
    for name in _NAMES:
        position = log.position(name)
        assert position is not None
        for event in log.read(position.key, 0, limit=100_000):
            told = _TIME.search(event.body)
            assert told is not None
            moment = datetime.fromisoformat(told[1].decode())
            found.add(round((moment - datetime.now(UTC)).total_seconds() / 3600))
    return found


@needs_compiler
def test_a_clock_that_jumps_changes_nothing_but_the_times_shown(
    settings: Settings, database: Database, log: ActivityLog, sessions: Sessions, runs: Runs, run_queue: RunQueue,
    acknowledgements: Acknowledgements, tmp_path: Path, scale: Scale[list[int]], figures: Figures,
) -> None:  # fmt: skip
    """In the middle of it, one agent process is killed: its lease runs out by the steady clock, and only its."""
    for name in _NAMES:
        sessions.create(name)
    clock = WallClock(tmp_path)
    questions = Questions(database, log, sessions, run_queue)
    jumps = scale([1, -1, 0], [1, 0, -1, 0, -1, 1] * 4)
    with (
        ServerUnderFire(
            settings.data_path, extra=clock.environment, agent_processes=2, lease_seconds=1, heartbeat_seconds=1
        ) as server,
        Crowd(server.address) as crowd,
    ):
        for name in _NAMES:
            crowd.add(name, 20)
        acknowledgements.start(_NAMES, rate=100, most=3, extra=clock.environment)
        for number, hours in enumerate(jumps):
            questions.ask()
            clock.set(hours * 3600)
            crowd.cut(crowd.clients[::4])
            if number == len(jumps) // 2:
                os.kill(server.processes("agents.worker")[0], signal.SIGKILL)
            _wait_for_more(log, crowd)
            wait_until(lambda: not questions.open, 30, "the end of the run")
        acknowledgements.stop()
        crowd.wait_heads(heads(log, _NAMES))
        verdict = check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
    questions.assert_told_once()
    assert questions.outcome() == {"completed": len(questions.asked)}
    assert hours_off(log) == {-1, 0, 1}, "the clock was not really set"
    lost = sum(run.losses for _, run_id in questions.asked if (run := runs.get(run_id)))
    figures("times the clock was set by one or two hours", len(jumps))
    figures("events acknowledged, in order", verdict.acknowledged)
    figures("events seen by 40 resuming clients", verdict.seen)
    figures("runs, all completed", len(questions.asked))
    figures("leases lost (one process was killed)", lost)
    assert lost <= 1


def _wait_for_more(log: ActivityLog, crowd: Crowd) -> None:
    """Events in every session, and a heartbeat on every stream."""
    before, beats = heads(log, _NAMES), {client: client.heartbeats for client in crowd.clients}
    wait_until(lambda: all(heads(log, _NAMES)[name] > before[name] + 20 for name in _NAMES), 20, "events")
    wait_until(lambda: all(client.heartbeats > number for client, number in beats.items()), 20, "heartbeats")
