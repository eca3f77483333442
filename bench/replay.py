"""How fast a long session's history goes into a socket."""

from collections.abc import Iterator
from statistics import median

from bench.clients import Clients
from bench.emitter import Emitter
from bench.measure import cpu_seconds
from bench.report import Figure
from bench.server import Server, data_directory, ringside

_EVENTS = 100_000
_GOAL = 100_000


def figures(quick: bool) -> Iterator[Figure]:
    rounds = 3 if quick else 7
    with data_directory() as data, ringside(data) as server:
        with Emitter(server.environment()) as emitter:
            emitter.fill(1, _EVENTS)
        for readers in (1, 4):
            speeds, micros = zip(*(_replay(server, readers) for _ in range(rounds)), strict=True)
            speed = median(speeds)
            yield Figure(
                f"replay of 100,000 events, {readers} at once",
                f"{speed:,.0f} events/s",
                f"≥ {_GOAL:,} events/s",
                speed / _GOAL,
                side="at least",
            )
            yield Figure(f"  server CPU per event, {readers} at once", f"{median(micros):.2f} µs")


def _replay(server: Server, readers: int) -> tuple[float, float]:
    """Events a second, over all readers, from their connecting to the last event; CPU microseconds per event."""
    before = cpu_seconds(server.pid)
    with Clients(server.port, readers, authorization=server.authorization) as clients:
        seen = clients.wait(readers * _EVENTS)
    return seen.events / (seen.last - seen.began), (cpu_seconds(server.pid) - before) * 1e6 / seen.events
