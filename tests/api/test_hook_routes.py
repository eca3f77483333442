"""Callbacks of systems outside over HTTP: the address is their key."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.services import Services
from tests.support.errors import assert_error
from utils.sessions import hook_calls
from utils.settings import Settings


@pytest.fixture
def run_id(client: FlaskClient, session: dict[str, Any]) -> str:
    found: str = client.post("/api/sessions/s1/messages", json={"content": "Why?"}).json["run"]["id"]
    return found


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """Who calls back has no key of ours."""
    return app.test_client()


def address(own: Services, run_id: str, name: str = "done") -> str:
    return f"/api/hooks/{run_id}/{own.key.hook_secret(run_id)}/{name}"


def test_a_call_is_stored_as_it_came(own: Services, stranger: FlaskClient, run_id: str) -> None:
    body = b'{"result": "\xc3\xa9"}'
    told = stranger.post(address(own, run_id, "task.done"), data=body, content_type="application/json; charset=utf-8")
    assert (told.status_code, told.json) == (200, {"stored": True})
    [call] = own.hook_calls.of_run(run_id)
    assert (call.name, call.body, call.content_type) == ("task.done", body, "application/json; charset=utf-8")


def test_a_call_that_is_no_json_and_says_nothing_of_itself_is_stored_too(
    own: Services, stranger: FlaskClient, run_id: str
) -> None:
    assert stranger.post(address(own, run_id), data=b"\xff").status_code == 200
    assert stranger.post(address(own, run_id)).status_code == 200
    assert [(call.body, call.content_type) for call in own.hook_calls.of_run(run_id)] == [(b"\xff", ""), (b"", "")]


@pytest.mark.parametrize("header", ["Idempotency-Key", "webhook-id"])
def test_one_that_is_sent_again_counts_once(own: Services, stranger: FlaskClient, run_id: str, header: str) -> None:
    for body in (b"first", b"again"):
        assert stranger.post(address(own, run_id), data=body, headers={header: "call-1"}).status_code == 200
    assert [call.body for call in own.hook_calls.of_run(run_id)] == [b"first"]


def test_a_wrong_secret_and_an_unknown_run_are_the_same_nothing(
    own: Services, stranger: FlaskClient, run_id: str
) -> None:
    answers = [
        stranger.post(path, data=b"x")
        for path in (
            f"/api/hooks/{run_id}/{'x' * 43}/done",
            f"/api/hooks/{run_id}/{own.key.hook_secret('run-other')}/done",
            f"/api/hooks/{run_id}/ü/done",
            f"/api/hooks/run-other/{own.key.hook_secret('run-other')}/done",
        )
    ]
    for told in answers:
        assert_error(told, 404, "not_found")
    assert len({told.data for told in answers}) == 1
    assert own.hook_calls.of_run(run_id) == []


def test_a_run_that_has_ended_takes_no_more(
    own: Services, client: FlaskClient, stranger: FlaskClient, run_id: str
) -> None:
    client.post(f"/api/runs/{run_id}/cancel")
    message = assert_error(stranger.post(address(own, run_id), data=b"late"), 410, "run_ended")
    assert "Nobody waits" in message


def test_a_run_of_a_deleted_session_is_unknown(
    own: Services, client: FlaskClient, stranger: FlaskClient, run_id: str
) -> None:
    client.delete("/api/sessions/s1")
    assert_error(stranger.post(address(own, run_id), data=b"late"), 404, "not_found")


def test_a_name_that_is_none_is_refused(own: Services, stranger: FlaskClient, run_id: str) -> None:
    assert_error(stranger.post(address(own, run_id, "x" * 41)), 400, "invalid_request")


def test_a_call_of_more_than_a_mebibyte_is_refused(own: Services, stranger: FlaskClient, run_id: str) -> None:
    assert stranger.post(address(own, run_id), data=b"x" * 1024 * 1024).status_code == 200
    assert_error(stranger.post(address(own, run_id), data=b"x" * (1024 * 1024 + 1)), 413, "too_large")
    assert len(own.hook_calls.of_run(run_id)) == 1


def test_a_run_that_has_got_all_the_calls_it_may_get_says_so(
    own: Services, stranger: FlaskClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_calls, "MOST_CALLS", 1)
    assert stranger.post(address(own, run_id), data=b"first").status_code == 200
    message = assert_error(stranger.post(address(own, run_id), data=b"second"), 429, "too_many_requests")
    assert "as many calls as it may get" in message
    assert [call.body for call in own.hook_calls.of_run(run_id)] == [b"first"]


@pytest.mark.any_database
def test_each_run_may_be_called_so_often_and_a_stranger_no_more_for_it(settings: Settings) -> None:
    """A crew that calls often takes nothing from others at its address."""
    app = create_app(settings.model_copy(update={"ratelimit": "3 per minute"}))
    own, stranger = app.extensions["ringside"], app.test_client()
    try:
        runs = []
        for session_id in ("s1", "s2"):
            own.sessions.create(session_id)
            requested = own.run_queue.request(session_id, "Why?")
            assert requested is not None
            runs.append(requested[1].id)
        first, second = (address(own, run_id) for run_id in runs)
        assert [stranger.post(first).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert int(stranger.post(first).headers["Retry-After"]) > 0
        assert stranger.post(second).status_code == 200
        guesses = [stranger.post(f"/api/hooks/run-{n}/{'x' * 43}/done").status_code for n in range(4)]
        assert guesses == [404, 404, 404, 429], "guesses are counted by address, whatever they name"
    finally:
        own.database.close()
        own.doorbell.close()


def test_the_log_of_requests_has_no_secret(
    capfd: pytest.CaptureFixture[str], own: Services, stranger: FlaskClient, run_id: str
) -> None:
    stranger.post(address(own, run_id), data=b"x")
    logged = "".join(capfd.readouterr())
    assert f"/api/hooks/{run_id}/" in logged
    assert own.key.hook_secret(run_id) not in logged
