"""15,000 open streams on one worker with 8 threads: memory, threads, and whether the API still answers at once."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench.clients import Clients
from bench.emitter import Emitter
from bench.measure import percentile, resident_bytes, threads
from bench.probe import probe
from bench.report import Figure
from bench.server import Server, data_directory, ringside

_STREAMS = 15_000
_SESSIONS = 1_000
_EVENTS_PER_SECOND = 5
_PROBES_PER_SECOND = 200
_SLOWER = 2.0
_MEMORY = 2048
_THREADS = 40


def figures(quick: bool) -> Iterator[Figure]:
    slices = 5 if quick else 10
    with ExitStack() as stack:
        server = stack.enter_context(ringside(stack.enter_context(data_directory()), web_threads=8))
        idle = stack.enter_context(ringside(stack.enter_context(data_directory()), web_threads=8))
        emitter = stack.enter_context(Emitter(server.environment(sqlite_synchronous="NORMAL")))
        emitter.fill(1, 1)
        emitter.fill(_SESSIONS, 1, first=1000)
        _warm_up(server)
        base = resident_bytes(server.pid)
        with Clients(
            server.port, _STREAMS, _SESSIONS, "/sse/agent-activity/bench-1%03d", authorization=server.authorization
        ) as clients:
            clients.wait(_STREAMS)  # the event that made its session, to each
            resident = resident_bytes(server.pid)
            count = threads(server.pid)
            health = _Health(idle, server, emitter, clients, _SESSIONS, first=1000)
            yield from health.figures(slices, "15,000 streams on 1,000 sessions")
        if not quick:
            with Clients(server.port, _STREAMS, authorization=server.authorization) as clients:
                clients.wait(_STREAMS)
                health = _Health(idle, server, emitter, clients, sessions=1, first=0)
                yield from health.figures(slices, "15,000 streams on one session")
    memory = (resident - base) / _STREAMS
    yield Figure("memory per idle stream", f"{memory:.0f} bytes", f"≤ {_MEMORY:,} bytes", memory / _MEMORY)
    yield Figure(
        "  resident memory of the worker, 15,000 streams", f"{resident / 1e6:.0f} MB ({base / 1e6:.0f} before)"
    )
    yield Figure("threads of the worker", str(count), f"< {_THREADS}", count / (_THREADS - 1))


def _warm_up(server: Server) -> None:
    """Load what is loaded at the first use, so that it is not counted as the streams' memory."""
    probe(server.port, 200, 1000)
    with Clients(server.port, 200, authorization=server.authorization):
        pass


@dataclass(frozen=True, slots=True)
class _Health:
    """A server without streams and one with many, asked for their health in turn, a second each."""

    idle: Server
    busy: Server
    emitter: Emitter
    clients: Clients
    sessions: int
    first: int

    def figures(self, slices: int, what: str) -> Iterator[Figure]:
        idle: list[float] = []
        busy: list[float] = []
        for _ in range(slices):
            idle += probe(self.idle.port, _PROBES_PER_SECOND, _PROBES_PER_SECOND)
            busy += self._while_emitting()
        idle99, busy99 = percentile(idle, 0.99), percentile(busy, 0.99)
        yield Figure(
            f"/healthz p99, {what}",
            f"{busy99:.2f} ms",
            f"≤ {_SLOWER:.0f} × idle, {idle99:.2f} ms",
            busy99 / idle99,
            _SLOWER,
        )
        yield Figure(f"  /healthz median, {what}", f"{median(busy):.2f} ms (idle {median(idle):.2f} ms)")

    def _while_emitting(self) -> list[float]:
        self.emitter.begin(_EVENTS_PER_SECOND, _EVENTS_PER_SECOND, self.sessions, self.first)
        taken = probe(self.busy.port, _PROBES_PER_SECOND, _PROBES_PER_SECOND)
        self.emitter.end()
        self.clients.wait(_EVENTS_PER_SECOND * self.clients.streams // self.sessions)
        return taken
