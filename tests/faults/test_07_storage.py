"""A disk that is full, a database that others hold: no false promise, streams go on, and it heals without a restart."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pysqlite3
import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import assert_intact, check, heads
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.server import ServerUnderFire
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.database.opening import open_database
from utils.doorbell.opening import open_doorbell
from utils.log.activity_log import ActivityLog
from utils.log.opening import open_log
from utils.project import PROJECT
from utils.sessions.new_session import emitted_session
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.only_on("sqlite")

_NAMES = ["a", "b", "c"]
_HOLD_WRITE_LOCK = """
import sys
from utils.database.opening import open_database
from utils.settings import get_settings
with open_database(get_settings()).write_lock:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def small_disk(tmp_path: Path, migrated: Path, scale: Scale[int]) -> Iterator[Path]:
    """A file system of its own for DATA_DIR: a tmpfs, which needs root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = scale(12, 40)
    if (
        os.geteuid()
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}m", "faults", folder], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("a small disk needs root and a mount")
    try:
        (folder / "data").mkdir()
        shutil.copy(migrated, folder / "data" / "ringside.db")
        yield folder / "data"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def opened(data: Path) -> Iterator[tuple[Database, ActivityLog]]:
    database = open_database(Settings(_env_file=None, data_dir=data, sqlite_synchronous="NORMAL"))
    doorbell = open_doorbell(database)
    yield database, open_log(database, doorbell, emitted_session)
    doorbell.close()
    database.close()


def fill_up(folder: Path) -> Path:
    """Take what room is left, to the last block."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            while True:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    break
    return ballast


def test_a_full_disk_promises_nothing_and_heals_when_there_is_room(
    small_disk: Path, scale: Scale[int], figures: Figures
) -> None:
    """The disk fills to the last block while emitters and clients are at work; some of it is given back; and again."""
    with ExitStack() as stack:
        database, log = stack.enter_context(opened(small_disk))
        sessions = Sessions(database)
        for name in _NAMES:
            sessions.create(name)
        server = ServerUnderFire(small_disk, heartbeat_seconds=1)
        server.log = small_disk.parents[1] / "server.log"
        acknowledgements = stack.enter_context(Acknowledgements(small_disk))
        # What the emitters write down must not be lost by the very fault it witnesses.
        acknowledgements.folder.rmdir()
        acknowledgements.folder = small_disk.parents[1] / "acknowledged"
        acknowledgements.folder.mkdir()
        stack.enter_context(server)
        crowd = stack.enter_context(Crowd(server.address))
        for name in _NAMES:
            crowd.add(name, scale(10, 50))
        for _ in range(2):
            acknowledgements.start(_NAMES, rate=scale(300, 500), most=5, size=400)
        wait_until(lambda: acknowledgements.count() > 200)
        healed = [fill_and_heal(small_disk, log, acknowledgements, server, crowd) for _ in range(scale(2, 8))]
        acknowledgements.stop()
        crowd.wait_heads(heads(log, _NAMES), 30)
        verdict = check(log, acknowledgements, crowd.clients)
        assert_intact(database)
        # The readers of the log may say that they wait for it; nobody's request may have met a stack trace.
        assert not [line for line in server.complaints() if "Exception in" in line or "TIMEOUT" in line]
    figures("times the disk was full", len(healed))
    figures("appends refused, as what", ", ".join(f"{code} {number}" for code, number in verdict.refused.items()))
    figures("events acknowledged, all in the log", verdict.acknowledged)
    figures("streams that broke", verdict.reconnects)
    figures("longest from room to new events in every session, s", max(healed))
    assert set(verdict.refused) == {"storage_full"}


def fill_and_heal(
    disk: Path, log: ActivityLog, acknowledgements: Acknowledgements, server: ServerUnderFire, crowd: Crowd
) -> float:
    """Seconds from the moment when there is room again until every session has a new event."""
    refused = acknowledgements.refused()
    ballast = fill_up(disk)
    wait_until(lambda: acknowledgements.refused() > refused + 20, 30, "refusals")
    beats = {client: client.heartbeats for client in crowd.clients}
    wait_until(lambda: all(client.heartbeats > n for client, n in beats.items()), 20, "heartbeats on a full disk")
    assert server.http.answers()
    assert crowd.open == len(crowd.clients)
    [newcomer] = crowd.add("a")
    wait_until(lambda: newcomer.head > 0 and newcomer.cursor >= newcomer.head, 10, "a replay from a full disk")
    ballast.unlink()
    freed, stored = time.monotonic(), heads(log, _NAMES)
    wait_until(lambda: all(heads(log, _NAMES)[name] > stored[name] for name in _NAMES), 20, "new events")
    return time.monotonic() - freed


@pytest.mark.parametrize("who", ["a frozen writer", "a foreign program"])
def test_a_database_that_others_hold_refuses_in_time_and_heals(
    settings: Settings, database: Database, log: ActivityLog, sessions: Sessions, acknowledgements: Acknowledgements,
    scale: Scale[bool], figures: Figures, who: str,
) -> None:  # fmt: skip
    """A process of ours that is stopped in its turn to write; a program that knows SQLite's lock and not ours."""
    if who == "a foreign program" and scale(True, False):
        pytest.skip("ten seconds of waiting each: this one is part of the long run")
    for name in _NAMES:
        sessions.create(name)
    with ServerUnderFire(settings.data_path, heartbeat_seconds=1) as server, Crowd(server.address) as crowd:
        for name in _NAMES:
            crowd.add(name, 10)
        acknowledgements.start(_NAMES, rate=100, most=3)
        wait_until(lambda: acknowledgements.count() > 50)
        with holding(who, settings.data_path):
            began = time.monotonic()
            wait_until(acknowledgements.refused, 30, "the first refusal")
            figures(f"{who}: seconds until an append was refused", time.monotonic() - began)
            assert server.http.answers()
            assert crowd.open == len(crowd.clients)
        freed, stored = time.monotonic(), acknowledgements.count()
        wait_until(lambda: acknowledgements.count() > stored + 50, 20, "new events")
        figures(f"{who}: seconds until 50 events more were stored", time.monotonic() - freed)
        acknowledgements.stop()
        crowd.wait_heads(heads(log, _NAMES))
        verdict = check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
    assert set(verdict.refused) == {"storage_busy"}
    assert verdict.reconnects == 0
    assert_intact(database)


@contextmanager
def holding(who: str, data: Path) -> Iterator[None]:
    """Somebody holds the database for the block."""
    if who == "a foreign program":
        raw = pysqlite3.connect(str(data / "ringside.db"), isolation_level=None)
        wait_until(lambda: _begins(raw), 10, "SQLite's write lock")
        try:
            yield
        finally:
            raw.execute("ROLLBACK")
            raw.close()
        return
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD_WRITE_LOCK], cwd=PROJECT, env={**os.environ, "DATA_DIR": str(data)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            child.kill()


def _begins(raw: "pysqlite3.Connection") -> bool:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except pysqlite3.OperationalError:
        return False
    return True
