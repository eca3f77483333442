"""Sessions are found by what was asked and answered in them, by their tags and by their priority."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.e2e.test_accessibility import expect_accessible


@pytest.fixture(scope="module")
def harbour(ringside: RingsideServer) -> str:
    """A session with two questions and their answers; its id."""
    session_id = ringside.new_session(PDF, title="Overhaul")
    for question in ("Who rebuilt the engine of the Solveig?", "How long is the Solveig?"):
        ringside.wait_for_end(ringside.ask(session_id, question))
    return session_id


@pytest.fixture
def sessions(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Sessions", exact=True)


def search(page: Page, typed: str) -> None:
    with page.expect_response(re.compile(r"/api/sessions\?.*query=")):
        page.get_by_role("searchbox", name="Search sessions").fill(typed)


def choose(page: Page, menu: str, item: str) -> None:
    page.get_by_role("button", name=menu).click()
    page.get_by_role("menuitemradio", name=item).click()


def open_tags(page: Page) -> Locator:
    page.get_by_role("button", name="Tags, priority, export").click()
    page.get_by_role("menuitem", name="Tags…").click()
    return page.get_by_role("dialog", name="Tags")


def test_a_word_of_an_answer_leads_to_its_question(page: Page, sessions: Locator, harbour: str) -> None:
    page.goto("/")
    search(page, "holmsund yar")
    expect(sessions.get_by_role("link", name="Overhaul")).to_be_visible()
    found = sessions.get_by_role("listitem").filter(has=page.get_by_role("link", name="Overhaul"))
    answered = found.get_by_role("link", name=re.compile("^Answered: .*Holmsund yard"))
    expect(answered.locator("mark")).to_have_text(["Holmsund", "yard"])
    expect_accessible(page, "search")
    answered.click()
    expect(page).to_have_url(re.compile(rf"/sessions/{harbour}#run-"))
    session = SessionPage(page)
    expect(session.conversation.get_by_text("Who rebuilt the engine of the Solveig?")).to_be_in_viewport()
    expect(page.get_by_text("Run 1 of 2")).to_be_visible()


def test_a_search_without_a_hit_says_so_and_shows_all_again(page: Page, sessions: Locator, harbour: str) -> None:
    page.goto("/")
    search(page, "zanzibarium")
    expect(sessions).to_contain_text("No session matches “zanzibarium”.")
    expect(sessions.get_by_role("status")).to_have_text("0 sessions found")
    sessions.get_by_role("button", name="Show all").click()
    expect(sessions.get_by_role("link", name="Overhaul")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search sessions")).to_have_value("")


def test_a_search_that_fails_says_why(page: Page, sessions: Locator, harbour: str) -> None:
    page.goto("/")
    expect(sessions.get_by_role("link", name="Overhaul")).to_be_visible()

    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"error": {"code": "database_lost", "message": "The database is away."}})

    page.route(re.compile(r"/api/sessions\?.*query="), refuse)
    search(page, "engine")
    expect(sessions.get_by_text("The database is away.")).to_be_visible()
    page.unroute_all()
    sessions.get_by_role("button", name="Try again").click()
    expect(sessions.locator("mark").first).to_be_visible()


def test_tags_are_typed_and_filter_the_list(page: Page, sessions: Locator, ringside: RingsideServer) -> None:
    for title in ("Tagged one", "Tagged two"):
        ringside.new_session(title=title)
    page.goto("/")
    sessions.get_by_role("link", name="Tagged one").click()
    dialog = open_tags(page)
    field = dialog.get_by_role("textbox", name="Add a tag")
    expect(field).to_be_focused()
    for tag in ("Dry  DOCK", "paint"):
        field.fill(tag)
        field.press("Enter")
    field.press("Backspace")
    expect(dialog.get_by_role("listitem")).to_have_text(["dry dock"])
    expect_accessible(page, "tags")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("main").get_by_title("dry dock")).to_be_visible()

    sessions.get_by_role("link", name="Tagged two").click()
    dialog = open_tags(page)
    dialog.get_by_role("group", name="Tags of other sessions").get_by_role("button", name="dry dock").click()
    dialog.get_by_role("textbox", name="Add a tag").press("Enter")
    expect(sessions.get_by_role("link", name="Tagged two")).to_contain_text("dry dock")

    choose(page, "Filter by tag", "dry dock (2)")
    expect(sessions.get_by_role("link")).to_have_text([re.compile("Tagged two"), re.compile("Tagged one")])
    open_tags(page).get_by_role("button", name="Remove dry dock").click()
    page.get_by_role("button", name="Save").click()
    expect(sessions.get_by_role("link")).to_have_text([re.compile("Tagged one")])
    choose(page, "Filter by tag", "Any tag")
    expect(sessions.get_by_role("link", name="Tagged two")).to_be_visible()


def test_a_priority_is_set_shown_and_filtered_by(page: Page, sessions: Locator, ringside: RingsideServer) -> None:
    ringside.new_session(title="Leaking hull")
    page.goto("/")
    link = sessions.get_by_role("link", name="Leaking hull")
    link.click()
    choose(page, "Tags, priority, export", "Urgent")
    expect(link).to_contain_text("Urgent")
    expect(page.get_by_role("main").locator("span").filter(has_text="Urgent")).to_be_visible()
    choose(page, "Filter by priority", "Urgent")
    expect(sessions.get_by_role("link")).to_have_count(1)
    choose(page, "Tags, priority, export", "Normal priority")
    expect(sessions).to_contain_text("There are no sessions of this priority.")
