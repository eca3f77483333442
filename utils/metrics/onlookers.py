"""Counts what the parts of the product tell their onlookers. They know nothing of metrics."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Pool, event
from sqlalchemy.pool import ConnectionPoolEntry

from utils.accounts.error_log import Severity, error_written
from utils.database.base import Database, transaction_ended
from utils.database.outage import Outage, outage_began, outage_ended
from utils.log.activity_log import ActivityLog, event_emitted, events_appended
from utils.log.events import ENDED_RUN, LoggedEvent, RunUpdate
from utils.log.new_usage import MICROS
from utils.metrics import figures
from utils.sessions.run_queue import RunQueue, lease_lost
from utils.spending.bookkeeping import spent
from utils.spending.counting import Cost, Tokens
from utils.streams.stream_loop import StreamLoop, stream_ended, streams_counted

_IN_USE = "ringside_in_use"
_delivered: "WeakKeyDictionary[StreamLoop, int]" = WeakKeyDictionary()


def count_all() -> None:
    """From now on, in this process. Call it as often as you like."""
    streams_counted.connect(_count_streams)
    stream_ended.connect(_count_stream)
    events_appended.connect(_count_append)
    event_emitted.connect(_count_event)
    transaction_ended.connect(_count_transaction)
    outage_began.connect(_count_outage)
    outage_ended.connect(_count_outage_over)
    lease_lost.connect(_count_lease)
    error_written.connect(_count_error)
    spent.connect(_count_spent)
    for name, count in _OF_POOLS.items():
        if not event.contains(Pool, name, count):
            event.listen(Pool, name, count)


def _count_streams(loop: StreamLoop) -> None:
    figures.STREAMS.set(loop.open_streams)
    figures.WATCHED.set(loop.watched_sessions)
    figures.DELIVERED.inc(loop.delivered - _delivered.get(loop, 0))
    _delivered[loop] = loop.delivered
    figures.measure_memory("web")


def _count_stream(_: StreamLoop, seconds: float) -> None:
    figures.STREAM_SECONDS.observe(seconds)


def _count_append(_: ActivityLog, seconds: float) -> None:
    figures.APPEND_SECONDS.observe(seconds)


def _count_event(_: ActivityLog, event: LoggedEvent, seq: int) -> None:
    del seq
    if isinstance(event, RunUpdate) and event.status in ENDED_RUN:
        figures.RUNS_ENDED.labels(event.status).inc()


def _count_transaction(_: Database, access: str, seconds: float) -> None:
    figures.TRANSACTION_SECONDS.labels(access).observe(seconds)


def _count_outage(outage: Outage) -> None:
    figures.OUTAGES.labels(outage.part).inc()
    figures.OUTAGES_OPEN.labels(outage.part).inc()


def _count_outage_over(outage: Outage) -> None:
    figures.OUTAGES_OPEN.labels(outage.part).dec()


def _count_lease(_: RunQueue, outside: bool) -> None:
    figures.LEASES_LOST.labels("worker outside" if outside else "agent process").inc()


def _count_error(_: object, severity: Severity, code: str) -> None:
    figures.ERRORS.labels(severity, code).inc()


def _count_spent(_: int, kind: str, tokens: Tokens, cost: Cost | None) -> None:
    """What is found to have counted before is not taken back: a counter only grows."""
    for direction, count in {
        "input": tokens.input - tokens.cached,
        "cached input": tokens.cached,
        "output": tokens.output - tokens.reasoning,
        "reasoning": tokens.reasoning,
    }.items():
        figures.TOKENS.labels(kind, direction).inc(max(0, count))
    if cost is not None:
        figures.COST.labels(kind, cost.currency).inc(max(0, cost.micros) / MICROS)


def _moving(by: int) -> Callable[..., None]:
    def count(*_: Any) -> None:
        figures.CONNECTIONS.labels("open").inc(by)

    return count


def _count_checkout(_: Any, pooled: ConnectionPoolEntry, __: Any) -> None:
    """Told twice of one that was found broken and is replaced by a new one."""
    info = pooled.record_info
    if info is not None and not info.get(_IN_USE):  # None: it has left its pool
        info[_IN_USE] = True
        figures.CONNECTIONS.labels("in use").inc()


def _count_checkin(_: Any, pooled: ConnectionPoolEntry) -> None:
    """Also told of a connection that could not be made, which nobody has taken out."""
    if (pooled.record_info or {}).pop(_IN_USE, False):
        figures.CONNECTIONS.labels("in use").dec()


_OF_POOLS: dict[str, Callable[..., None]] = {
    "connect": _moving(1),
    "close": _moving(-1),
    "checkout": _count_checkout,
    "checkin": _count_checkin,
}
