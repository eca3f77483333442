"""The doorbell: a hint that reaches every listener, blocks nobody, and may be lost."""

import errno
import os
import select
import threading
from pathlib import Path

import pytest

from tests.support.hearing import hints
from tests.support.programs import python
from tests.support.waiting import wait_until
from utils.doorbell import pipe as pipe_doorbell
from utils.doorbell.base import ANYTHING, MOST_NEWS, RUNS, SESSIONS, Ring
from utils.doorbell.pipe import PipeDoorbell, PipeListener


@pytest.fixture
def listen(tmp_path: Path):
    """Makes listeners that are closed at the end."""
    made: list[PipeListener] = []

    def listen(topic: str, directory: Path = tmp_path) -> PipeListener:
        made.append(PipeListener(directory, topic))
        return made[-1]

    yield listen
    for listener in made:
        listener.close()


@pytest.fixture
def bell(tmp_path: Path):
    bell = PipeDoorbell(tmp_path)
    yield bell
    bell.close()


def names(directory: Path) -> list[str]:
    return os.listdir(directory / "doorbell")


def test_a_ring_reaches_every_listener_of_the_topic_and_no_other(bell: PipeDoorbell, listen) -> None:
    ears, other = [listen(SESSIONS) for _ in range(3)], listen(RUNS)
    bell.ring(SESSIONS, "5")
    bell.ring(SESSIONS, "6")
    bell.ring(SESSIONS, "5")
    assert [hints(ear) for ear in ears] == [{"5", "6"}] * 3
    assert hints(other) == set()
    bell.ring(RUNS, "run-1")
    assert hints(other) == {"run-1"}


def test_hints_are_given_once(bell: PipeDoorbell, listen) -> None:
    ear = listen(SESSIONS)
    bell.ring(SESSIONS, "5")
    assert hints(ear) == {"5"}
    assert hints(ear) == set()


def test_news_come_along_in_their_order(bell: PipeDoorbell, listen) -> None:
    ear = listen(SESSIONS)
    for news in (b"first", b"", b"\x00\n second"):
        bell.ring(SESSIONS, "5", news)
    bell.ring(SESSIONS, "6", b"n" * MOST_NEWS)
    bell.ring(SESSIONS, "7", b"n" * select.PIPE_BUF)
    assert ear.rings() == [
        Ring("5", b"first"), Ring("5"), Ring("5", b"\x00\n second"), Ring("6", b"n" * MOST_NEWS), Ring("7"),
    ]  # fmt: skip


def test_many_rings_are_heard_each_and_in_order(bell: PipeDoorbell, listen, monkeypatch) -> None:
    """More than is read in one go: a message may come in two pieces."""
    ear = listen(SESSIONS)
    monkeypatch.setattr(pipe_doorbell, "_READ_BYTES", 700)
    monkeypatch.setattr(ear, "_capacity", 5000)
    rings, heard = [Ring(str(number), b"%d" % number * 100) for number in range(400)], []
    for ring in rings:
        bell.ring(SESSIONS, *ring)
    while some := ear.rings():
        heard += some
    assert [ring for ring in heard if ring.hint != ANYTHING] == rings


def test_a_listener_that_may_have_missed_some_knows_it(bell: PipeDoorbell, listen) -> None:
    ear = listen(SESSIONS)
    for number in range(2000):
        bell.ring(SESSIONS, str(number), b"n" * 2000)
    heard = ear.rings()
    assert [ring.hint for ring in heard[:-1]] == [str(number) for number in range(len(heard) - 1)]
    assert 100 < len(heard) < 2000
    assert heard[-1] == Ring(ANYTHING)
    bell.ring(SESSIONS, "5")
    assert ear.rings() == [Ring("5")]


def test_a_pipe_has_its_name_only_while_it_is_read(tmp_path: Path, bell: PipeDoorbell, listen, monkeypatch) -> None:
    """Else a ring would sweep away a listener that is just being made."""
    rename = os.rename
    monkeypatch.setattr(os, "rename", lambda *args, **how: bell.ring(SESSIONS, "5") or rename(*args, **how))
    ear = listen(SESSIONS)
    bell.ring(SESSIONS, "6")
    assert ear.rings() == [Ring("6")]


def test_a_listener_that_comes_later_is_heard_of_within_a_second_or_so(bell: PipeDoorbell, listen) -> None:
    bell.ring(SESSIONS, "1")
    late = listen(SESSIONS)

    def heard() -> set[str]:
        bell.ring(SESSIONS, "2")
        return hints(late)

    assert wait_until(heard, 3) == {"2"}


def test_ringing_without_listeners_is_fine(bell: PipeDoorbell) -> None:
    bell.ring(SESSIONS, "1")


def test_a_closed_listener_leaves_nothing_behind(tmp_path: Path, bell: PipeDoorbell) -> None:
    PipeListener(tmp_path, SESSIONS).close()
    assert names(tmp_path) == []
    bell.ring(SESSIONS, "1")


LISTENER = """
import sys
from pathlib import Path
from utils.doorbell.base import SESSIONS
from utils.doorbell.pipe import PipeListener
listener = PipeListener(Path(sys.argv[1]), SESSIONS)
print("ready", flush=True)
sys.stdin.readline()
"""


def test_the_pipe_of_a_killed_listener_is_removed_by_the_next_ring(tmp_path: Path, bell: PipeDoorbell, listen) -> None:
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
    assert hints(ear) == {"7"}


def test_a_ringer_that_can_open_no_file_sweeps_nobody_away(
    tmp_path: Path, bell: PipeDoorbell, listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    ears = [listen(SESSIONS) for _ in range(3)]
    opened, real = [], os.open

    def scarce(path: str, flags: int, *args: int, **where: int) -> int:
        if flags & os.O_WRONLY and len(opened) > 0:
            raise OSError(errno.EMFILE, "Too many open files")
        opened.append(path)
        return real(path, flags, *args, **where)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", scarce)
        bell.ring(SESSIONS, "5")
    assert len(names(tmp_path)) == 3
    assert wait_until(lambda: bell.ring(SESSIONS, "6") or all("6" in hints(ear) for ear in ears), 5)


def test_a_listener_that_cannot_be_made_leaves_no_file_open(
    tmp_path: Path, listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    listen(SESSIONS)
    before = os.listdir("/proc/self/fd")
    for call in ("mkfifo", "rename"):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, refuse)
            with pytest.raises(OSError, match="No space"):
                listen(SESSIONS)
    assert os.listdir("/proc/self/fd") == before
    assert len(names(tmp_path)) == 1


RINGER = """
import signal, sys
from pathlib import Path
from utils.doorbell.base import SESSIONS
from utils.doorbell.pipe import PipeDoorbell
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
bell = PipeDoorbell(Path(sys.argv[1]))
for _ in sys.stdin:
    bell.ring(SESSIONS, "5")
    print("rung", flush=True)
"""


def test_a_program_that_ends_at_a_broken_pipe_is_not_ended_by_a_listener_that_was_killed(tmp_path: Path) -> None:
    with python(RINGER, tmp_path, tmp_path) as ringer, python(LISTENER, tmp_path, tmp_path) as listener:
        assert ringer.stdin is not None
        assert ringer.stdout is not None
        assert listener.stdout is not None
        assert listener.stdout.readline() == "ready\n"
        for ended in (False, True, True):
            if ended:
                listener.kill()
                listener.wait()
            print("ring", file=ringer.stdin, flush=True)
            assert ringer.stdout.readline() == "rung\n"
        assert names(tmp_path) == []


def test_processes_are_counted_and_not_their_listeners(bell: PipeDoorbell, listen) -> None:
    assert bell.listeners(RUNS) == 0
    listen(RUNS)
    listen(RUNS)
    listen(SESSIONS)
    assert bell.listeners(RUNS) == 1


def test_a_listener_that_does_not_listen_blocks_neither_the_ringer_nor_the_others(bell: PipeDoorbell, listen) -> None:
    full, ear = listen(SESSIONS), listen(SESSIONS)
    heard: set[str] = set()

    def ring() -> None:
        for number in range(5000):
            bell.ring(SESSIONS, str(number), b"n" * 1000)
            if number % 5 == 0:
                heard.update(hints(ear))

    ringer = threading.Thread(target=ring, daemon=True)
    ringer.start()
    ringer.join(20)
    assert not ringer.is_alive()
    assert heard | hints(ear) == {str(number) for number in range(5000)}
    assert len(hints(full)) < 5000


def test_what_a_stranger_writes_is_thrown_away(tmp_path: Path, bell: PipeDoorbell, listen) -> None:
    ear = listen(SESSIONS)
    (tmp_path / "doorbell" / names(tmp_path)[0]).write_bytes(b"\xff" * 300)
    assert hints(ear) == {ANYTHING}
    bell.ring(SESSIONS, "5")
    assert hints(ear) == {"5"}


def test_threads_may_ring_at_once(bell: PipeDoorbell, listen) -> None:
    ear, heard = listen(SESSIONS), set()
    threads = [
        threading.Thread(target=lambda base=base: [bell.ring(SESSIONS, str(base + n)) for n in range(50)])
        for base in (0, 50, 100, 150)
    ]
    for thread in threads:
        thread.start()

    def all_heard() -> bool:
        heard.update(hints(ear))
        return not any(thread.is_alive() for thread in threads)

    wait_until(all_heard)
    heard.update(hints(ear))
    assert heard <= {str(number) for number in range(200)}
    assert heard


def test_other_users_cannot_reach_the_pipes(tmp_path: Path, bell: PipeDoorbell) -> None:
    assert (tmp_path / "doorbell").stat().st_mode & 0o077 == 0
