"""Traces over HTTP: what an exporter is answered, and what is told of its spans."""

import gzip
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.rpc.status_pb2 import Status

from api import trace_routes
from api.services import Services
from tests.support.spans import TRACE, chat, export, http, span
from utils.traces import ingest

FIXTURES = Path(__file__).parent / "protocols" / "fixtures"
PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}
RECORDED = (FIXTURES / "pydantic-ai.pb").read_bytes()


def activity(client: FlaskClient, session_id: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = client.get(f"/api/sessions/{session_id}/activity").json["events"]
    return events


def test_what_pydantic_ai_sends_is_a_session_with_its_steps(client: FlaskClient) -> None:
    response = client.post("/v1/traces", data=RECORDED, headers=PROTOBUF)
    assert (response.status_code, response.mimetype, response.data) == (200, "application/x-protobuf", b"")
    [session] = client.get("/api/sessions").json["sessions"]
    assert (session["id"], session["title"]) == (
        "01a21370-85e0-7243-be74-806e60a47f2c", "invoke_agent researcher · pydantic-ai",
    )  # fmt: skip
    events = activity(client, session["id"])
    assert [(event["type"], event["status"]) for event in events if event["type"] != "agentMessage"] == [
        ("runUpdate", "running"),
        ("agentActivity", "started"),
        *[("agentActivity", status) for _ in range(3) for status in ("started", "completed")],
        ("agentActivity", "completed"),
        ("runUpdate", "completed"),
    ]
    assert events[0]["question"] == "Who rebuilt the engine?"
    [message] = [event for event in events if event["type"] == "agentMessage"]
    assert (message["delta"], message["final"]) == ("The engine was rebuilt by Ada.", True)
    used = [event["usage"] for event in events if "usage" in event]
    assert used == [{"model": "fake", "input_tokens": 11, "output_tokens": 7}] * 2
    messages = client.get(f"/api/sessions/{session['id']}/messages").json["messages"]
    assert [(message["role"], message["content"]) for message in messages] == [
        ("user", "Who rebuilt the engine?"), ("assistant", "The engine was rebuilt by Ada."),
    ]  # fmt: skip
    assert (session["last_run"]["status"], session["last_run"]["question"]) == ("completed", "Who rebuilt the engine?")
    assert [one["id"] for one in client.get("/api/sessions?query=rebuilt").json["sessions"]] == [session["id"]]


@pytest.mark.any_database
@pytest.mark.parametrize("signal", ["metrics", "logs"])
def test_metrics_and_logs_are_accepted_and_forgotten(client: FlaskClient, signal: str) -> None:
    for headers, body, answer in ((PROTOBUF, b"whatever it is", b""), (JSON, b"{}", b"{}")):
        response = client.post(f"/v1/{signal}", data=body, headers=headers)
        assert (response.status_code, response.mimetype, response.data) == (200, headers["Content-Type"], answer)
    assert client.get("/api/sessions").json["sessions"] == []
    assert client.post(f"/v1/{signal}", data=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer ringside_wrong"
    response = client.post(f"/v1/{signal}", data=b"", headers=PROTOBUF)
    assert (response.status_code, Status.FromString(response.data).code) == (401, 16)


@pytest.mark.any_database
def test_both_encodings_and_gzip_tell_the_same_once(client: FlaskClient) -> None:
    client.post("/v1/traces", data=RECORDED, headers=PROTOBUF)
    [session] = client.get("/api/sessions").json["sessions"]
    before = activity(client, session["id"])
    for body, headers in (
        ((FIXTURES / "pydantic-ai.json").read_bytes(), JSON),
        (gzip.compress(RECORDED), PROTOBUF | {"Content-Encoding": "gzip"}),
        (RECORDED, PROTOBUF | {"Content-Encoding": "identity"}),
    ):
        response = client.post("/v1/traces", data=body, headers=headers)
        assert (response.status_code, response.data) == (200, b"{}" if headers == JSON else b"")
        assert activity(client, session["id"]) == before


@pytest.mark.any_database
def test_spans_without_an_id_are_rejected_and_the_others_taken(client: FlaskClient) -> None:
    sent = export(chat(1), chat(2) | {"spanId": ""})
    response = client.post("/v1/traces", json=sent)
    assert response.status_code == 200
    assert response.json == {
        "partialSuccess": {
            "rejectedSpans": "1",
            "errorMessage": "Rejected spans: 1 without a valid span id (8 bytes, not only zeros).",
        }
    }
    assert {event.get("activity_id") for event in activity(client, TRACE)} == {None, f"{1:016x}"}


def test_spans_of_a_trace_of_which_too_many_wait_are_rejected(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "MOST_WAITING", 0)
    client.post("/v1/traces", json=export(chat(2, 1)))
    response = client.post("/v1/traces", json=export(chat(3, 1), chat(4) | {"spanId": ""}))
    assert response.json == {
        "partialSuccess": {
            "rejectedSpans": "2",
            "errorMessage": "Rejected spans: 1 without a valid span id (8 bytes, not only zeros). "
            "Rejected spans: 1 of a trace of which more than 50,000 spans wait for those around them.",
        }
    }


@pytest.mark.any_database
def test_what_is_no_request_is_told_in_its_own_encoding(client: FlaskClient) -> None:
    response = client.post("/v1/traces", data=b"none", headers=PROTOBUF)
    assert (response.status_code, response.mimetype) == (400, "application/x-protobuf")
    status = Status.FromString(response.data)
    assert (status.code, status.message) == (3, "The body is no ExportTraceServiceRequest in protobuf.")
    response = client.post("/v1/traces", data=b"none", headers=JSON)
    assert (response.status_code, response.mimetype) == (400, "application/json")
    assert response.json == {"code": 3, "message": "The body is not valid JSON."}


@pytest.mark.any_database
@pytest.mark.parametrize(
    "headers",
    [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-protobuf", "Content-Encoding": "br"}],
)
def test_what_is_neither_encoding_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    response = client.post("/v1/traces", data=b"x", headers=headers)
    assert response.status_code == 415
    assert b"Send OTLP" in response.data


@pytest.mark.any_database
def test_large_requests_are_refused_packed_or_not(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_routes, "_MOST_BYTES", 1024 * 1024)
    monkeypatch.setattr(trace_routes, "_MOST_BYTES_UNPACKED", 2 * 1024 * 1024)
    packed = {"Content-Encoding": "gzip"}
    for body, headers in (
        (b"a" * (1024 * 1024 + 1), {}),
        (gzip.compress(b"a" * (2 * 1024 * 1024 + 1)), packed),
        (gzip.compress(b"\0" * 100_000_000), packed),
    ):
        response = client.post("/v1/traces", data=body, headers=PROTOBUF | headers)
        status = Status.FromString(response.data)
        assert response.status_code == 413
        assert "MiB" in status.message
    assert client.post("/v1/traces", data=gzip.compress(RECORDED), headers=PROTOBUF | packed).status_code == 200


@pytest.mark.any_database
def test_too_many_at_the_same_time_are_asked_to_come_again(client: FlaskClient, own: Services) -> None:
    with ExitStack() as taken:
        for _ in range(max(1, own.settings.web_threads // 4)):
            taken.enter_context(own.trace_slots.taken())
        response = client.post("/v1/traces", data=RECORDED, headers=PROTOBUF)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert Status.FromString(response.data).code == 8
    assert client.post("/v1/traces", data=RECORDED, headers=PROTOBUF).status_code == 200


@pytest.mark.any_database
def test_a_wrong_key_is_told_in_the_encoding_of_the_request(client: FlaskClient) -> None:
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer ringside_wrong"
    response = client.post("/v1/traces", data=RECORDED, headers=PROTOBUF)
    assert (response.status_code, Status.FromString(response.data).code) == (401, 16)
    response = client.post("/v1/traces", json=export(chat(1)))
    assert (response.status_code, response.json["code"]) == (401, 16)
    assert "ringside_wrong" not in response.text


@pytest.mark.any_database
def test_an_answer_to_an_export_of_another_kind_of_program_says_nothing(client: FlaskClient) -> None:
    response = client.post("/v1/traces", json=export(http(1), http(2, 1)))
    assert (response.status_code, response.json) == (200, {})
    assert client.get("/api/sessions").json["sessions"] == []
    client.post("/v1/traces", json=export(span(3, 1, "ask")))
    assert client.get("/api/sessions").json["sessions"] != []


@pytest.mark.any_database
def test_nested_without_end_is_refused(client: FlaskClient) -> None:
    deep = json.dumps(export(span(1))).replace('"attributes": []', '"attributes": ' + "[" * 100_000)
    assert client.post("/v1/traces", data=deep, headers=JSON).status_code == 400
