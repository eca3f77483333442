"""A session with a long past opens with its newest runs; the others come when somebody looks for them."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Request, expect

from tests.e2e.browser import wait_until_kept
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage

_RUNS = 5
_STEPS = 250
_RUN_EVENTS = 2 * _STEPS + 4
_EVENTS = _RUNS * _RUN_EVENTS
_LOADED = 4 * _RUN_EVENTS  # the newest 2,000 and the rest of the run in which these begin


def leg(session_id: str, number: int) -> list[dict[str, Any]]:
    """A run of a program elsewhere: its steps, and its answer."""
    common = {"session_id": session_id, "run_id": f"leg-{number}", "agent_name": "Pilot"}
    update = {**common, "type": "runUpdate"}
    del update["agent_name"]
    told: list[dict[str, Any]] = [{**update, "status": "running", "question": f"What is in sight on leg {number}?"}]
    for mark in range(_STEPS):
        step = {
            **common,
            "type": "agentActivity",
            "activity_id": f"mark-{mark}",
            "action": f"Pass mark {mark}-{number}",
        }
        told += [{**step, "status": status} for status in ("started", "completed")]
    message = {**common, "type": "agentMessage", "message_id": "answer"}
    told += [{**message, "delta": f"Landmark {number}."}, {**message, "final": True}]
    return [*told, {**update, "status": "completed"}]


def voyage(ringside: RingsideServer, session_id: str) -> str:
    ringside.http.post("/api/sessions", json={"id": session_id}).raise_for_status()
    for number in range(1, _RUNS + 1):
        tell(ringside, *leg(session_id, number))
    return session_id


def tell(ringside: RingsideServer, *events: dict[str, Any]) -> None:
    answer = ringside.http.post(f"/api/sessions/{events[0]['session_id']}/events", json={"events": events})
    assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def past(ringside: RingsideServer) -> str:
    """A session of five runs, only to be looked at."""
    return voyage(ringside, "voyage")


@pytest.fixture
def opened(session: SessionPage, past: str) -> SessionPage:
    session.open(past)
    expect(session.main.get_by_text(f"{_LOADED:,} of {_EVENTS:,} events")).to_be_visible()
    return session


def test_the_newest_run_is_there_first_and_the_earlier_ones_one_by_one(session: SessionPage, past: str) -> None:
    asked: list[Request] = []
    session.page.on("request", lambda request: asked.append(request) if "/activity?" in request.url else None)
    session.open(past)
    expect(session.main.get_by_text(f"Run {_RUNS} of {_RUNS}")).to_be_visible()
    expect(session.conversation).to_contain_text("Landmark 5.")
    expect(session.conversation).not_to_contain_text("Landmark 1.")
    assert [request.url.partition("?")[2] for request in asked] == ["limit=5000&newest=2000"]
    assert Axe().run(session.page).response["violations"] == []
    earlier = session.page.get_by_role("button", name="Earlier run", exact=True)
    for number in range(_RUNS - 1, 0, -1):
        earlier.click()
        expect(session.main.get_by_text(f"Run {number} of {_RUNS}")).to_be_visible()
    expect(earlier).to_be_disabled()
    expect(session.rows.first).to_contain_text("-1")
    expect(session.main.get_by_text(f"{_EVENTS:,} events", exact=True)).to_be_visible()


def test_earlier_questions_come_before_those_that_are_read(opened: SessionPage) -> None:
    opened.page.set_viewport_size({"width": 1440, "height": 480})
    load = opened.conversation.get_by_role("button", name="Load the earlier run")
    question = opened.conversation.get_by_text("What is in sight on leg 2?")
    expect(question).not_to_be_in_viewport()
    load.scroll_into_view_if_needed()
    expect(opened.conversation).to_contain_text("Landmark 1.")  # who scrolls there need not ask
    expect(load).to_be_hidden()
    expect(question).to_be_in_viewport()
    expect(opened.conversation.get_by_text("What is in sight on leg 1?")).not_to_be_in_viewport()


def test_a_link_leads_to_a_run_and_a_step_that_are_not_loaded(session: SessionPage, past: str) -> None:
    session.open(f"{past}?run=leg-1&step=mark-7")
    expect(session.detail.get_by_role("heading", name="Pass mark 7-1")).to_be_visible()
    session.open(f"{past}?run=leg-1")
    expect(session.main.get_by_text(f"Run 1 of {_RUNS}")).to_be_visible()
    session.open(f"{past}#leg-2")  # as a search over all sessions leads there
    expect(session.main.get_by_text(f"Run 2 of {_RUNS}")).to_be_visible()
    session.open(f"{past}?run=leg-9")
    expect(session.page.get_by_text("This session has no such run. The link may be incomplete.")).to_be_visible()


def test_a_search_finds_steps_of_all_runs(opened: SessionPage) -> None:
    search = opened.page.get_by_role("searchbox", name="Search activity")
    search.fill("mark 33-")
    expect(opened.page.get_by_role("search", name="Filter the steps")).to_contain_text(f"{_RUNS} found")
    search.press("Enter")
    expect(opened.detail.get_by_role("heading", name="Pass mark 33-1")).to_be_visible()


def test_any_moment_of_the_past_is_shown(opened: SessionPage) -> None:
    moment = opened.page.get_by_role("slider", name="Moment of the session")
    expect(moment).to_have_attribute("min", "0")
    moment.fill("21")
    expect(opened.main.get_by_text(f"{_EVENTS - 21:,} newer events")).to_be_visible()
    expect(opened.timeline).to_have_attribute("aria-rowcount", "10")
    expect(opened.conversation).to_contain_text("What is in sight on leg 1?")
    expect(opened.conversation).not_to_contain_text("leg 2")
    opened.page.get_by_role("button", name="To the end").click()
    expect(opened.main.get_by_text(f"Run {_RUNS} of {_RUNS}")).to_be_visible()


def test_the_feed_goes_on_backwards_and_keeps_its_place(opened: SessionPage) -> None:
    opened.tab("Feed").click()
    expect(opened.feed_tools).to_contain_text(f"{_LOADED:,} of {_EVENTS:,} events")
    viewport = opened.page.get_by_role("list", name="Activity feed")
    viewport.hover()
    viewport.evaluate("viewport => viewport.scrollTo({ top: 27 })")
    expect(opened.feed_tools.get_by_text(f"{_EVENTS:,} events", exact=True)).to_be_visible()
    expect(opened.feed_tools.get_by_role("button", name="Load earlier")).to_be_hidden()
    assert viewport.evaluate("viewport => viewport.scrollTop") == 27 * (1 + _EVENTS - _LOADED)


def test_what_comes_of_a_run_that_is_not_loaded_loads_it(new_context: NewContext, ringside: RingsideServer) -> None:
    session_id = voyage(ringside, "voyage-on")
    session = SessionPage(new_context(ringside).new_page()).open(session_id)
    expect(session.main.get_by_text(f"{_LOADED:,} of {_EVENTS:,} events")).to_be_visible()
    tell(ringside, *leg(session_id, _RUNS + 1))
    expect(session.main.get_by_text(f"Run {_RUNS + 1} of {_RUNS + 1}")).to_be_visible()
    expect(session.main.get_by_text(f"{_LOADED + _RUN_EVENTS:,} of {_EVENTS + _RUN_EVENTS:,} events")).to_be_visible()
    late = leg(session_id, 1)[1] | {"activity_id": "late", "action": "Look back", "status": "completed"}
    tell(ringside, late)
    expect(session.main.get_by_text(f"{_EVENTS + _RUN_EVENTS + 1:,} events", exact=True)).to_be_visible()
    expect(session.conversation).to_contain_text("Landmark 1.")
    expect(session.main.get_by_text(f"Run {_RUNS + 1} of {_RUNS + 1}")).to_be_visible()


def test_without_a_network_the_newest_runs_are_there_and_earlier_ones_come_with_it(
    new_context: NewContext, ringside: RingsideServer, past: str
) -> None:
    context = new_context(ringside, keeps=True)
    session = SessionPage(context.new_page()).open(past)
    loaded = session.main.get_by_text(f"{_LOADED:,} of {_EVENTS:,} events")
    expect(loaded).to_be_visible()
    wait_until_kept(session.page)
    context.set_offline(True)
    session.page.reload()
    expect(session.page.get_by_role("status").filter(has_text="Offline. As of ")).to_be_visible()
    expect(loaded).to_be_visible()
    expect(session.conversation).to_contain_text("Landmark 5.")
    context.set_offline(False)
    expect(session.badge).to_have_text("Live", timeout=30_000)
    expect(loaded).to_be_visible()
    session.conversation.get_by_role("button", name="Load the earlier run").click()
    expect(session.conversation).to_contain_text("Landmark 1.")
    expect(session.main.get_by_text(f"{_EVENTS:,} events", exact=True)).to_be_visible()
