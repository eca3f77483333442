"""The stream and the history of a session, over HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.services import Services
from tests.support.account import HASHED
from tests.support.errors import assert_error
from tests.support.events import activity, fill, run_update, wire
from tests.support.sse import SseDecoder, SseEvent, logged
from utils.accounts.users import add_team, add_user
from utils.log.events import MAX_EVENT_BYTES, encode_body, stream_event
from utils.sessions.reported_runs import Stored

STREAM = "/sse/agent-activity/s1"


class Watched:
    """A stream answered by Flask alone, read until enough has come."""

    def __init__(self, response: TestResponse) -> None:
        assert response.status_code == 200, response.status
        self.response = response
        self.received = b""
        self.events: list[SseEvent] = []
        self._decoder = SseDecoder()
        self._chunks: Iterator[bytes] = response.iter_encoded()  # type: ignore[assignment]

    def until(self, count: int) -> "Watched":
        """Read until ``count`` events of the log have come, then leave."""
        while sum(event.type != "heartbeat" for event in self.events) < count:
            self._read(next(self._chunks))
        self.response.close()
        return self

    def to_the_end(self) -> "Watched":
        for chunk in self._chunks:
            self._read(chunk)
        self.response.close()
        return self

    @property
    def seqs(self) -> list[int]:
        return [event.json()["seq"] for event in self.events if event.type not in {"heartbeat", "reset"}]

    def _read(self, chunk: bytes) -> None:
        self.received += chunk
        self.events += self._decoder.feed(chunk)


@pytest.fixture
def events(own: Services, session: dict[str, Any]) -> bytes:
    return fill(own.log, "s1", 20)


@pytest.mark.any_database
def test_a_stream_has_the_headers_that_keep_proxies_from_holding_it_up(client: FlaskClient, events: bytes) -> None:
    response = client.get(STREAM, buffered=False)
    assert response.content_type == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store, no-transform"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert "Content-Length" not in response.headers
    assert "Content-Encoding" not in response.headers
    response.close()


def test_without_a_cursor_it_replays_the_whole_log(client: FlaskClient, events: bytes) -> None:
    assert logged(Watched(client.get(STREAM)).until(20).received) == events


@pytest.mark.parametrize("way", ["header", "query", "header over query", "empty header"])
def test_it_resumes_after_the_cursor(client: FlaskClient, own: Services, events: bytes, way: str) -> None:
    headers = {
        "header": {"Last-Event-ID": "7"},
        "header over query": {"Last-Event-ID": "7"},
        "empty header": {"Last-Event-ID": ""},
    }
    query = {"query": "?last_event_id=7", "header over query": "?last_event_id=2", "empty header": "?last_event_id=7"}
    watched = Watched(client.get(STREAM + query.get(way, ""), headers=headers.get(way, {}))).until(13)
    assert logged(watched.received) == wire(own.log, "s1", after=7)


@pytest.mark.any_database
@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "1e3", " 1 2", "٣", "9" * 19, "0x10"])
@pytest.mark.parametrize("way", ["header", "query"])
def test_a_cursor_that_is_no_number_is_refused(client: FlaskClient, events: bytes, cursor: str, way: str) -> None:
    if way == "query":
        response = client.get(STREAM, query_string={"last_event_id": cursor})
    else:
        response = client.get(STREAM, headers={"Last-Event-ID": cursor.encode().decode("latin-1")})
    assert_error(response, 400, "invalid_cursor")


def test_a_cursor_beyond_the_head_gets_a_reset(client: FlaskClient, events: bytes) -> None:
    watched = Watched(client.get(STREAM, headers={"Last-Event-ID": "21"})).until(21)
    assert watched.events[0].type == "reset"
    assert watched.seqs == list(range(1, 21))


@pytest.mark.parametrize(("tail", "first"), [(0, 21), (1, 20), (5, 16), (19, 2), (20, 1), (21, 1), (10_000, 1)])
def test_a_tail_begins_with_the_newest_events_and_says_where(
    client: FlaskClient, own: Services, events: bytes, tail: int, first: int
) -> None:
    stream = Watched(client.get(f"{STREAM}?tail={tail}", buffered=False))
    fill(own.log, "s1", 1)  # what happens meanwhile follows
    stream.until((21 - first) + 1 + (first > 1))
    assert stream.seqs == list(range(first, 22))
    resets = [event for event in stream.events if event.type == "reset"]
    assert [event.json()["first"] for event in resets] == ([first] if first > 1 else [])
    assert [event.last_event_id for event in resets] == ([str(first - 1)] if first > 1 else [])


@pytest.mark.any_database
def test_on_reconnect_the_cursor_counts_and_not_the_tail(client: FlaskClient, events: bytes) -> None:
    for query, headers in (("tail=2", {"Last-Event-ID": "11"}), ("tail=2&last_event_id=11", {})):
        stream = Watched(client.get(f"{STREAM}?{query}", headers=headers, buffered=False)).until(9)
        assert stream.seqs == list(range(12, 21))
        assert all(event.type != "reset" for event in stream.events)


def test_a_tail_of_a_trimmed_log_begins_with_what_is_kept(client: FlaskClient, own: Services, events: bytes) -> None:
    own.log.trim("s1", 15)
    stream = Watched(client.get(f"{STREAM}?tail=10", buffered=False)).until(7)
    assert stream.events[0].json()["first"] == 15
    assert stream.seqs == list(range(15, 21))


@pytest.mark.any_database
@pytest.mark.parametrize("tail", ["-1", "10001", "many", "1.5"])
def test_a_tail_that_is_none_is_refused(client: FlaskClient, events: bytes, tail: str) -> None:
    assert "tail: must be" in assert_error(client.get(f"{STREAM}?tail={tail}"), 400, "invalid_request")


def test_watching_an_unknown_session_is_404(client: FlaskClient) -> None:
    assert_error(client.get("/sse/agent-activity/nowhere"), 404, "not_found")


@pytest.mark.any_database
def test_head_answers_without_a_stream(client: FlaskClient, events: bytes) -> None:
    response = client.head(STREAM)
    assert response.status_code == 200
    assert response.content_type.startswith("text/event-stream")
    assert response.data == b""


def test_one_run_can_be_watched_to_its_end(client: FlaskClient, own: Services, events: bytes) -> None:
    own.log.append("s1", [run_update("s1", "run-a", "completed"), run_update("s1", "run-b", "running")])
    watched = Watched(client.get(STREAM + "?run_id=run-a")).to_the_end()
    assert watched.seqs == [2, 5, 8, 11, 14, 17, 20, 21]


def test_after_its_end_a_browser_is_told_to_stop_reconnecting(
    client: FlaskClient, own: Services, events: bytes
) -> None:
    own.log.append("s1", [run_update("s1", "run-a", "failed")])
    response = client.get(STREAM + "?run_id=run-a", headers={"Last-Event-ID": "21"})
    assert response.status_code == 204
    assert response.data == b""
    assert Watched(client.get(STREAM + "?run_id=run-a", headers={"Last-Event-ID": "20"})).to_the_end().seqs == [21]


def test_a_run_whose_end_is_no_longer_kept_is_over(client: FlaskClient, own: Services, events: bytes) -> None:
    asked = own.run_queue.request("s1", "Why?")
    assert asked is not None
    run = asked[1]
    own.run_queue.cancel(run.id)
    path = f"{STREAM}?run_id={run.id}"
    assert Watched(client.get(path)).to_the_end().seqs[-1] == 22
    own.log.append("s1", [activity("s1")])
    own.log.trim("s1", 23)
    assert client.get(path).status_code == 204


def test_a_run_that_the_session_does_not_have_is_404(client: FlaskClient, own: Services, events: bytes) -> None:
    own.sessions.create("other")
    elsewhere = own.run_queue.request("other", "Why?")
    assert elsewhere is not None
    for run_id in ("run-unknown", elsewhere[1].id):
        assert_error(client.get(f"{STREAM}?run_id={run_id}"), 404, "not_found")


def test_a_run_of_a_foreign_agent_can_be_watched_before_it_tells_its_status(
    client: FlaskClient, own: Services, events: bytes
) -> None:
    own.log.append("s1", [activity("s1", run_id="foreign")])
    assert Watched(client.get(STREAM + "?run_id=foreign")).until(1).seqs == [21]


# History


def test_history_is_read_in_pieces(client: FlaskClient, own: Services, events: bytes) -> None:
    seen, after = [], 0
    while True:
        page = client.get("/api/sessions/s1/activity", query_string={"after": after, "limit": 6}).json
        assert set(page) == {"events", "first", "head"}
        assert (page["first"], page["head"]) == (1, 20)
        if not page["events"]:
            break
        seen += page["events"]
        after = page["events"][-1]["seq"]
    assert [event["seq"] for event in seen] == list(range(1, 21))
    for event in seen:
        assert stream_event.validate_python(event).seq == event["seq"]  # type: ignore[union-attr]


def test_a_page_of_large_events_ends_early_and_the_next_goes_on(client: FlaskClient, own: Services) -> None:
    own.log.append("large", [activity("large", details="x" * 1_000_000)] * 9)
    path, seen = "/api/sessions/large/activity", []
    while True:
        page = client.get(path, query_string={"after": len(seen), "limit": 5000})
        assert len(page.data) < 6_000_000
        if not page.json["events"]:
            break
        seen += [event["seq"] for event in page.json["events"]]
    assert seen == list(range(1, 10))


def test_history_and_stream_tell_the_same(client: FlaskClient, events: bytes) -> None:
    streamed = [event.json() for event in Watched(client.get(STREAM)).until(20).events if event.type != "heartbeat"]
    assert json.loads(client.get("/api/sessions/s1/activity").data)["events"] == streamed


def test_history_tells_where_it_begins_after_a_trim(client: FlaskClient, own: Services, events: bytes) -> None:
    own.log.trim("s1", 15)
    page = client.get("/api/sessions/s1/activity").json
    assert (page["first"], page["head"], len(page["events"])) == (15, 20, 6)


def test_the_newest_of_history_is_whole_and_the_rest_is_read_from_its_end(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    for run_id in ("a", "b", "c"):
        step = activity("s1", run_id=run_id)
        own.log.append("s1", [run_update("s1", run_id, "running"), step, step, run_update("s1", run_id, "completed")])

    def page(**query: int) -> tuple[list[int], int, int]:
        told = client.get("/api/sessions/s1/activity", query_string=query).json
        assert (told["first"], told["head"]) == (1, 12)
        return [event["seq"] for event in told["events"]], told["start"], told["runs_before"]

    assert page(newest=2) == ([9, 10, 11, 12], 9, 2)
    assert page(newest=5, limit=3) == ([5, 6, 7], 5, 1)
    assert page(newest=1, before=9, limit=4) == ([5, 6, 7, 8], 5, 1)
    assert page(newest=12) == page(newest=10_000) == page(newest=9, before=5, limit=12) == ([*range(1, 13)], 1, 0)


@pytest.mark.any_database
@pytest.mark.parametrize(
    "query",
    [{"after": -1}, {"after": "x"}, {"limit": 0}, {"limit": 5001}, {"after": 2**63}, {"newest": 0}, {"before": 0}],
    ids=str,
)
def test_a_query_of_history_that_does_not_fit_is_refused(
    client: FlaskClient, events: bytes, query: dict[str, Any]
) -> None:
    assert_error(client.get("/api/sessions/s1/activity", query_string=query), 400, "invalid_request")


@pytest.mark.any_database
def test_pytest_flask_gives_the_app_of_these_tests(app: Flask, client: FlaskClient) -> None:
    assert client.application is app


def told(session_id: str, **fields: object) -> dict[str, object]:
    return activity(session_id).model_dump(mode="json", exclude_none=True) | fields


def test_events_of_foreign_agents_are_stored_together_in_their_order(client: FlaskClient, session: Any) -> None:
    events = [told("s1", details="one", run_id="crew-1"), told("s1", details="two", run_id="crew-1")]
    response = client.post("/api/sessions/s1/events", json={"events": events})
    assert (response.status_code, response.json) == (201, {"seq": 2, "stop_requested": [], "messages": []})
    found = client.get("/api/sessions/s1/activity").json["events"]
    assert [(event["seq"], event["details"], event["run_id"]) for event in found] == [
        (1, "one", "crew-1"), (2, "two", "crew-1"),
    ]  # fmt: skip
    assert client.post("/api/sessions/s1/events", json={"events": events[:1]}).json["seq"] == 3


@pytest.mark.parametrize("event", [{}, {"type": "runUpdate", "run_id": "r", "status": "running"}], ids=["step", "run"])
@pytest.mark.parametrize("again", [False, True], ids=["gone", "and made again by another team"])
def test_events_for_a_session_that_is_deleted_meanwhile_go_nowhere(
    client: FlaskClient,
    own: Services,
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    again: bool,
    event: dict[str, Any],
) -> None:
    append = own.reported_runs.append

    def delete_first(*arguments: Any, **options: Any) -> Stored:
        own.deletion.delete("s1")
        if again:
            with own.database.write() as connection:
                team = add_team(connection, "Lighthouse")
                keeper = add_user(connection, team.key, "k@example.org", "Keeper", "member", HASHED)
            own.sessions.create("s1", owner=keeper)
        return append(*arguments, **options)

    monkeypatch.setattr(own.reported_runs, "append", delete_first)
    sent = {"session_id": "s1"} | event if event else told("s1")
    assert_error(client.post("/api/sessions/s1/events", json={"events": [sent]}), 404, "session_gone")
    position = own.log.position("s1")
    assert (position is not None) is again
    assert position is None or position.head < position.first


@pytest.mark.any_database
@pytest.mark.parametrize(
    "events",
    [
        [],
        [told("s1"), told("s2")],
        [told("s1", seq=7)],
        [told("s1", type="heartbeat")],
        [told("s1", status="dancing")],
        [told("s1", surprise=1)],
        [told("s1")] * 1001,
    ],
    ids=["none", "of another session", "with a seq", "not of the log", "of no status", "with a field too many", "many"],
)
def test_of_events_that_are_not_well_formed_none_is_stored(
    client: FlaskClient, session: Any, events: list[Any]
) -> None:
    response = client.post("/api/sessions/s1/events", json={"events": events})
    assert_error(response, 400, "invalid_request")
    assert client.get("/api/sessions/s1/activity").json["head"] == 0


@pytest.mark.any_database
def test_of_a_run_of_our_own_agents_nobody_else_tells(client: FlaskClient, session: Any) -> None:
    run = client.post("/api/sessions/s1/messages", json={"content": "Why?"}).json["run"]
    head = client.get("/api/sessions/s1/activity").json["head"]
    end = {"type": "runUpdate", "session_id": "s1", "run_id": run["id"], "status": "completed"}
    assert_error(client.post("/api/sessions/s1/events", json={"events": [end]}), 409, "own_run")
    assert client.get("/api/sessions/s1/activity").json["head"] == head


@pytest.mark.parametrize("letter", ["x", "é", "\n", "😀"])
def test_an_event_is_taken_up_to_the_limit_of_an_event(client: FlaskClient, session: Any, letter: str) -> None:
    size = len(encode_body(activity("s1", "x"))) - 1
    room = (MAX_EVENT_BYTES - size) // len(json.dumps(letter, ensure_ascii=False).encode()[1:-1])
    for length, status in ((room, 201), (room + 1, 413)):
        response = client.post("/api/sessions/s1/events", json={"events": [told("s1", details=letter * length)]})
        assert response.status_code == status
    assert f"{MAX_EVENT_BYTES:,}" in assert_error(response, 413, "too_large")
    [event] = client.get("/api/sessions/s1/activity").json["events"]
    assert event["details"] == letter * room


def test_a_nul_in_what_an_event_says_is_kept(client: FlaskClient, session: Any) -> None:
    event = told("s1", details="a\0b", input={"c\0": "\0"})
    assert client.post("/api/sessions/s1/events", json={"events": [event]}).status_code == 201
    [found] = client.get("/api/sessions/s1/activity").json["events"]
    assert (found["details"], found["input"]) == ("a\0b", {"c\0": "\0"})
