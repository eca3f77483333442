"""The doorbell between machines: rings reach other processes, and it mends itself when the server was away."""

import select
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.hearing import hints
from tests.support.postgres import PostgresServer
from tests.support.programs import run_python
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.doorbell.base import ANYTHING, RUNS, SESSIONS, Doorbell, DoorbellListener
from utils.doorbell.opening import open_doorbell
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")
Open = Callable[[], Doorbell]


@pytest.fixture
def machine(database: Database) -> Iterator[Open]:
    """Makes doorbells that know of each other by the database only, as those of two machines."""
    made: list[Doorbell] = []

    def machine() -> Doorbell:
        made.append(open_doorbell(database))
        return made[-1]

    yield machine
    for bell in made:
        bell.close()


def ready(bell: Doorbell, topic: str, count: int) -> None:
    wait_until(lambda: bell.listeners(topic) == count, 10, f"{count} listeners")


def next_hints(ear: DoorbellListener, seconds: float = 5) -> set[str]:
    poller = select.poll()
    poller.register(ear, select.POLLIN)
    assert poller.poll(seconds * 1000), "nothing was heard"
    return hints(ear)


def test_a_ring_reaches_the_listeners_of_its_topic_on_every_machine(machine: Open) -> None:
    ears = [machine().listen(SESSIONS) for _ in range(3)]
    other = machine().listen(RUNS)
    bell = machine()
    ready(bell, SESSIONS, 3)
    ready(bell, RUNS, 1)
    for ear in (*ears, other):
        assert hints(ear) == {ANYTHING}
    bell.ring(SESSIONS, "5")
    assert [next_hints(ear) for ear in ears] == [{"5"}] * 3
    bell.ring(RUNS, "run-1")
    assert next_hints(other) == {"run-1"}
    assert [hints(ear) for ear in ears] == [set()] * 3


def test_the_process_that_rings_hears_it_at_once_and_once(machine: Open) -> None:
    bell = machine()
    ear, far = bell.listen(SESSIONS), machine().listen(SESSIONS)
    ready(bell, SESSIONS, 2)
    assert (hints(ear), hints(far)) == ({ANYTHING}, {ANYTHING})
    bell.ring(SESSIONS, "5")
    assert hints(ear) == {"5"}
    assert next_hints(far) == {"5"}
    bell.ring(SESSIONS, "6")
    assert next_hints(far) == {"6"}
    assert hints(ear) == {"6"}
    assert hints(ear) == set()


def test_rings_that_come_together_are_sent_together_and_none_is_lost(machine: Open) -> None:
    bell, ear, heard = machine(), machine().listen(SESSIONS), set()
    ready(bell, SESSIONS, 1)
    assert hints(ear) == {ANYTHING}
    for number in range(3000):
        bell.ring(SESSIONS, str(number))

    def all_heard() -> bool:
        heard.update(hints(ear))
        return len(heard) == 3000

    wait_until(all_heard)
    assert heard == {str(number) for number in range(3000)}


def test_a_ring_takes_no_time_of_the_ringer(machine: Open) -> None:
    """It is no round trip: ten thousand of those would take seconds."""
    bell = machine()
    began = time.thread_time()
    for number in range(10_000):
        bell.ring(SESSIONS, str(number % 10))
    assert time.thread_time() - began < 1


def test_a_process_that_rings_and_ends_at_once_is_heard(database: Database, settings: Settings, machine: Open) -> None:
    ear = machine().listen(SESSIONS)
    ready(machine(), SESSIONS, 1)
    assert hints(ear) == {ANYTHING}
    code = "from utils.database.opening import open_database; from utils.settings import get_settings\n"
    code += "from utils.doorbell.opening import open_doorbell\n"
    run_python(code + "open_doorbell(open_database(get_settings())).ring('sessions', '7')", settings.data_path)
    assert next_hints(ear) == {"7"}


def test_a_ring_never_fails_even_where_no_thread_can_be_started(machine: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    ear, bell = machine().listen(SESSIONS), machine()
    ready(bell, SESSIONS, 1)
    hints(ear)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        bell.ring(SESSIONS, "5")
    bell.ring(SESSIONS, "6")
    heard: set[str] = set()
    while heard < {"5", "6"}:  # two messages, maybe
        heard |= next_hints(ear)
    assert heard == {"5", "6"}


def test_listeners_are_counted_while_they_listen(machine: Open) -> None:
    asking, bell = machine(), machine()
    ready(asking, RUNS, 0)
    ear = bell.listen(RUNS)
    ready(asking, RUNS, 1)
    assert asking.listeners(SESSIONS) == 0
    ear.close()
    ready(asking, RUNS, 0)


def test_the_descriptor_of_a_listener_outlives_a_restart_of_the_server(
    machine: Open, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    ear, bell = machine().listen(SESSIONS), machine()
    ready(bell, SESSIONS, 1)
    assert hints(ear) == {ANYTHING}
    fd = ear.fileno()
    postgres.restart()
    bell.ring(SESSIONS, "5")
    ready(bell, SESSIONS, 1)
    bell.ring(SESSIONS, "6")
    heard: set[str] = set()
    wait_until(lambda: heard.update(hints(ear)) or "6" in heard, 10, "a ring after the restart")
    assert ANYTHING in heard, "what was rung in between nobody knows"
    assert ear.fileno() == fd
    assert "out of order" in caplog.text
