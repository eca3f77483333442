"""Reloads and restarts under load: in time, without a killed worker, a lost run or a lost event."""

import signal
import time

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import check, heads
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

pytestmark = pytest.mark.any_database

_GRACEFUL_SECONDS = 10


def test_reloads_and_restarts_under_load_lose_nothing(
    settings: Settings, database: Database, log: ActivityLog, sessions: Sessions, run_queue: RunQueue,
    acknowledgements: Acknowledgements, scale: Scale[int], figures: Figures,
) -> None:  # fmt: skip
    reloads, restarts, names = scale(2, 75), scale(1, 25), ["a", "b", "c", "d", "e"]
    for name in names:
        sessions.create(name)
    questions = Questions(database, log, sessions, run_queue)
    reload_seconds, restart_seconds = [0.0], [0.0]
    with (
        ServerUnderFire(settings.data_path, agent_processes=1, graceful_seconds=_GRACEFUL_SECONDS) as server,
        Crowd(server.address) as crowd,
    ):
        for name in names:
            crowd.add(name, scale(10, 40))
        acknowledgements.start(names, rate=200, most=4)
        for number in range(reloads + restarts):
            crowd.wait_open(30)
            wait_until(lambda: _run_in_progress(questions), 30, "a run in progress")
            began = time.monotonic()
            if number % (reloads // restarts + 1) == 0 and len(restart_seconds) <= restarts:
                restart_seconds.append(server.terminate())
                server.start()
                continue
            old = set(server.processes("gunicorn"))
            server.http.signal(signal.SIGHUP)
            _wait_for_the_end_of(old, server)
            reload_seconds.append(time.monotonic() - began)
            wait_until(server.http.answers, 30)
        acknowledgements.stop()
        wait_until(lambda: not questions.open, 60, "the end of all runs")
        crowd.wait_heads(heads(log, names), 60)
        verdict = check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
    questions.assert_told_once()
    assert questions.outcome() == {"completed": len(questions.asked)}
    figures("reloads (HUP)", len(reload_seconds) - 1)
    figures("longest until the old workers were gone, s", max(reload_seconds))
    figures("restarts (TERM)", len(restart_seconds) - 1)
    figures(f"longest until all had ended, s (graceful: {_GRACEFUL_SECONDS})", max(restart_seconds))
    figures("runs, all completed", len(questions.asked))
    figures("attempts of those runs", questions.attempts())
    figures("events acknowledged", verdict.acknowledged)
    figures("events seen by the clients", verdict.seen)
    assert max(restart_seconds) <= _GRACEFUL_SECONDS
    assert max(reload_seconds) <= _GRACEFUL_SECONDS


def _run_in_progress(questions: Questions) -> bool:
    """Whether an agent works on a run at the moment; there is always one waiting."""
    if len(questions.open) < 2:
        questions.ask()
    return any(run.status == "running" for run in questions.open)


def _wait_for_the_end_of(workers: set[int], server: ServerUnderFire) -> None:
    wait_until(lambda: not workers & set(server.processes("gunicorn")), 30, "the end of the old workers")
