"""Every failed request has one shape, in plain words, whatever failed."""

import sqlite3
from typing import Any

import pysqlite3
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from api.services import Services
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord
from utils.log.errors import SessionGoneError, StaleRunError, StorageBusyError, StorageFullError

pytestmark = pytest.mark.any_database

JSON_POSTS = ["/api/sessions", "/api/sessions/s1/messages"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/nothing", "/api/", "/api", "/sse/nothing", "/sse", "/openapi/nothing", "/healthz/x", "/metrics.txt",
        "/v1", "/v1/chat/completions", "/ws", "/ws/session", "/API/sessions", "/api/sessions/s1/nothing/at/all",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_an_unknown_address_of_the_server_is_404(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(path, method=method)
    if method == "HEAD":
        assert (response.status_code, response.mimetype) == (404, "application/json")
    else:
        assert_error(response, 404, "not_found")


@pytest.mark.parametrize("path", ["/v2", "/apiary", "/wstest", "/sessions/api"])
def test_what_only_looks_like_an_address_of_the_server_is_a_page(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.mimetype == "text/html" or response.json["error"]["code"] == "no_dashboard"
    response.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/sessions"),
        ("PUT", "/api/sessions/s1"),
        ("PUT", "/api/runs/r1/cancel"),
        ("POST", "/healthz"),
        ("POST", "/sse/agent-activity/s1"),
    ],
)
def test_a_method_that_is_not_answered_is_405_and_names_those_that_are(
    client: FlaskClient, method: str, path: str
) -> None:
    response = client.open(path, method=method)
    assert_error(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("path", JSON_POSTS)
@pytest.mark.parametrize(
    "body", [b"{", b"", b"{'a': 1}", b"\xff\xfe", b"nul", b"{}{}", b"[" * 100_000, b'{"content": "\\ud8"}']
)
def test_malformed_json_is_400(client: FlaskClient, session: dict[str, Any], path: str, body: bytes) -> None:
    assert_error(client.post(path, data=body, content_type="application/json"), 400, "invalid_request")


@pytest.mark.parametrize("path", JSON_POSTS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_is_not_json_is_refused(
    client: FlaskClient, session: dict[str, Any], path: str, kind: str | None
) -> None:
    response = client.post(path, data=b'{"content": "x"}', content_type=kind)
    assert response.status_code in (400, 415)
    assert_error(response, response.status_code, response.json["error"]["code"])


@pytest.mark.parametrize("path", JSON_POSTS)
def test_a_json_body_larger_than_any_request_needs_is_413_before_it_is_read(
    client: FlaskClient, session: dict[str, Any], path: str
) -> None:
    body = b'{"content": "' + b"x" * (16 * 1024 * 1024) + b'"}'
    assert_error(client.post(path, data=body, content_type="application/json"), 413, "too_large")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/sessions", '{"title": "a \\ud83d"}'),
        ("/api/sessions", '{"tags": ["\\uDE00"]}'),
        ("/api/sessions", '{"\\ud83d": 1}'),
        ("/api/sessions/s1/messages", '{"content": "\\ud83d\\ud83d\\ude00"}'),
        ("/api/sessions/s1/events", '{"events": [{"type": "error", "code": "c", "message": "\\udfff"}]}'),
        ("/api/auth/login", '{"email": "a@b.c", "password": "\\ud800"}'),
        ("/api/watch", '{"token": "\\ud800"}'),
    ],
)
def test_half_a_character_is_refused_in_plain_words(
    client: FlaskClient, session: dict[str, Any], path: str, body: str
) -> None:
    message = assert_error(client.post(path, data=body, content_type="application/json"), 400, "invalid_request")
    assert "half a character" in message


def test_whole_characters_are_taken_however_they_are_written(client: FlaskClient) -> None:
    body = '{"id": "s1", "title": "\\ud83d\\ude00 \\\\ud83d"}'
    assert client.post("/api/sessions", data=body, content_type="application/json").json["title"] == "😀 \\ud83d"


def test_a_limit_that_is_exceeded_is_named(client: FlaskClient, session: dict[str, Any]) -> None:
    for path, most in (("messages", 1), ("events", 8)):
        body = b'{"content": "' + b"x" * (most * 1024 * 1024) + b'"}'
        response = client.post(f"/api/sessions/s1/{path}", data=body, content_type="application/json")
        assert f"at most {most} MiB" in assert_error(response, 413, "too_large")


def test_an_invalid_request_names_the_field(client: FlaskClient) -> None:
    message = assert_error(client.post("/api/sessions", json={"title": ""}), 400, "invalid_request")
    assert message == "Please correct the request: title: must not be empty."


def test_a_batch_with_the_same_fault_in_each_event_is_answered_with_a_short_list(
    client: FlaskClient, session: dict[str, Any]
) -> None:
    batch = {"events": [{"type": "agentMessage"}] * 300}
    message = assert_error(client.post(f"/api/sessions/{session['id']}/events", json=batch), 400, "invalid_request")
    assert message.startswith("Please correct the request: events.0.agentMessage.session_id: is missing;")
    assert message.count(";") == 10
    assert message.endswith(" more.")


def test_what_the_client_sent_is_not_sent_back(client: FlaskClient) -> None:
    message = assert_error(client.post("/api/sessions", json={"id": "<script>"}), 400, "invalid_request")
    assert "<script>" not in message


def test_an_event_of_an_unknown_type_is_told_which_there_are_and_not_what_it_was(
    client: FlaskClient, session: dict[str, Any]
) -> None:
    sent = {"events": [{"type": "<script>", "session_id": "s1"}]}
    message = assert_error(client.post("/api/sessions/s1/events", json=sent), 400, "invalid_request")
    assert "agentActivity" in message
    assert "<script>" not in message


@pytest.mark.parametrize(
    ("error", "code"),
    [(StorageFullError("The disk is full."), "storage_full"), (StorageBusyError("Busy."), "storage_busy")],
)
def test_what_could_not_be_stored_is_503_with_its_kind(
    client: FlaskClient,
    own: Services,
    session: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(own.run_queue), "request", fail)
    assert_error(client.post("/api/sessions/s1/messages", json={"content": "Why?"}), 503, code)


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (SessionGoneError("Session s1 was deleted."), 404, "session_gone"),
        (StaleRunError("Attempt 1 of run r no longer owns it."), 409, "stale_run"),
    ],
)
def test_what_has_gone_meanwhile_is_no_failure_of_the_server(
    client: FlaskClient, own: Services, session: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
    ada: UserRecord, error: Exception, status: int, code: str,
) -> None:  # fmt: skip
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(own.run_queue), "request", fail)
    assert_error(client.post("/api/sessions/s1/messages", json={"content": "Why?"}), status, code)
    assert own.error_log.page(ada).items == []


@pytest.mark.only_on("sqlite")
def test_a_full_disk_is_503_and_no_failure_of_the_server(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    """The record and the event go through one transaction of SQLAlchemy: its errors mean the same as the log's."""
    with own.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    event.listen(own.database.engine, "begin", lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}"))
    answers = [client.post("/api/sessions/s1/messages", json={"content": "x" * 20_000}) for _ in range(3)]
    assert_error(answers[-1], 503, "storage_full")
    assert client.get("/api/sessions/s1/messages").status_code == 200


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("secret detail"),
        sqlite3.OperationalError("secret detail"),
        pysqlite3.InterfaceError("secret detail"),
        KeyError("secret detail"),
    ],
)
def test_an_unexpected_failure_is_500_without_details(
    client: FlaskClient, own: Services, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(own.sessions), "page", fail)
    message = assert_error(client.get("/api/sessions"), 500, "internal_error")
    assert "secret detail" not in message


@pytest.mark.parametrize("path", ["/sessions/" + "a" * 300, "/" + "a" * 300, "/" + "a/" * 3000, "/%00", "/a%00.js"])
def test_an_address_no_file_can_have_is_no_failure_of_the_server(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code < 500 or response.json["error"]["code"] == "no_dashboard"
    response.close()


def test_answers_tell_browsers_not_to_guess(client: FlaskClient) -> None:
    for path in ("/healthz", "/api/nothing"):
        assert client.get(path).headers["X-Content-Type-Options"] == "nosniff"
