"""What a foreign web page in somebody's browser can do here: nothing."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.services import Services
from tests.support.account import HEADERS
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/sessions"),
        ("PATCH", "/api/sessions/s1"),
        ("DELETE", "/api/sessions/s1"),
    ],
)
def test_another_web_site_may_not_write(
    client: FlaskClient, own: Services, ada: UserRecord, session: dict[str, Any], method: str, path: str
) -> None:
    response = client.open(path, method=method, json={"title": "Taken over"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert_error(response, 403, "cross_site")
    assert [item.title for item in own.sessions.page(ada).items] == ["First"]


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none", None])
def test_the_dashboard_and_programs_may(client: FlaskClient, site: str | None) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}
    assert client.post("/api/sessions", json={}, headers=headers).status_code == 201


def test_a_link_from_another_web_site_opens(client: FlaskClient, session: dict[str, Any]) -> None:
    assert client.get("/api/sessions/s1", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/api/info", "/nothing.js", "/openapi/", "/openapi/swagger", "/openapi/swagger.js", "/openapi/openapi.json",
     "/openapi/oauth2-redirect.html", "/openapi/swagger/css/swagger-ui.css", "/healthz", "/sse/agent-activity/nothing"],
)  # fmt: skip
def test_no_page_may_frame_ours_and_ours_loads_nothing_foreign(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    response.close()


def test_no_page_has_a_script_or_a_style_within_itself(client: FlaskClient) -> None:
    """What its policy would not let run."""
    for path in ("/openapi/", "/openapi/swagger"):
        page = client.get(path).text
        assert re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", page) is None, path


@pytest.fixture
def named(app: Flask) -> Iterator[FlaskClient]:
    settings = app.extensions["ringside"].settings
    other = create_app(settings.model_copy(update={"allowed_hosts": "ringside.example, .example.org"}))
    yield other.test_client()
    other.extensions["ringside"].database.close()
    other.extensions["ringside"].doorbell.close()


@pytest.mark.parametrize("host", ["evil.example", "ringside.example.evil", "127.0.0.1", "localhost:8000"])
def test_a_name_that_is_not_ours_reads_nothing(named: FlaskClient, host: str) -> None:
    for path in ("/api/sessions", "/", "/sse/agent-activity/s1"):
        message = assert_error(named.get(path, headers={"Host": host}), 400, "unknown_host")
        assert "ALLOWED_HOSTS" in message


@pytest.mark.parametrize("host", ["ringside.example", "ringside.example:8000", "example.org", "a.example.org"])
def test_our_names_are_answered(named: FlaskClient, host: str) -> None:
    assert named.get("/api/sessions", headers={"Host": host} | HEADERS).status_code == 200


def test_without_the_setting_every_name_is_answered(client: FlaskClient) -> None:
    assert client.get("/api/sessions", headers={"Host": "any.example"}).status_code == 200
