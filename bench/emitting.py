"""What `emit` costs its caller, and how soon the event is at a client of another process."""

from collections.abc import Iterator
from statistics import median

from bench.clients import Clients
from bench.emitter import Emitter
from bench.measure import percentile
from bench.report import Figure
from bench.server import data_directory, ringside

_EMIT_MICROS = 150
_ARRIVAL_MILLIS = 15


def figures(quick: bool) -> Iterator[Figure]:
    events = 200 if quick else 1000
    with data_directory() as data, ringside(data) as server:
        for synchronous in ("FULL", "NORMAL"):
            with Emitter(server.environment(sqlite_synchronous=synchronous)) as emitter:
                emitter.fill(1, 1)
                with Clients(server.port, 1) as clients:
                    clients.wait(1)
                    emitter.begin(events, rate=100)
                    seen = clients.wait(events)
                    micros = emitter.end().micros
            mode = f"SQLITE_SYNCHRONOUS={synchronous}"
            yield Figure(
                f"emit to a client of another process, p99, {mode}",
                f"{seen.p99 / 1000:.2f} ms (p50 {seen.p50 / 1000:.2f} ms)",
                f"< {_ARRIVAL_MILLIS} ms",
                seen.p99 / 1000 / _ARRIVAL_MILLIS,
            )
            yield Figure(
                f"emit itself, median, {mode}",
                f"{median(micros):.0f} µs (p99 {percentile(micros, 0.99):.0f} µs)",
                f"< {_EMIT_MICROS} µs",
                median(micros) / _EMIT_MICROS,
            )
