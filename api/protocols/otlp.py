"""OTLP/HTTP: requests with traces as spans, and their answers, in protobuf or JSON. No I/O.

The messages are those of opentelemetry-proto (collector/trace/v1, trace/v1, common/v1, google.rpc.Status). JSON differs
from protobuf's own mapping in its ids, which are hexadecimal (OpenTelemetry Protocol Specification, "JSON Protobuf
Encoding"). What a receiver does not know it ignores. The classes take 30 ms and 7 MB to load: the first request does.
"""

import gzip
import io
import json
import math
import re
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from agents.text.surrogates import well_formed_value

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

Encoding = Literal["application/x-protobuf", "application/json"]
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

_GZIP = b"\x1f\x8b"  # how each member begins
_FIELD = re.compile(r"Failed to parse (\w+) field")  # as google.protobuf.json_format says where an error is
_FAILED = 2  # opentelemetry.proto.trace.v1.Status.STATUS_CODE_ERROR
# opentelemetry.proto.trace.v1.Span.SpanKind: no call; producer and consumer; server and consumer
_INTERNAL, _QUEUED, _CALLED = (0, 1), (4, 5), (2, 5)
_SAYS_WHETHER_REMOTE, _REMOTE = 0x100, 0x200  # opentelemetry.proto.trace.v1.SpanFlags, of the parent
# google.rpc.Code of an HTTP status; for any other, UNKNOWN.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 409: 10, 413: 3, 415: 3, 429: 8, 500: 13, 503: 14}
_UNKNOWN = 2


class OtlpError(ValueError):
    """The request is not what its content type says. The message is for whoever sent it."""


class UnpackedTooLargeError(OtlpError):
    """What is compressed is larger than the limit."""


@dataclass(frozen=True, slots=True)
class SpanEvent:
    name: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """One span. Ids are hexadecimal in small letters; ``began`` and ``ended`` nanoseconds since 1970, as sent.

    An attribute is text, a number, a truth value, None, or a list or dict of those; bytes are Base64.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    internal: bool  # neither a server's or client's side of a call nor a message's
    queued: bool  # a message's
    called: bool  # the span around it is another program's
    began: int
    ended: int
    attributes: Mapping[str, Any]
    events: tuple[SpanEvent, ...]
    failed: bool
    status_message: str
    resource: Mapping[str, Any]
    scope: str


class Export(NamedTuple):
    """What a request holds: its spans, and how many it has that are none, and why in words ("" if there are none)."""

    spans: list[Span]
    refused: int
    why: str


def unpacked(body: bytes, most: int) -> bytes:
    """What is compressed with gzip, in one member or several (RFC 1952).

    Raises UnpackedTooLargeError for more than ``most`` bytes, without making them.
    """
    if not body.startswith(_GZIP):
        raise OtlpError("The request says that it is compressed with gzip, and it is not.")
    try:
        found = gzip.GzipFile(fileobj=io.BytesIO(body)).read(most + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise OtlpError(
            "The request is not whole gzip: it ends too early, is damaged, or something follows it."
        ) from None
    if len(found) > most:
        raise UnpackedTooLargeError(f"The request holds more than {most // 1024 // 1024} MiB when unpacked.")
    return found


def read_export(body: bytes, encoding: Encoding) -> Export:
    """The spans of an ExportTraceServiceRequest, in their order. Raises OtlpError."""
    message = _from_protobuf(body) if encoding == "application/x-protobuf" else _from_json(body)
    spans, refused = [], Counter[str]()
    for resource_spans in message.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                if lacks := _what_it_lacks(span):
                    refused[lacks] += 1
                else:
                    spans.append(_span(span, resource, scope_spans.scope.name))
    return Export(spans, refused.total(), _words(refused))


def answer_to_export(encoding: Encoding, rejected: int = 0, message: str = "") -> bytes:
    """An ExportTraceServiceResponse: all is stored, or but for ``rejected`` spans; a ``message`` alone is a warning."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    if encoding == "application/json":
        partial = {"rejectedSpans": str(rejected), "errorMessage": message}
        return json.dumps({"partialSuccess": partial} if rejected or message else {}).encode()
    response = ExportTraceServiceResponse()
    if rejected or message:
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = message
    body: bytes = response.SerializeToString()
    return body


def answer_of_error(encoding: Encoding, status: int, message: str) -> bytes:
    """A google.rpc.Status: why a request is answered with the HTTP ``status``."""
    from google.rpc.status_pb2 import Status

    code = _CODES.get(status, _UNKNOWN)
    if encoding == "application/json":
        return json.dumps({"code": code, "message": message}).encode()
    body: bytes = Status(code=code, message=message).SerializeToString()
    return body


def _from_protobuf(body: bytes) -> "ExportTraceServiceRequest":
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    message = ExportTraceServiceRequest()
    try:
        message.ParseFromString(body)
    except DecodeError:
        raise OtlpError("The body is no ExportTraceServiceRequest in protobuf.") from None
    return message


def _from_json(body: bytes) -> "ExportTraceServiceRequest":
    from google.protobuf.json_format import ParseDict, ParseError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    try:
        found = json.loads(body)
    except ValueError:
        raise OtlpError("The body is not valid JSON.") from None
    if b"\\ud" in body.lower():
        found = well_formed_value(found)
    try:
        for span in _spans_of(found):
            _spell_ids_as_protobuf(span)
        message = ExportTraceServiceRequest()
        ParseDict(found, message, ignore_unknown_fields=True)
    except ParseError as error:
        raise _wrong(*_FIELD.findall(str(error))) from None
    return message


def _wrong(*path: str) -> OtlpError:
    """``path``: the names of the fields down to the one that is wrong; none for the whole body."""
    where = f"the value of {'.'.join(path)[:200]} is not of the type that OTLP has there" if path else "it is no object"
    return OtlpError(f"The body is no ExportTraceServiceRequest in JSON: {where}.")


def _spans_of(request: Any) -> Iterator[dict[str, Any]]:
    """Under the names of JSON or of protobuf; readers take both."""
    if not isinstance(request, dict):
        raise _wrong()
    for resource_spans in _objects(request, "resourceSpans", "resource_spans"):
        for scope_spans in _objects(resource_spans, "scopeSpans", "scope_spans", within=("resourceSpans",)):
            yield from _objects(scope_spans, "spans", "spans", within=("resourceSpans", "scopeSpans"))


def _objects(
    holder: dict[str, Any], name: str, other_name: str, within: tuple[str, ...] = ()
) -> Iterable[dict[str, Any]]:
    found = holder.get(name) or holder.get(other_name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _wrong(*within, name)
    return found


def _spell_ids_as_protobuf(span: dict[str, Any]) -> None:
    """Hexadecimal to Base64, which protobuf's mapping reads. What is neither becomes an id of no bytes."""
    span.pop("links", None)  # their ids would need the same, and nobody reads them
    for name in ("traceId", "trace_id", "spanId", "span_id", "parentSpanId", "parent_span_id"):
        if span.get(name):
            if not isinstance(span[name], str):
                raise _wrong("resourceSpans", "scopeSpans", "spans", name)
            try:
                span[name] = b64encode(bytes.fromhex(span[name])).decode()
            except ValueError:
                span[name] = ""


def _what_it_lacks(span: "SpanMessage") -> str:
    if len(span.trace_id) != 16 or not any(span.trace_id):
        return "trace id (16 bytes, not only zeros)"
    if len(span.span_id) != 8 or not any(span.span_id):
        return "span id (8 bytes, not only zeros)"
    return ""


def _words(refused: Counter[str]) -> str:
    found = ", ".join(f"{count} without a valid {lacks}" for lacks, count in refused.items())
    return f"Rejected spans: {found}." if found else ""


def _span(span: "SpanMessage", resource: Mapping[str, Any], scope: str) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() if any(span.parent_span_id) else None,
        name=span.name,
        internal=span.kind in _INTERNAL,
        queued=span.kind in _QUEUED,
        called=bool(span.flags & _REMOTE) if span.flags & _SAYS_WHETHER_REMOTE else span.kind in _CALLED,
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
        events=tuple(SpanEvent(event.name, _attributes(event.attributes)) for event in span.events),
        failed=span.status.code == _FAILED,
        status_message=span.status.message,
        resource=resource,
        scope=scope,
    )


def _attributes(pairs: Iterable["KeyValue"]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: "AnyValue") -> Any:
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return [_value(one) for one in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case "bytes_value":
            return b64encode(value.bytes_value).decode()
        case "double_value":
            return value.double_value if math.isfinite(value.double_value) else str(value.double_value)
    return getattr(value, kind)
