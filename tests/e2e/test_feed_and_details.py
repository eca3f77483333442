"""The feed is narrowed to what one looks for, and every step tells what went in and out."""

import pytest
from playwright.sync_api import expect

from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage


@pytest.fixture
def feed(session: SessionPage, answered: str) -> SessionPage:
    """A finished run, its feed open."""
    session.open(answered)
    session.tab("Feed").click()
    return session


def told(session: SessionPage, ringside: RingsideServer, **fields: str) -> int:
    """How many activity events of the log have these values."""
    events = ringside.events(session.session_id)
    return sum(all(event.get(name) == value for name, value in fields.items()) for event in events)


def test_the_feed_is_filtered_by_agent_kind_and_status(feed: SessionPage, ringside: RingsideServer) -> None:
    every = len(ringside.events(feed.session_id))
    agent, kind, status = (feed.page.get_by_role("combobox", name=name) for name in ("Agent", "Kind", "Status"))
    agent.select_option("Document Agent")
    by_agent = told(feed, ringside, agent_name="Document Agent")
    expect(feed.feed_tools).to_contain_text(f"{by_agent} of {every} events")
    kind.select_option("tool")
    by_kind = told(feed, ringside, agent_name="Document Agent", kind="tool")
    expect(feed.feed_tools).to_contain_text(f"{by_kind} of {every} events")
    status.select_option("completed")
    expect(feed.feed_lines).to_have_count(2)
    expect(feed.feed_lines.filter(has_text="Read harbour-log.pdf")).to_contain_text("4 pages")
    for narrowed in (agent, kind, status):
        narrowed.select_option("")
    expect(feed.feed_tools).to_contain_text(f"{every} events")


def test_the_feed_is_searched(feed: SessionPage) -> None:
    search = feed.page.get_by_role("searchbox", name="Search activity")
    search.fill("HARBOUR-log")
    expect(feed.feed_lines.first).to_contain_text("harbour-log.pdf")
    search.fill("no such thing anywhere")
    expect(feed.main.get_by_role("heading", name="No matches")).to_be_visible()
    feed.page.get_by_role("button", name="Clear filters").click()
    expect(search).to_have_value("")
    expect(feed.feed_lines.first).to_be_visible()


def test_a_line_of_the_feed_opens_its_step_with_input_and_output(feed: SessionPage) -> None:
    feed.page.get_by_role("searchbox", name="Search activity").fill("Search “")
    feed.feed_lines.last.get_by_role("button").click()
    expect(feed.detail).to_contain_text("Research Agent")
    expect(feed.detail.get_by_role("group", name="Tool call")).not_to_have_text("–")
    expect(feed.detail.get_by_role("group", name="Output")).not_to_have_text("–")
    expect(feed.detail).to_contain_text("completed")
    feed.detail.get_by_role("button", name="Close").click()
    expect(feed.detail).to_be_hidden()


def test_a_click_on_a_step_of_the_timeline_opens_it(feed: SessionPage) -> None:
    feed.tab("Timeline").click()
    feed.rows.filter(has_text="Read harbour-log.pdf").click()
    expect(feed.detail.get_by_role("heading", name="Read harbour-log.pdf")).to_be_visible()
    expect(feed.detail).to_contain_text("Duration")
    feed.page.keyboard.press("Escape")
    expect(feed.detail).to_be_hidden()


def test_a_click_on_a_step_far_down_opens_it(feed: SessionPage) -> None:
    """The first press gives the timeline the focus; that must not move what is under the pointer."""
    feed.page.set_viewport_size({"width": 1440, "height": 560})
    feed.tab("Timeline").click()
    feed.timeline.hover()
    feed.page.mouse.wheel(0, 2000)
    last = feed.rows.filter(has_text="Check ")
    expect(last).to_be_in_viewport()
    last.click()
    expect(feed.detail.get_by_role("heading", name="Check ")).to_be_visible()


def test_a_branch_of_the_timeline_folds_away(feed: SessionPage) -> None:
    feed.tab("Timeline").click()
    branch = feed.rows.filter(has_text="Read the documents")
    leaf = feed.rows.filter(has_text="Read harbour-log.pdf")
    expect(leaf).to_be_visible()
    branch.get_by_role("button", name="Collapse").click()
    expect(leaf).to_have_count(0)
    expect(branch).to_have_attribute("aria-expanded", "false")
    branch.get_by_role("button", name="Expand").click()
    expect(leaf).to_be_visible()
