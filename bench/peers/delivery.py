"""Ours, the C send() loop and the peers, with the same work in the same run.

All hold their streams all the time and take turns in sending, so that what disturbs the machine disturbs all. The
peers keep events in memory; ours stores each one durably (SQLITE_SYNCHRONOUS=FULL) before it is sent.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from bench.clients import Clients, Seen
from bench.emitter import EVENT_BYTES, Emitter
from bench.measure import cpu_seconds, middle_ratio, percentile, resident_bytes
from bench.peers.peer import PEERS, Peer, PeerMissingError
from bench.probe import probe
from bench.report import Figure, Result, Table
from bench.server import Limit, data_directory, ringside

_DELIVERIES_PER_SECOND = 5_000  # what the slowest of them can keep up with
_SECONDS = 4
_PROBES_PER_SECOND = 50
_LIMIT_BOUND = 1.3
_PYTHON_BOUND = 4.0
_LIMIT, _OURS = "C send() loop (the limit)", "Ringside"


@dataclass(slots=True)
class _Contestant:
    """A server with its streams open. ``send(events, rate)`` begins to send, ``sent()`` waits until it has."""

    name: str
    kind: Literal["c", "go", "python", "limit", "ours"]
    pids: tuple[int, ...]
    clients: Clients
    send: Callable[[int, float], None]
    sent: Callable[[], object]
    port: int | None
    memory_before: int
    micros: list[float] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)

    def round(self, events: int, rate: float, deliveries: int) -> None:
        before = self._cpu()
        self.send(events, rate)
        seen = self.clients.wait(deliveries)
        self.sent()
        self.micros.append((self._cpu() - before) * 1e6 / seen.events)
        self.seen.append(seen)

    def round_with_requests(self, events: int, rate: float, deliveries: int) -> None:
        """Apart from the others, because requests cost the server time, too."""
        if self.port is None:
            return
        port, seconds = self.port, events / rate
        asking = threading.Thread(
            target=lambda: self.requests.extend(probe(port, int(seconds * _PROBES_PER_SECOND), _PROBES_PER_SECOND))
        )
        self.send(events, rate)
        asking.start()
        self.clients.wait(deliveries)
        self.sent()
        asking.join()

    def _cpu(self) -> float:
        return sum(map(cpu_seconds, self.pids))

    @property
    def resident(self) -> int:
        return sum(map(resident_bytes, self.pids))


def figures(quick: bool) -> Iterator[Result]:
    rounds = 2 if quick else 3
    for sessions in (1, 100):
        for streams in (1000,) if quick else (1000, 5000):
            yield from _side_by_side(streams, sessions, rounds)


def _side_by_side(streams: int, sessions: int, rounds: int) -> Iterator[Result]:
    rate = _DELIVERIES_PER_SECOND * sessions / streams
    events = int(rate * _SECONDS)
    deliveries = events * streams // sessions
    missing: list[str] = []
    with ExitStack() as stack:
        contestants = [_limit(stack, streams, sessions), _ours(stack, streams, sessions)]
        for peer in PEERS:
            try:
                contestants.append(_peer(stack, peer, streams, sessions))
            except PeerMissingError as error:
                missing.append(f"{peer.name} ({error})")
        for one in contestants:  # so that what is loaded or grown once is not counted
            one.round(sessions, rate, streams)
            one.micros.clear()
            one.seen.clear()
        for _ in range(rounds):
            for one in contestants:
                one.round(events, rate, deliveries)
        for one in contestants:
            one.round_with_requests(events, rate, deliveries)
        what = f"{streams:,} subscribers, {sessions} session{'s' * (sessions > 1)}"
        yield from _compare(contestants, streams, what)
        yield _table(contestants, streams, f"{what}, {rate:g} events a second", missing)


def _limit(stack: ExitStack, streams: int, sessions: int) -> _Contestant:
    limit = stack.enter_context(Limit(streams, sessions))
    before = resident_bytes(limit.pid)
    clients = stack.enter_context(Clients(limit.port, streams, sessions))
    return _Contestant(
        _LIMIT, "limit", (limit.pid,), clients, lambda events, rate: limit.send(events, rate, EVENT_BYTES),
        limit.done, None, before,
    )  # fmt: skip


def _ours(stack: ExitStack, streams: int, sessions: int) -> _Contestant:
    server = stack.enter_context(ringside(stack.enter_context(data_directory())))
    emitter = stack.enter_context(Emitter(server.environment()))
    emitter.fill(sessions, 1)
    probe(server.port, 200, 1000)
    before = resident_bytes(server.pid)
    clients = stack.enter_context(Clients(server.port, streams, sessions, authorization=server.authorization))
    clients.wait(streams)  # the event that made its session, to each
    return _Contestant(
        _OURS, "ours", (server.pid,), clients, lambda events, rate: emitter.begin(events, rate, sessions),
        emitter.end, server.port, before,
    )  # fmt: skip


def _peer(stack: ExitStack, peer: Peer, streams: int, sessions: int) -> _Contestant:
    running = stack.enter_context(peer.start())
    publisher = stack.enter_context(Emitter({}, "bench.peers.publisher", str(running.port), *peer.dialect))
    probe(running.port, 200, 1000)
    before = sum(map(resident_bytes, running.pids))
    clients = stack.enter_context(Clients(running.port, streams, sessions, peer.stream))
    running.ready(streams)
    return _Contestant(
        peer.name, peer.kind, running.pids, clients, lambda events, rate: publisher.begin(events, rate, sessions),
        publisher.end, running.port, before,
    )  # fmt: skip


def _compare(contestants: list[_Contestant], streams: int, what: str) -> Iterator[Figure]:
    limit, ours, *peers = contestants
    yield Figure(
        f"CPU of a delivery, {what}",
        f"{median(ours.micros):.2f} µs",
        f"≤ {_LIMIT_BOUND} × C send() loop",
        middle_ratio(ours.micros, limit.micros),
        _LIMIT_BOUND,
    )
    for peer in peers:
        bound = _PYTHON_BOUND if peer.kind == "python" else 1.0
        measured = f"{median(peer.micros):.2f} µs, {peer.resident / 1e6:.0f} MB"
        yield Figure(
            f"  CPU of {peer.name}, {what}", measured, f"≥ {bound:g} × ours",
            middle_ratio(peer.micros, ours.micros), bound, "at least",
        )  # fmt: skip
        if peer.kind == "python":
            yield Figure(
                f"  memory for a subscriber of {peer.name}, {what}", f"{_growth(peer, streams):.1f} KB",
                f"≥ {bound:g} × ours", _growth(peer, streams) / _growth(ours, streams), bound, "at least",
            )  # fmt: skip


def _growth(one: _Contestant, streams: int) -> float:
    """Kilobytes of resident memory that came with each subscriber. What is below a byte cannot be told from nothing."""
    return max(0.001, (one.resident - one.memory_before) / 1000 / streams)


def _table(contestants: list[_Contestant], streams: int, what: str, missing: list[str]) -> Table:
    limit, ours, *_ = contestants
    rows = []
    for one in contestants:
        p50, p99 = (median(values) / 1000 for values in zip(*((s.p50, s.p99) for s in one.seen), strict=True))
        rows.append((
            one.name, f"{median(one.micros):.2f}", f"{middle_ratio(one.micros, limit.micros):.2f}",
            f"{middle_ratio(one.micros, ours.micros):.2f}", f"{p50:.1f}", f"{p99:.1f}", f"{one.resident / 1e6:.0f}",
            f"{_growth(one, streams):.2f}", f"{percentile(one.requests, 0.99):.1f}" if one.requests else "",
        ))  # fmt: skip
    header = (
        "server", "CPU µs per delivery", "× limit", "× ours", "p50 ms", "p99 ms", "resident MB", "KB per subscriber",
        "requests' p99 ms",
    )  # fmt: skip
    left_out = f" (left out: {', '.join(missing)})" if missing else ""
    return Table(f"### {what}{left_out}", header, tuple(rows))
