"""`/sse/now` over HTTP: who may watch, until when, and on which node."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.support.board import Seen
from tests.support.browser import Browser
from tests.support.canaries import Canaries
from tests.support.errors import assert_error
from tests.support.gunicorn import HttpStream, Server, gunicorn, threads_of
from utils.accounts.api_keys import ApiKeys
from utils.accounts.principal import Scope, UserRecord
from utils.accounts.users import Users, add_team, add_user
from utils.database.base import Database
from utils.database.tables import users
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.settings import Settings

Watch = Callable[..., HttpStream]


@pytest.fixture
def node(settings: Settings) -> Iterator[Server]:
    with gunicorn(settings.data_dir, heartbeat_seconds=0.5) as server:
        yield server


@pytest.fixture
def other_node(node: Server, settings: Settings) -> Iterator[Server]:
    """Another server on the same database."""
    with gunicorn(settings.data_dir, heartbeat_seconds=0.5) as server:
        yield server


def key_of(database: Database, user: UserRecord, scope: Scope = "read") -> str:
    return ApiKeys(database).create(user.key, "watcher", [scope])[1]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """``watch(node, key)``: an open stream."""
    streams: list[HttpStream] = []

    def watch(server: Server, key: str, last_event_id: str | None = None) -> HttpStream:
        client = server.connect()
        given = [f"Authorization: Bearer {key}", *([f"Last-Event-ID: {last_event_id}"] if last_event_id else [])]
        client.sendall(("\r\n".join(["GET /sse/now HTTP/1.1", "Host: localhost", *given]) + "\r\n\r\n").encode())
        streams.append(HttpStream(client))
        return streams[-1]

    yield watch
    for stream in streams:
        stream.leave()


def test_it_goes_on_on_another_node_when_one_is_killed(
    node: Server, other_node: Server, watch: Watch, sessions: Sessions, run_queue: RunQueue, ada: UserRecord,
    database: Database,
) -> None:  # fmt: skip
    first, second = node, other_node
    key = key_of(database, ada)
    for name in ("s1", "s2"):
        sessions.create(name, name, ada)
        run_queue.request(name, "Is the harbour clear?")
    seen = Seen()
    stream, other = watch(first, key), watch(second, key)
    seen.until_ready(stream)
    at_other = Seen()
    at_other.until_ready(other)
    assert seen.rows == at_other.rows
    run = run_queue.claim("process-1")
    assert run is not None
    for one, reader in ((seen, stream), (at_other, other)):
        one.until(reader, lambda s: s.rows[f"{run.session_id}/{run.id}"]["status"] == "running")
    workers = first.workers
    for pid in (first.pid, *workers):
        os.kill(pid, signal.SIGKILL)
    stream.until_end()
    run_queue.finish(run, "failed", "The crane fell over.")
    again = watch(second, key, seen.last_event_id)
    seen.until(again, lambda s: s.ready and s.rows[f"{run.session_id}/{run.id}"]["status"] == "failed")
    at_other.until(other, lambda s: s.rows == seen.rows)
    assert again.received.count(b"event: reset") == 1
    again.leave()
    back = watch(second, key, seen.last_event_id)
    seen.until(back, lambda s: s.ready and s.rows == at_other.rows)
    back.until(lambda reader: b"event: nowReady" in reader.received)
    assert b"event: reset" not in back.received, "that node knows what has changed"


@pytest.mark.any_database
def test_it_ends_with_its_key_and_when_its_user_changes_teams(
    node: Server, watch: Watch, sessions: Sessions, run_queue: RunQueue, ada: UserRecord, database: Database
) -> None:
    with database.write() as connection:
        max_ = add_user(connection, ada.team_key, "max@example.org", "Max", "member", "x")
        team = add_team(connection, "Pier")
    sessions.create("s1", "Open water", ada)
    sessions.change("s1", shared=True)
    run_queue.request("s1", "Is the harbour clear?")
    keys = ApiKeys(database)
    record, secret = keys.create(max_.key, "one", ["read"])
    revoked, moved = watch(node, secret), watch(node, key_of(database, max_))
    for stream in (revoked, moved):
        Seen().until(stream, lambda s: s.titles() == {"Open water"})
    keys.revoke(max_.team_key, record.id)
    revoked.until_end(10)
    assert not moved.ended
    with database.write() as connection:
        connection.execute(update(users).where(users.c.key == max_.key).values(team_key=team.key))
    moved.until_end(10)
    again = watch(node, key_of(database, Users(database).with_email("max@example.org")[0][0]))
    elsewhere = Seen()
    elsewhere.until_ready(again)
    assert elsewhere.rows == {}


@pytest.mark.any_database
def test_streams_cost_no_thread(node: Server, watch: Watch, ada: UserRecord, database: Database) -> None:
    key = key_of(database, ada)
    [worker] = node.workers
    Seen().until_ready(watch(node, key))
    before = threads_of(worker)
    for _ in range(60):
        Seen().until_ready(watch(node, key))
    assert threads_of(worker) < before + 20, "those of the pool, which answer requests"


@pytest.mark.any_database
def test_what_is_private_is_told_to_its_owner_alone(
    node: Server,
    watch: Watch,
    sessions: Sessions,
    run_queue: RunQueue,
    log: ActivityLog,
    ada: UserRecord,
    database: Database,
) -> None:
    canaries = Canaries()
    with database.write() as connection:
        max_ = add_user(connection, ada.team_key, "max@example.org", "Max", "administrator", "x")
    session_id = f"private-{canaries.keep('id', 'canary-of-the-private-session')}"
    sessions.create(session_id, canaries.plant("title"), max_)
    run_queue.request(session_id, "Who is it?")
    run = run_queue.claim("process-1")
    assert run is not None
    canaries.keep("run", run.id)
    mine, theirs = watch(node, key_of(database, max_)), watch(node, key_of(database, ada))
    seen, hidden = Seen(), Seen()
    seen.until_ready(mine)
    hidden.until_ready(theirs)
    sessions.create("s1", "Open water", ada)
    step = {"session_id": session_id, "run_id": run.id, "activity_id": "a", "agent_name": canaries.plant("agent")}
    log.append(session_id, [AgentActivity(**step, action=canaries.plant("action"), status="started")])
    seen.until(mine, lambda s: s.rows[f"{session_id}/{run.id}"].get("step"))
    run_queue.finish(run, "failed", canaries.plant("reason"))
    seen.until(mine, lambda s: s.rows[f"{session_id}/{run.id}"]["status"] == "failed")
    run_queue.request("s1", "Is the harbour clear?")
    hidden.until(theirs, lambda s: s.titles() == {"Open water"})
    assert list(canaries.found_in("the stream of another administrator", theirs.received)) == []
    assert {"title", "agent", "action", "reason"} <= {
        found.split(" in ")[0] for found in canaries.found_in("the owner's", mine.received)
    }


@pytest.mark.any_database
def test_it_is_a_stream_on_other_servers_too(client: FlaskClient, browser: Browser) -> None:
    for one in (client, browser):
        answer = one.get("/sse/now", buffered=False)
        assert answer.status_code == 200
        assert answer.content_type == "text/event-stream; charset=utf-8"
        body = iter(answer.response)
        assert next(body).startswith(b"retry: 1000\n\nevent: heartbeat\n")
        answer.close()
    assert_error(client.get("/sse/now?last_event_id=" + "x" * 200), 400, "invalid_request")
