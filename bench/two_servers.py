"""Two servers on one database: what is asked at one is watched at the other."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.asking import Watch, in_stream, request, until_ready
from bench.measure import cpu_seconds, percentile
from bench.report import Figure
from bench.server import Server, data_directory, ringside
from tests.support.postgres import postgres_server
from utils.log.events import ENDED_RUN

_GOAL_MILLIS = 50
_SESSION = "bench-two-servers"
_WARM_UP = 4


@dataclass(frozen=True, slots=True)
class _Pair:
    """``asked`` takes the questions, with agent processes of its own; ``watched`` has the stream."""

    asked: Server
    watched: Server
    stream: Watch
    counts: Path  # see bench/counted.py

    @property
    def reads(self) -> int:
        """How often the watched server has read the log."""
        return self.counts.stat().st_size

    def ask(self) -> float:
        """Ask, and wait until the stream tells the run's end. Milliseconds from the POST to `queued` on the stream."""
        began = time.monotonic()
        body = {"content": "What do the documents say?"}
        run_id = request(self.asked, "POST", f"/api/sessions/{_SESSION}/messages", body)["run"]["id"]
        queued = self.stream.moment(run_id, frozenset({"queued"}))
        self.stream.moment(run_id, ENDED_RUN)
        return (queued - began) * 1000

    def head(self) -> int:
        """How many events the session has."""
        return int(request(self.asked, "GET", f"/api/sessions/{_SESSION}/activity?limit=1")["head"])


def other_server(questions: int) -> Iterator[Figure]:
    with ExitStack() as stack:
        yield from _figures(_pair(stack), "SQLite", questions)
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server()).create("bench")
        yield from _figures(_pair(stack, database_url=url), "PostgreSQL", questions)


def _pair(stack: ExitStack, **database: str) -> _Pair:
    data = stack.enter_context(data_directory())
    reads = data / "reads"
    first = stack.enter_context(ringside(data, agent_processes=2, **database))
    second = stack.enter_context(ringside(data, app="bench.counted:app", bench_reads=reads, **database))
    until_ready(first)
    request(first, "POST", "/api/sessions", {"id": _SESSION})
    return _Pair(first, second, Watch(in_stream(second, _SESSION)), reads)


def _figures(pair: _Pair, where: str, questions: int) -> Iterator[Figure]:
    for _ in range(_WARM_UP):  # the first run of each agent process loads what later ones find loaded
        pair.ask()
    cpu, reads, head = cpu_seconds(pair.watched.pid), pair.reads, pair.head()
    millis = [pair.ask() for _ in range(questions)]
    cpu, reads = cpu_seconds(pair.watched.pid) - cpu, pair.reads - reads
    yield Figure(
        f"POST to `queued` on a stream of another server, median, {where}",
        f"{median(millis):.1f} ms (p99 {percentile(millis, 0.99):.1f} ms)",
        f"< {_GOAL_MILLIS} ms",
        median(millis) / _GOAL_MILLIS,
    )
    yield Figure(
        f"  that server's reads of the log for a run, {where}",
        f"{reads / questions:.1f} ({(pair.head() - head) / questions:.0f} events)",
    )
    yield Figure(f"  that server's CPU for a run, {where}", f"{cpu * 1000 / questions:.1f} ms")
