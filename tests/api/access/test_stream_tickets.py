"""A page of another web site watches a session with a ticket."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import streams
from api.access.identity import link_cookie
from api.app import create_app
from api.services import Services
from tests.support.account import HEADERS
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from tests.support.events import fill
from utils.accounts.permits import Permit, Permits
from utils.accounts.principal import UserRecord
from utils.streams.event_stream import EventStream

SITE = "https://page.example.org"


@pytest.fixture
def page(app: Flask) -> Browser:
    """What an EventSource of another site sends: neither key nor cookie."""
    return Browser(app)


def ticket_of(client: FlaskClient, session_id: str = "s1") -> str:
    response = client.post(f"/api/sessions/{session_id}/stream-ticket")
    assert response.status_code == 201, response.text
    ticket: str = response.json["ticket"]
    return ticket


def watch(page: Browser, ticket: str, session_id: str = "s1", **headers: str) -> TestResponse:
    response = page.get(
        f"/sse/agent-activity/{session_id}", query_string={"ticket": ticket}, headers=headers, buffered=False
    )
    response.close()
    return response


def test_a_ticket_opens_the_stream_of_its_session_for_a_minute(
    client: FlaskClient, page: Browser, session: dict[str, Any], own: Services, clock: Clock
) -> None:
    fill(own.log, "s1", 3)
    assert_error(page.get("/sse/agent-activity/s1"), 401, "signed_out")
    ticket = ticket_of(client)
    clock.move(seconds=59)
    for _ in range(2):  # an EventSource reconnects to the same address
        assert watch(page, ticket).mimetype == "text/event-stream"
    clock.move(seconds=32)  # clocks of machines may differ by 30 seconds
    assert_error(watch(page, ticket), 401, "wrong_ticket")


def test_a_ticket_opens_nothing_else(client: FlaskClient, page: Browser, session: dict[str, Any]) -> None:
    client.post("/api/sessions", json={"id": "s2"})
    ticket = ticket_of(client)
    assert_error(watch(page, ticket, "s2"), 401, "wrong_ticket")
    assert_error(watch(page, ticket, "unknown"), 401, "wrong_ticket")
    for path in ("/api/sessions/s1", "/api/sessions/s1/activity", "/api/sessions/s1/messages", "/api/sessions"):
        assert_error(page.get(f"{path}?ticket={ticket}"), 401, "signed_out")
    assert_error(page.post(f"/api/sessions/s1/stream-ticket?ticket={ticket}"), 401, "signed_out")


@pytest.mark.any_database
@pytest.mark.parametrize("ticket", ["", "x", "é", "gAAAAA", "x" * 5000])
def test_what_is_no_ticket_is_refused_also_for_who_may_watch(
    client: FlaskClient, session: dict[str, Any], ticket: str
) -> None:
    assert_error(watch(client, ticket), 401, "wrong_ticket")


@pytest.mark.any_database
def test_another_secret_of_the_server_is_no_ticket(
    client: FlaskClient, page: Browser, session: dict[str, Any], own: Services
) -> None:
    for sealed in ("a key", "[]", '{"for": "something else"}'):
        assert_error(watch(page, own.key.seal(sealed)), 401, "wrong_ticket")


def test_a_deleted_session_is_not_watched_under_its_old_name(
    client: FlaskClient, page: Browser, session: dict[str, Any]
) -> None:
    ticket = ticket_of(client)
    client.delete("/api/sessions/s1")
    client.post("/api/sessions", json={"id": "s1"})
    assert_error(watch(page, ticket), 401, "wrong_ticket")


def test_a_ticket_ends_with_what_it_was_made_with(
    app: Flask, page: Browser, own: Services, ada: UserRecord, session: dict[str, Any]
) -> None:
    key, secret = own.api_keys.create(ada.key, "page", ["read"])
    by_key = Browser(app)
    by_key.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    browser, guest = Browser(app, ada), Browser(app)
    found = own.sessions.ownership("s1")
    assert found is not None
    link, token = own.spectator_links.create(found.key, ada.key, timedelta(hours=1), hides_tool_data=True)
    guest.set_cookie(link_cookie("s1"), token)

    def revoke_key() -> None:
        own.api_keys.revoke(ada.team_key, key.id)

    def sign_out() -> None:
        browser.post("/api/auth/logout")

    def revoke_link() -> None:
        own.spectator_links.revoke(found.key, link.id)

    ends: list[tuple[FlaskClient, Callable[[], None]]] = [
        (by_key, revoke_key), (browser, sign_out), (guest, revoke_link),
    ]  # fmt: skip
    for client, end in ends:
        ticket = ticket_of(client)
        response = watch(page, ticket)
        assert response.status_code == 200
        end()
        assert_error(watch(page, ticket), 401, "wrong_ticket")


def test_a_stream_that_a_ticket_opened_holds_the_permit_of_its_grant(
    app: Flask, page: Browser, own: Services, ada: UserRecord, session: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    found = own.sessions.ownership("s1")
    assert found is not None
    link, token = own.spectator_links.create(found.key, ada.key, timedelta(hours=1), hides_tool_data=True)
    guest = Browser(app)
    guest.set_cookie(link_cookie("s1"), token)
    permits: list[Permit] = []
    opened = streams.EventStream

    def watched(*given: Any, **more: Any) -> EventStream:
        stream = opened(*given, **more)
        permits.append(stream.permit)  # type: ignore[arg-type]
        return stream

    monkeypatch.setattr(streams, "EventStream", watched)
    assert watch(page, ticket_of(guest)).status_code == 200
    [permit] = permits
    assert (permit.grant.kind, permit.hides_tool_data) == ("link", True)
    assert Permits(own.database).ended([permit]) == set()
    own.spectator_links.revoke(found.key, link.id)
    assert Permits(own.database).ended([permit]) == {permit}


def test_who_may_no_longer_see_the_session_watches_it_with_no_ticket_either(
    app: Flask, page: Browser, add: Callable[..., UserRecord], client: FlaskClient, browser: Browser
) -> None:
    browser.post("/api/sessions", json={"id": "s1"})
    browser.patch("/api/sessions/s1", json={"shared": True})
    ticket = ticket_of(Browser(app, add("Max")))
    assert watch(page, ticket).status_code == 200
    browser.patch("/api/sessions/s1", json={"shared": False})
    assert_error(watch(page, ticket), 404, "not_found")


@pytest.fixture
def open_app(app: Flask) -> Iterator[Flask]:
    """The application with a web site whose pages may call it."""
    settings = app.extensions["ringside"].settings.model_copy(update={"cors_origins": SITE})
    other = create_app(settings)
    yield other
    other.extensions["ringside"].database.close()
    other.extensions["ringside"].doorbell.close()


@pytest.mark.any_database
def test_a_page_of_a_trusted_site_makes_a_ticket_and_watches(open_app: Flask, session: dict[str, Any]) -> None:
    page, browser = Browser(open_app), {"Origin": SITE, "Sec-Fetch-Site": "cross-site"}
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, idempotency-key"}
    allowed = page.options("/api/sessions/s1/stream-ticket", headers=browser | asks)
    assert allowed.headers["Access-Control-Allow-Origin"] == SITE
    assert {one.strip().lower() for one in allowed.headers["Access-Control-Allow-Headers"].split(",")} >= {
        "authorization", "idempotency-key",
    }  # fmt: skip
    made = page.post("/api/sessions/s1/stream-ticket", headers=browser | HEADERS)
    assert (made.status_code, made.headers["Access-Control-Allow-Origin"]) == (201, SITE)
    stream = watch(page, made.json["ticket"], **browser)
    assert (stream.status_code, stream.headers["Access-Control-Allow-Origin"]) == (200, SITE)
    assert "Access-Control-Allow-Credentials" not in stream.headers


@pytest.mark.any_database
def test_a_page_of_any_other_site_reads_nothing(open_app: Flask, session: dict[str, Any]) -> None:
    page, browser = Browser(open_app), {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert_error(page.post("/api/sessions/s1/stream-ticket", headers=browser | HEADERS), 403, "cross_site")
    ticket = ticket_of(_with_key(open_app))
    assert "Access-Control-Allow-Origin" not in watch(page, ticket, **browser).headers


def _with_key(app: Flask) -> FlaskClient:
    client = Browser(app)
    client.environ_base["HTTP_AUTHORIZATION"] = HEADERS["Authorization"]
    return client
