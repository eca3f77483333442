"""What `emit` costs its caller, and how soon the event is at a client of another process."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.clients import Clients
from bench.emitter import Emitter
from bench.measure import percentile
from bench.report import Figure
from bench.server import Server, data_directory, ringside

_EMIT_MICROS = 150
_ARRIVAL_MILLIS = 15
_PACE = 100.0  # events a second when measuring arrivals: each finds everything asleep
_WAL_BYTES = 2 * 4096  # what a commit of one event adds to SQLite's write-ahead log


def figures(quick: bool) -> Iterator[Figure]:
    events = 200 if quick else 1000
    with data_directory() as data, ringside(data) as server:
        with Emitter(server.environment(sqlite_synchronous="NORMAL")) as emitter:
            # The write-ahead log grows to its lasting size first: growing costs the file system a commit of its own.
            emitter.fill(1, 20_000)
        for session, synchronous in enumerate(("FULL", "NORMAL"), 1):
            yield from _mode(server, session, synchronous, events)
        yield Figure("  the disk's own fdatasync of 8 KiB, median", f"{_sync_micros(data / 'sync', events):.0f} µs")


def _mode(server: Server, session: int, synchronous: str, events: int) -> Iterator[Figure]:
    with Emitter(server.environment(sqlite_synchronous=synchronous)) as emitter:
        emitter.fill(1, 1, first=session)
        with Clients(server.port, 1, path=f"/sse/agent-activity/bench-{session}") as clients:
            clients.wait(1)
            emitter.begin(events, _PACE, first=session)
            seen = clients.wait(events)
            paced = emitter.end().micros
            emitter.begin(events, rate=1e9, first=session)
            clients.wait(events)
            micros = emitter.end().micros
    yield Figure(
        f"emit to a client of another process, p99, {synchronous}",
        f"{seen.p99 / 1000:.2f} ms (p50 {seen.p50 / 1000:.2f} ms)",
        f"< {_ARRIVAL_MILLIS} ms",
        seen.p99 / 1000 / _ARRIVAL_MILLIS,
    )
    yield Figure(
        f"emit itself, one after the other, median, {synchronous}",
        f"{median(micros):.0f} µs (p99 {percentile(micros, 0.99):.0f} µs)",
        f"< {_EMIT_MICROS} µs",
        median(micros) / _EMIT_MICROS,
    )
    yield Figure(f"  emit itself, 100 a second, median, {synchronous}", f"{median(paced):.0f} µs")


def _sync_micros(path: Path, rounds: int) -> float:
    """What one durable write costs on this disk, in a file that does not grow: no emit with FULL can be faster."""
    taken = []
    with path.open("wb", buffering=0) as file:
        file.write(bytes(rounds * _WAL_BYTES))
        os.fsync(file.fileno())
        for number in range(rounds):
            began = time.monotonic()
            os.pwrite(file.fileno(), b"." * _WAL_BYTES, number * _WAL_BYTES)
            os.fdatasync(file.fileno())
            taken.append((time.monotonic() - began) * 1e6)
    return median(taken)
