"""What the tests of the API share."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.services import Services
from tests.support.errors import assert_error


@pytest.fixture
def own(app: Flask) -> Services:
    """The services behind the app."""
    found: Services = app.extensions["ringside"]
    return found


@pytest.fixture
def session(client: FlaskClient) -> dict[str, Any]:
    """A session, made over HTTP."""
    response = client.post("/api/sessions", json={"id": "s1", "title": "First"})
    assert response.status_code == 201
    body: dict[str, Any] = response.json
    return body


@pytest.fixture
def refused():
    """``refused(response, status, code)``: an error of the one shape."""

    def refused(response: TestResponse, status: int, code: str) -> str:
        return assert_error(response, status, code)

    return refused
