"""A quota that is reached, over HTTP: one shape, which quota, until when and whom to ask."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from sqlalchemy import event

from api.services import Services
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from tests.support.spans import TRACE, chat, export
from tests.support.usages import use
from utils.accounts import event_meter
from utils.accounts.principal import UserRecord
from utils.spending.bookkeeping import Bookkeeping

OTHER = "ff" * 16
EVENT = {
    "type": "agentActivity", "session_id": "s1", "activity_id": "a", "agent_name": "Crew", "action": "Look",
    "status": "completed",
}  # fmt: skip


@pytest.fixture
def limited(own: Services, ada: UserRecord, session: dict[str, Any], clock: Clock) -> Services:
    """The team has what it may have."""
    clock.stop()
    use(own.log, "s1", own.run_queue.request("s1", "How?")[1].id, 1)
    Bookkeeping(own.database).settle_all()
    for quota in ("storage", "sessions", "api_keys", "events_per_day", "tokens_per_day"):
        own.quotas.set(ada.team_key, quota, 1)
    own.quotas.count(ada.team_key, "events", 1)
    return own


def test_each_quota_is_refused_in_one_shape(limited: Services, client: FlaskClient, browser: Browser) -> None:
    before = REGISTRY.get_sample_value("ringside_quota_refusals_total", {"quota": "sessions"}) or 0
    assert_error(client.post("/api/sessions", json={}), 403, "quota_exceeded")
    after = REGISTRY.get_sample_value("ringside_quota_refusals_total", {"quota": "sessions"})
    assert after == before + 1
    file = {"files": (io.BytesIO(b"more than a byte"), "a.txt")}
    assert_error(client.post("/api/sessions/s1/documents", data=file), 413, "quota_exceeded")
    assert_error(browser.post("/api/keys", json={"name": "k", "scopes": ["read"]}), 403, "quota_exceeded")
    for answer in (
        client.post("/api/sessions/s1/events", json={"events": [EVENT]}),
        client.post("/api/sessions/s1/messages", json={"content": "Why?"}),
    ):
        words = assert_error(answer, 429, "quota_exceeded")
        assert "00:00 UTC" in words
        assert "Ask whoever runs this server" in words
        assert 0 < int(answer.headers["Retry-After"]) <= 24 * 3600
    traces = client.post("/v1/traces", data=b"{}", content_type="application/json")
    assert traces.status_code == 429, "an OpenTelemetry exporter sends it again"


def test_spans_that_need_a_session_too_many_are_rejected_and_the_others_taken(
    own: Services, client: FlaskClient, ada: UserRecord
) -> None:
    own.quotas.set(ada.team_key, "sessions", 1)
    assert client.post("/v1/traces", json=export(chat(2, 1))).json == {}
    before = REGISTRY.get_sample_value("ringside_quota_refusals_total", {"quota": "sessions"}) or 0
    sent = export(chat(3, 1), chat(4, 1, trace=OTHER), chat(5, 4, trace=OTHER))
    answer = client.post("/v1/traces", json=sent)
    assert answer.status_code == 200
    assert answer.json == {
        "partialSuccess": {
            "rejectedSpans": "2",
            "errorMessage": "Rejected spans: 2 that need a new session. The team may have 1 sessions and has 1. "
            "Delete some first. Ask whoever runs this server for more.",
        }
    }
    assert REGISTRY.get_sample_value("ringside_quota_refusals_total", {"quota": "sessions"}) == before + 1
    assert [one["id"] for one in client.get("/api/sessions").json["sessions"]] == [TRACE]
    told = client.get(f"/api/sessions/{TRACE}/activity").json["events"]
    assert {event.get("activity_id") for event in told} >= {f"{2:016x}", f"{3:016x}"}
    own.quotas.set(ada.team_key, "sessions", 2)
    assert client.post("/v1/traces", json=sent).json == {}
    assert {one["id"] for one in client.get("/api/sessions").json["sessions"]} == {TRACE, OTHER}


def test_on_the_next_day_all_goes_on(limited: Services, client: FlaskClient, clock: Clock) -> None:
    clock.move(days=1)
    assert client.post("/api/sessions/s1/events", json={"events": [EVENT]}).status_code == 201
    assert client.post("/api/sessions/s1/messages", json={"content": "Why?"}).status_code == 202


def test_what_is_told_is_counted_and_shown(own: Services, client: FlaskClient, session: dict[str, Any]) -> None:
    assert client.post("/api/sessions/s1/events", json={"events": [EVENT, EVENT]}).status_code == 201
    shown = {one["quota"]: one for one in client.get("/api/team/usage").json["usage"]}
    assert shown["events_per_day"]["used"] == 2
    assert shown["events_per_day"]["limit"] is None
    assert shown["sessions"]["used"] == 1
    assert shown["storage"] == {"quota": "storage", "used": 0, "limit": None, "resets_at": None, "state": "ok"}


class SteadyClock:
    """That of the meter, moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> SteadyClock:
    clock = SteadyClock()
    monkeypatch.setattr(event_meter, "time", clock)
    return clock


def tell_after(seconds: float, steady: SteadyClock, own: Services, client: FlaskClient) -> list[str]:
    """The statements about quotas that it takes to tell an event so long after the last one."""
    statements: list[str] = []

    def keep(*given: Any) -> None:
        statements.append(given[2])

    steady.seconds += seconds
    event.listen(own.database.engine, "before_cursor_execute", keep)
    assert client.post("/api/sessions/s1/events", json={"events": [EVENT]}).status_code == 201
    event.remove(own.database.engine, "before_cursor_execute", keep)
    assert statements, "those for the session, at least"
    return [one.split()[0] for one in statements if "team_usage" in one or "team_quotas" in one]


def test_whoever_has_no_limit_pays_nothing_for_it(
    own: Services, client: FlaskClient, ada: UserRecord, session: dict[str, Any], steady: SteadyClock
) -> None:
    assert tell_after(0, steady, own, client) == ["SELECT", "SELECT", "INSERT"], "the limit, the use, the first count"
    for _ in range(9):
        assert tell_after(3, steady, own, client) == []
    assert tell_after(4, steady, own, client) == ["INSERT", "SELECT", "SELECT"]
    assert tell_after(29, steady, own, client) == []
    assert tell_after(2, steady, own, client) == ["INSERT", "SELECT", "SELECT"]
    assert own.quotas.one(ada.team_key, "events_per_day").used == 12, "but for the last, which waits"


def test_a_limit_that_is_set_holds_half_a_minute_later(
    own: Services, client: FlaskClient, ada: UserRecord, session: dict[str, Any], steady: SteadyClock
) -> None:
    tell_after(0, steady, own, client)
    tell_after(2, steady, own, client)
    own.quotas.set(ada.team_key, "events_per_day", 3)
    steady.seconds += 30
    assert client.post("/api/sessions/s1/events", json={"events": [EVENT]}).status_code == 201
    assert_error(client.post("/api/sessions/s1/events", json={"events": [EVENT]}), 429, "quota_exceeded")
