"""Approvals over HTTP: who asks, who reads, who decides, and who waits."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services import Services
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from utils.accounts.principal import Scope, UserRecord

ASK = "/api/sessions/s1/approvals"
STEP = {"activity_id": "pay-1", "agent_name": "Purser", "action": "Pay", "question": "Pay the bill?"}
FORM = {"type": "object", "properties": {"amount": {"type": "integer", "minimum": 1}}, "required": ["amount"]}


@pytest.fixture(autouse=True)
def _session(own: Services, ada: UserRecord) -> None:
    """The administrator's, which the team may watch."""
    own.sessions.create("s1", "First", ada)
    own.sessions.change("s1", shared=True)


def asked(client: FlaskClient, **more: Any) -> dict[str, Any]:
    response = client.post(ASK, json=STEP | more)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json
    return body


def decide(client: FlaskClient, approval: dict[str, Any], choice: str = "approve", **more: Any) -> Any:
    return client.post(f"/api/approvals/{approval['id']}/decision", json={"choice": choice, **more})


def with_key(app: Flask, own: Services, user: UserRecord, *scopes: Scope) -> FlaskClient:
    _, secret = own.api_keys.create(user.key, "a program", scopes)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def test_it_is_asked_listed_read_and_decided(client: FlaskClient, browser: Browser, ada: UserRecord) -> None:
    approval = asked(client, context={"tool": "pay", "args": {"amount": 3}}, run_id="crew-1", parent_id="crew")
    assert approval.pop("created_at")
    assert approval == {
        **STEP, "id": approval["id"], "session_id": "s1", "session_title": "First", "run_id": "crew-1",
        "parent_id": "crew", "context": {"tool": "pay", "args": {"amount": 3}}, "form": None, "deciders": [],
        "administrators": False,
        "choices": [
            {"id": "approve", "label": "Approve", "form": True}, {"id": "reject", "label": "Reject", "form": False}
        ],
        "expires_at": None, "on_expiry": None, "status": "open", "choice": None, "values": None, "comment": None,
        "decided_by": None, "via": None, "decided_at": None, "may_decide": True,
        "waits_for": [{"id": ada.id, "name": "Ada"}], "snoozed_until": None,
    }  # fmt: skip
    listed = browser.get("/api/approvals").json
    assert [one["id"] for one in listed["approvals"]] == [approval["id"]]
    decided = decide(browser, approval, "reject", comment="Too much.")
    assert decided.status_code == 200
    read = client.get(f"/api/approvals/{approval['id']}").json
    assert read == decided.json
    assert (read["status"], read["choice"], read["comment"], read["decided_by"], read["via"]) == (
        "decided", "reject", "Too much.", "Ada", "dashboard"
    )  # fmt: skip
    assert browser.get("/api/approvals").json == {"approvals": [], "next_cursor": None}
    assert [one["id"] for one in browser.get("/api/approvals?status=decided").json["approvals"]] == [approval["id"]]


def test_asked_again_it_is_the_same_and_another_question_is_refused(client: FlaskClient) -> None:
    approval = asked(client)
    again = client.post(ASK, json=STEP)
    assert (again.status_code, again.json) == (200, approval)
    assert_error(client.post(ASK, json=STEP | {"question": "Pay twice?"}), 409, "approval_differs")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"choices": []}, "choices: must not be empty"),
        ({"choices": [{"id": "a", "label": "A"}, {"id": "a", "label": "B"}]}, "each with an id of its own"),
        ({"question": ""}, "question: must not be empty"),
        ({"question": "x" * 2001}, "question: must have at most 2000 characters"),
        ({"question": "\0"}, "question: must not contain the character NUL"),
        ({"context": "x" * 65 * 1024}, "context: must have at most 64 KiB"),
        ({"context": "\ud800"}, "its text contains half a character"),
        ({"form": {"type": "string"}}, "form: must be the JSON schema of an object"),
        ({"form": {"type": "object", "properties": {"a": {"$ref": "#"}}}}, "form: must not refer to other schemas"),
        ({"form": {"type": "object", "properties": {"a": {"type": "x"}}}}, "form: is not a JSON schema"),
        ({"form": {"type": "object", "title": "x" * 17 * 1024}}, "form: must have at most 16 KiB"),
        ({"expires_in": 0}, "expires_in: must be 1 or more"),
        ({"expires_in": 2_592_001}, "expires_in: must be 2592000 or less"),
        ({"on_expiry": "approve"}, "on_expiry: must be the id of a choice, and needs expires_in"),
        ({"deciders": ["user-unknown"]}, "There is no user-unknown in the team"),
        ({"until": 1}, "until: is not a known field"),
    ],
)
@pytest.mark.any_database
def test_what_cannot_be_asked_is_refused_in_plain_words(client: FlaskClient, more: dict[str, Any], words: str) -> None:
    assert words in assert_error(client.post(ASK, json=STEP | more), 400, "invalid_request")


def test_a_program_cannot_ask_in_a_run_of_ringsides_own_agents(client: FlaskClient, own: Services) -> None:
    requested = own.run_queue.request("s1", "Why?")
    assert requested is not None
    assert_error(client.post(ASK, json=STEP | {"run_id": requested[1].id}), 409, "own_run")


def test_a_program_cannot_tell_of_a_decision_that_nobody_made(client: FlaskClient) -> None:
    asked(client)
    event = {
        "type": "agentActivity", "session_id": "s1", "activity_id": "pay-1", "agent_name": "Purser", "action": "Pay",
        "kind": "approval", "status": "completed", "output": {"choice": "approve", "decided_by": "Ada"},
    }  # fmt: skip
    assert_error(client.post("/api/sessions/s1/events", json={"events": [event]}), 409, "own_approval")
    other = event | {"activity_id": "another"}
    assert client.post("/api/sessions/s1/events", json={"events": [other]}).status_code == 201


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "values.amount: is missing"),
        ({"amount": "3"}, "values.amount: must be a whole number"),
        ({"amount": 0}, "values.amount: must be 1 or more"),
    ],
)
@pytest.mark.any_database
def test_what_does_not_fit_the_form_is_refused_with_its_field(client: FlaskClient, values: Any, words: str) -> None:
    approval = asked(client, form=FORM)
    assert words in assert_error(decide(client, approval, values=values), 400, "invalid_request")
    assert decide(client, approval, values={"amount": 3}).json["values"] == {"amount": 3}


def test_who_comes_second_hears_who_was_first(
    app: Flask, client: FlaskClient, add: Callable[..., UserRecord], browser: Browser
) -> None:
    approval = asked(client)
    second = Browser(app, add("Max", "administrator"))
    first = decide(browser, approval)
    assert first.status_code == 200
    assert "Ada has chosen “Approve” already" in assert_error(decide(second, approval), 409, "already_decided")
    assert_error(decide(browser, approval, "reject"), 409, "already_decided")
    again = decide(browser, approval)
    assert (again.status_code, again.json) == (200, first.json), "sent again, for no answer had come"


def test_what_nobody_has_decided_in_time_is_over(client: FlaskClient, clock: Clock) -> None:
    approval = asked(client, expires_in=60)
    clock.move(seconds=61)
    assert_error(decide(client, approval), 409, "approval_over")
    assert client.get(f"/api/approvals/{approval['id']}").json["status"] == "expired"


def test_only_who_was_asked_decides_or_an_administrator(
    app: Flask, client: FlaskClient, own: Services, add: Callable[..., UserRecord], browser: Browser
) -> None:
    max_, olive, vera = add("Max"), add("Olive"), add("Vera", "viewer")
    approval = asked(client, deciders=[max_.id, vera.id])
    for who, may in ((max_, True), (olive, False), (vera, False)):
        [seen] = Browser(app, who).get("/api/approvals").json["approvals"]
        assert seen["may_decide"] is may, who.name
        if not may:
            assert_error(decide(Browser(app, who), approval), 403, "forbidden")
    assert browser.get("/api/approvals").json["approvals"][0]["may_decide"] is True
    assert "Others were asked" in assert_error(decide(Browser(app, olive), approval), 403, "forbidden")
    assert decide(Browser(app, max_), approval).json["decided_by"] == "Max"


def test_without_deciders_whoever_may_ask_in_the_session_decides(
    app: Flask, client: FlaskClient, own: Services, add: Callable[..., UserRecord]
) -> None:
    max_, olive = add("Max"), add("Olive")
    own.sessions.create("s2", "Second", max_)
    own.sessions.change("s2", shared=True)
    approval = Browser(app, max_).post("/api/sessions/s2/approvals", json=STEP).json
    words = assert_error(decide(Browser(app, olive), approval), 403, "forbidden")
    assert "only its owner or an administrator" in words
    assert decide(Browser(app, max_), approval).status_code == 200


def test_whoever_a_private_session_asks_sees_the_question_and_nothing_else_of_it(
    app: Flask, client: FlaskClient, own: Services, add: Callable[..., UserRecord]
) -> None:
    max_, others = add("Max"), [add("Olive"), add("Vera", "viewer"), add("Ann", "administrator")]
    own.sessions.change("s1", shared=False)
    approval, unasked = asked(client, deciders=[max_.id, others[1].id]), asked(client, activity_id="another")
    path = f"/api/approvals/{approval['id']}"
    for other in others:
        browser, expected = Browser(app, other), (403, "forbidden") if other.role == "viewer" else (404, "not_found")
        assert browser.get("/api/approvals").json["approvals"] == []
        assert_error(browser.get(path), 404, "not_found")
        assert_error(decide(browser, approval), *expected)
    decider = Browser(app, max_)
    [seen] = decider.get("/api/approvals").json["approvals"]
    assert seen == decider.get(path).json
    assert (seen["question"], seen["context"]) == (approval["question"], approval["context"])
    assert (seen["session_title"], seen["may_decide"]) == (None, True)
    for closed in ("/api/sessions/s1", "/api/sessions/s1/messages", f"/api/approvals/{unasked['id']}"):
        assert_error(decider.get(closed), 404, "not_found")
    decided = decide(decider, approval).json
    assert (decided["decided_by"], decided["session_title"]) == ("Max", None)
    assert client.get(path).json["session_title"] == "First"


@pytest.mark.parametrize("gone", [{"active": False}, {"role": "viewer"}])
def test_while_nobody_is_there_whom_a_private_session_asks_administrators_are(
    app: Flask, own: Services, add: Callable[..., UserRecord], ada: UserRecord, gone: dict[str, Any]
) -> None:
    """And of what was decided by then nobody reads who was not asked."""
    max_, olive, eve, ann = add("Max"), add("Olive"), add("Eve"), add("Ann", "administrator")
    own.sessions.create("s2", "Hers", eve)
    of_hers = Browser(app, eve)

    def ask(step: str) -> dict[str, Any]:
        body = STEP | {"activity_id": step, "deciders": [max_.id, olive.id]}
        asked: dict[str, Any] = of_hers.post("/api/sessions/s2/approvals", json=body).json
        return asked

    before, approval = ask("pay-1"), ask("pay-2")
    assert decide(Browser(app, max_), before).status_code == 200
    administrator = Browser(app, ann)
    for person in (max_, olive):
        assert administrator.get("/api/approvals").json["approvals"] == []
        assert_error(decide(administrator, approval), 404, "not_found")
        own.users.change(ada.team_key, person.id, **gone)
    [seen] = administrator.get("/api/approvals").json["approvals"]
    assert (seen["id"], seen["session_title"], seen["may_decide"], seen["waits_for"]) == (
        approval["id"],
        None,
        True,
        [],
    )
    assert_error(administrator.get(f"/api/approvals/{before['id']}"), 404, "not_found")
    assert_error(decide(of_hers, approval), 403, "forbidden")
    own.users.change(ada.team_key, olive.id, active=True, role="member")
    assert administrator.get("/api/approvals").json["approvals"] == []
    own.users.change(ada.team_key, olive.id, **gone)
    erase = administrator.post(f"/api/team/users/{max_.id}/erase", json={"email": max_.email})
    assert erase.status_code == 202
    own.erasure.finish()
    assert [one["id"] for one in administrator.get("/api/approvals").json["approvals"]] == [approval["id"]]
    for _ in range(2):
        assert decide(administrator, approval).json["decided_by"] == "Ann"
    [decided] = administrator.get("/api/approvals?status=decided").json["approvals"]
    assert decided == administrator.get(f"/api/approvals/{approval['id']}").json
    assert Browser(app, ada).get("/api/approvals?status=decided").json["approvals"] == []


def test_a_key_decides_by_its_name_and_reads_no_more_than_its_scopes(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord
) -> None:
    approval = asked(client)
    blind = with_key(app, own, ada, "run")
    told = decide(blind, approval)
    assert (told.status_code, told.data) == (204, b"")
    read = client.get(f"/api/approvals/{approval['id']}").json
    assert (read["decided_by"], read["via"]) == ("Ada", "a program")


def test_who_asked_reads_the_answer_with_the_scope_emit_and_lists_nothing(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, add: Callable[..., UserRecord]
) -> None:
    program, stranger = with_key(app, own, ada, "emit"), with_key(app, own, add("Max"), "emit")
    approval = asked(program)
    assert approval["may_decide"] is False
    assert_error(decide(program, approval), 403, "forbidden")
    assert_error(program.get("/api/approvals"), 403, "forbidden")
    assert_error(stranger.get(f"/api/approvals/{approval['id']}"), 404, "not_found")
    decide(client, approval)
    assert program.get(f"/api/approvals/{approval['id']}").json["choice"] == "approve"


# Waiting


def snooze(client: FlaskClient, approval: dict[str, Any], until: datetime) -> Any:
    return client.put(f"/api/approvals/{approval['id']}/snooze", json={"until": until.isoformat()})


def snoozed(client: FlaskClient | Browser) -> list[str | None]:
    return [one["snoozed_until"] for one in client.get("/api/approvals").json["approvals"]]  # type: ignore[index]


def test_not_now_is_not_no_and_only_for_whoever_says_so(
    app: Flask, client: FlaskClient, add: Callable[..., UserRecord], clock: Clock
) -> None:
    approval, colleague = asked(client), Browser(app, add("Bo"))
    until = clock.now() + timedelta(hours=2)
    assert snooze(client, approval, until + timedelta(hours=1)).status_code == 204
    assert snooze(client, approval, until).status_code == 204
    [told] = snoozed(client)
    assert told is not None
    assert abs(datetime.fromisoformat(told) - until) < timedelta(seconds=1)
    assert snoozed(colleague) == [None]
    assert client.delete(f"/api/approvals/{approval['id']}/snooze").status_code == 204
    assert snoozed(client) == [None]
    snooze(client, approval, until)
    clock.move(hours=3)
    assert snoozed(client) == [None]
    assert decide(client, approval).status_code == 200


@pytest.mark.parametrize("away", [timedelta(0), timedelta(days=31)])
def test_not_now_has_an_end(client: FlaskClient, clock: Clock, away: timedelta) -> None:
    refused = snooze(client, asked(client), clock.now() + away)
    assert_error(refused, 400, "invalid_request")
    assert "must be in the future" in refused.json["error"]["message"]


def test_a_request_that_waits_is_answered_with_the_decision(app: Flask, client: FlaskClient, browser: Browser) -> None:
    approval = asked(client)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(client.get, f"/api/approvals/{approval['id']}?wait=25")
        time.sleep(0.2)  # it waits by now; if not, it is answered at once
        began = time.monotonic()
        decide(browser, approval)
        answered = waits.result(20)
    assert time.monotonic() - began < 5
    assert (answered.json["choice"], answered.headers.get("Retry-After")) == ("approve", None)


def test_when_nobody_decides_it_is_answered_as_it_is(client: FlaskClient) -> None:
    approval = asked(client)
    answered = client.get(f"/api/approvals/{approval['id']}?wait=1")
    assert (answered.json["status"], answered.headers.get("Retry-After")) == ("open", None)


def test_only_so_many_wait_and_others_are_told_to_come_again(client: FlaskClient, own: Services) -> None:
    approval = asked(client)
    while own.decision_slots.acquire(blocking=False):
        pass
    answered = client.get(f"/api/approvals/{approval['id']}?wait=25")
    assert (answered.json["status"], answered.headers["Retry-After"]) == ("open", "2")


def test_who_waits_holds_no_connection(client: FlaskClient, own: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    approval, held = asked(client), list[object]()
    pause = time.sleep

    def sleep(seconds: float) -> None:
        held.append(own.database.engine.pool.checkedout())  # type: ignore[attr-defined]
        pause(seconds)

    monkeypatch.setattr("api.waits.time.sleep", sleep)
    client.get(f"/api/approvals/{approval['id']}?wait=1")
    assert set(held) == {0}


def test_a_wait_ends_with_the_time_of_the_question(client: FlaskClient) -> None:
    approval = asked(client, expires_in=1, on_expiry="reject")
    read = client.get(f"/api/approvals/{approval['id']}?wait=25").json
    assert (read["choice"], read["via"], read["decided_by"]) == ("reject", "expiry", None)
