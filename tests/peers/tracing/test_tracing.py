"""Ringside's own traces, as OpenTelemetry's SDK exports them: one trace from the request to the agent's steps."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.account import KEY, prepare_data
from tests.support.processes import environment, server
from tests.support.waiting import wait_until
from utils.project import PROJECT

_PACKAGES = next((PROJECT / "tests" / "peers" / "tracing" / ".venv" / "lib").glob("python3*/site-packages"), None)


class Collector:
    """Takes spans as a collector does."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []  # with the name of their service
        self.url = ""

    def take(self, body: bytes) -> None:
        for of in ExportTraceServiceRequest.FromString(body).resource_spans:
            [service] = [one.value.string_value for one in of.resource.attributes if one.key == "service.name"]
            self.spans += [(service, span) for scope in of.scope_spans for span in scope.spans]

    def named(self, name: str) -> list[Span]:
        return [span for _, span in self.spans if span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{serving.server_port}"
    yield made
    serving.shutdown()
    serving.server_close()


Start = Callable[..., Any]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """A server with these variables in its environment; yields its address."""
    if _PACKAGES is None:
        pytest.fail("The packages are not installed: run tests/run.sh peers.")
    prepare_data(tmp_path / "data")

    @contextmanager
    def started(**variables: str) -> Iterator[httpx2.Client]:
        env = environment(tmp_path / "data", web_concurrency=1, agent_processes=1, graceful_seconds=3)
        env |= {"PYTHONPATH": str(_PACKAGES), "OTEL_BSP_SCHEDULE_DELAY": "200", **variables}
        with server(env, tmp_path / "server.log") as (_, address):
            headers = {"Authorization": f"Bearer {KEY}"}
            with httpx2.Client(base_url=address, headers=headers) as client:
                wait_until(lambda: client.get("/readyz").json()["status"] == "ready", 30, "an agent process")
                yield client

    return started


def ask(client: httpx2.Client, **headers: str) -> None:
    client.post("/api/sessions", json={"id": "s1"}).raise_for_status()
    asked = client.post("/api/sessions/s1/messages", json={"content": "Who, Herring?"}, headers=headers)
    run_id = asked.json()["run"]["id"]
    wait_until(lambda: client.get(f"/api/runs/{run_id}").json()["status"] == "completed", 30, "an answer")


def test_a_run_is_below_the_request_that_asked_and_its_steps_below_the_run(start: Start, collector: Collector) -> None:
    with start(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_SERVICE_NAME="ringside-test") as client:
        ask(client, traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
        wait_until(lambda: collector.named("run"), 20, "the span of the run")
        client.get("/metrics")
    [asked] = collector.named("POST /api/sessions/<session_id>/messages")
    [run] = collector.named("run")
    assert (asked.trace_id.hex(), asked.parent_span_id.hex()) == ("a" * 32, "b" * 16)
    assert (run.trace_id, run.parent_span_id) == (asked.trace_id, asked.span_id)
    steps = [span for _, span in collector.spans if span.name.startswith("step ") and span.trace_id == run.trace_id]
    known = {span.span_id for span in [run, *steps]}
    assert steps
    assert all(step.parent_span_id in known for step in steps)
    assert {service for service, _ in collector.spans} == {"ringside-test"}
    names = {span.name for _, span in collector.spans}
    assert not any("/metrics" in name or "/readyz" in name or "/healthz" in name for name in names)
    assert all(b"Herring" not in span.SerializeToString() for _, span in collector.spans)


def test_what_brings_traces_is_not_traced_or_each_would_make_another(start: Start, collector: Collector) -> None:
    with start(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as client:
        sent = client.post("/v1/traces", json={"resourceSpans": []})
        assert sent.status_code == 200
        ask(client)
        wait_until(lambda: collector.named("run"), 20, "the span of the run")
    assert not any("/v1/" in span.name for _, span in collector.spans)


def test_a_collector_that_is_away_and_a_disabled_sdk_harm_nothing(start: Start, collector: Collector) -> None:
    with start(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9") as client:
        ask(client)
    with start(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_SDK_DISABLED="true") as client:
        client.get("/api/sessions").raise_for_status()
    assert collector.spans == []
