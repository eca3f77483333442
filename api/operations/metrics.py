"""Prometheus metrics of all processes of the server: each counts for itself, a scrape adds them up."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakKeyDictionary

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from utils.log.activity_log import ActivityLog
from utils.streams.stream_loop import StreamLoop, streams_counted

REQUESTS = Counter("ringside_http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("ringside_http_request_seconds", "Time to answer a request.", ["route"])
STREAMS = Gauge("ringside_streams_open", "Streams that are open.", multiprocess_mode="livesum")
DELIVERED = Counter("ringside_stream_events_delivered_total", "Events written to streams.")

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}  # a client may make up any other
_delivered: "WeakKeyDictionary[StreamLoop, int]" = WeakKeyDictionary()


def register_metrics(app: Flask) -> None:
    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.began)
        return response

    streams_counted.connect(_count_streams)


def render_metrics(log: ActivityLog) -> Response:
    """All processes' figures where they share a folder (gunicorn.conf.py makes it), else this process's."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    counted = REGISTRY
    if folder and Path(folder).is_dir():
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    stored = CollectorRegistry()
    stored.register(_Stored(log))
    return Response(generate_latest(counted) + generate_latest(stored), content_type=CONTENT_TYPE_LATEST)


class _Stored(Collector):
    """What only the log knows: events come from agents and from any other process of the machine."""

    def __init__(self, log: ActivityLog) -> None:
        self._log = log

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily("ringside_events_emitted", "Events stored, by whichever process.", self._log.stored())


def _count_streams(loop: StreamLoop) -> None:
    STREAMS.set(loop.open_streams)
    DELIVERED.inc(loop.delivered - _delivered.get(loop, 0))
    _delivered[loop] = loop.delivered
