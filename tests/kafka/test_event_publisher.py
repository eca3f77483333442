"""The log in the topic of events: each session in its order, each event once, whoever is killed."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.kafka.broker import Broker
from tests.kafka.topics import Topics
from tests.support.events import activity, varied
from tests.support.postgres import PostgresServer
from tests.support.processes import environment, process
from tests.support.waiting import wait_until
from utils.bridge.positions import PublishedPositions
from utils.database.base import Database, DatabaseLostError
from utils.log.activity_log import ActivityLog
from utils.log.errors import NotStoredError
from utils.log.events import encode_frame
from utils.log.store import Position
from utils.sessions.deletion import SessionDeletion
from utils.settings import Settings

BRIDGE = ["-m", "agents.processes.kafka_bridge"]


class Bridges:
    """Bridges of one or of several machines, started and killed by number."""

    def __init__(self, stack: ExitStack, env: dict[str, str], log: Path) -> None:
        self._stack, self._env, self._log = stack, env, log
        self.pids: dict[int, int] = {}

    def start(self, number: int = 0) -> None:
        self.pids[number] = self._stack.enter_context(process(BRIDGE, self._env, self._log)).pid

    def kill(self, number: int = 0) -> None:
        os.kill(self.pids.pop(number), signal.SIGKILL)


@pytest.fixture
def bridges(topics: Topics, settings: Settings, tmp_path: Path) -> Iterator[Bridges]:
    with ExitStack() as stack:
        yield Bridges(stack, environment(settings.data_dir), tmp_path / "bridge.log")


@contextmanager
def emitting(log: ActivityLog, names: list[str]) -> Iterator[None]:
    """Events come in all the while, one after the other; what the database refuses is left out."""
    stop = threading.Event()

    def emit() -> None:
        while not stop.is_set():
            for name in names:
                with suppress(NotStoredError):
                    log.append(name, [activity(name)])

    thread = threading.Thread(target=emit)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def seqs(topics: Topics, session_id: str) -> list[int]:
    return [json.loads(record.value)["seq"] for record in topics.published(session_id)]


def test_every_event_is_published_as_it_stands_in_the_log(topics: Topics, bridges: Bridges, log: ActivityLog) -> None:
    log.append("before", varied("before", 50))  # there before Kafka was
    bridges.start()
    wait_until(lambda: topics.events in topics.broker.topics(), 30, "the topics")
    log.append("s1", varied("s1", 1200))
    wait_until(lambda: len(seqs(topics, "s1")) >= 1200 and len(seqs(topics, "before")) >= 50, 40, "the events")
    for session_id, count in (("before", 50), ("s1", 1200)):
        position = log.position(session_id)
        assert position is not None
        stored = log.read(position.key, 0, limit=2000)
        published = topics.published(session_id)
        assert [record.value for record in published] == [event.data() for event in stored]
        assert len(stored) == count
        for event, record in zip(stored, published, strict=True):
            assert record.headers["session_key"] == str(position.key)
            assert (record.headers["seq"], record.headers["type"]) == (str(event.seq), event.type)
            assert record.headers.get("run_id") == event.run_id
            assert b"data: " + record.value in encode_frame(event.seq, event.type, event.body)


def test_publishers_that_are_killed_lose_and_repeat_nothing(topics: Topics, bridges: Bridges, log: ActivityLog) -> None:
    names = [f"s{number}" for number in range(5)]
    with emitting(log, names):
        for number in (0, 1):
            bridges.start(number)
        wait_until(lambda: topics.events in topics.broker.topics(), 30, "the topics")
        for turn in range(6):
            before = len(topics.published(names[0]))
            wait_until(lambda: len(topics.published(names[0])) > before + 20, 40, "more events")  # noqa: B023
            bridges.kill(turn % 2)
            bridges.start(turn % 2)
    for name in names:
        position = log.position(name)
        assert position is not None
        wait_until(lambda: len(topics.published(name)) >= position.head, 40, "the last event")  # noqa: B023
        assert seqs(topics, name) == list(range(1, position.head + 1))


@pytest.mark.only_on("postgresql")
def test_publishers_whose_connections_to_the_database_break_lose_and_repeat_nothing(
    topics: Topics, bridges: Bridges, log: ActivityLog, postgres: PostgresServer
) -> None:
    """Another one publishes at once, and the one before must not go on with what it has read."""
    with emitting(log, ["s1"]):
        for number in (0, 1):
            bridges.start(number)
        wait_until(lambda: topics.events in topics.broker.topics(), 30, "the topics")
        for _ in range(8):
            before = len(topics.published("s1"))
            wait_until(lambda: len(topics.published("s1")) > before + 50, 40, "more events")  # noqa: B023
            postgres.disconnect("ringside")

    def asked() -> Position | None:
        with suppress(DatabaseLostError):  # this process was disconnected, too
            return log.position("s1")
        return None

    position = wait_until(asked, what="an answer of the database")
    wait_until(lambda: len(topics.published("s1")) >= position.head, 40, "the last event")
    assert seqs(topics, "s1") == list(range(1, position.head + 1))


def test_a_broker_that_is_killed_is_waited_for(
    broker: Broker, settings: Settings, tmp_path: Path, log: ActivityLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = Topics(broker, "killed")
    env = environment(settings.data_dir) | topics.environment()
    with process(BRIDGE, env, tmp_path / "bridge.log"):
        wait_until(lambda: topics.events in topics.broker.topics(), 30, "the topics")
        for _ in range(3):
            for _ in range(100):
                log.append("s1", [activity("s1")])
            broker.kill()
            for _ in range(100):
                log.append("s1", [activity("s1")])
            broker.start()
            broker.wait_until_ready()
        wait_until(lambda: len(topics.published("s1")) >= 600, 120, "the events")
        assert seqs(topics, "s1") == list(range(1, 601))


def test_a_session_that_is_deleted_is_told(
    topics: Topics, bridges: Bridges, log: ActivityLog, deletion: SessionDeletion
) -> None:
    bridges.start()
    log.append("s1", varied("s1", 3))
    wait_until(lambda: topics.events in topics.broker.topics() and len(topics.published("s1")) == 3, 30, "the events")
    deletion.delete("s1")
    told = wait_until(lambda: topics.published("s1")[3:], 30, "the deletion")
    assert [json.loads(record.value) for record in told] == [{"type": "sessionGone", "session_id": "s1"}]


@pytest.mark.any_database
def test_a_place_that_the_topic_has_not_kept_stops_nothing(
    topics: Topics, bridges: Bridges, log: ActivityLog, database: Database
) -> None:
    bridges.start()
    log.append("s1", varied("s1", 10))
    wait_until(lambda: topics.events in topics.broker.topics() and len(topics.published("s1")) == 10, 30, "the events")
    positions = PublishedPositions(database, topics.events)
    wait_until(lambda: list(positions.read().seqs.values()) == [10], 30, "that it is written down")
    bridges.kill()
    positions.write({}, dict.fromkeys(positions.offsets(), 0))
    topics.broker.empty(topics.events)
    bridges.start()
    log.append("s1", varied("s1", 10))
    wait_until(lambda: len(topics.published("s1")) >= 10, 30, "the events that follow")
    assert seqs(topics, "s1") == list(range(11, 21))


def test_a_log_that_was_put_back_is_published_where_it_differs(
    topics: Topics, bridges: Bridges, log: ActivityLog, database: Database, tmp_path: Path
) -> None:
    """Its new events have numbers under which the topic has others, which are not in the log any more."""
    bridges.start()
    for name in ("s1", "same"):
        log.append(name, [activity(name, details=f"first {n}") for n in range(10)])
    wait_until(lambda: topics.events in topics.broker.topics() and len(topics.published("s1")) == 10, 30, "the events")
    positions, position = PublishedPositions(database, topics.events), log.position("s1")
    assert position is not None
    wait_until(lambda: positions.seqs([position.key]), 30, "that it is written down")
    bridges.kill()
    with database.write() as connection:
        given = {"key": position.key}
        connection.execute(text("DELETE FROM events WHERE session_key = :key AND seq > 5"), given)
        connection.execute(text("UPDATE sessions SET head = 5 WHERE key = :key"), given)
        connection.execute(text("UPDATE published SET seq = 4"))
        connection.execute(text("UPDATE published_offsets SET next_offset = 0"))
    log.append("s1", [activity("s1", details=f"second {n}") for n in range(3)])
    for number in (1, 2):  # whoever comes later finds them
        bridges.start(number)
        wait_until(lambda: len(topics.published("s1")) >= 13, 30, "the new events")
        if number == 1:
            bridges.kill(number)
    log.append("s1", [activity("s1", details="third")])
    wait_until(lambda: len(topics.published("s1")) >= 14, 30, "the last event")
    assert seqs(topics, "s1") == [*range(1, 11), *range(6, 10)]
    assert [record.value for record in topics.published("s1")[-4:]] == [e.data() for e in log.read(position.key, 5)]
    assert seqs(topics, "same") == [*range(1, 11)]
    assert (tmp_path / "bridge.log").read_text().count("in session s1 from event 6 on") == 1


@pytest.mark.any_database
def test_a_topic_that_is_new_or_was_made_again_gets_the_past_and_one_that_comes_back_what_it_lacks(
    topics: Topics, settings: Settings, log: ActivityLog, tmp_path: Path
) -> None:
    def published(topic: str) -> list[int]:
        if topic not in topics.broker.topics():
            return []
        return [json.loads(record.value)["seq"] for record in topics.broker.read(topic) if record.key == b"s1"]

    first, second = topics.events, f"{topics.events}-2"
    head = 0
    for topic, made_again in ((first, False), (second, False), (first, False), (first, True)):
        if made_again:
            topics.broker.delete(topic)
        head = log.append("s1", varied("s1", 5)).head
        env = environment(settings.data_dir) | {"KAFKA_EVENTS_TOPIC": topic}
        with process(BRIDGE, env, tmp_path / "bridge.log"):
            wait_until(lambda: published(topic)[-1:] == [head], 30, "the last event")  # noqa: B023
            assert published(topic) == list(range(1, head + 1))
