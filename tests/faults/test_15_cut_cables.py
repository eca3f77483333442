"""Cables are pulled between the agents' machine, the broker and all others: when they are back, nothing is missing.

The agents' machine (B) and the broker are network namespaces with a cable each; A, C and PostgreSQL are this machine.
"""

import random
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.asker import Asker, judge
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.own_database import at, opened, set_up
from tests.faults.server import ServerUnderFire
from tests.kafka.broker import running_broker
from tests.kafka.topics import Topics
from tests.support.other_machine import OtherMachine, available
from tests.support.postgres import postgres_server
from tests.support.waiting import wait_until
from utils.sessions.sessions import Sessions

pytestmark = pytest.mark.skipif(not available(), reason="network namespaces need root and iproute2")

_NETWORK = "10.213.0.0/16"  # that of tests/support/other_machine.py
_LEASE_SECONDS = 2


def test_pulled_cables_lose_nothing(
    tmp_path: Path, scale: Scale[int], figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts, chance, began = scale(5, 60), random.Random(16), time.monotonic()
    asked, emitted = [f"asked-{number}" for number in range(4)], [f"hot-{number}" for number in range(3)]
    pulled: Counter[str] = Counter()
    with ExitStack() as stack:
        agents_machine, broker_machine = (stack.enter_context(OtherMachine(place)) for place in (0, 1))
        postgres = stack.enter_context(postgres_server(_NETWORK, fsync=False))
        settings = set_up(postgres, tmp_path)
        broker = stack.enter_context(
            running_broker(tmp_path / "kafka", host=broker_machine.other, namespace=broker_machine.name)
        )
        topics = Topics(broker, "cables")
        near, far = postgres.url("ringside"), postgres.tcp_url("ringside", agents_machine.host)
        monkeypatch.setenv("DATABASE_URL", near)
        given = {"web_concurrency": 1, "lease_seconds": _LEASE_SECONDS, "max_losses": 10, "heartbeat_seconds": 1}
        extra = topics.environment()
        a, c = (
            stack.enter_context(
                ServerUnderFire(at(near, tmp_path / name).data_path, extra=extra, agent_processes=number, **given)
            )
            for name, number in (("A", 0), ("C", 1))
        )
        stack.enter_context(
            ServerUnderFire(
                at(far, tmp_path / "B").data_path, agents_machine.other, extra | {"DATABASE_URL": far},
                agents_machine.name, agent_processes=2, **given,
            )
        )  # fmt: skip
        database, log, _ = stack.enter_context(opened(settings))
        sessions = Sessions(database)
        for name in (*asked, *emitted):
            sessions.create(name)
        wait_until(lambda: topics.requests in broker.topics(), 60, "the topics")
        crowds = [stack.enter_context(Crowd(node.address)) for node in (a, c)]
        for crowd in crowds:
            for name in (*asked, *emitted):
                crowd.add(name, 2)
        acknowledgements = stack.enter_context(Acknowledgements(settings.data_path))
        for _ in range(2):
            acknowledgements.start(emitted, 60, 5)
        asker = Asker(topics, asked)
        cables = {"agents' machine": [agents_machine], "broker": [broker_machine]}
        cables["both"] = [agents_machine, broker_machine]
        while pulled.total() < cuts:
            for _ in range(3):
                asker.ask()
            name = list(cables)[pulled.total() % 3] if pulled.total() < 3 else chance.choice(list(cables))
            for machine in cables[name]:
                machine.vanish()
            before = acknowledgements.count()
            time.sleep(chance.uniform(1, 4 * _LEASE_SECONDS))  # how long the cable is out; nothing waits for it
            wait_until(lambda: acknowledgements.count() > before, 60, "events that are acknowledged meanwhile")  # noqa: B023
            for machine in cables[name]:
                machine.come_back()
            pulled[name] += 1
        outcome = judge(asker, acknowledgements, emitted, crowds, database, log)
    for name, number in pulled.items():
        figures(f"the cable was pulled of: {name}", number)
    outcome.tell(figures)
    figures("seconds", round(time.monotonic() - began))
