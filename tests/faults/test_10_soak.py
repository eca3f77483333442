"""Hours of ordinary work, in short: clients come and go, files, threads and memory stay where they are."""

import contextlib
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import check, heads
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.server import ServerUnderFire
from tests.support.gunicorn import resident_kilobytes, threads_of
from tests.support.waiting import wait_until
from utils.log.activity_log import ActivityLog
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.any_database

_RATE = 200
_COMING_AND_GOING = 10  # per second
_WEB_THREADS = 4


@dataclass(frozen=True)
class Sample:
    """Of the web workers together."""

    files: int
    threads: int
    megabytes: float


def sample(server: ServerUnderFire) -> Sample:
    pids = server.processes("gunicorn")
    files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
    return Sample(files, sum(map(threads_of, pids)), sum(map(resident_kilobytes, pids)) / 1024)


def warmed(server: ServerUnderFire, own_threads: int) -> bool:
    """Whether all threads are there, each with its connection to the database: a pool grows only when it is asked."""
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(server.http.get, ["/api/sessions", "/healthz", "/readyz", "/metrics"] * 64))
    return sample(server).threads == 2 * (_WEB_THREADS + own_threads)


def test_a_soak_leaves_files_threads_and_memory_flat(
    settings: Settings, log: ActivityLog, sessions: Sessions, acknowledgements: Acknowledgements,
    scale: Scale[int], figures: Figures,
) -> None:  # fmt: skip
    seconds, clients = scale(9, 1800), scale(60, 300)
    names = [f"s-{number}" for number in range(20)]
    for name in names:
        sessions.create(name)
    chance, samples, came, asked = random.Random(10), [], 0, 0
    with (
        ServerUnderFire(settings.data_path, agent_processes=1, web_threads=_WEB_THREADS) as server,
        Crowd(server.address) as crowd,
    ):
        for number in range(clients):
            crowd.add(names[number % len(names)])
        acknowledgements.start(names, rate=_RATE)
        own_threads = 7 if settings.database_url is None else 8  # PostgreSQL's doorbell has one
        wait_until(lambda: warmed(server, own_threads), 30, "all threads of the web workers")
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            leaving = chance.sample(crowd.clients, _COMING_AND_GOING)
            crowd.leave(leaving[: _COMING_AND_GOING // 2])
            crowd.cut(leaving[_COMING_AND_GOING // 2 :])
            position = heads(log, names)
            for client in leaving[: _COMING_AND_GOING // 2]:
                crowd.add(client.session_id, cursor=max(0, position[client.session_id] - chance.randint(0, 2000)))
                came += 1
            server.http.get(f"/api/sessions/{chance.choice(names)}/activity?limit=100")
            asked += 1
            with contextlib.suppress(FileNotFoundError):  # a descriptor that is gone before it is counted
                crowd.wait_open()
                samples.append(sample(server))
            time.sleep(1)  # the pace of the soak; nothing waits for it
        acknowledgements.stop()
        crowd.wait_heads(heads(log, names), 60)
        verdict = check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
    warm = samples[len(samples) // 6 :]
    third = len(warm) // 3
    first, last = warm[:third], warm[-third:]
    for what in ("files", "threads", "megabytes"):
        of_first = statistics.median(getattr(one, what) for one in first)
        of_last = statistics.median(getattr(one, what) for one in last)
        figures(f"{what} of the web workers, first third, median", of_first)
        figures(f"{what} of the web workers, last third, median", of_last)
        # Memory settles within the first minutes: recent events of each session are kept, up to 256 KB.
        assert of_last <= of_first * 1.02 + {"files": 3, "threads": 0, "megabytes": 8}[what], what
    figures("seconds", round(time.monotonic() - began))
    figures("clients at a time", clients)
    figures("clients that left, and others that came", came)
    figures("events acknowledged", verdict.acknowledged)
    figures("events seen by those who stayed", verdict.seen)
