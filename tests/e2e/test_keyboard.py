"""The whole way without a mouse."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage


def test_the_first_stop_leads_past_the_list_and_a_question_mark_to_the_shortcuts(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("button", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def tab_to(page: Page, goal: Locator, key: str = "Tab") -> None:
    """Press Tab as often as it takes to reach the goal; whatever has the focus on the way shows it."""
    for _ in range(400):  # past a long list of sessions, too
        page.keyboard.press(key)
        if goal.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{goal} is not reached by {key}")


def test_the_sample_is_started_read_and_looked_into_with_the_keyboard_alone(session: SessionPage) -> None:
    page, keyboard = session.page, session.page.keyboard
    page.goto("/start")
    start = page.get_by_role("button", name="Try the sample")
    expect(start).to_be_enabled()
    tab_to(page, start)
    assert start.evaluate("element => element.matches(':focus-visible')")
    keyboard.press("Enter")
    session.expect_finished()

    tab_to(page, session.tab("Timeline"))
    keyboard.press("ArrowRight")
    expect(session.tab("Feed")).to_be_focused()
    expect(session.feed_lines.first).to_be_visible()
    keyboard.press("ArrowLeft")
    expect(session.tab("Timeline")).to_have_attribute("aria-selected", "true")

    tab_to(page, session.timeline)
    root = session.rows.first
    expect(session.timeline).to_have_attribute("aria-activedescendant", re.compile(".+"))
    keyboard.press("ArrowLeft")
    expect(root).to_have_attribute("aria-expanded", "false")
    expect(session.rows).to_have_count(1)
    keyboard.press("ArrowRight")
    expect(root).to_have_attribute("aria-expanded", "true")
    keyboard.press("j")
    keyboard.press("ArrowDown")
    keyboard.press("k")
    keyboard.press("Enter")
    expect(session.detail.get_by_role("heading", name="Plan the work")).to_be_visible()
    keyboard.press("ArrowDown")
    expect(session.detail.get_by_role("heading", name="Read the documents")).to_be_visible()
    keyboard.press("Escape")
    expect(session.detail).to_be_hidden()

    tab_to(page, session.citation(1))
    keyboard.press("Enter")
    expect(session.passage).to_be_visible()
    keyboard.press("Escape")
    expect(session.passage).to_be_hidden()
    expect(session.citation(1)).to_be_focused()


def test_a_question_is_asked_with_enter_and_shift_enter_begins_a_line(
    session: SessionPage, ringside: RingsideServer
) -> None:
    session.open(ringside.new_session(PDF))
    tab_to(session.page, session.question)
    session.page.keyboard.type("Who rebuilt the engine")
    session.page.keyboard.press("Shift+Enter")
    session.page.keyboard.type("of the Solveig?")
    expect(session.question).to_have_value("Who rebuilt the engine\nof the Solveig?")
    session.page.keyboard.press("Enter")
    expect(session.question).to_have_value("")
    expect(session.question).to_be_focused()
    session.expect_finished()


def test_slash_goes_to_the_search_and_the_menu_of_a_session_answers_to_arrows(
    session: SessionPage, ringside: RingsideServer
) -> None:
    page, keyboard = session.page, session.page.keyboard
    session.open(ringside.new_session(title="Kept by keyboard"))
    keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search sessions")
    expect(search).to_be_focused()
    keyboard.type("kept by")
    more = page.get_by_role("button", name="More about Kept by keyboard")
    expect(page.get_by_role("navigation", name="Sessions").get_by_role("link")).to_have_count(1)
    tab_to(page, more)
    keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Delete…")).to_be_focused()
    keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="Delete…")).to_be_hidden()
    expect(more).to_be_focused()
