"""For operators: the queue, who works on what, and a run that is freed from whoever holds it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from api.services import Services
from tests.support.account import HASHED
from tests.support.browser import Browser
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user
from utils.database.moment import now
from utils.database.shares import ConnectionShares
from utils.database.tables import agent_processes
from utils.log.errors import StaleRunError
from utils.sessions.runs import RunRecord

OWNER = "node-1/417/ab12"


@pytest.fixture
def browser(app: Flask, ada: UserRecord) -> Browser:
    return Browser(app, ada)


@pytest.fixture
def operations(browser: Browser) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        response = browser.get("/api/operations")
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json
        return body

    return read


@pytest.fixture
def held(own: Services, ada: UserRecord) -> RunRecord:
    """A run that an agent process works on."""
    own.sessions.create("s1", title="Winter berths", owner=ada)
    assert own.run_queue.request("s1", "Why?") is not None
    run = own.run_queue.claim(OWNER)
    assert run is not None
    return run


def audited(own: Services, ada: UserRecord) -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in own.audit.page(ada.team_key).items]


def test_the_connections_of_the_database_server_are_told(
    operations: Callable[[], dict[str, Any]], own: Services
) -> None:
    found = operations()["connections"]
    if own.database.dialect == "sqlite":
        assert found is None
        return
    machine = ConnectionShares(own.settings).all
    assert (found["allowed"], found["machine"], found["scarce"]) == (197, machine, False)
    assert found["taken"] >= 1


def test_what_waits_says_for_what_and_what_is_held_says_by_whom(
    operations: Callable[[], dict[str, Any]], own: Services, held: RunRecord, ada: UserRecord
) -> None:
    own.run_queue.request("s1", "And then?")
    own.sessions.create("s2", owner=ada)
    own.run_queue.request("s2", "Who?")
    running, behind, free = operations()["runs"]
    assert (running["id"], running["status"], running["owner"]) == (held.id, "running", OWNER)
    assert (running["title"], running["waits_for"]) == ("Winter berths", None)
    assert behind["waits_for"] == "the run before it in its session"
    assert free["waits_for"] == "an agent process: none is running"
    own.agent_processes.seen(OWNER, 4, 1)
    assert operations()["runs"][2]["waits_for"] == "a free agent process"


def test_agent_processes_are_listed_with_their_last_beat_until_they_end(
    operations: Callable[[], dict[str, Any]], own: Services
) -> None:
    own.agent_processes.seen(OWNER, 4, 1)
    own.agent_processes.seen(OWNER, 4, 3)
    [process] = operations()["processes"]
    assert (process["owner"], process["slots"], process["used"], process["silent"]) == (OWNER, 4, 3, False)
    with own.database.write() as connection:
        connection.execute(agent_processes.update().values(seen_at=now() - timedelta(minutes=1)))
    assert operations()["processes"][0]["silent"]
    own.agent_processes.ended(OWNER)
    assert operations()["processes"] == []


def test_a_run_that_is_given_back_is_queued_and_its_holder_may_write_no_more(
    browser: Browser, own: Services, held: RunRecord, ada: UserRecord
) -> None:
    response = browser.post(f"/api/operations/runs/{held.id}/release")
    assert (response.status_code, response.json) == (200, {"status": "queued"})
    with pytest.raises(StaleRunError):
        own.run_queue.beat(held)
    again = own.run_queue.claim("node-2/1/x")
    assert again is not None
    assert (again.id, again.attempt, again.losses) == (held.id, 2, 0)
    assert audited(own, ada)[0] == ("run freed", f"{held.id} (s1), held by {OWNER}")


def test_a_run_that_nobody_holds_cannot_be_given_back(browser: Browser, own: Services, held: RunRecord) -> None:
    own.run_queue.release(held)
    response = browser.post(f"/api/operations/runs/{held.id}/release")
    assert (response.status_code, response.json["error"]["code"]) == (409, "not_running")


def test_a_run_whose_holder_does_not_stop_is_ended_by_the_second_request(
    browser: Browser, own: Services, held: RunRecord, ada: UserRecord
) -> None:
    asked = browser.post(f"/api/operations/runs/{held.id}/stop")
    assert asked.json == {"status": "running"}
    assert own.run_queue.beat(held).stop, "its holder is told"
    ended = browser.post(f"/api/operations/runs/{held.id}/stop")
    assert ended.json == {"status": "cancelled"}
    with pytest.raises(StaleRunError):
        own.run_queue.beat(held)
    assert [action for action, _ in audited(own, ada)[:2]] == ["run ended", "run stopped"]
    assert browser.post(f"/api/operations/runs/{held.id}/stop").status_code == 404, "it is over"


def test_a_queued_run_is_stopped_at_once(browser: Browser, own: Services, held: RunRecord) -> None:
    asked = own.run_queue.request("s1", "And then?")
    assert asked is not None
    assert browser.post(f"/api/operations/runs/{asked[1].id}/stop").json == {"status": "cancelled"}


def test_another_teams_administrator_sees_that_team_alone_and_operators_no_titles_of_others(
    app: Flask, browser: Browser, own: Services, held: RunRecord
) -> None:
    with own.database.write() as connection:
        pier = add_team(connection, "Pier")
        fay = add_user(connection, pier.key, "fay@example.org", "Fay", "administrator", HASHED)
    own.sessions.create("s9", title="Secret plans", owner=fay)
    asked = own.run_queue.request("s9", "Where?")
    assert asked is not None
    own.agent_processes.seen(OWNER, 4, 1)
    theirs = Browser(app, fay).get("/api/operations").json
    assert [run["id"] for run in theirs["runs"]] == [asked[1].id]
    assert (theirs["processes"], theirs["streams"], theirs["cannot"]) == ([], None, [])
    assert Browser(app, fay).post(f"/api/operations/runs/{held.id}/release").status_code == 404
    seen = browser.get("/api/operations")
    assert "Secret plans" not in seen.text
    assert "s9" not in seen.text
    [other] = [run for run in seen.json["runs"] if run["id"] == asked[1].id]
    assert (other["team_name"], other["title"], other["session_id"]) == ("Pier", None, None)
    assert browser.post(f"/api/operations/runs/{asked[1].id}/stop").json == {"status": "cancelled"}
