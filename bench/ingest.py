"""What it costs to take in what agents elsewhere do: events in batches, and the spans of OpenTelemetry programs.

Each server gets the same requests from one client, one after the other, for as long as a round lasts; the CPU time of
its processes is read before and after. Beside Ringside stand the OpenTelemetry collector's otlp receiver, which decodes
the same spans and keeps nothing of them, and `emit_all` in a process of its own, which keeps everything.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from bench.measure import family_cpu_seconds
from bench.report import Table
from bench.server import BIN, Server, data_directory, environment, next_port, ringside

_BATCH = 100  # events or spans in a request
_COLLECTOR = BIN / "collector"
_QUESTION = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Who rebuilt the engine?" * 4}]}])
_ANSWER = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "Ada rebuilt it in 1957." * 4}]}])
_CONFIGURATION = """yaml:receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{port}"}}}}}}}}
exporters: {{nop: {{}}}}
service:
  telemetry: {{metrics: {{level: none}}, logs: {{level: error}}}}
  pipelines: {{traces: {{receivers: [otlp], exporters: [nop]}}}}"""


@dataclass(slots=True)
class _Way:
    """A way in: ``send(n)`` sends the n-th batch; ``pid`` is the process whose family works for it."""

    name: str
    setup: str
    pid: int
    send: Callable[[int], None]
    batches: Iterator[int] = field(default_factory=count)
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def round(self, seconds: float) -> None:
        sent, cpu, began = 0, family_cpu_seconds(self.pid), time.monotonic()
        while (elapsed := time.monotonic() - began) < seconds:
            self.send(next(self.batches))
            sent += _BATCH
        self.rates.append(sent / elapsed)
        self.costs.append((family_cpu_seconds(self.pid) - cpu) / sent * 1e6)

    def row(self) -> tuple[str, ...]:
        return (self.name, self.setup, f"{median(self.rates):,.0f}", f"{median(self.costs):.0f} µs")


def figures(quick: bool) -> Iterator[Table]:
    with ExitStack() as stack:
        data = stack.enter_context(data_directory())
        server = stack.enter_context(ringside(data, ratelimit_enabled=False))
        ways = [
            _Way("events over HTTP", "JSON, stored durably", server.pid, _events(stack, server)),
            _Way("spans over OTLP", "protobuf, two events a span, stored durably", server.pid, _spans(stack, server)),
            _Way("emit_all", "in a process of its own, stored durably", *_emitter(stack, server)),
        ]
        if _COLLECTOR.exists():
            pid, port = stack.enter_context(_collector())
            ways.append(_Way("spans to OpenTelemetry’s collector", "protobuf, kept nowhere", pid, _posted(stack, port)))
        for way in ways:
            way.send(next(way.batches))  # what loads at the first time has loaded
        for _ in range(3 if quick else 7):
            for way in ways:
                way.round(1 if quick else 3)
        header = ("way in", "", "events or spans a second", "CPU for one")
        missing = "" if len(ways) > 3 else " The OpenTelemetry collector is left out: it is not compiled."
        yield Table(
            f"{_BATCH} in a request, one request after the other.{missing}", header, tuple(way.row() for way in ways)
        )


def _events(stack: ExitStack, server: Server) -> Callable[[int], None]:
    post = _client(stack, server.port, {"Authorization": server.authorization, "Content-Type": "application/json"})
    post("/api/sessions", b'{"id": "bench-ingest"}')

    def send(batch: int) -> None:
        post("/api/sessions/bench-ingest/events", json.dumps({"events": _batch_of_events(batch)}).encode())

    return send


def _batch_of_events(batch: int) -> list[dict[str, object]]:
    run = {"session_id": "bench-ingest", "run_id": f"run-{batch}", "type": "agentActivity", "agent_name": "Lookout"}
    return [
        {**run, "activity_id": str(n // 2), "action": "chat tiny", "kind": "model",
         **({"status": "completed", "output": _ANSWER} if n % 2 else {"status": "started", "input": _QUESTION})}
        for n in range(_BATCH)
    ]  # fmt: skip


def _spans(stack: ExitStack, server: Server) -> Callable[[int], None]:
    headers = {"Authorization": server.authorization, "Content-Type": "application/x-protobuf"}
    post = _client(stack, server.port, headers)
    return lambda batch: post("/v1/traces", _batch_of_spans(batch))


def _posted(stack: ExitStack, port: int) -> Callable[[int], None]:
    post = _client(stack, port, {"Content-Type": "application/x-protobuf"})
    return lambda batch: post("/v1/traces", _batch_of_spans(batch))


def _batch_of_spans(batch: int) -> bytes:
    """A trace of a conversation: an agent, and model calls within it."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    _say(resource.resource.attributes, {"service.name": "bench"})
    scope = resource.scope_spans.add()
    began = time.time_ns()
    for n in range(_BATCH):
        span = scope.spans.add(trace_id=(batch + 1).to_bytes(16, "big"), span_id=(n + 1).to_bytes(8, "big"))
        span.name, span.start_time_unix_nano, span.end_time_unix_nano = "chat tiny", began + n, began + n + 1_000_000
        says = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "tiny",
                "gen_ai.agent.name": "Lookout", "gen_ai.conversation.id": "bench-traces",
                "gen_ai.input.messages": _QUESTION, "gen_ai.output.messages": _ANSWER,
                "gen_ai.usage.input_tokens": 11, "gen_ai.usage.output_tokens": 7}  # fmt: skip
        if n == 0:
            span.name, says["gen_ai.operation.name"] = "invoke_agent Lookout", "invoke_agent"
        else:
            span.parent_span_id = (1).to_bytes(8, "big")
        _say(span.attributes, says)
    body: bytes = request.SerializeToString()
    return body


def _say(attributes: object, says: dict[str, str | int]) -> None:
    for key, value in says.items():
        pair = attributes.add(key=key)  # type: ignore[attr-defined]
        if isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.string_value = value


def _client(stack: ExitStack, port: int, headers: dict[str, str]) -> Callable[[str, bytes], None]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    stack.callback(connection.close)

    def post(path: str, body: bytes) -> None:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path} answered {answer.status}: {said[:200]!r}")

    return post


_EMITS = """
import json, sys
from utils.log.events import logged_event
from utils.sse_emitter import sse_emitter
for line in sys.stdin:
    events = [logged_event.validate_python(event) for event in json.loads(line)]
    print(sse_emitter.emit_all(events), flush=True)
"""


def _emitter(stack: ExitStack, server: Server) -> tuple[int, Callable[[int], None]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _EMITS], env=environment(server.data) | {"PYTHONPATH": os.getcwd()},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    stack.callback(process.wait, 20)
    assert process.stdin is not None
    assert process.stdout is not None
    stack.callback(process.stdin.close)
    lines_in, lines_out = process.stdin, process.stdout

    def send(batch: int) -> None:
        events = [{**event, "session_id": "bench-emitted"} for event in _batch_of_events(batch)]
        print(json.dumps(events), file=lines_in, flush=True)
        lines_out.readline()

    return process.pid, send


@contextmanager
def _collector() -> Iterator[tuple[int, int]]:
    """The collector with its otlp receiver and an exporter that keeps nothing: (pid, port)."""
    port = next_port()
    with data_directory() as folder:
        written: Path = folder / "log"
        with written.open("wb") as log:
            process = subprocess.Popen(
                [_COLLECTOR, f"--config={_CONFIGURATION.format(port=port)}"], stdout=log, stderr=log
            )
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and process.poll() is None:
                with suppress(OSError):
                    http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
                    yield process.pid, port
                    return
                time.sleep(0.05)
            raise RuntimeError(f"The collector did not start. It said:\n{written.read_text()}")
        finally:
            process.terminate()
            process.wait(20)
