"""Calls of tools that programs are about to make: who lets them, and that nobody is asked twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from agents.connectors.remote import RemoteConfiguration
from api.services import Services
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team
from utils.database.tables import users
from utils.sessions.approval_rule import ApprovalRule, ToolUse

CALL = {"call_id": "c1", "agent_name": "Purser", "tool": "delete_file", "input": {"path": "log.txt"}}
ASK = "/api/sessions/s1/tool-calls"
Rule = Callable[..., ApprovalRule]


@pytest.fixture(autouse=True)
def _session(own: Services, ada: UserRecord) -> None:
    own.sessions.create("s1", "First", ada)


@pytest.fixture
def rule(own: Services, ada: UserRecord) -> Rule:
    def rule(**more: Any) -> ApprovalRule:
        fields = {"name": "Deletions ask", "tool": "*delete_*", "effect": "ask", "decides": "session", "deciders": []}
        return own.approval_rules.add(ada.team_key, ada, fields | more)

    return rule


def call(client: FlaskClient, **more: Any) -> dict[str, Any]:
    response = client.post(ASK, json=CALL | more)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json
    return body


def decide(browser: Browser, told: dict[str, Any], choice: str, **more: Any) -> None:
    decided = browser.post(f"/api/approvals/{told['approval_id']}/decision", json={"choice": choice, **more})
    assert decided.status_code == 200, decided.text


def test_a_call_that_no_rule_is_about_goes_ahead_and_nobody_is_asked(client: FlaskClient, rule: Rule) -> None:
    rule()
    assert call(client, tool="read_file") == {
        "status": "allowed", "words": None, "rule": None, "approval_id": None, "decided_by": None,
    }  # fmt: skip
    assert client.get("/api/approvals").json["approvals"] == []


def test_a_rule_that_refuses_says_so_in_its_own_words(client: FlaskClient, rule: Rule) -> None:
    rule(name="Nothing is deleted", effect="refuse", explanation="Move it to the attic.")
    assert call(client) == {
        "status": "refused", "words": "Rule “Nothing is deleted” refuses calls of delete_file. Move it to the attic.",
        "rule": "Nothing is deleted", "approval_id": None, "decided_by": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "status", "words"),
    [("approve", "allowed", None), ("reject", "refused", "Ada refused this call of delete_file: Keep it.")],
)
def test_a_person_decides_once_whatever_becomes_of_the_rule(
    client: FlaskClient, browser: Browser, own: Services, rule: Rule, choice: str, status: str, words: str | None
) -> None:
    made = rule()
    asked = call(client, run_id="crew-1", parent_id="step-1")
    assert asked == {
        "status": "asks", "words": "Rule “Deletions ask”: may Purser call delete_file?", "rule": "Deletions ask",
        "approval_id": asked["approval_id"], "decided_by": None,
    }  # fmt: skip
    approval = client.get(f"/api/approvals/{asked['approval_id']}").json
    assert approval["context"] == {"tool": "delete_file", "input": {"path": "log.txt"}}
    assert (approval["parent_id"], approval["agent_name"]) == ("step-1", "Purser")
    own.approval_rules.change(made.team_key, made.id, {"name": "Renamed", "effect": "refuse"})
    assert call(client, run_id="crew-1", parent_id="step-1")["status"] == "asks"
    own.approval_rules.remove(made.team_key, made.id)
    assert call(client, run_id="crew-1")["approval_id"] == asked["approval_id"]
    decide(browser, asked, choice, comment="Keep it.")
    for _ in range(2):
        told = call(client, run_id="crew-1")
        assert (told["status"], told["words"], told["approval_id"]) == (status, words, asked["approval_id"])
        assert told["decided_by"] == "Ada"
    assert len(client.get("/api/approvals?status=decided").json["approvals"]) == 1


def test_an_approval_is_for_that_call_alone(client: FlaskClient, browser: Browser, rule: Rule) -> None:
    rule()
    decide(browser, call(client), "approve")
    for other in ({"input": {"path": "all"}}, {"tool": "delete_all"}):
        assert_error(client.post(ASK, json=CALL | other), 409, "approval_differs")
        assert call(client, call_id=str(other), **other)["status"] == "asks"
    assert call(client, run_id="crew-2")["status"] == "asks", "the same id in another run is another call"


@pytest.mark.parametrize(
    ("on_expiry", "status", "words"),
    [
        (None, "refused", "Nobody approved this call of delete_file, so it was refused."),
        ("reject", "refused", "Nobody decided in time about this call of delete_file, so it was refused."),
        ("approve", "allowed", None),
    ],
)
def test_when_the_time_is_over_the_rule_says_what_counts(
    client: FlaskClient, rule: Rule, clock: Clock, on_expiry: str | None, status: str, words: str | None
) -> None:
    rule(expires_in=60, on_expiry=on_expiry)
    assert call(client)["status"] == "asks"
    clock.move(seconds=61)
    told = call(client)
    assert (told["status"], told["words"], told["decided_by"]) == (status, words, None)


def test_whoever_waits_hears_the_decision(app: Flask, client: FlaskClient, browser: Browser, rule: Rule) -> None:
    rule()
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(lambda: call(client, wait=25))
        wait_until(lambda: browser.get("/api/approvals").json["approvals"])
        [approval] = browser.get("/api/approvals").json["approvals"]
        decide(browser, {"approval_id": approval["id"]}, "approve")
        assert waits.result(20)["status"] == "allowed"


@pytest.mark.parametrize("shared", [True, False])
def test_administrators_decide_where_the_rule_says_so(
    app: Flask, own: Services, rule: Rule, ada: UserRecord, add: Callable[..., UserRecord], shared: bool
) -> None:
    rule(decides="administrators")
    max_ = add("Max")
    own.sessions.create("his", "His", max_)
    own.sessions.change("his", shared=shared)
    member, administrator = Browser(app, max_), Browser(app, ada)
    told = member.post("/api/sessions/his/tool-calls", json=CALL).json
    decision = f"/api/approvals/{told['approval_id']}/decision"
    assert_error(member.post(decision, json={"choice": "approve"}), 403, "forbidden")
    assert administrator.post(decision, json={"choice": "approve"}).status_code == 200


def test_administrators_are_whoever_is_one_by_then(
    app: Flask, own: Services, rule: Rule, ada: UserRecord, add: Callable[..., UserRecord]
) -> None:
    rule(decides="administrators")
    max_, olive = add("Max"), add("Olive")
    own.sessions.create("his", "His", max_)
    asks = f"/api/approvals/{Browser(app, max_).post('/api/sessions/his/tool-calls', json=CALL).json['approval_id']}"
    own.users.change(ada.team_key, olive.id, role="administrator")
    own.users.change(ada.team_key, ada.id, role="member")
    former, new = Browser(app, ada), Browser(app, olive)
    assert former.get("/api/approvals").json["approvals"] == []
    assert_error(former.get(asks), 404, "not_found")
    assert_error(former.post(f"{asks}/decision", json={"choice": "approve"}), 404, "not_found")
    [seen] = new.get("/api/approvals").json["approvals"]
    assert (seen["administrators"], seen["deciders"], seen["waits_for"]) == (True, [], [])
    assert new.post(f"{asks}/decision", json={"choice": "approve"}).json["decided_by"] == "Olive"
    assert [one["id"] for one in new.get("/api/approvals?status=decided").json["approvals"]] == [seen["id"]]


def test_where_none_of_its_people_is_there_any_more_administrators_decide_and_without_any_it_is_refused(
    client: FlaskClient, own: Services, rule: Rule, ada: UserRecord, add: Callable[..., UserRecord]
) -> None:
    vera = add("Vera", "viewer")
    asks = rule(decides="people", deciders=[vera.id])
    approval = own.approvals.get(call(client)["approval_id"])
    assert approval is not None
    assert (approval.deciders, approval.administrators) == ([], True)
    with own.database.write() as connection:
        connection.execute(update(users).where(users.c.key == ada.key).values(role="viewer"))
    assert own.approval_rules.question(asks, ToolUse("delete_file", None, "Purser")) is None


def test_rules_of_another_team_hold_nothing(client: FlaskClient, own: Services, ada: UserRecord) -> None:
    with own.database.write() as connection:
        pier = add_team(connection, "Pier")
    fields = {"name": "All", "tool": "*", "effect": "refuse", "decides": "session", "deciders": []}
    own.approval_rules.add(pier.key, ada, fields)
    assert call(client)["status"] == "allowed"


def test_a_worker_asks_in_its_run_and_its_registered_agent_is_who_calls(
    client: FlaskClient, browser: Browser, own: Services, rule: Rule, ada: UserRecord
) -> None:
    crew = own.agents.create(ada.team_key, name="Crew", configuration=RemoteConfiguration(kind="remote"))
    made = rule(agent_id=crew.id)
    asked = own.run_queue.request("s1", "Tidy up?", agent_key=crew.key)
    assert asked is not None
    work = client.post("/api/assignments/claim", json={}).json
    path = f"/api/assignments/runs/{work['run_id']}/tool-calls"
    body = {"attempt": work["attempt"], "call_id": "c1", "tool": "delete_file", "input": {"path": "log.txt"}}
    assert_error(client.post(ASK, json=CALL | {"run_id": work["run_id"]}), 409, "own_run")
    told = client.post(path, json=body).json
    assert (told["status"], told["cancel_requested"]) == ("asks", False)
    assert told["words"] == "Rule “Deletions ask”: may Crew call delete_file?"
    own.approval_rules.remove(made.team_key, made.id)
    assert client.post(path, json=body | {"agent_name": "Mate"}).json["approval_id"] == told["approval_id"]
    assert_error(client.post(path, json=body | {"input": 2}), 409, "approval_differs")
    decide(browser, told, "approve")
    assert client.post(path, json=body).json["status"] == "allowed"
    assert_error(client.post(path, json=body | {"attempt": 9}), 409, "stale_run")
