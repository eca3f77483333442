"""The thread that reads the log for the streams: what it does when no ring tells it where to look."""

import os
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.support.events import activity, fill
from tests.support.waiting import wait_until
from utils import log_reader
from utils.activity_log import ActivityLog
from utils.doorbell import ANYTHING
from utils.log_reader import Entry, LogReader

pytestmark = pytest.mark.any_database


class Ear:
    """A doorbell's listener that hears what the test says."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._hints: set[str] = set()

    def hear(self, hint: str) -> None:
        self._hints.add(hint)
        os.eventfd_write(self._fd, 1)

    def fileno(self) -> int:
        return self._fd

    def hints(self) -> set[str]:
        os.eventfd_read(self._fd)
        heard, self._hints = self._hints, set()
        return heard

    def close(self) -> None:
        os.close(self._fd)


class Told:
    """What the reader has handed over."""

    def __init__(self) -> None:
        self.seqs: list[int] = []

    def moved(self, key: int, entries: Sequence[Entry]) -> None:
        self.seqs += [entry.seq for entry in entries]

    def gone(self, key: int) -> None:
        raise AssertionError(f"session {key} is not gone")


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watch(log: ActivityLog, ear: Ear, told: Told) -> Iterator[Callable[[], None]]:
    """Lets a reader watch the session s1, which has three events."""
    fill(log, "s1", 3)
    reader = LogReader(log, ear, told)

    def watch() -> None:
        position = log.position("s1")
        assert position is not None
        reader.start()
        reader.watch(position.key, 0)
        wait_until(lambda: told.seqs == [1, 2, 3])

    yield watch
    reader.stop()


def test_a_listener_that_has_missed_rings_lets_everything_be_looked_at_at_once(
    log: ActivityLog, ear: Ear, told: Told, watch: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_reader, "_POLL_SECONDS", 600)
    monkeypatch.setattr(log_reader, "_LONGEST_PAUSE_SECONDS", 600)
    watch()
    log.append("s1", [activity()])
    ear.hear(ANYTHING)
    wait_until(lambda: told.seqs == [1, 2, 3, 4], 5)


def test_a_poll_that_was_slow_does_not_put_off_the_next_for_long(
    log: ActivityLog, told: Told, watch: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that has just come back answers the first question late; what was rung meanwhile waits for the poll."""
    monkeypatch.setattr(log_reader, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(log_reader, "_LONGEST_PAUSE_SECONDS", 0.1)
    changes, asked = log.changes, 0

    def slow() -> object:
        nonlocal asked
        asked += 1
        time.sleep(0.1)  # a hundred times that would be ten seconds
        return changes()

    monkeypatch.setattr(log, "changes", slow)
    watch()
    log.append("s1", [activity()])
    wait_until(lambda: told.seqs == [1, 2, 3, 4], 5)
    wait_until(lambda: asked > 5, 5)
