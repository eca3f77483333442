"""Prometheus metrics of all processes of the server: each counts for itself, a scrape adds them up."""

import os
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from utils.sse_emitter import event_emitted
from utils.stream_loop import StreamLoop, streams_counted

REQUESTS = Counter("ringside_http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("ringside_http_request_seconds", "Time to answer a request.", ["route"])
EVENTS = Counter("ringside_events_emitted_total", "Events stored by this server's processes.", ["type"])
STREAMS = Gauge("ringside_streams_open", "Streams that are open.", multiprocess_mode="livesum")
DELIVERED = Gauge("ringside_stream_events_delivered", "Events written to streams.", multiprocess_mode="livesum")


def register_metrics(app: Flask) -> None:
    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        REQUESTS.labels(request.method, route, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.began)
        return response

    event_emitted.connect(_count_event)
    streams_counted.connect(_count_streams)


def render_metrics() -> Response:
    """All processes' figures where they share a folder (gunicorn.conf.py makes it), else this process's."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder and Path(folder).is_dir():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _count_event(_sender: Any, event: Any, seq: int) -> None:
    EVENTS.labels(event.type).inc()


def _count_streams(loop: StreamLoop) -> None:
    STREAMS.set(loop.open_streams)
    DELIVERED.set(loop.delivered)
