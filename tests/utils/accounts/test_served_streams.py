"""Permits where they count: streams that real gunicorn handed to its event loops, on two workers."""

import time
from datetime import timedelta

from flask import Flask

from api.access.identity import link_cookie
from api.services import Services
from tests.support.browser import Browser
from tests.support.events import activity, bare_wire, wire
from tests.support.gunicorn import HttpStream, Server, gunicorn
from utils.accounts.principal import UserRecord

from .conftest import AddUser


def watch(server: Server, header: str) -> HttpStream:
    client = server.connect()
    client.sendall(f"GET /sse/agent-activity/s1 HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode())
    return HttpStream(client)


def test_what_is_taken_back_ends_its_open_streams_within_ten_seconds_and_no_others(
    app: Flask, ada: UserRecord, add: AddUser
) -> None:
    own: Services = app.extensions["ringside"]
    owner, guest = add("Olive"), add("Gus", "viewer")
    session = own.sessions.create("s1", owner=owner)
    own.sessions.change("s1", shared=True)
    events = [activity().model_copy(update={"input": "s3cret"}), activity()]
    own.log.append("s1", events[:1])
    signed_in, leaving = Browser(app, owner), Browser(app, owner)
    _, key = own.api_keys.create(owner.key, "kept", ["read"])
    revoked, lost = own.api_keys.create(owner.key, "lost", ["read"])
    _, hiding = own.spectator_links.create(session.key, owner.key, timedelta(hours=1), True)
    short, opened = own.spectator_links.create(session.key, owner.key, timedelta(hours=1), False)

    def cookie(browser: Browser) -> str:
        return f"Cookie: access_token={browser.cookies['access_token']}"

    with gunicorn(own.settings.data_path, web_concurrency=2) as server:
        kept = [watch(server, header) for header in (cookie(signed_in), f"Authorization: Bearer {key}")]
        hidden = watch(server, f"Cookie: {link_cookie('s1')}={hiding}")
        gone = [
            watch(server, header)
            for header in (
                cookie(leaving), cookie(Browser(app, guest)), f"Authorization: Bearer {lost}",
                f"Cookie: {link_cookie('s1')}={opened}",
            )
        ]  # fmt: skip
        for stream in (*kept, hidden, *gone):
            assert stream.status == 200
            stream.until_cursor(1)
        for header in ("Authorization: Bearer wrong", "Accept: */*"):
            with watch(server, header) as refused:
                assert refused.status == 401

        began = time.monotonic()
        leaving.post("/api/auth/logout")
        own.users.change(guest.team_key, guest.id, active=False)
        own.api_keys.revoke(owner.team_key, revoked.id)
        own.spectator_links.revoke(session.key, short.id)
        for stream in gone:
            stream.until_end(10)
        assert time.monotonic() - began < 10
        own.log.append("s1", events[1:])
        for stream in (*kept, hidden):
            stream.until_cursor(2)
        assert [stream.logged for stream in kept] == [wire(own.log, "s1")] * 2
        assert hidden.logged == bare_wire(events)
        for stream in (*kept, hidden, *gone):
            stream.leave()
