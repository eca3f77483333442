"""Sessions are renamed, found, put away and deleted."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage


@pytest.fixture
def sessions(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Sessions", exact=True)


@pytest.fixture(scope="module")
def shelf(ringside: RingsideServer) -> None:
    """More sessions than two pages of the list hold."""
    for number in range(90):
        ringside.new_session(title=f"Shelf {number:02}")


def choose(page: Page, title: str, action: str) -> None:
    """Something from the menu of the session with this title."""
    page.get_by_role("button", name=f"More about {title}").click()
    page.get_by_role("menuitem", name=action).click()


def test_a_session_is_renamed_at_its_head_and_in_the_list(
    session: SessionPage, sessions: Locator, ringside: RingsideServer
) -> None:
    page = session.page
    session.open(ringside.new_session(title="First name"))
    page.get_by_role("heading", name="First name").get_by_role("button").click()
    field = page.get_by_role("textbox", name="Title of the session")
    expect(field).to_be_focused()
    field.fill("Second name")
    field.press("Enter")
    expect(page.get_by_role("heading", name="Second name")).to_be_visible()
    expect(sessions.get_by_role("link", name="Second name")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^(\(\d+\) )?Second name · Ringside$"))

    choose(page, "Second name", "Rename")
    field.fill("Third name")
    field.press("Enter")
    expect(sessions.get_by_role("link", name="Third name")).to_be_visible()
    expect(page.get_by_role("heading", name="Third name")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Third name")).to_be_visible()


def test_a_session_that_has_no_name_is_named_by_its_first_question(
    session: SessionPage, sessions: Locator, ringside: RingsideServer
) -> None:
    session.open(ringside.new_session())
    session.ask("What is the name of this question?")
    expect(sessions.get_by_role("link", name="What is the name of this question?")).to_be_visible()
    expect(session.page.get_by_role("heading", level=1)).to_contain_text("What is the name")


def test_a_new_session_is_made_with_its_first_question_and_once(page: Page, session: SessionPage) -> None:
    made: list[str] = []
    page.on("request", lambda sent: made.append(sent.url) if sent.method == "POST" else None)
    page.goto("/")
    begin = page.get_by_role("button", name="New session").first
    begin.dblclick(delay=60)
    expect(page).to_have_url(re.compile("/new$"))
    begin.click()
    expect(session.question).to_be_focused()
    assert made == []
    session.ask("How long is the Solveig?")
    expect(page).to_have_url(re.compile("/sessions/session-"))
    expect(session.conversation).to_contain_text("How long is the Solveig?")
    expect(session.question).to_have_value("")
    assert [url.rsplit("/", 1)[-1] for url in made] == ["sessions", "messages"]
    page.go_back()
    expect(page).to_have_url(re.compile("/now$"))


def test_a_double_click_makes_one_link(page: Page) -> None:
    made: list[str] = []
    page.on("request", lambda sent: made.append(sent.url) if sent.method == "POST" else None)
    page.goto("/team")
    page.get_by_role("button", name="Create link").dblclick(delay=60)
    expect(page.get_by_role("textbox", name="The new link")).to_be_visible()
    assert [url.rsplit("/", 1)[-1] for url in made] == ["invitations"]
    page.get_by_role("button", name=re.compile("Withdraw the invitation")).first.click()


def test_sessions_are_searched_by_their_names(page: Page, sessions: Locator, ringside: RingsideServer) -> None:
    for title in ("Lighthouse keepers", "Lighthouse lamps", "Ice charts"):
        ringside.new_session(title=title)
    page.goto("/")
    search = page.get_by_role("searchbox", name="Search sessions")
    search.fill("lightHOUSE")
    expect(sessions.get_by_role("link")).to_have_count(2)
    search.fill("no such session")
    expect(sessions).to_contain_text("No session matches “no such session”.")
    search.press("Escape")
    expect(sessions.get_by_role("link", name="Ice charts")).to_be_visible()


def test_a_session_is_archived_and_brought_back(page: Page, sessions: Locator, ringside: RingsideServer) -> None:
    ringside.new_session(title="For the cellar")
    page.goto("/")
    link = sessions.get_by_role("link", name="For the cellar")
    choose(page, "For the cellar", "Archive")
    expect(link).to_have_count(0)
    page.get_by_role("button", name="Archived").click()
    expect(link).to_be_visible()
    choose(page, "For the cellar", "Unarchive")
    expect(link).to_have_count(0)
    page.get_by_role("button", name="Back to sessions").click()
    expect(link).to_be_visible()


def test_deleting_asks_first_and_then_leaves_nothing(
    session: SessionPage, sessions: Locator, ringside: RingsideServer
) -> None:
    page = session.page
    session_id = ringside.new_session(title="To be deleted")
    session.open(session_id)
    choose(page, "To be deleted", "Delete…")
    ask = page.get_by_role("dialog", name="Delete “To be deleted”?")
    ask.get_by_role("button", name="Cancel").click()
    expect(sessions.get_by_role("link", name="To be deleted")).to_be_visible()
    choose(page, "To be deleted", "Delete…")
    ask.get_by_role("button", name="Delete session").click()
    expect(page).to_have_url(re.compile(r":\d+/(now)?$"))
    expect(sessions.get_by_role("link", name="To be deleted")).to_have_count(0)
    page.goto(f"/sessions/{session_id}")
    expect(page.get_by_role("heading", name="This session does not exist")).to_be_visible()


@pytest.mark.usefixtures("shelf")
def test_a_long_list_of_sessions_is_paged_in(page: Page, sessions: Locator) -> None:
    page.goto("/")
    search = page.get_by_role("searchbox", name="Search sessions")
    # Without the search the list begins alike: what is paged in must be of the list that was found.
    with page.expect_response(re.compile(r"/api/sessions\?.*query=Shelf")):
        search.fill("Shelf")
    expect(sessions.get_by_role("link")).to_have_text([re.compile("Shelf")] * 40)
    sessions.hover()
    for count in (80, 90):
        page.mouse.wheel(0, 10_000)
        expect(sessions.get_by_role("link")).to_have_count(count)


@pytest.mark.usefixtures("shelf")
def test_a_refresh_while_the_list_is_paged_in_takes_nothing_away(page: Page, sessions: Locator) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/api/sessions\?.*cursor="), hold)
    page.clock.install()
    page.goto("/")
    expect(sessions.get_by_role("link")).to_have_count(40)
    sessions.hover()
    with page.expect_request(re.compile(r"/api/sessions\?.*cursor=")):
        page.mouse.wheel(0, 10_000)
    with page.expect_response(re.compile(r"/api/sessions\?")):
        page.clock.fast_forward(11_000)  # The list looks for news every ten seconds.
    held[0].continue_()
    expect(sessions.get_by_role("link")).to_have_count(80)


def test_the_theme_is_chosen_and_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    light = background(page)
    page.get_by_role("button", name="Theme: as the system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert background(page) != light
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert background(page) != light


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
