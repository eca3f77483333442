"""Whether emit and delivery cost more when the session is long, or when there are many other sessions."""

import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from bench.clients import Clients
from bench.emitter import Emitter
from bench.measure import cpu_seconds, middle_ratio
from bench.report import Figure
from bench.server import Server, data_directory, ringside

_SHORT = 1_000
_OTHERS = 10_000
_STREAMS = 100
_BURST = 500
_RATE = 50.0
_NOISE = 1.2  # what does not grow; two equal servers differ by so much from run to run


@dataclass(slots=True)
class _Place:
    """A server with its history, and what it cost there, round by round, in microseconds."""

    server: Server
    emitter: Emitter
    clients: Clients
    emit: list[float] = field(default_factory=list)
    delivery: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)

    def round(self, events: int) -> None:
        self.emitter.begin(_BURST, rate=math.inf)
        self.emit.append(median(self.emitter.end().micros))
        self.clients.wait(_BURST * _STREAMS)
        before = cpu_seconds(self.server.pid)
        self.emitter.begin(events, _RATE)
        seen = self.clients.wait(events * _STREAMS)
        self.emitter.end()
        self.delivery.append((cpu_seconds(self.server.pid) - before) * 1e6 / seen.events)
        self.p50.append(seen.p50)


def figures(quick: bool) -> Iterator[Figure]:
    long = 100_000 if quick else 1_000_000
    with ExitStack() as stack:
        short = _open(stack, _SHORT)
        places = {
            f"a session of {long:,} events": _open(stack, long),
            "beside 10,000 other sessions": _open(stack, _SHORT, others=_OTHERS),
        }
        if not quick:
            places["beside 10,000 watched sessions"] = _open(stack, _SHORT, others=_OTHERS, watched=True)
        for _ in range(3 if quick else 5):
            for place in (short, *places.values()):
                place.round(events=50 if quick else 75)
    for name, place in places.items():
        yield _figure(f"emit, {name}", place.emit, short.emit)
        yield _figure(f"delivery CPU, {name}", place.delivery, short.delivery)
        yield Figure(f"  emit to client p50, {name}", f"{median(place.p50):.0f} µs (alone {median(short.p50):.0f} µs)")


def _open(stack: ExitStack, events: int, others: int = 0, watched: bool = False) -> _Place:
    """A server whose session bench-0 has ``events``, beside sessions bench-10000 … with one event each."""
    # Few heartbeats: they belong to open streams and not to events.
    server = stack.enter_context(ringside(stack.enter_context(data_directory()), heartbeat_seconds=300))
    # NORMAL, because the disk's own time for FULL would hide what grows.
    emitter = stack.enter_context(Emitter(server.environment(sqlite_synchronous="NORMAL")))
    emitter.fill(1, events)
    emitter.fill(others, 1, first=10_000)
    clients = stack.enter_context(
        Clients(
            server.port,
            _STREAMS,
            path=f"/sse/agent-activity/bench-%d?last_event_id={events}",
            authorization=server.authorization,
        )
    )
    if watched:
        stack.enter_context(
            Clients(
                server.port, others, others, path="/sse/agent-activity/bench-1%04d", authorization=server.authorization
            )
        )
    return _Place(server, emitter, clients)


def _figure(name: str, measured: list[float], reference: list[float]) -> Figure:
    return Figure(
        name,
        f"{median(measured):.1f} µs",
        f"≤ {_NOISE} × 1,000 events alone, {median(reference):.1f} µs",
        middle_ratio(measured, reference),
        _NOISE,
    )
