"""Three nodes, PostgreSQL and Kafka; kill -9 of each in turn, then at random: what was acknowledged is there once.

Questions come in by Kafka, node B alone has agent processes, and nodes A and C are watched. The checker asks the log,
the topics and the watchers, and nobody else.
"""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from confluent_kafka import Message, Producer

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import assert_intact, check, heads
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.server import ServerUnderFire
from tests.kafka.broker import Broker, running_broker
from tests.kafka.topics import Topics
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")
_BRIDGE = "kafka_bridge"


class Asker:
    """Asks by Kafka, and knows which questions the broker has acknowledged."""

    def __init__(self, topics: Topics, names: list[str]) -> None:
        self._topics, self._names = topics, names
        self._producer = Producer(
            {
                "bootstrap.servers": topics.broker.address,
                "enable.idempotence": True,
                "message.timeout.ms": 0,
                "log_level": 0,
            }
        )
        self._number = 0
        self.acknowledged: set[tuple[str, str]] = set()  # (session, id)

    def ask(self) -> None:
        self._number += 1
        name, number = self._names[self._number % len(self._names)], f"q{self._number}"
        value = {"session_id": name, "message": f"What is {number}?", "timestamp": time.time(), "id": number}

        def delivered(error: object, _message: Message, key: tuple[str, str] = (name, number)) -> None:
            if error is None:
                self.acknowledged.add(key)

        self._producer.produce(self._topics.requests, json.dumps(value), name, on_delivery=delivered)
        self._producer.poll(0)

    def settle(self) -> None:
        assert self._producer.flush(120) == 0, "the broker did not take all questions"


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
        acknowledgements.stop()
        asker.settle()
        answered = _wait_for_answers(topics, asker)
        _assert_asked_once(sessions, Runs(database), asker, names)
        everything = heads(log, [*names, *emitted])
        for crowd in crowds:
            crowd.wait_heads(everything, 120)
        verdict = check(log, acknowledgements, [client for crowd in crowds for client in crowd.clients])
        repeated = _assert_published(topics, everything)
    assert_intact(database)
    for victim, number in killed.items():
        figures(f"kill -9 of {victim}", number)
    figures("questions acknowledged by Kafka, each answered", len(asker.acknowledged))
    figures("responses sent twice, with the same run", answered - len(asker.acknowledged))
    figures("events acknowledged", verdict.acknowledged)
    figures("events in the topic, all in order", sum(everything.values()))
    figures("events that the topic has twice", repeated)
    figures("watchers on A and C", verdict.clients)
    figures("events seen by them", verdict.seen)
    figures("lost, repeated, reordered, holes", 0)
    figures("seconds", round(time.monotonic() - began))


def _wait_for_answers(topics: Topics, asker: Asker) -> int:
    """How many responses there are when every question has one."""

    def missing() -> set[tuple[str, str]]:
        return asker.acknowledged - {(answer["session_id"], answer["id"]) for answer in topics.answers()}

    wait_until(lambda: not missing(), 180, "an answer to each question")
    answers = topics.answers()
    assert {answer["status"] for answer in answers} == {"completed"}
    assert len({answer["run_id"] for answer in answers}) == len(asker.acknowledged)
    return len(answers)


def _assert_asked_once(sessions: Sessions, runs: Runs, asker: Asker, names: list[str]) -> None:
    """Every question is one run, and the runs of a session are in the order of the topic."""
    for name in names:
        found, cursor = [], None
        session = sessions.get(name)
        assert session is not None
        while True:
            page = runs.page(session.key, cursor, 100)
            found += [run.question for run in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        numbers = sorted(int(number[1:]) for session_id, number in asker.acknowledged if session_id == name)
        assert [*reversed(found)] == [f"What is q{number}?" for number in numbers]


def _assert_published(topics: Topics, heads_of: dict[str, int]) -> int:
    """The topic of events is the log, in order; returns how many events stand there twice."""
    wait_until(lambda: all(len(topics.published(name)) >= head for name, head in heads_of.items()), 120, "the events")
    repeated = 0
    for name, head in heads_of.items():
        last = 0
        for record in topics.published(name):
            seq = json.loads(record.value)["seq"]
            assert seq <= last + 1, f"{name}: {seq} follows {last} in the topic"
            repeated += seq <= last
            last = max(last, seq)
        assert last == head, f"{name}: the topic ends at {last}, the log at {head}"
    return repeated
