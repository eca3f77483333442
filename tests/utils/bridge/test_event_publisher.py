"""What a bridge says that does not publish: another one does, or only tries."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from confluent_kafka import KafkaError, KafkaException
from sqlalchemy.exc import OperationalError

from tests.support.events import activity
from tests.support.processes import free_port
from tests.support.waiting import wait_until
from utils.bridge import event_publisher
from utils.bridge.event_publisher import EventPublisher
from utils.bridge.positions import Head, PublishedPositions
from utils.database.base import Database, DatabaseLostError
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.sessions.messages import Messages
from utils.sessions.runs import Runs
from utils.settings import Settings

pytestmark = pytest.mark.any_database


@pytest.fixture
def publishing(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, messages: Messages, runs: Runs,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    """A publisher works within a ``with`` block, which is given a function that counts how often it asked to lead."""
    monkeypatch.setattr(event_publisher, "_AGAIN_SECONDS", 0.01)

    @contextmanager
    def publish(leads: Callable[[int], None]) -> Iterator[Callable[[], int]]:
        asked = 0

        def lead(*_: object) -> None:
            nonlocal asked
            asked += 1
            leads(asked)

        monkeypatch.setattr(database, "lead", lead)
        stopping = threading.Event()
        publisher = EventPublisher(settings, database, log, doorbell, messages, runs)
        thread = threading.Thread(target=publisher.publish, args=(stopping,), daemon=True)
        thread.start()
        try:
            yield lambda: asked
        finally:
            stopping.set()
            thread.join(10)

    return publish


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage().partition("; ")[0] for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize(
    "trouble",
    [
        DatabaseLostError("The database does not answer."),
        KafkaException(KafkaError(KafkaError._TRANSPORT)),
        OperationalError("SELECT", {}, psycopg.errors.QueryCanceled()),
        psycopg.errors.QueryCanceled(),
    ],
)
def test_an_outage_ends_when_another_publishes_and_not_when_it_only_tries(
    publishing, database: Database, settings: Settings, caplog: pytest.LogCaptureFixture, trouble: Exception
) -> None:
    positions = PublishedPositions(database, settings.kafka_events_topic)
    begin, offset = "No events can be published to Kafka", 0

    def leads(asked: int) -> None:
        nonlocal offset
        if asked == 1:
            raise trouble
        if works.is_set() or asked == 10:  # one that begins writes down once, and fails then
            offset += 1
            positions.write({}, {0: offset})

    works = threading.Event()
    with publishing(leads) as asked:
        wait_until(lambda: asked() > 30)
        assert told(caplog) == [begin]
        works.set()
        wait_until(lambda: len(told(caplog)) == 2)
        seen = asked()
        wait_until(lambda: asked() > seen + 10)
    assert len(told(caplog)) == 2
    assert "that is over" in told(caplog)[1]


def test_a_look_reads_no_session_of_which_all_is_published(
    settings: Settings, database: Database, log: ActivityLog, messages: Messages, runs: Runs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    keys = [log.append(name, [activity(name)]).key for name in map(str, range(20))]
    positions = PublishedPositions(database, settings.kafka_events_topic)
    positions.write(dict.fromkeys(keys, 1), {0: 20})
    rows = []

    def heads(*given: Any) -> dict[int, Head]:
        rows.append(read(*given))
        return rows[-1]

    read = positions._heads
    monkeypatch.setattr(positions, "_heads", heads)
    lock = database.lead("kafka-events")
    assert lock is not None
    at = settings.model_copy(update={"kafka_bootstrap_servers": f"127.0.0.1:{free_port()}"})
    turn = event_publisher._Turn(lock, at, log, positions, messages, runs)
    try:
        turn.look()
    finally:
        turn.close()
        lock.release()
    assert rows == [{}]
