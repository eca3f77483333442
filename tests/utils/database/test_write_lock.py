"""The turn to write: one at a time, over threads and processes; a killed holder lets go."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.programs import python
from tests.support.waiting import wait_until
from utils.database.write_lock import WriteLock, WriteTurnError

HOLD = """
import sys
from pathlib import Path
from utils.database.write_lock import WriteLock
with WriteLock(Path(sys.argv[1])):
    print("holding", flush=True)
    sys.stdin.readline()
"""


def test_one_thread_has_the_turn_at_a_time(tmp_path: Path) -> None:
    lock, inside, most = WriteLock(tmp_path / "lock"), [0], [0]

    def work(_number: int) -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.001)
            inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(100)))
    assert most == [1]


@pytest.mark.parametrize("end", ["finishes", "is killed"])
def test_another_process_waits_until_the_holder(tmp_path: Path, end: str) -> None:
    path, got = tmp_path / "lock", threading.Event()

    def wait() -> None:
        with WriteLock(path):
            got.set()

    with python(HOLD, tmp_path, path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        waiter = threading.Thread(target=wait, daemon=True)
        waiter.start()
        assert not got.wait(0.2)
        if end == "is killed":
            holder.kill()
        else:
            holder.communicate("done\n", timeout=10)
        assert wait_until(got.is_set)
        waiter.join()


def test_a_block_that_raises_gives_the_turn_back(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path / "lock")

    def fail() -> None:
        with lock:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    def turn() -> bool:
        with lock:
            return True

    assert ThreadPoolExecutor(1).submit(turn).result(5)


def test_whoever_waited_in_vain_does_not_keep_the_turn_when_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    impatient = WriteLock(path, patience_seconds=0.1)

    def turn() -> bool:
        with WriteLock(path, patience_seconds=5):
            return True

    with WriteLock(path), pytest.raises(WriteTurnError) as kept, impatient:
        pass
    assert ThreadPoolExecutor(1).submit(turn).result(10)
    with impatient:
        assert kept.value.__traceback__, "the error, and with it what it refers to, is still there"
