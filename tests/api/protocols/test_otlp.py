"""OTLP over HTTP: the same spans from protobuf and from JSON, and what is wrong with a request in words."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from api.protocols.otlp import (
    Encoding,
    OtlpError,
    UnpackedTooLargeError,
    answer_of_error,
    answer_to_export,
    read_export,
    unpacked,
)
from tests.support.spans import export, span

FIXTURES = Path(__file__).parent / "fixtures"
PROTOBUF: Encoding = "application/x-protobuf"
JSON: Encoding = "application/json"


def read(request: Any) -> Any:
    """The spans of a request in JSON."""
    return read_export(json.dumps(request).encode(), JSON).spans


@pytest.mark.parametrize("name", ["pydantic-ai", "openai"])
def test_both_encodings_of_a_request_hold_the_same_spans(name: str) -> None:
    there = read_export((FIXTURES / f"{name}.pb").read_bytes(), PROTOBUF)
    assert there == read_export((FIXTURES / f"{name}.json").read_bytes(), JSON)
    assert there.spans
    assert there.refused == 0


def test_a_span_has_what_was_sent() -> None:
    [found] = read(
        export(span(2, 1, "Look", begins=1, seconds=0.5, says={"a": 1}, events={"e": {"b": "c"}}), scope="s")
    )
    assert (found.trace_id, found.span_id) == ("5b8efff798038103d269b633813fc60c", "0000000000000002")
    assert (found.parent_id, found.name, found.scope) == ("0000000000000001", "Look", "s")
    assert found.ended - found.began == 500_000_000
    assert found.attributes == {"a": 1}
    assert [(event.name, event.attributes) for event in found.events] == [("e", {"b": "c"})]
    assert found.resource == {"service.name": "harbour"}


def test_attributes_of_every_kind_are_read() -> None:
    given = {"text": "ä", "whole": 2**53 + 1, "part": 0.5, "truth": True, "list": [1, "b"], "object": {"in": {"n": 1}}}
    sent = span(1, says=given)
    sent["attributes"] += [
        {"key": "bytes", "value": {"bytesValue": "AAEC"}},
        {"key": "nothing", "value": {}},
        {"key": "no number", "value": {"doubleValue": "NaN"}},
        {"key": "number", "value": {"intValue": 7}},
    ]
    [found] = read(export(sent))
    assert found.attributes == {**given, "bytes": "AAEC", "nothing": None, "no number": "nan", "number": 7}


def test_names_of_enums_numbers_as_text_names_of_protobuf_and_unknown_fields_are_taken() -> None:
    sent = span(1, failed="no")
    sent |= {"kind": "SPAN_KIND_CLIENT", "status": {"code": "STATUS_CODE_ERROR", "message": "no", "of": "tomorrow"}}
    sent |= {"trace_id": sent.pop("traceId").upper(), "start_time_unix_nano": int(sent.pop("startTimeUnixNano"))}
    sent |= {"links": [{"traceId": "not hexadecimal"}], "a field of tomorrow": [1]}
    [found] = read({"resource_spans": [{"scope_spans": [{"spans": [sent]}]}], "unknown": 1})
    assert found.trace_id == "5b8efff798038103d269b633813fc60c"
    assert (found.internal, found.failed, found.status_message) == (False, True, "no")


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("traceId", "00" * 16),
        ("traceId", "5b8e"),
        ("traceId", ""),
        ("spanId", "00" * 8),
        ("spanId", "zz"),
        ("spanId", "00" * 9),
    ],
)
def test_a_span_without_a_valid_id_is_refused_and_the_others_are_not(field: str, given: str) -> None:
    found = read_export(json.dumps(export(span(1), span(2) | {field: given})).encode(), JSON)
    assert [one.span_id for one in found.spans] == ["0000000000000001"]
    assert found.refused == 1
    lacks = "trace id (16 bytes, not only zeros)" if field == "traceId" else "span id (8 bytes, not only zeros)"
    assert found.why == f"Rejected spans: 1 without a valid {lacks}."


def test_a_parent_of_zeros_is_none() -> None:
    [found] = read(export(span(1) | {"parentSpanId": "00" * 8}))
    assert found.parent_id is None


def test_half_a_character_becomes_a_sign_that_it_is_missing() -> None:
    body = json.dumps(export(span(1, name="cut \ud83d"))).encode()
    [found] = read_export(body, JSON).spans
    assert found.name == "cut \ufffd"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (PROTOBUF, b"no protobuf"),
        (PROTOBUF, (FIXTURES / "openai.pb").read_bytes()[:-9]),
        (PROTOBUF, b"\n\x08\x12\x06\x12\x04*\x02\xff\xfe"),  # a name that is not UTF-8
        (JSON, b"{"),
        (JSON, b"[]"),
        (JSON, b"3"),
        (JSON, b'{"resourceSpans": [3]}'),
        (JSON, b'{"resourceSpans": 3}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": ["x"]}]}]}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 3}]}]}]}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "soon"}]}]}]}'),
    ],
)
def test_what_is_no_request_is_refused_in_words(encoding: Encoding, body: bytes) -> None:
    with pytest.raises(OtlpError, match=r"^The body is (no ExportTraceServiceRequest in|not valid JSON)") as refused:
        read_export(body, encoding)
    assert not re.search(r"object|int\(|argument|Failed|iterable", str(refused.value).replace("it is no object", ""))


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"resourceSpans": {"a": 1}}, "resourceSpans"),
        ({"resourceSpans": [{"scopeSpans": [None]}]}, "resourceSpans.scopeSpans"),
        (export(span(1) | {"traceId": 3}), "resourceSpans.scopeSpans.spans.traceId"),
        (export(span(1) | {"name": 3}), "resourceSpans.scopeSpans.spans.name"),
        (
            export(span(1) | {"attributes": [{"key": "a", "value": 3}]}),
            "resourceSpans.scopeSpans.spans.attributes.value",
        ),
    ],
)
def test_a_refusal_says_where_to_look(given: dict[str, Any], where: str) -> None:
    with pytest.raises(OtlpError) as refused:
        read(given)
    said = f"the value of {where} is not of the type that OTLP has there."
    assert str(refused.value) == f"The body is no ExportTraceServiceRequest in JSON: {said}"


@pytest.mark.parametrize("encoding", [PROTOBUF, JSON])
def test_a_request_without_spans_is_one(encoding: Encoding) -> None:
    assert read_export(b"" if encoding == PROTOBUF else b"{}", encoding) == ([], 0, "")


def test_what_is_compressed_is_unpacked_up_to_the_limit() -> None:
    assert unpacked(gzip.compress(b"a" * 1000), 1000) == b"a" * 1000
    assert unpacked(gzip.compress(b"a" * 999) + gzip.compress(b"") + gzip.compress(b"b"), 1000) == b"a" * 999 + b"b"
    for large in (gzip.compress(b"a" * 1001), gzip.compress(b"a" * 999) + gzip.compress(b"bb")):
        with pytest.raises(UnpackedTooLargeError):
            unpacked(large, 1000)
    damaged = gzip.compress(b"abc")[:-8] + bytes(8)
    for wrong in (damaged, b"plain", gzip.compress(b"abc")[:-1], gzip.compress(b"abc") + b"more", b""):
        with pytest.raises(OtlpError):
            unpacked(wrong, 1000)


def test_an_answer_says_what_was_rejected() -> None:
    assert answer_to_export(JSON) == b"{}"
    assert answer_to_export(PROTOBUF) == b""
    assert json.loads(answer_to_export(JSON, 2, "Why.")) == {
        "partialSuccess": {"rejectedSpans": "2", "errorMessage": "Why."}
    }
    response = ExportTraceServiceResponse.FromString(answer_to_export(PROTOBUF, 2, "Why."))
    assert (response.partial_success.rejected_spans, response.partial_success.error_message) == (2, "Why.")


def test_an_error_is_a_status() -> None:
    assert json.loads(answer_of_error(JSON, 400, "No.")) == {"code": 3, "message": "No."}
    status = Status.FromString(answer_of_error(PROTOBUF, 503, "Later."))
    assert (status.code, status.message) == (14, "Later.")


def test_the_fixtures_are_whole_requests() -> None:
    for path in FIXTURES.glob("*.pb"):
        assert ExportTraceServiceRequest.FromString(path.read_bytes()).resource_spans
