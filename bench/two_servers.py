"""Two servers on one database: what is asked at one is watched at the other."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from statistics import median

import psycopg

from bench.asking import Watch, in_stream, request, until_ready
from bench.measure import cpu_seconds, percentile
from bench.report import Figure
from bench.server import Server, data_directory, ringside
from tests.support.postgres import PostgresServer, postgres_server
from utils.log.events import ENDED_RUN

_GOAL_MILLIS = 50
_SESSION = "bench-two-servers"
_WARM_UP = 4
_WATCHER = "watcher"  # the PostgreSQL user of the server that is watched: its statements are counted apart


@dataclass(frozen=True, slots=True)
class _Pair:
    """``asked`` takes the questions, with agent processes of its own; ``watched`` has the stream."""

    asked: Server
    watched: Server
    stream: Watch

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
        yield from _figures(_pair(stack, {}, {}), "SQLite", questions)
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server())
        url = _counting(postgres)
        pair = _pair(stack, {"database_url": url}, {"database_url": url.replace("user=postgres", f"user={_WATCHER}")})
        before, head = _reads(url), pair.head()
        yield from _figures(pair, "PostgreSQL", questions)
        asked = questions + _WARM_UP
        events, reads = (pair.head() - head) / asked, (_reads(url) - before) / asked
        yield Figure(
            "  reads of the log by the watched server for a run, PostgreSQL", f"{reads:.1f} ({events:.0f} events)"
        )


def _pair(stack: ExitStack, asked: dict[str, str], watched: dict[str, str]) -> _Pair:
    data = stack.enter_context(data_directory())
    first = stack.enter_context(ringside(data, agent_processes=2, **asked))
    second = stack.enter_context(ringside(data, **watched))
    until_ready(first)
    request(first, "POST", "/api/sessions", {"id": _SESSION})
    return _Pair(first, second, Watch(in_stream(second, _SESSION)))


def _figures(pair: _Pair, where: str, questions: int) -> Iterator[Figure]:
    for _ in range(_WARM_UP):  # the first run of each agent process loads what later ones find loaded
        pair.ask()
    before = cpu_seconds(pair.watched.pid)
    millis = [pair.ask() for _ in range(questions)]
    cpu = (cpu_seconds(pair.watched.pid) - before) * 1000 / questions
    yield Figure(
        f"POST to `queued` on a stream of another server, median, {where}",
        f"{median(millis):.1f} ms (p99 {percentile(millis, 0.99):.1f} ms)",
        f"< {_GOAL_MILLIS} ms",
        median(millis) / _GOAL_MILLIS,
    )
    yield Figure(f"  CPU of the watched server for a run, {where}", f"{cpu:.1f} ms")


def _counting(postgres: PostgresServer) -> str:
    """A new database's address, on the server that counts statements from now on."""
    with closing(psycopg.connect(postgres.url("postgres"), autocommit=True)) as raw:
        raw.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        raw.execute(f"CREATE ROLE {_WATCHER} LOGIN SUPERUSER")
    postgres.restart()
    url = postgres.create("bench")
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        raw.execute("CREATE SCHEMA counting")  # the product's own is of its tables alone
        raw.execute("CREATE EXTENSION pg_stat_statements SCHEMA counting")
    return url


def _reads(url: str) -> int:
    """How often the watched server has read events so far."""
    count = """SELECT coalesce(sum(calls), 0) FROM counting.pg_stat_statements JOIN pg_roles r ON r.oid = userid
        WHERE rolname = %s AND query ~ 'FROM events'"""
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        row = raw.execute(count, (_WATCHER,)).fetchone()
    assert row is not None
    return int(row[0])
