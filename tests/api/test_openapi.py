"""The OpenAPI document: valid, complete, and the one the dashboard's client was made from."""

import json
from typing import Any, get_args

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from utils.log.events import StreamEvent
from utils.project import PROJECT

pytestmark = pytest.mark.any_database


@pytest.fixture
def described(client: FlaskClient) -> dict[str, Any]:
    response = client.get("/openapi/openapi.json")
    assert response.status_code == 200
    body: dict[str, Any] = response.json
    return body


def test_it_is_a_valid_openapi_3_1_document(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_it_is_the_one_the_dashboards_client_was_made_from(described: dict[str, Any]) -> None:
    """When it is not: `python -m api.openapi > frontend/openapi.json`, then generate the client again."""
    kept = json.loads((PROJECT / "frontend" / "openapi.json").read_text())
    assert described == kept


def test_it_shows_every_route_of_the_server(app: Flask, described: dict[str, Any]) -> None:
    served = {
        (rule.rule.replace("<", "{").replace(">", "}").replace("int:", ""), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
        and rule.rule.startswith(("/api", "/sse", "/v1", "/sdk", "/healthz", "/readyz", "/metrics", "/chat"))
    }
    shown = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert served == shown


def test_every_operation_says_who_may_ask_and_what_any_may_answer(described: dict[str, Any]) -> None:
    read, write = {"sign-in": []}, {"sign-in": [], "csrf": []}
    for path, method, security, answers in (
        ("/healthz", "get", None, "200 400 500 503"),
        ("/api/auth/login", "post", None, "200 400 401 403 408 409 413 415 429 500 503"),
        ("/api/sessions", "get", [read, {"key": []}], "200 400 401 403 429 500 503"),
        ("/api/sessions", "post", [write, {"key": []}], "201 400 401 403 404 408 409 413 415 422 429 500 503"),
        ("/api/team", "patch", [write], "200 400 401 403 408 413 415 429 500 503"),
    ):
        operation = described["paths"][path][method]
        assert operation.get("security") == security, path
        assert " ".join(operation["responses"]) == answers, path


def test_every_operation_has_a_name_a_summary_and_the_error_shape(described: dict[str, Any]) -> None:
    names = []
    for path, methods in described["paths"].items():
        for operation in methods.values():
            names.append(operation["operationId"])
            assert operation["summary"]
            if path.startswith("/v1/"):  # errors as OTLP has them
                continue
            for status, answer in operation["responses"].items():
                if status >= "400" and (path, status) not in (("/readyz", "503"), ("/api/auth/login", "409")):
                    assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorBody"), path
    assert len(names) == len(set(names))


def test_it_describes_every_event_of_a_stream(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    types = {member.__name__ for member in get_args(get_args(StreamEvent)[0])}
    assert types <= set(schemas)
    assert {ref["$ref"].rsplit("/", 1)[-1] for ref in schemas["StreamEvent"]["oneOf"]} == types


def test_it_is_shown_to_people(client: FlaskClient) -> None:
    assert client.get("/openapi", follow_redirects=True).status_code == 200
    assert client.get("/openapi/swagger").status_code == 200
