"""Server CPU for one event delivered to one subscriber, beside the bare C loop over send()."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from bench.clients import Clients, Seen
from bench.emitter import EVENT_BYTES, Emitter
from bench.measure import cpu_seconds, middle_ratio, resident_bytes
from bench.report import Figure
from bench.server import Limit, data_directory, ringside

_BOUND = 1.3
_MANY = 100  # sessions, so that each event goes to 10 streams, or to 50


@dataclass(slots=True)
class _Rounds:
    """Microseconds of CPU per delivered event, and what the clients saw, round by round."""

    micros: list[float] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def add(self, cpu: float, seen: Seen) -> None:
        self.micros.append(cpu * 1e6 / seen.events)
        self.seen.append(seen)

    def latency(self) -> str:
        p50, p99 = (median(values) / 1000 for values in ([s.p50 for s in self.seen], [s.p99 for s in self.seen]))
        return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"


def figures(quick: bool) -> Iterator[Figure]:
    for streams, sessions, rate in ((1000, 1, 40), (5000, 1, 10), (1000, _MANY, 500), (5000, _MANY, 100)):
        yield from _beside_limit(streams, sessions, rate, seconds=1.5 if quick else 3, rounds=3 if quick else 5)


def _beside_limit(streams: int, sessions: int, rate: float, seconds: float, rounds: int) -> Iterator[Figure]:
    """Both servers hold their streams all the time and take turns in sending."""
    events = int(rate * seconds)
    deliveries = events * streams // sessions
    ours, limit, emitter_micros = _Rounds(), _Rounds(), []
    with ExitStack() as stack:
        data = stack.enter_context(data_directory())
        server = stack.enter_context(ringside(data))
        emitter = stack.enter_context(Emitter(server.environment()))
        emitter.fill(sessions, 1)
        floor = stack.enter_context(Limit(streams, sessions))
        our_clients = stack.enter_context(Clients(server.port, streams, sessions, authorization=server.authorization))
        floor_clients = stack.enter_context(Clients(floor.port, streams, sessions))
        our_clients.wait(streams)  # the event that made its session, to each
        for _ in range(rounds):
            before = cpu_seconds(server.pid)
            emitter.begin(events, rate, sessions)
            seen = our_clients.wait(deliveries)
            ours.add(cpu_seconds(server.pid) - before, seen)
            emitter_micros.append(emitter.end().cpu * 1e6 / seen.events)

            before = cpu_seconds(floor.pid)
            floor.send(events, rate, EVENT_BYTES)
            seen = floor_clients.wait(deliveries)
            floor.done()
            limit.add(cpu_seconds(floor.pid) - before, seen)
        memory = resident_bytes(server.pid)
    floor_micros = median(limit.micros)
    label = f"{streams:,} streams" + (f" on {sessions} sessions" if sessions > 1 else "")
    yield Figure(
        f"server CPU per delivered event, {label}",
        f"{median(ours.micros):.2f} µs",
        f"≤ {_BOUND} × C send() loop, {floor_micros:.2f} µs",
        middle_ratio(ours.micros, limit.micros),
        _BOUND,
    )
    yield Figure(f"  emitter's CPU per delivered event, {label}", f"{median(emitter_micros):.2f} µs")
    yield Figure(f"  bytes of an event, {label}", f"{ours.seen[0].bytes / ours.seen[0].events:.0f}")
    yield Figure(f"  emit to client, {label}", ours.latency())
    yield Figure(f"  C send() loop to client, {label}", limit.latency())
    yield Figure(f"  resident memory of the worker, {label}", f"{memory / 1e6:.0f} MB")
