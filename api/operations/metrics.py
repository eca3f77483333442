"""Prometheus metrics of all processes of the server: each counts for itself, a scrape adds them up."""

import time

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry
from prometheus_client.exposition import generate_latest

from utils.metrics.figures import REQUEST_SECONDS, REQUESTS, counted
from utils.metrics.onlookers import count_all
from utils.metrics.stored import StoredFigures

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}  # a client may make up any other


def register_metrics(app: Flask) -> None:
    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        REQUEST_SECONDS.labels(route).observe(time.perf_counter() - g.began)
        return response

    count_all()


def render_metrics(stored: StoredFigures) -> Response:
    """What the processes have counted, and what the database knows, if it answers."""
    of_database = CollectorRegistry(auto_describe=False)
    of_database.register(stored)
    return Response(generate_latest(counted()) + generate_latest(of_database), content_type=CONTENT_TYPE_LATEST)
