"""What the tests of the API share."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.services import Services
from tests.support.account import EMAIL, HASHED
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import Role, UserRecord
from utils.accounts.users import add_user


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


@pytest.fixture
def ada(own: Services) -> UserRecord:
    """The administrator whom every database of the tests has."""
    [(user, _, _)] = own.users.with_email(EMAIL)
    return user


@pytest.fixture
def add(own: Services, ada: UserRecord) -> Callable[..., UserRecord]:
    """``add("Max")``: a member of the tests' team; a role may be given."""

    def add(name: str, role: Role = "member") -> UserRecord:
        with own.database.write() as connection:
            return add_user(connection, ada.team_key, f"{name.lower()}@example.org", name, role, HASHED)

    return add


@pytest.fixture
def browser(app: Flask, ada: UserRecord, quick_hashing: None) -> Browser:
    """The administrator's, who has signed in."""
    return Browser(app, ada)


@pytest.fixture
def nobody(app: Flask, quick_hashing: None) -> Browser:
    """A browser without a cookie."""
    return Browser(app)
