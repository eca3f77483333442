"""The thread that reads the log for the streams: what it does when no ring tells it where to look."""

import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.support.events import activity, fill
from tests.support.waiting import wait_until
from utils.doorbell.news import Frame
from utils.log.activity_log import ActivityLog
from utils.log.store import Position
from utils.streams import log_reader
from utils.streams.log_reader import LogReader

pytestmark = pytest.mark.any_database
Watch = Callable[[], tuple[LogReader, int]]


class Told:
    """What the reader has handed over."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.heard = 0
        self.lost: list[int] = []

    def head(self, key: int) -> int:
        return self.heard

    def moved(self, key: int, frames: Sequence[Frame]) -> None:
        self.seqs += [frame.seq for frame in frames]

    def gone(self, key: int) -> None:
        self.lost.append(key)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watch(log: ActivityLog, told: Told) -> Iterator[Watch]:
    """Lets a reader watch the session s1, which has three events. Returns the reader and the session's key."""
    fill(log, "s1", 3)
    reader = LogReader(log, told)

    def watch() -> tuple[LogReader, int]:
        position = log.position("s1")
        assert position is not None
        reader.start()
        reader.watch(position.key, 0)
        wait_until(lambda: told.seqs == [1, 2, 3])
        return reader, position.key

    yield watch
    reader.stop()


@pytest.fixture
def without_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_reader, "_POLL_SECONDS", 600)
    monkeypatch.setattr(log_reader, "_LONGEST_PAUSE_SECONDS", 600)


@pytest.mark.usefixtures("without_poll")
def test_it_looks_where_it_is_told_to(log: ActivityLog, told: Told, watch: Watch) -> None:
    reader, key = watch()
    log.append("s1", [activity()])
    reader.look([key, key + 100])
    wait_until(lambda: told.seqs == [1, 2, 3, 4], 5)


@pytest.mark.usefixtures("without_poll")
def test_told_to_look_everywhere_it_does_so_at_once(log: ActivityLog, told: Told, watch: Watch) -> None:
    reader, _ = watch()
    log.append("s1", [activity()])
    reader.look_everywhere()
    wait_until(lambda: told.seqs == [1, 2, 3, 4], 5)


@pytest.mark.usefixtures("without_poll")
def test_what_the_listener_has_heard_by_itself_is_not_read_again(log: ActivityLog, told: Told, watch: Watch) -> None:
    reader, key = watch()
    log.append("s1", [activity(), activity()])
    told.heard = 4
    reader.look([key])
    wait_until(lambda: told.seqs == [1, 2, 3, 5], 5)


@pytest.mark.usefixtures("without_poll")
def test_a_log_that_was_put_back_ends_its_streams(
    log: ActivityLog, told: Told, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restored backup numbers are given anew: whoever comes back with an old one gets a reset."""
    reader, key = watch()
    log.append("s2", [activity("s2")])
    monkeypatch.setattr(log, "positions", lambda keys: {key: Position(key, 1, 2) for key in keys})
    reader.look_everywhere()
    wait_until(lambda: told.lost == [key], 5)


def test_a_poll_that_was_slow_does_not_put_off_the_next_for_long(
    log: ActivityLog, told: Told, watch: Watch, monkeypatch: pytest.MonkeyPatch
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
