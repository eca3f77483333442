"""Idempotency-Key: a request that is sent again creates nothing a second time."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from api.access.once import CREATE_ONCE
from api.app import create_app
from api.services import Services
from tests.support.account import KEY
from tests.support.at_once import at_once
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.events import activity
from tests.support.sse import SseDecoder
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.tables import documents, messages, runs, sessions
from utils.settings import Settings

Ask = Callable[[FlaskClient, str | None, str], TestResponse]


def with_key(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Idempotency-Key": key}


def create_session(client: FlaskClient, key: str | None, what: str) -> TestResponse:
    return client.post("/api/sessions", json={"title": what}, headers=with_key(key))


def create_sample(client: FlaskClient, key: str | None, what: str) -> TestResponse:
    return client.post("/api/sessions/sample", headers=with_key(key))


def ask(client: FlaskClient, key: str | None, what: str) -> TestResponse:
    return client.post("/api/sessions/s1/messages", json={"content": what}, headers=with_key(key))


def ask_again(client: FlaskClient, key: str | None, what: str) -> TestResponse:
    asked = client.get("/api/sessions/s1/runs").json["runs"]
    run_id = asked[-1]["id"] if asked else ask(client, "first", "Why?").json["run"]["id"]
    client.post(f"/api/runs/{run_id}/cancel")
    return client.post(f"/api/runs/{run_id}/again", headers=with_key(key))


def emit(client: FlaskClient, key: str | None, what: str) -> TestResponse:
    events = [activity("s1", what).model_dump(mode="json", exclude={"time"})]
    return client.post("/api/sessions/s1/events", json={"events": events}, headers=with_key(key))


def upload(client: FlaskClient, key: str | None, what: str) -> TestResponse:
    files = [(io.BytesIO(f"{what} {name}".encode() * 1000), name) for name in ("a.txt", "b.txt")]
    return client.post("/api/sessions/s1/documents", data={"files": files}, headers=with_key(key))


def chat(client: FlaskClient, key: str | None, what: str) -> TestResponse:
    asked = {"session_id": "s1", "message": what}
    return client.post("/chat", json=asked, headers=with_key(key) | {"Prefer": "wait=1"})


WAYS: dict[str, Ask] = {
    "sessions.create_session": create_session,
    "sessions.create_sample": create_sample,
    "messages.post_message": ask,
    "messages.ask_again": ask_again,
    "activity.emit_events": emit,
    "chat.chat": chat,
    "documents.add_documents": upload,
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
with_a_body = pytest.mark.parametrize("way", [way for way in WAYS.values() if way not in (create_sample, ask_again)])


def counts(database: Database) -> list[int]:
    """How much there is of what these requests create, of the log in the end."""
    with database.read() as connection:
        made = [
            connection.scalar(select(func.count()).select_from(one)) for one in (sessions, documents, messages, runs)
        ]
        return [one or 0 for one in [*made, connection.scalar(select(func.sum(sessions.c.head)))]]


@pytest.fixture
def second(settings: Settings, app: Flask) -> Iterator[FlaskClient]:
    """Of another process of the server."""
    other = create_app(settings)
    client = other.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    yield client
    other.extensions["ringside"].database.close()
    other.extensions["ringside"].doorbell.close()


def test_every_way_is_here() -> None:
    assert set(WAYS) == CREATE_ONCE


@every_way
def test_sent_again_a_request_gets_the_first_answer_and_creates_nothing(
    client: FlaskClient, second: FlaskClient, session: dict[str, Any], database: Database, way: Ask
) -> None:
    first = way(client, "k1", "Why?")
    assert first.status_code in (201, 202)
    assert "Idempotent-Replayed" not in first.headers
    made = counts(database)
    for other in (client, second):
        again = way(other, "k1", "Why?")
        assert (again.status_code, again.json) == (first.status_code, first.json)
        assert again.headers["Idempotent-Replayed"] == "true"
    assert counts(database) == made


@every_way
def test_another_key_or_none_is_another_request(
    client: FlaskClient, session: dict[str, Any], database: Database, way: Ask
) -> None:
    found = [way(client, key, "Why?").get_data() for key in ("k1", "k2", None, None)]
    assert len(set(found)) == 4


@with_a_body
def test_a_key_that_came_with_another_body_is_refused(
    client: FlaskClient, session: dict[str, Any], database: Database, way: Ask
) -> None:
    way(client, "k1", "Why?")
    made = counts(database)
    assert "new key" in assert_error(way(client, "k1", "How?"), 422, "idempotency_key_reused")
    assert counts(database) == made


@every_way
def test_many_at_the_same_moment_get_one_answer_whichever_process_they_reach(
    client: FlaskClient, second: FlaskClient, session: dict[str, Any], database: Database, way: Ask
) -> None:
    way(client, None, "Why?")
    before = counts(database)
    way(client, "k0", "Why?")
    one_more = [after - old for after, old in zip(counts(database), before, strict=True)]
    before = counts(database)
    found = at_once(*[lambda other=other: way(other, "k1", "Why?") for other in (client, second) * 3])  # type: ignore[misc]
    assert {one.status_code if isinstance(one, TestResponse) else one for one in found} <= {201, 202}
    assert len({one.get_data() for one in found if isinstance(one, TestResponse)}) == 1
    assert [after - old for after, old in zip(counts(database), before, strict=True)] == one_more


def test_a_chosen_id_that_is_sent_twice_at_once_is_no_conflict(
    client: FlaskClient, second: FlaskClient, database: Database
) -> None:
    for number in range(5):
        body = {"id": f"mine-{number}", "title": "Mine"}
        found = at_once(
            *[
                lambda other=other, body=body: other.post("/api/sessions", json=body, headers=with_key(body["id"]))  # type: ignore[misc]
                for other in (client, second)
            ]
        )
        assert [one.status_code for one in found if isinstance(one, TestResponse)] == [201, 201], found


def test_a_key_belongs_to_whoever_sent_it_and_to_the_address(
    app: Flask, own: Services, ada: UserRecord, client: FlaskClient, session: dict[str, Any]
) -> None:
    other_key = own.api_keys.create(ada.key, "another", ["run"])[1]
    other = app.test_client()
    other.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {other_key}"
    client.post("/api/sessions", json={"id": "s2"})
    elsewhere = client.post("/api/sessions/s2/messages", json={"content": "Why?"}, headers=with_key("k1"))
    browsers = [Browser(app, ada), Browser(app, ada)]
    asked = [ask(one, "k1", "Why?") for one in (client, other, *browsers)]
    ids = [one.json["message"]["id"] for one in [elsewhere, *asked]]
    assert ids[3] == ids[4], "a user's browsers are one"
    assert len(set(ids)) == 4


def test_what_failed_is_not_kept(client: FlaskClient) -> None:
    assert_error(ask(client, "k1", "Why?"), 404, "not_found")
    client.post("/api/sessions", json={"id": "s1"})
    assert ask(client, "k1", "Why?").status_code == 202


def test_who_may_no_longer_change_a_session_gets_no_kept_answer(
    app: Flask, own: Services, add: Callable[..., UserRecord], ada: UserRecord
) -> None:
    max_, browser = add("Max"), Browser(app, ada)
    theirs = Browser(app, max_)
    created = theirs.post("/api/sessions", json={"id": "s1"})
    assert ask(theirs, "k1", "Why?").status_code == 202
    assert created.status_code == 201
    own.users.change(max_.team_key, max_.id, role="viewer")
    assert_error(ask(theirs, "k1", "Why?"), 403, "forbidden")
    assert_error(ask(browser, "k1", "Why?"), 404, "not_found")


@pytest.mark.any_database
@pytest.mark.parametrize("key", ["", "x" * 201, "k\xe9", "a\tb"])
def test_a_key_that_is_none_is_refused(client: FlaskClient, session: dict[str, Any], key: str) -> None:
    assert "Idempotency-Key" in assert_error(ask(client, key, "Why?"), 400, "invalid_request")


def test_a_question_asked_as_a_stream_is_watched_again(
    client: FlaskClient, session: dict[str, Any], own: Services
) -> None:
    first = ask(client, "k1", "Why?").json
    own.run_queue.cancel(first["run"]["id"])
    headers = {"Accept": "text/event-stream", **with_key("k1")}
    again = client.post("/api/sessions/s1/messages", json={"content": "Why?"}, headers=headers)
    assert again.mimetype == "text/event-stream"
    decoder = SseDecoder()
    events = [event for piece in again.response for event in decoder.feed(piece)]  # type: ignore[union-attr]
    assert [event.json()["run_id"] for event in events if event.type == "runUpdate"] == [first["run"]["id"]] * 2


def test_the_description_tells_of_it(client: FlaskClient) -> None:
    paths = client.get("/openapi/openapi.json").json["paths"]
    named = {
        operation["operationId"]
        for path in paths.values()
        for operation in path.values()
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
    }
    assert named == {endpoint.partition(".")[2] for endpoint in CREATE_ONCE}
