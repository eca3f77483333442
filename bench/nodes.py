"""What many web machines cost the database: where LISTEN/NOTIFY tells them of new events, and where Kafka brings these.

Each node has one web worker, and on it one watcher of each session. One process emits. Between two looks at
PostgreSQL's own counts, its transactions are those of the emitter, one for each event, and those of who reads.
"""

import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from confluent_kafka import Consumer, KafkaException, TopicPartition

from bench.clients import Clients
from bench.emitter import Emitter
from bench.measure import cpu_seconds, family_cpu_seconds
from bench.report import Figure, Result, Table
from bench.server import PROJECT, Server, data_directory, environment, make_account, ringside
from tests.kafka.broker import LIBS, Broker, running_broker
from tests.support.postgres import PostgresServer, postgres_server

_SESSIONS = 20
_RATE = 200  # events a second, of all sessions together
_TOPIC = "ringside.events"
_PUBLISHED_SECONDS = 120
_COUNTED_SECONDS = 2.0  # until PostgreSQL's processes have told what they count
_HEADER = (
    "nodes", "told by", "database transactions to read an event", "database CPU for an event",
    "a web node’s CPU for an event", "bridges’ CPU for an event", "emit to client",
)  # fmt: skip


def figures(quick: bool) -> Iterator[Result]:
    rows: list[tuple[str, ...]] = []
    for nodes in (1, 3) if quick else (1, 3, 10):
        rows.append(_row(nodes, {}, quick))
        if LIBS.is_dir():
            with _broker() as broker:
                rows.append(_row(nodes, {"kafka_bootstrap_servers": broker.address}, quick))
    if LIBS.is_dir():
        yield _published(20_000 if quick else 100_000)
    missing = "" if LIBS.is_dir() else " Kafka is left out: `tests/run.sh kafka` installs it."
    yield Table(
        f"{_RATE} events a second in {_SESSIONS} sessions, each watched once on every node; PostgreSQL.{missing}",
        _HEADER,
        tuple(rows),
    )


def _published(events: int) -> Figure:
    """How fast a bridge publishes what is in the log already."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server()).create("bench")
        data = stack.enter_context(data_directory())
        make_account(data, url)
        broker = stack.enter_context(_broker())
        with Emitter(environment(data, database_url=url)) as emitter:
            emitter.fill(_SESSIONS, events // _SESSIONS)
        settings = environment(data, database_url=url, kafka_bootstrap_servers=broker.address)
        command = [sys.executable, "-m", "agents.processes.kafka_bridge"]
        with (data / "bridge.log").open("w") as log:
            bridge = subprocess.Popen(command, cwd=PROJECT, env=settings, stdout=log, stderr=log)
        stack.callback(bridge.wait)
        stack.callback(bridge.kill)
        consumer = Consumer({"bootstrap.servers": broker.address, "log_level": 0, "group.id": "bench"})
        stack.callback(consumer.close)
        there = _wait_for(consumer, 1)  # the heartbeat with which it begins
        began, cpu = time.monotonic(), cpu_seconds(bridge.pid)
        published = _wait_for(consumer, events) - there
        seconds, cpu = time.monotonic() - began, cpu_seconds(bridge.pid) - cpu
        return Figure(
            f"a bridge publishes {events:,} stored events",
            f"{published / seconds:,.0f} events/s, {cpu / published * 1e6:.0f} µs of CPU each",
        )


def _wait_for(consumer: Consumer, records: int) -> int:
    """How many records the topic has when it has so many."""
    deadline = time.monotonic() + _PUBLISHED_SECONDS
    while (size := _size(consumer)) < records:
        if time.monotonic() > deadline:
            raise RuntimeError(f"The bridge has not published {records:,} events.")
        time.sleep(0.002)
    return size


def _size(consumer: Consumer) -> int:
    try:
        partitions = consumer.list_topics(_TOPIC, timeout=20).topics[_TOPIC].partitions
        places = [TopicPartition(_TOPIC, partition) for partition in partitions]
        return sum(consumer.get_watermark_offsets(place, timeout=20)[1] for place in places)
    except KafkaException:  # it is just being made
        return 0


@contextmanager
def _broker() -> Iterator[Broker]:
    with tempfile.TemporaryDirectory(prefix="bench-kafka-") as folder, running_broker(Path(folder)) as broker:
        yield broker


def _row(nodes: int, kafka: dict[str, object], quick: bool) -> tuple[str, ...]:
    events = _RATE * (5 if quick else 20)
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server())
        url = database.create("bench")
        data = [stack.enter_context(data_directory()) for _ in range(nodes)]
        settings = {"database_url": url, "secret_key": secrets.token_hex(16), **kafka}
        servers = [stack.enter_context(ringside(one, **settings)) for one in data]
        emitter = stack.enter_context(Emitter(servers[0].environment(database_url=url)))
        emitter.fill(_SESSIONS, 1)
        crowds = [
            stack.enter_context(Clients(one.port, _SESSIONS, _SESSIONS, authorization=servers[0].authorization))
            for one in servers
        ]
        for crowd in crowds:
            crowd.wait(_SESSIONS)
        _round(emitter, crowds, _RATE * 5)  # what loads at the first time has loaded, and Kafka has taken over
        before = _Counts(database, url, servers)
        slowest = _round(emitter, crowds, events)
        return _cells(nodes, bool(kafka), events, before, _Counts(database, url, servers), slowest)


def _round(emitter: Emitter, crowds: list[Clients], events: int) -> tuple[int, int]:
    """Emit, and wait until every watcher has everything: the median and the 99th percentile of the slowest node, µs."""
    emitter.begin(events, _RATE, _SESSIONS)
    emitter.end()
    seen = [crowd.wait(events) for crowd in crowds]
    return max(one.p50 for one in seen), max(one.p99 for one in seen)


class _Counts:
    """Of the database, its processes, the web workers and the bridges, at one moment."""

    def __init__(self, database: PostgresServer, url: str, servers: list[Server]) -> None:
        time.sleep(_COUNTED_SECONDS)
        self.database = family_cpu_seconds(database.pid)
        self.nodes = sum(cpu_seconds(one.pid) for one in servers)
        self.bridges = sum(map(cpu_seconds, _bridges()))
        with psycopg.connect(url, autocommit=True) as raw:
            row = raw.execute(
                "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        assert row is not None
        self.transactions = int(row[0])
        self.at = time.monotonic()


def _cells(
    nodes: int, by_kafka: bool, events: int, before: _Counts, after: _Counts, slowest: tuple[int, int]
) -> tuple[str, ...]:
    reads = (after.transactions - before.transactions - events) / events
    return (
        str(nodes),
        "Kafka" if by_kafka else "NOTIFY",
        f"{reads:.1f}",
        f"{(after.database - before.database) / events * 1e6:.0f} µs",
        f"{(after.nodes - before.nodes) / events / nodes * 1e6:.0f} µs",
        f"{(after.bridges - before.bridges) / events * 1e6:.0f} µs" if by_kafka else "",
        f"p50 {slowest[0] / 1000:.1f} ms, p99 {slowest[1] / 1000:.1f} ms",
    )


def _bridges() -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"kafka_bridge" in command:
                found.append(int(entry.name))
    return found
