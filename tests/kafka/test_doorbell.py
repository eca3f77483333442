"""Web machines hear of sessions from Kafka, with the events, and from the database while Kafka is silent."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.kafka.broker import Broker
from tests.kafka.topics import Topics
from tests.support.events import activity, varied
from tests.support.processes import environment, process
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.doorbell.base import SESSIONS, Doorbell, Ring
from utils.doorbell.kafka import KafkaListener
from utils.doorbell.news import unpack
from utils.doorbell.opening import open_watching_doorbell
from utils.log.activity_log import ActivityLog
from utils.log.frames import to_frame
from utils.sessions.deletion import SessionDeletion
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")
BRIDGE = ["-m", "agents.processes.kafka_bridge"]


@pytest.fixture
def broker_topics(broker: Broker) -> Topics:
    """Of a broker that may be killed."""
    return Topics(broker, "own")


class Ear:
    """Collects what a listener hears."""

    def __init__(self, listener: KafkaListener) -> None:
        self.listener = listener
        self.rings: list[Ring] = []

    def heard(self, key: int) -> list[Ring]:
        self.rings += self.listener.rings()
        return [ring for ring in self.rings if ring.hint in (str(key), "*")]

    @property
    def by_kafka(self) -> bool:
        return self.listener._instead is None


class Known:
    """What who follows the rings knows of a session: their news, and where those do not follow on, the log."""

    def __init__(self, ear: Ear, key: int, stored: list[int]) -> None:
        self._ear, self._key, self._stored = ear, key, stored
        self._seq = 1

    def look(self) -> int:
        head = self._stored[-1] if self._stored else 1  # what the log has at least when it is read now
        for ring in self._ear.heard(self._key):
            frames = unpack(ring.news)
            follows = bool(frames) and frames[0].seq <= self._seq + 1
            self._seq = max(self._seq, frames[-1].seq if follows else head)
        self._ear.rings.clear()
        return self._seq


@pytest.fixture
def ear(settings: Settings, database: Database) -> Iterator[Callable[[Topics], Ear]]:
    with ExitStack() as stack:

        def listen(topics: Topics) -> Ear:
            given = {name.lower(): value for name, value in topics.environment().items()}
            bell = open_watching_doorbell(database, settings.model_copy(update=given))
            stack.callback(bell.close)
            listener = bell.listen(SESSIONS)
            assert isinstance(listener, KafkaListener)
            return Ear(stack.enter_context(closing(listener)))

        yield listen


def test_what_is_stored_is_heard_with_the_events_themselves(
    topics: Topics, ear, settings: Settings, tmp_path: Path, log: ActivityLog, deletion: SessionDeletion
) -> None:
    with process(BRIDGE, environment(settings.data_dir), tmp_path / "bridge.log"):
        wait_until(lambda: topics.events in topics.broker.topics(), 30, "the topics")
        hearing = ear(topics)
        wait_until(lambda: hearing.by_kafka, 30, "Kafka's heartbeat")
        hearing.rings += hearing.listener.rings()
        hearing.rings.clear()
        receipt = log.append("s1", varied("s1", 300))
        wait_until(lambda: sum(len(unpack(ring.news)) for ring in hearing.heard(receipt.key)) >= 300, 20, "the news")
        frames = [frame for ring in hearing.heard(receipt.key) for frame in unpack(ring.news)]
        assert frames == [to_frame(event) for event in log.read(receipt.key, 0)]
        hearing.rings.clear()
        deletion.delete("s1")
        wait_until(lambda: hearing.heard(receipt.key), 20, "that it is gone")
        assert [ring.news for ring in hearing.heard(receipt.key)] == [b""]


def test_the_database_rings_while_kafka_is_silent(
    broker_topics: Topics, ear, settings: Settings, tmp_path: Path, log: ActivityLog
) -> None:
    topics, broker = broker_topics, broker_topics.broker
    env = environment(settings.data_dir) | topics.environment()
    hearing = ear(topics)  # before the topic is there
    assert not hearing.by_kafka
    key = log.append("s1", [activity("s1")]).key
    wait_until(lambda: hearing.heard(key), 5, "a ring of the database")
    with process(BRIDGE, env, tmp_path / "bridge.log"):
        wait_until(lambda: hearing.by_kafka, 40, "Kafka's heartbeat")
        broker.kill()
        wait_until(lambda: not hearing.by_kafka, 20, "that its silence is noticed")
        hearing.rings += hearing.listener.rings()
        hearing.rings.clear()
        log.append("s1", [activity("s1")])
        wait_until(lambda: hearing.heard(key), 5, "a ring of the database")
        broker.start()
        wait_until(lambda: hearing.by_kafka, 60, "Kafka's heartbeat")
    wait_until(lambda: not hearing.by_kafka, 20, "that nobody publishes any more")


def test_no_event_is_missed_when_the_way_changes(
    broker_topics: Topics, ear, settings: Settings, tmp_path: Path, log: ActivityLog, doorbell: Doorbell
) -> None:
    """Of every event comes a ring after it was stored, whether with it or to look for it."""
    topics, stop = broker_topics, threading.Event()
    stored: list[int] = []

    def emit() -> None:
        while not stop.is_set():
            stored.append(log.append("s1", [activity("s1")]).head)
            stop.wait(0.02)

    key = log.append("s1", [activity("s1")]).key
    hearing = ear(topics)
    emitting = threading.Thread(target=emit)
    env = environment(settings.data_dir) | topics.environment()
    with process(BRIDGE, env, tmp_path / "bridge.log"):
        emitting.start()
        try:
            known = Known(hearing, key, stored)
            wait_until(lambda: known.look() and hearing.by_kafka, 60, "the way by Kafka")
            topics.broker.kill()
            wait_until(lambda: known.look() and not hearing.by_kafka, 30, "the way by the database")
            topics.broker.start()
            wait_until(lambda: known.look() and hearing.by_kafka, 60, "the way by Kafka again")
        finally:
            stop.set()
            emitting.join()
        wait_until(lambda: known.look() >= stored[-1], 10, "the last event")
