"""What `emit` costs its caller, and how soon the event is at a client of another process."""

import math
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.clients import Clients, Seen
from bench.emitter import Emitter
from bench.measure import middle_ratio, percentile
from bench.report import Figure
from bench.server import Server, data_directory, ringside
from tests.support.postgres import postgres_server

_EMIT_MICROS = 150
_ARRIVAL_MILLIS = 15
_TOGETHER = 4
_PACE = 100.0  # events a second when measuring arrivals: each finds everything asleep
# So many events make the write-ahead log as long as it stays: growing costs the file system a commit of its own.
_WARM_UP = 2000
_PRESSED = 1000  # long enough for a virtual machine's host to notice that its disk is in use
_WAL_BYTES = 2 * 4096  # what a commit of one event adds to SQLite's write-ahead log


@dataclass(slots=True)
class _Mode:
    """Emitters into one kind of database, a session of their own, and a client that watches it."""

    session: int
    emitters: list[Emitter]
    client: Clients
    arrivals: list[Seen] = field(default_factory=list)
    paced: list[float] = field(default_factory=list)
    pressed: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)  # events a second of one emitter, and of several at once
    together: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def round(self, events: int) -> None:
        """Emit at a pace, then one after the other without a pause, then with several emitters at once."""
        emitter = self.emitters[0]
        emitter.begin(events, _PACE, first=self.session)
        self.arrivals.append(self.client.wait(events))
        self.paced += emitter.end().micros
        emitter.begin(_PRESSED, rate=math.inf, first=self.session)
        self.client.wait(_PRESSED)
        taken = emitter.end().micros
        self.pressed += taken
        self.alone.append(_PRESSED / sum(taken) * 1e6)
        for sessions, apart in (("a session each", 10), ("one session", 0)):
            self.together[f"{_TOGETHER} threads of 1 process, {sessions}"].append(self._threads(apart))
            self.together[f"{_TOGETHER} processes, {sessions}"].append(self._processes(apart))
        self.client.wait(_PRESSED * (2 + 2 * _TOGETHER))  # of each kind, one with its own session and all with one

    def _threads(self, apart: int) -> float:
        """Events a second of all threads."""
        began = time.monotonic()
        self.emitters[0].begin_together(_TOGETHER, _PRESSED, self.session, apart)
        self.emitters[0].end()
        return _PRESSED * _TOGETHER / (time.monotonic() - began)

    def _processes(self, apart: int) -> float:
        """Events a second of all processes."""
        began = time.monotonic()
        for number, emitter in enumerate(self.emitters):
            emitter.begin(_PRESSED, rate=math.inf, first=self.session + apart * number)
        for emitter in self.emitters:
            emitter.end()
        return _PRESSED * _TOGETHER / (time.monotonic() - began)

    def figures(self, name: str) -> Iterator[Figure]:
        embedded = name != "PostgreSQL"  # which is another process, and may be another machine
        p50, p99 = (median(values) / 1000 for values in zip(*((s.p50, s.p99) for s in self.arrivals), strict=True))
        yield Figure(
            f"emit to a client of another process, p99, {name}",
            f"{p99:.2f} ms (p50 {p50:.2f} ms)",
            f"< {_ARRIVAL_MILLIS} ms",
            p99 / _ARRIVAL_MILLIS,
        )
        yield Figure(
            f"emit itself, one after the other, median, {name}",
            f"{median(self.pressed):.0f} µs (p99 {percentile(self.pressed, 0.99):.0f} µs)",
            f"< {_EMIT_MICROS} µs" if embedded else "",
            median(self.pressed) / _EMIT_MICROS if embedded else None,
        )
        yield Figure(f"  single events emitted by 1 process, {name}", f"{median(self.alone):,.0f} events/s")
        for emitters, speeds in self.together.items():
            yield Figure(
                f"  single events emitted by {emitters}, {name}",
                f"{median(speeds):,.0f} events/s",
                "≥ 1 process",
                middle_ratio(speeds, self.alone),
                side="at least",
            )
        yield Figure(f"  emit itself, {_PACE:.0f} a second, median, {name}", f"{median(self.paced):.0f} µs")


def figures(quick: bool) -> Iterator[Figure]:
    rounds, events = (3, 100) if quick else (5, 200)
    with ExitStack() as stack:
        data, shared = (stack.enter_context(data_directory()) for _ in range(2))
        server = stack.enter_context(ringside(data))
        sqlite = {name: server.environment(sqlite_synchronous=name) for name in ("FULL", "NORMAL")}
        modes = {name: _open(stack, server, number, env) for number, (name, env) in enumerate(sqlite.items(), 1)}
        url = stack.enter_context(postgres_server()).create("bench")
        server = stack.enter_context(ringside(shared, database_url=url))
        modes["PostgreSQL"] = _open(stack, server, 3, server.environment(database_url=url))
        disk: list[float] = []
        for _ in range(rounds):
            disk += _sync_micros(data / "sync", _PRESSED)
            for mode in modes.values():
                mode.round(events)
    for name, mode in modes.items():
        yield from mode.figures(name)
    yield Figure(
        "  the disk's own fdatasync of 8 KiB, median", f"{median(disk):.0f} µs (p99 {percentile(disk, 0.99):.0f} µs)"
    )


def _open(stack: ExitStack, server: Server, session: int, environment: dict[str, str]) -> _Mode:
    emitters = [stack.enter_context(Emitter(environment)) for _ in range(_TOGETHER)]
    for number, emitter in enumerate(emitters):
        emitter.begin(_WARM_UP, rate=math.inf, first=session + 10 * number)
        emitter.end()
    client = stack.enter_context(
        Clients(server.port, 1, path=f"/sse/agent-activity/bench-{session}", authorization=server.authorization)
    )
    client.wait(_WARM_UP)
    return _Mode(session, emitters, client)


def _sync_micros(path: Path, rounds: int) -> list[float]:
    """What a durable write costs on this disk, in a file that does not grow: no emit with FULL can be faster."""
    taken = []
    with path.open("wb", buffering=0) as file:
        file.write(bytes(rounds * _WAL_BYTES))
        os.fsync(file.fileno())
        for number in range(rounds):
            began = time.monotonic()
            os.pwrite(file.fileno(), b"." * _WAL_BYTES, number * _WAL_BYTES)
            os.fdatasync(file.fileno())
            taken.append((time.monotonic() - began) * 1e6)
    return taken
