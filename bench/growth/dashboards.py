"""What 200 open dashboards cost in which nothing happens: a stream each, and what they ask for by themselves.

A dashboard that is visible asks every ten seconds whether something has changed (changes.service.ts), after a quiet
minute every twenty; and for its list, or for what its search finds, only if something has. Those of many people do so
at different moments. Beside it, what it costs when something changes all the time.
"""

import http.client
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bench.clients import Clients
from bench.growth.places import Place
from bench.growth.reads import SESSIONS, SLOW_SECONDS, read
from bench.growth.rows import COMMON
from bench.measure import cpu_seconds, family_cpu_seconds
from bench.report import Figure

_DASHBOARDS = 200
_BOUND = 0.05  # of a core
_AT_ONCE = 8
_IDLE = "idle dashboards"
_CHANGES = "/api/changes"
# The seconds between two requests of a dashboard for the same, and what it asks for.
_ASKED = {
    _IDLE: (20, (_CHANGES,)),
    "dashboards whose list always changes": (10, (_CHANGES, SESSIONS)),
    "dashboards whose search always changes": (10, (_CHANGES, f"{SESSIONS}&query={COMMON}")),
}


def figures(full: Place, small: Place, where: str, database_pid: int | None, rounds: int) -> Iterator[Figure]:
    """``rounds``: how often each dashboard asks. ``database_pid``: the first process of a database server."""
    for what, (apart, paths) in _ASKED.items():
        shares = {place: _watch(place, paths, rounds, apart, database_pid) for place in (small, full)}
        web, database = shares[full]
        yield Figure(
            f"web CPU of {_DASHBOARDS} {what}, {where}",
            f"{web:.1%} of a core (a small team's {shares[small][0]:.1%})",
            *((f"≤ {_BOUND:.0%}", web / _BOUND) if what == _IDLE else ()),
        )
        if database_pid is not None:
            yield Figure(
                f"  the database's CPU meanwhile, {where}",
                f"{database:.1%} of a core (a small team's {shares[small][1]:.1%})",
            )


def _watch(
    place: Place, paths: tuple[str, ...], rounds: int, apart: int, database_pid: int | None
) -> tuple[float, float]:
    """CPU seconds of the web worker, and of the database server, for each second of idle dashboards.

    Where they ask faster than they are answered, it takes longer, and what all answers cost still counts for as many
    seconds as the dashboards would have asked.
    """
    stream = f"/sse/agent-activity/{place.sample}"
    with Clients(place.server.port, _DASHBOARDS, path=stream, authorization=place.server.authorization):
        _ask(place, paths, 1, 10)  # what is loaded or compressed for the first time is not counted
        web, database = cpu_seconds(place.server.pid), _database_cpu(database_pid)
        _ask(place, paths, rounds, apart)
        seconds = rounds * apart
        return (
            (cpu_seconds(place.server.pid) - web) / seconds,
            (_database_cpu(database_pid) - database) / seconds,
        )


def _database_cpu(pid: int | None) -> float:
    return 0.0 if pid is None else family_cpu_seconds(pid)


def _ask(place: Place, paths: tuple[str, ...], rounds: int, apart: int) -> None:
    """Let each dashboard ask for each path every ``apart`` seconds; returns when all is answered."""
    connections = threading.local()

    def ask(moment: float, path: str) -> None:
        time.sleep(max(0.0, moment - time.monotonic()))
        if not hasattr(connections, "kept"):
            connections.kept = http.client.HTTPConnection("127.0.0.1", place.server.port, timeout=SLOW_SECONDS)
        read(connections.kept, place, path)

    began, asks = time.monotonic(), _DASHBOARDS * rounds
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        told = [
            pool.submit(ask, began + number / asks * rounds * apart, path) for number in range(asks) for path in paths
        ]
    for one in told:
        one.result()
