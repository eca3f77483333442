"""A session is looked at closely: by links, in stretches of time, by words, as a graph, at any moment of its past."""

import json
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import PHONE
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage

_SEARCH = "Search “rebuilt engine solveig”"


def report(ringside: RingsideServer, session_id: str, *events: dict[str, Any]) -> None:
    """Events of a program elsewhere."""
    body = {"events": [{"type": "agentActivity", "session_id": session_id, **event} for event in events]}
    answer = ringside.http.post(f"/api/sessions/{session_id}/events", json=body)
    assert answer.is_success, answer.text


def crew(number: int, status: str, **fields: Any) -> dict[str, Any]:
    step = {"activity_id": f"work-{number}", "agent_name": "Crew", "action": f"Part {number}", "status": status}
    return step | fields


def moment(page: Page) -> Locator:
    return page.get_by_role("slider", name="Moment of the session")


def test_a_link_opens_the_step_that_was_looked_at(session: SessionPage, answered: str, new_context: NewContext) -> None:
    page = session.page
    session.open(answered)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    session.rows.filter(has_text=_SEARCH).click()
    expect(page).to_have_url(re.compile(r"\?step="))
    session.detail.get_by_role("button", name="Copy the step").click()
    page.get_by_role("menuitem", name="Copy link").click()
    expect(session.detail.get_by_role("status")).to_have_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto("/")
    page.goto(link)
    expect(session.detail.get_by_role("heading", name=_SEARCH)).to_be_visible()
    expect(session.rows.filter(has_text=_SEARCH)).to_have_attribute("aria-selected", "true")


def test_the_way_back_closes_a_step_and_then_leaves_the_session(session: SessionPage, answered: str) -> None:
    page = session.page
    page.goto("/inbox")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    page.goto(f"/sessions/{answered}")
    session.rows.filter(has_text=_SEARCH).click()
    expect(page).to_have_url(re.compile(r"\?step="))
    session.rows.first.click()
    expect(session.detail.get_by_role("heading", name=_SEARCH)).to_be_hidden()
    expect(page).to_have_url(re.compile(r"\?step="))
    page.go_back()
    expect(session.detail).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"/sessions/{answered}$"))
    # Closed on the page, it leaves no entry behind.
    session.rows.first.click()
    expect(page).to_have_url(re.compile(r"\?step="))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(rf"/sessions/{answered}$"))
    page.go_back()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def test_a_step_is_copied_as_json_markdown_and_as_the_request_that_reads_it(
    session: SessionPage, answered: str, ringside: RingsideServer
) -> None:
    page = session.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    session.open(answered)
    session.rows.filter(has_text=_SEARCH).click()

    def copied(what: str) -> str:
        session.detail.get_by_role("button", name="Copy the step").click()
        page.get_by_role("menuitem", name=what).click()
        expect(session.detail.get_by_role("status")).to_have_text("Copied")
        return str(page.evaluate("navigator.clipboard.readText()"))

    step = json.loads(copied("Copy as JSON"))
    assert (step["session_id"], step["agent_name"], step["kind"]) == (answered, "Research Agent", "tool")
    assert "**Input**" in copied("Copy as Markdown")
    [path] = re.findall(r"'http://[^/]+(/api/[^']+)'", copied("Copy as cURL"))
    events = ringside.http.get(path).json()["events"]
    statuses = [one["status"] for one in events if one.get("activity_id") == step["activity_id"]]
    assert (statuses[0], statuses[-1]) == ("started", "completed")


def test_filters_the_view_and_the_stretch_of_time_stay_in_the_address(session: SessionPage, answered: str) -> None:
    page = session.page
    session.open(answered)
    tools = page.get_by_role("search", name="Filter the steps")
    tools.get_by_role("combobox", name="Agent").select_option("Document Agent")
    expect(session.rows).to_have_count(4)  # its three steps, and what they stand under
    page.get_by_role("button", name="Zoom in").click()
    expect(page).to_have_url(re.compile(r"agent=Document\+?(%20)?Agent.*from=\d+&to=\d+"))
    page.reload()
    expect(session.rows).to_have_count(4)
    expect(tools.get_by_role("combobox", name="Agent")).to_have_value("Document Agent")
    whole = page.get_by_role("button", name="Show the whole run")
    expect(whole).to_be_enabled()
    session.timeline.focus()
    page.keyboard.press("0")
    expect(whole).to_be_disabled()
    expect(page).not_to_have_url(re.compile("from="))


def test_steps_are_searched_in_what_went_in_and_came_out_while_the_session_goes_on(
    session: SessionPage, ringside: RingsideServer
) -> None:
    session_id = ringside.new_session(title="Searched")
    report(ringside, session_id, *(crew(at, "started", input={"berth": f"quay {at % 3}"}) for at in range(30)))
    session.open(session_id)
    tools = session.page.get_by_role("search", name="Filter the steps")
    search = tools.get_by_role("searchbox")
    search.fill("QUAY 2")
    expect(tools.get_by_role("status")).to_have_text("10 found")
    search.press("Enter")
    expect(session.detail.get_by_role("heading", name="Part 2", exact=True)).to_be_visible()
    expect(session.detail.locator("mark")).to_have_text("quay 2")
    expect(tools.get_by_role("status")).to_have_text("1 of 10")
    report(ringside, session_id, crew(30, "started", output="at quay 2"))
    expect(tools.get_by_role("status")).to_have_text("1 of 11")
    search.press("Shift+Enter")
    expect(session.detail.get_by_role("heading", name="Part 30")).to_be_visible()


def test_the_timeline_leads_from_failure_to_failure(session: SessionPage, ringside: RingsideServer) -> None:
    session_id = ringside.new_session(title="Failing")
    ends = ["failed" if at in (3, 70) else "completed" for at in range(90)]
    report(ringside, session_id, *(crew(at, end, details="No berth.") for at, end in enumerate(ends)))
    session.open(session_id)
    expect(session.page.get_by_role("button", name="2 failed")).to_be_visible()
    session.timeline.focus()
    for part in (3, 70, 3):
        session.page.keyboard.press("e")
        expect(session.detail.get_by_role("heading", name=f"Part {part}", exact=True)).to_be_visible()
        expect(session.rows.and_(session.page.locator("[aria-selected=true]"))).to_be_in_viewport()


def test_the_graph_shows_who_called_whom_and_leads_to_their_steps(session: SessionPage, answered: str) -> None:
    session.open(answered)
    session.tab("Graph").click()
    graph = session.page.get_by_role("group", name="Graph of the agents")
    expect(graph.get_by_role("button", name=re.compile("^(.*) Agent, "))).to_have_count(5)
    expect(graph.get_by_role("button", name="Read, 2 calls. Show in the timeline")).to_be_visible()
    graph.get_by_role("button", name=re.compile("^Research Agent, ")).click()
    expect(session.tab("Timeline")).to_have_attribute("aria-selected", "true")
    expect(session.rows.filter(has_text=_SEARCH)).to_be_visible()
    expect(session.rows.filter(has_text="Read passengers.csv")).to_have_count(0)


def test_the_graph_lights_up_as_agents_elsewhere_work(session: SessionPage, ringside: RingsideServer) -> None:
    session_id = ringside.new_session(title="Elsewhere")
    report(ringside, session_id, crew(1, "started"))
    session.open(session_id)
    session.tab("Graph").click()
    graph = session.page.get_by_role("group", name="Graph of the agents")
    expect(graph.get_by_role("button", name="Crew, 1 step, working.")).to_be_visible()
    report(ringside, session_id, crew(2, "started", parent_id="work-1", agent_name="Mate"), crew(1, "failed"))
    expect(graph.get_by_role("button", name="Crew, 1 step, 1 failed, failed.")).to_be_visible()
    expect(graph.get_by_role("button", name="Mate, 1 step, working.")).to_be_visible()


def test_the_view_is_paused_while_the_session_goes_on_and_catches_up(
    session: SessionPage, ringside: RingsideServer
) -> None:
    session_id = ringside.new_session(title="Paused")
    report(ringside, session_id, *(crew(at, "started") for at in range(3)))
    page = session.open(session_id).page
    expect(session.rows).to_have_count(3)
    page.get_by_role("button", name="Pause the view").click()
    report(ringside, session_id, *(crew(at, "started") for at in range(3, 8)))
    bar = page.get_by_role("group", name="Moment that is shown")
    expect(bar.get_by_role("status")).to_contain_text("5 newer events")
    expect(session.rows).to_have_count(3)
    bar.get_by_role("button", name="Catch up").click()
    expect(session.rows).to_have_count(8)
    expect(bar.get_by_role("button", name="Live")).to_have_count(0)


def test_an_ended_session_is_led_back_to_any_moment_in_every_view(
    session: SessionPage, answered: str, ringside: RingsideServer
) -> None:
    page = session.open(answered).page
    events = ringside.events(answered)
    asked = next(at for at, event in enumerate(events, 1) if event.get("kind") == "handoff")
    moment(page).fill(str(asked))
    shown = {event["activity_id"] for event in events[:asked] if event["type"] == "agentActivity"}
    expect(session.rows).to_have_count(len(shown))
    expect(session.cards).to_have_count(len({event["agent_name"] for event in events[:asked] if "agent_name" in event}))
    expect(session.conversation).not_to_contain_text("Marit Aune")
    session.tab("Feed").click()
    expect(session.feed_tools).to_contain_text(f"{asked} events")
    page.get_by_role("combobox", name="Pace of the replay").select_option("8")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(session.conversation).to_contain_text("Marit Aune")
    expect(session.feed_tools).to_contain_text(f"{len(events)} events")
    expect(page.get_by_role("button", name="Play from the beginning")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_graph_and_at_an_earlier_moment(
    new_context: NewContext, ringside: RingsideServer, answered: str, phone: bool, scheme: Any
) -> None:
    page = new_context(ringside).new_page()
    page.emulate_media(color_scheme=scheme)
    if phone:
        page.set_viewport_size(PHONE)
    for tab in ("graph", "timeline"):
        page.goto(f"/sessions/{answered}?tab={tab}&search=read&step=")
        if phone:
            page.get_by_role("button", name="Activity", exact=True).click()
        expect(moment(page)).to_be_enabled()
        if tab == "graph":
            expect(page.get_by_role("group", name="Graph of the agents").get_by_role("button").first).to_be_visible()
        else:
            moment(page).press("PageDown")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
