"""One broker for all tests that do not harm it, and a bridge within the test's own process."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kafka.broker import Broker, running_broker
from tests.kafka.topics import Topics
from tests.support.waiting import wait_until
from utils.bridge.questions import Questions
from utils.database.base import Database
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings, get_settings


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """One for a test that kills it."""
    with running_broker(tmp_path / "kafka") as broker:
        yield broker


@pytest.fixture
def topics(shared_broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Topics:
    """Topics and a group of the test's own, in the environment of the processes that it starts."""
    found = Topics(shared_broker, secrets.token_hex(4))
    for name, value in found.environment().items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def kafka_settings(topics: Topics, settings: Settings) -> Settings:
    get_settings.cache_clear()
    given = {name.lower(): value for name, value in topics.environment().items()}
    return settings.model_copy(update=given | {"kafka_partitions": 3})


@pytest.fixture
def taking(topics: Topics, kafka_settings: Settings, sessions: Sessions, run_queue: RunQueue):
    """Questions are taken within a ``with`` block, by one more bridge."""

    @contextmanager
    def take(**changed: str) -> Iterator[None]:
        settings = kafka_settings.model_copy(update=changed)
        stopping = threading.Event()
        questions = Questions(settings, sessions, run_queue)
        thread = threading.Thread(target=questions.take, args=(stopping,), daemon=True)
        thread.start()
        wait_until(lambda: topics.requests in topics.broker.topics(), 30, "the topics")
        try:
            yield
        finally:
            stopping.set()
            thread.join(30)
            assert not thread.is_alive()

    return take


@pytest.fixture
def asked(sessions: Sessions, database: Database) -> Callable[[str], list[RunRecord]]:
    """The runs of a session, oldest first."""
    runs = Runs(database)

    def of(session_id: str) -> list[RunRecord]:
        found = sessions.get(session_id)
        return [] if found is None else [*reversed(runs.page(found.key, limit=100).items)]

    return of
