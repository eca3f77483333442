"""The doorbell: a hint that reaches every listener, blocks nobody, and may be lost."""

import os
import threading
from pathlib import Path

import pytest

from tests.support.programs import python
from tests.support.waiting import wait_until
from utils.doorbell import RUNS, SESSIONS
from utils.socket_doorbell import SocketDoorbell, SocketListener


@pytest.fixture
def listen(tmp_path: Path):
    """Makes listeners that are closed at the end."""
    made: list[SocketListener] = []

    def listen(topic: str, directory: Path = tmp_path) -> SocketListener:
        made.append(SocketListener(directory, topic))
        return made[-1]

    yield listen
    for listener in made:
        listener.close()


@pytest.fixture
def bell(tmp_path: Path):
    bell = SocketDoorbell(tmp_path)
    yield bell
    bell.close()


def names(directory: Path) -> list[str]:
    return os.listdir(directory / "doorbell")


def test_a_ring_reaches_every_listener_of_the_topic_and_no_other(bell: SocketDoorbell, listen) -> None:
    ears, other = [listen(SESSIONS) for _ in range(3)], listen(RUNS)
    bell.ring(SESSIONS, "5")
    bell.ring(SESSIONS, "6")
    bell.ring(SESSIONS, "5")
    assert [ear.hints() for ear in ears] == [{"5", "6"}] * 3
    assert other.hints() == set()
    bell.ring(RUNS, "run-1")
    assert other.hints() == {"run-1"}


def test_hints_are_given_once(bell: SocketDoorbell, listen) -> None:
    ear = listen(SESSIONS)
    bell.ring(SESSIONS, "5")
    assert ear.hints() == {"5"}
    assert ear.hints() == set()


def test_a_listener_that_comes_later_is_heard_of_within_a_second_or_so(bell: SocketDoorbell, listen) -> None:
    bell.ring(SESSIONS, "1")
    late = listen(SESSIONS)

    def heard() -> set[str]:
        bell.ring(SESSIONS, "2")
        return late.hints()

    assert wait_until(heard, 3) == {"2"}


def test_ringing_without_listeners_is_fine(bell: SocketDoorbell) -> None:
    bell.ring(SESSIONS, "1")


def test_a_closed_listener_leaves_nothing_behind(tmp_path: Path, bell: SocketDoorbell) -> None:
    SocketListener(tmp_path, SESSIONS).close()
    assert names(tmp_path) == []
    bell.ring(SESSIONS, "1")


LISTENER = """
import sys
from pathlib import Path
from utils.doorbell import SESSIONS
from utils.socket_doorbell import SocketListener
listener = SocketListener(Path(sys.argv[1]), SESSIONS)
print("ready", flush=True)
sys.stdin.readline()
"""


def test_the_socket_of_a_killed_listener_is_removed_by_the_next_ring(
    tmp_path: Path, bell: SocketDoorbell, listen
) -> None:
    ear = listen(SESSIONS)
    with python(LISTENER, tmp_path, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert bell.listeners(SESSIONS) == 2
        assert len(names(tmp_path)) == 2
        process.kill()
        process.wait()
    assert bell.listeners(SESSIONS) == 1
    bell.ring(SESSIONS, "7")
    assert len(names(tmp_path)) == 1
    assert ear.hints() == {"7"}


def test_processes_are_counted_and_not_their_listeners(bell: SocketDoorbell, listen) -> None:
    assert bell.listeners(RUNS) == 0
    listen(RUNS)
    listen(RUNS)
    listen(SESSIONS)
    assert bell.listeners(RUNS) == 1


def test_a_listener_that_does_not_listen_blocks_neither_the_ringer_nor_the_others(bell: SocketDoorbell, listen) -> None:
    full, ear = listen(SESSIONS), listen(SESSIONS)
    heard: set[str] = set()

    def ring() -> None:
        for number in range(5000):
            bell.ring(SESSIONS, str(number))
            if number % 5 == 0:
                heard.update(ear.hints())

    ringer = threading.Thread(target=ring, daemon=True)
    ringer.start()
    ringer.join(20)
    assert not ringer.is_alive()
    assert heard | ear.hints() == {str(number) for number in range(5000)}
    assert len(full.hints()) < 5000


def test_a_folder_with_a_long_path_works(tmp_path: Path) -> None:
    """A Unix socket's own path may have no more than 107 bytes."""
    deep = tmp_path / ("d" * 100) / ("e" * 100) / ("f" * 100)
    ear, bell = SocketListener(deep, SESSIONS), SocketDoorbell(deep)
    bell.ring(SESSIONS, "1")
    assert ear.hints() == {"1"}
    bell.close()
    ear.close()


def test_threads_may_ring_at_once(bell: SocketDoorbell, listen) -> None:
    ear, heard = listen(SESSIONS), set()
    threads = [
        threading.Thread(target=lambda base=base: [bell.ring(SESSIONS, str(base + n)) for n in range(50)])
        for base in (0, 50, 100, 150)
    ]
    for thread in threads:
        thread.start()

    def all_heard() -> bool:
        heard.update(ear.hints())
        return not any(thread.is_alive() for thread in threads)

    wait_until(all_heard)
    heard.update(ear.hints())
    assert heard <= {str(number) for number in range(200)}
    assert heard


def test_other_users_cannot_reach_the_sockets(tmp_path: Path, bell: SocketDoorbell) -> None:
    assert (tmp_path / "doorbell").stat().st_mode & 0o077 == 0
