"""Traces of programs that speak OpenTelemetry: OTLP over HTTP. Of metrics and logs nothing is kept."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask_openapi3.models import RawModel
from pydantic import BaseModel

from api.access.identity import principal
from api.blueprints import ViewGroup
from api.errors import ApiError
from api.protocols.otlp import (
    ENCODINGS,
    Encoding,
    answer_of_error,
    answer_to_export,
    read_export,
    unpacked,
)
from api.protocols.spans import step_of
from api.services import services
from utils.metrics.figures import QUOTA_REFUSALS
from utils.traces.ingest import MOST_WAITING

blueprint = ViewGroup("traces", "Activity", "/v1")

_MOST_BYTES = 8 * 1024 * 1024
_MOST_BYTES_UNPACKED = 16 * 1024 * 1024


_STATUS = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        }
    },
    "application/x-protobuf": {"schema": {"type": "string", "format": "binary"}},
}
_REFUSALS = {
    400: "The body is no request of the encoding that its content type names.",
    401: "Nobody is signed in, or the key is unknown or was revoked.",
    403: "Not for whoever asks; the message says for whom.",
    408: "The rest of the request did not come.",
    413: "The request is larger than this server takes.",
    415: "The body is of another media type, or compressed otherwise.",
    429: "Too many requests in a short time. Retry-After says when to try again.",
    500: "The server failed.",
    503: "The database is away, full or busy, or too many ask at the same time. Try again in a moment.",
}
_ANSWERS: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {
    200: {
        "description": "An export's response; `partialSuccess` tells of spans that were rejected.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/x-protobuf": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    **{status: {"description": words, "content": _STATUS} for status, words in _REFUSALS.items()},
}


class ExportRequest(RawModel):
    mimetypes = list(ENCODINGS)  # noqa: RUF012


@blueprint.post(
    "/traces",
    summary="Tell what agents do as an OpenTelemetry program does (OTLP over HTTP)",
    description="An ExportTraceServiceRequest of spans, 8 MiB at most, 16 MiB when unpacked; gzip is understood. Spans "
    "that arrived before count once. Errors are a `google.rpc.Status` in the encoding of the request.",
    responses=_ANSWERS,
)
def take_traces(raw: ExportRequest) -> Response:
    encoding = _known_encoding()
    with services().trace_slots.taken():
        export = read_export(_body(raw), encoding)
        received, own, team = datetime.now(UTC), services(), principal().team.key
        own.event_meter.require(team)
        refused = own.traces.take(principal(), [step_of(span, received) for span in export.spans])
        own.event_meter.count(team, len(export.spans))
    why = [export.why] if export.why else []
    if refused.waiting:
        full = f"of a trace of which more than {MOST_WAITING:,} spans wait for those around them"
        why.append(f"Rejected spans: {refused.waiting} {full}.")
    if refused.quota is not None:
        QUOTA_REFUSALS.labels(refused.quota.quota).inc()
        why.append(f"Rejected spans: {refused.sessionless} that need a new session. {refused.quota}")
    count = export.refused + refused.waiting + refused.sessionless
    return Response(answer_to_export(encoding, count, " ".join(why)), content_type=encoding)


@blueprint.post(
    "/metrics",
    summary="Accept the metrics of an OpenTelemetry program, and keep nothing of them",
    description="The answer is an ExportMetricsServiceResponse without content, so that a program whose exporters all "
    "have this server as their endpoint writes no errors into its log.",
    responses=_ANSWERS,
)
def take_metrics(raw: ExportRequest) -> Response:
    return _nothing_kept()


@blueprint.post(
    "/logs",
    summary="Accept the logs of an OpenTelemetry program, and keep nothing of them",
    description="The answer is an ExportLogsServiceResponse without content.",
    responses=_ANSWERS,
)
def take_logs(raw: ExportRequest) -> Response:
    return _nothing_kept()


def _nothing_kept() -> Response:
    """The answers to metrics and logs are, where all is well, the same bytes as the one to traces."""
    encoding = _known_encoding()
    return Response(answer_to_export(encoding), content_type=encoding)


def _known_encoding() -> Encoding:
    encoding = _encoding()
    if encoding is None:
        raise ApiError(415, "unsupported_media_type", f"Send OTLP as {' or '.join(ENCODINGS)}.")
    return encoding


def _encoding() -> Encoding | None:
    return next((encoding for encoding in ENCODINGS if encoding == request.mimetype), None)


def _body(raw: ExportRequest) -> bytes:
    packing = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("gzip", "identity", ""):
        raise ApiError(415, "unsupported_media_type", "Send OTLP compressed with gzip, or not compressed.")
    body = raw.get_data()
    return unpacked(body, _MOST_BYTES_UNPACKED) if packing == "gzip" else body


@blueprint.before_request
def allow_large_exports() -> None:
    request.max_content_length = _MOST_BYTES


@blueprint.after_request
def spell_error(response: Response) -> Response:
    """As the protocol has it, whatever refuses the request."""
    if response.status_code >= 400:
        encoding = _encoding() or "application/json"
        message = json.loads(response.get_data())["error"]["message"]
        response.set_data(answer_of_error(encoding, response.status_code, message))
        response.content_type = encoding
    return response
