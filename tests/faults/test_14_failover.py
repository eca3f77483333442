"""PostgreSQL dies in the middle and its standby takes over: nothing acknowledged is lost, and everybody finds it.

Only the address names both servers; nobody is started again.
"""

import random
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import assert_intact, check, heads
from tests.faults.conftest import Figures
from tests.faults.crowd import Crowd
from tests.faults.own_database import at, opened, set_up
from tests.faults.questions import Questions
from tests.faults.server import ServerUnderFire
from tests.support.postgres import postgres_server
from tests.support.waiting import wait_until
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions


def test_a_standby_takes_over(tmp_path: Path, figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    names, chance, began = [f"hot-{one}" for one in range(3)], random.Random(15), time.monotonic()
    with ExitStack() as stack:
        primary = stack.enter_context(postgres_server(fsync=False))
        set_up(primary, tmp_path)
        standby = stack.enter_context(postgres_server(fsync=False, standby_of=primary))
        primary.wait_for_standby()
        url = primary.or_standby(standby, "ringside")
        monkeypatch.setenv("DATABASE_URL", url)
        node = {"web_concurrency": 1, "lease_seconds": 2}
        web = stack.enter_context(ServerUnderFire(at(url, tmp_path / "A").data_path, agent_processes=0, **node))
        agents = stack.enter_context(ServerUnderFire(at(url, tmp_path / "B").data_path, agent_processes=2, **node))
        settings = at(url, tmp_path)
        database, log, doorbell = stack.enter_context(opened(settings))
        questions = Questions(database, log, Sessions(database), RunQueue(database, log, doorbell))
        acknowledgements = stack.enter_context(Acknowledgements(settings.data_path))
        crowd = stack.enter_context(Crowd(web.address))
        for name in names:
            crowd.add(name, 5)
        for _ in range(3):
            acknowledgements.start(names, 100, 5)
        for _ in range(4):
            questions.ask()
        wanted = chance.randint(200, 400)
        wait_until(lambda: acknowledgements.count() >= wanted, 120, "events that are acknowledged")
        primary.kill()
        killed = time.monotonic()
        wait_until(lambda: acknowledgements.refused() > 0, 60, "appends that are refused: the standby only reads")
        before, promoted = acknowledgements.count(), time.monotonic()
        standby.promote()
        wait_until(lambda: acknowledgements.count() > before, 60, "an event that the standby acknowledges")
        written = time.monotonic()
        questions.ask()
        wait_until(lambda: not questions.open, 120, "the end of all runs")
        acknowledgements.stop()
        crowd.wait_heads(heads(log, names), 120)
        verdict = check(log, acknowledgements, crowd.clients)
        questions.assert_told_once()
        assert_intact(database)
        assert web.complaints() + agents.complaints() == []
    figures("seconds without a server to write to", promoted - killed)
    figures("seconds from the promotion to the next event", written - promoted)
    figures("events acknowledged before", before)
    figures("events acknowledged", verdict.acknowledged)
    figures("runs, all completed", len(questions.asked))
    figures("watchers", verdict.clients)
    figures("lost, repeated, reordered, holes", 0)
    figures("seconds", round(time.monotonic() - began))
