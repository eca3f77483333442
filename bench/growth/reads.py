"""How long what a dashboard reads takes."""

import http.client
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.growth.places import Place
from bench.growth.rows import COMMON, PRIORITY, RARE, TAG
from bench.measure import middle_ratio
from bench.report import Figure

READ_BOUND, _SEARCH_BOUND = 2, 5
SESSIONS = "/api/sessions?archived=false&limit=40"
_ACCEPTED = "gzip, deflate, br, zstd"  # what browsers send
SLOW_SECONDS = 120  # for any one answer


def figures(full: Place, small: Place, where: str, rounds: int) -> Iterator[Figure]:
    taken: dict[Place, dict[str, list[float]]] = {place: defaultdict(list) for place in (full, small)}
    for _ in range(rounds):
        with ExitStack() as stack:
            connections = {place: stack.enter_context(_connection(place)) for place in (small, full)}
            for name in _paths(full):
                for place, connection in connections.items():
                    taken[place][name].append(read(connection, place, _paths(place)[name]))
    for name, millis in taken[full].items():
        bound = _SEARCH_BOUND if name.startswith("search") else READ_BOUND
        yield compared(f"{name}, {where}", millis, taken[small][name], bound)
    yield _usage(full, where, rounds)


@contextmanager
def _connection(place: Place) -> Iterator[http.client.HTTPConnection]:
    """As a browser keeps it, and with what its process loads at the first use."""
    with closing(http.client.HTTPConnection("127.0.0.1", place.server.port, timeout=SLOW_SECONDS)) as connection:
        read(connection, place, "/api/auth/me")
        yield connection


def _usage(full: Place, where: str, rounds: int) -> Figure:
    """It sums all runs of a year, of which a small team has none to compare with."""
    day = datetime.now(UTC).date()
    path = f"/api/usage?since={day - timedelta(days=364)}&until={day}&step=month&split=agent"
    with _connection(full) as connection:
        millis = median(read(connection, full, path) for _ in range(rounds))
    return Figure(f"usage of a year, {where}", f"{millis:.0f} ms", "< 300 ms", millis / 300)


def compared(name: str, full: list[float], small: list[float], bound: float) -> Figure:
    """Milliseconds in the team with years of data and in the small one, round by round."""
    return Figure(
        name, f"{median(full):.1f} ms", f"≤ {bound:g} × a small team, {median(small):.1f} ms",
        middle_ratio(full, small), bound,
    )  # fmt: skip


def _paths(place: Place) -> dict[str, str]:
    """What is read, by its name in the table."""
    session = f"/api/sessions/{place.sample}"
    return {
        "sessions": SESSIONS,
        "sessions, a page in the middle": f"{SESSIONS}&cursor={place.middle}",
        "search for a common word": f"{SESSIONS}&query={COMMON}",
        "search for a rare word": f"{SESSIONS}&query={RARE}",
        "sessions by tag": f"{SESSIONS}&tag={TAG}",
        "sessions by priority": f"{SESSIONS}&priority={PRIORITY}",
        "/api/tags": "/api/tags",
        "/api/agents, a page": "/api/agents?limit=50",
        "/api/changes": "/api/changes",
        "/metrics": "/metrics",
        "a session": session,
        "its activity": f"{session}/activity?after=0&limit=5000",
        "its messages": f"{session}/messages",
        "its runs": f"{session}/runs",
        "its documents": f"{session}/documents",
    }


def read(connection: http.client.HTTPConnection, place: Place, path: str) -> float:
    """Milliseconds until the answer is there."""
    headers = {"Authorization": place.server.authorization, "Accept-Encoding": _ACCEPTED}
    began = time.monotonic()
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise RuntimeError(f"{path} was answered with {response.status}: {body[:200]!r}")
    return (time.monotonic() - began) * 1000
