"""Three nodes, PostgreSQL and Kafka; kill -9 of each in turn, then at random: what was acknowledged is there once.

Questions come in by Kafka, node B alone has agent processes, and nodes A and C are watched. The checker asks the log,
the topics and the watchers, and nobody else.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.asker import Asker, judge
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.server import ServerUnderFire
from tests.kafka.broker import Broker, running_broker
from tests.kafka.topics import Topics
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")
_BRIDGE = "kafka_bridge"


class Cluster:
    """Nodes A, B and C by their letters, the broker, and the database."""

    def __init__(
        self,
        stack: ExitStack,
        folder: Path,
        settings: Settings,
        postgres: PostgresServer,
        broker: Broker,
        topics: Topics,
    ) -> None:
        assert settings.database_url is not None
        self.postgres, self.broker = postgres, broker
        extra = topics.environment() | {"DATABASE_URL": settings.database_url.get_secret_value()}
        given = {"web_concurrency": 1, "lease_seconds": 2, "max_losses": 10}
        self.nodes: dict[str, ServerUnderFire] = {}
        for letter, agents in (("A", 0), ("B", 2), ("C", 0)):  # each is there before the next one looks for a port
            node = ServerUnderFire(_folder(folder / letter), extra=extra, agent_processes=agents, **given)
            self.nodes[letter] = stack.enter_context(node)

    def kill(self, victim: str, chance: random.Random) -> bool:
        """kill -9, and a new start of what nobody else starts; whether there was anything to kill."""
        if victim in self.nodes:
            self.nodes[victim].kill()
            self.nodes[victim].start()
        elif victim == "broker":
            self.broker.kill()
            self.broker.start()
        elif victim == "database's process":
            self.postgres.kill_backend()
        else:
            present = [
                pid
                for node in self.nodes.values()
                for pid in node.processes("gunicorn" if victim == "web worker" else victim)
            ]
            if not present:
                return False
            with suppress(ProcessLookupError):
                os.kill(chance.choice(present), signal.SIGKILL)
        return True


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path / "data"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running_broker(tmp_path / "kafka") as broker:
        yield broker


def test_nothing_acknowledged_is_lost_doubled_or_reordered(
    settings: Settings, database: Database, log: ActivityLog, sessions: Sessions, acknowledgements: Acknowledgements,
    postgres: PostgresServer, broker: Broker, tmp_path: Path, scale: Scale[int], figures: Figures,
) -> None:  # fmt: skip
    kills, chance, began = scale(12, 1_000), random.Random(12), time.monotonic()
    topics = Topics(broker, "fire")
    names, emitted = [f"asked-{number}" for number in range(4)], [f"hot-{number}" for number in range(3)]
    for name in (*names, *emitted):
        sessions.create(name)
    killed: Counter[str] = Counter()
    once = ["A", "B", "C", "broker", _BRIDGE, "database's process"]  # each at least, in this order
    others = [*once, "web worker", "agents.worker", "agents.processes.keeper", "emitter"]
    with ExitStack() as stack:
        cluster = Cluster(stack, tmp_path / "nodes", settings, postgres, broker, topics)
        wait_until(lambda: topics.requests in broker.topics(), 60, "the topics")
        crowds = [stack.enter_context(Crowd(cluster.nodes[letter].address)) for letter in "AC"]
        for crowd in crowds:
            for name in (*names, *emitted):
                crowd.add(name, 2)
        acknowledgements.start(emitted, 60, 5)
        asker = Asker(topics, names)
        while killed.total() < kills:
            for _ in range(3):
                asker.ask()
            time.sleep(chance.uniform(0.3, 1.5))  # the pace of the kills; nothing waits for it
            victim = once[killed.total()] if killed.total() < len(once) else chance.choice(others)
            if victim == "emitter":
                acknowledgements.kill(chance.choice(acknowledgements.emitters))
                acknowledgements.start(emitted, 60, 5)
            elif not cluster.kill(victim, chance):
                continue
            killed[victim] += 1
            if victim == "broker":
                broker.wait_until_ready()
        outcome = judge(asker, acknowledgements, emitted, crowds, database, log)
    for victim, number in killed.items():
        figures(f"kill -9 of {victim}", number)
    outcome.tell(figures)
    figures("seconds", round(time.monotonic() - began))
