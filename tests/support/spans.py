"""Spans as programs send them: OTLP in JSON, made by hand."""

from typing import Any

TRACE = "5b8efff798038103d269b633813fc60c"
BEGAN = 1_795_622_471_000_000_000  # nanoseconds since 1970


def value(given: Any) -> dict[str, Any]:
    """The AnyValue of a Python value."""
    match given:
        case bool():
            return {"boolValue": given}
        case int():
            return {"intValue": str(given)}
        case float():
            return {"doubleValue": given}
        case list():
            return {"arrayValue": {"values": [value(one) for one in given]}}
        case dict():
            return {"kvlistValue": {"values": attributes(given)}}
    return {"stringValue": given}


def attributes(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(one)} for key, one in given.items()]


def span(number: int, parent: int | None = None, name: str = "work", **more: Any) -> dict[str, Any]:
    """The span with this number, within the one that has the number ``parent``; 1 s long, or ``seconds``.

    ``more``: ``begins`` and ``seconds`` (numbers of seconds), ``says`` (attributes), ``events`` ({name: attributes}),
    ``trace``, ``failed`` (why), ``kind``.
    """
    begins = BEGAN + round(more.get("begins", number) * 1_000_000_000)
    made: dict[str, Any] = {
        "traceId": more.get("trace", TRACE),
        "spanId": f"{number:016x}",
        "name": name,
        "kind": more.get("kind", 1),
        "startTimeUnixNano": str(begins),
        "endTimeUnixNano": str(begins + round(more.get("seconds", 1) * 1_000_000_000)),
        "attributes": attributes(more.get("says", {})),
        "events": [{"name": name, "attributes": attributes(said)} for name, said in more.get("events", {}).items()],
    }
    if parent is not None:
        made["parentSpanId"] = f"{parent:016x}"
    if "failed" in more:
        made["status"] = {"code": 2, "message": more["failed"]}
    return made


def export(*spans: dict[str, Any], service: str = "harbour", scope: str = "mine", **says: Any) -> dict[str, Any]:
    """An ExportTraceServiceRequest; ``says`` are attributes of the resource."""
    resource = {"attributes": attributes({"service.name": service, **says})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": scope}, "spans": list(spans)}]}]}


def agent(number: int, parent: int | None = None, name: str = "Lookout", **more: Any) -> dict[str, Any]:
    says = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name, **more.pop("says", {})}
    return span(number, parent, f"invoke_agent {name}", says=says, **more)


def chat(number: int, parent: int | None = None, **more: Any) -> dict[str, Any]:
    """A call of a model: 7 tokens in, 3 out."""
    says = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "tiny",
        "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3, **more.pop("says", {}),
    }  # fmt: skip
    return span(number, parent, "chat tiny", says=says, **more)


def http(number: int, parent: int | None = None, **more: Any) -> dict[str, Any]:
    says = {"http.request.method": "GET", "url.full": "http://harbour.example/ships", **more.pop("says", {})}
    return span(number, parent, "GET", kind=3, says=says, **more)
