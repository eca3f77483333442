"""Traces of Ringside itself, by OpenTelemetry's standard environment variables. Without an endpoint nothing of it is
loaded, and a span costs a microsecond.

The packages are optional: requirements-tracing.txt. Spans have names of routes, agents and kinds, never what was asked.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")
_SECONDS = 3  # a collector that is away must not hold up the end of a process
Kind = Literal["SERVER", "CONSUMER", "INTERNAL"]
Value = str | int | float | bool
_log = logging.getLogger(__name__)
_tracer: Any = None


def start_tracing() -> None:
    """If the environment names where to. After a fork, as often as you like."""
    global _tracer  # noqa: PLW0603
    if _tracer is not None or not any(map(os.environ.get, _ENDPOINTS)):
        return
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        _log.warning("There are no traces: %s. Install them: pip install -r requirements-tracing.txt", error)
        return
    name = os.environ.get("OTEL_SERVICE_NAME") or "ringside"
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    exporter = OTLPSpanExporter(timeout=None if any(map(os.environ.get, _TIMEOUTS)) else _SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("ringside")


@contextmanager
def span(name: str, kind: Kind = "INTERNAL", parent: str | None = None, **attributes: Value | None) -> Iterator[Any]:
    """A span for as long as the block runs, below the current one, or below ``parent``, a W3C traceparent.

    An underscore in the name of an attribute stands for a dot. Yields the span; None while there is no tracing.
    """
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent is not None else None
    given = {name.replace("_", "."): value for name, value in attributes.items() if value is not None}
    with _tracer.start_as_current_span(
        name, context, SpanKind[kind], given, record_exception=False, set_status_on_exception=False
    ) as this:
        try:
            yield this
        except BaseException as error:
            this.set_status(StatusCode.ERROR, type(error).__name__)  # whose words may be anything
            raise


def traceparent() -> str | None:
    """Of the current span, for whoever goes on with the work; None: there is none."""
    if _tracer is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")
