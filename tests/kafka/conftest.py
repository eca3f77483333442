"""One broker for all tests that do not harm it."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker import Broker, running_broker
from tests.kafka.topics import Topics


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
