"""Two runs are compared: from a second try, from Now, and while one of them goes on."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.e2e.test_accessibility import expect_accessible, scrolls_sideways
from tests.e2e.test_now import Harbour
from tests.e2e.test_opinions import pictured

QUESTION = "Who rebuilt the engine of the Solveig?"


@pytest.fixture
def twice(ringside: RingsideServer) -> tuple[str, str, str]:
    """A session whose question was edited: its id, and those of both runs."""
    session_id = ringside.new_session(PDF, title="Solveig")
    first = ringside.ask(session_id, QUESTION)
    ringside.wait_for_end(first)
    again = ringside.http.post(f"/api/runs/{first}/again", json={"question": "How long is the Solveig?"})
    second = str(again.raise_for_status().json()["run"]["id"])
    ringside.wait_for_end(second)
    return session_id, first, second


def steps(page: Page) -> list[str]:
    return page.get_by_role("group", name="Steps of both runs").get_by_role("button").all_inner_texts()


def test_a_second_try_is_compared_with_the_first(
    ringside: RingsideServer, new_context: NewContext, twice: tuple[str, str, str]
) -> None:
    session_id = twice[0]
    session = SessionPage(new_context(ringside).new_page()).open(session_id)
    page = session.page
    session.conversation.get_by_role("link", name="Compare with run 1").click()
    expect(page.get_by_role("heading", name="Compare two runs")).to_be_visible()
    runs = page.get_by_role("region", name="The runs")
    expect(runs).to_contain_text(QUESTION)
    expect(runs).to_contain_text("How long is the Solveig?")
    expect(page.get_by_role("row", name="Steps")).to_be_visible()
    # Two questions, two answers: they are shown beside each other.
    expect(page.get_by_text("too little in common")).to_be_visible()
    expect(page.get_by_role("group", name="Answer, A")).to_contain_text("Marit Aune")
    expect(page.get_by_role("status").filter(has_text="steps in both")).to_be_visible()
    shown = steps(page)
    assert any("Answer the question" in one for one in shown)
    expect_accessible(page, "two runs")
    pictured(page, "compare")
    assert not scrolls_sideways(page)
    search = page.get_by_role("button").filter(has_text="Search “").first
    search.press("Enter")
    step = page.get_by_role("complementary", name="The step in both runs")
    expect(step).to_contain_text("Input")
    expect(step).to_contain_text("A: completed")
    expect(step.locator("del").first).to_be_visible()
    expect(step.locator("ins").first).to_be_visible()
    expect_accessible(page, "a step of two runs")
    pictured(page, "compare-step")
    step.get_by_role("link", name="Open in A").click()
    expect(page.get_by_role("complementary", name="Step")).to_contain_text("Search")
    page.go_back()
    page.get_by_role("button").filter(has_text="Search “").first.click()
    page.keyboard.press("Escape")
    expect(step).to_be_hidden()


def test_another_run_is_chosen_in_the_menu_of_the_session(
    ringside: RingsideServer, new_context: NewContext, twice: tuple[str, str, str]
) -> None:
    session_id, first, second = twice
    page = SessionPage(new_context(ringside).new_page()).open(session_id).page
    page.get_by_role("button", name="Tags, priority, export").click()
    page.get_by_role("menuitem", name="Compare run 2 with…").click()
    choice = page.get_by_role("dialog", name="Compare run 2 with")
    other = choice.get_by_role("link", name=f"Run 1 {QUESTION}")
    expect(other).to_be_visible()
    expect_accessible(page, "the choice of a run to compare with")
    pictured(page, "compare-choice")
    other.click()
    expect(page.get_by_role("heading", name="Compare two runs")).to_be_visible()
    assert f"a={first}&b={second}" in page.url


def test_what_cannot_be_compared_is_told(ringside: RingsideServer, new_context: NewContext) -> None:
    page = new_context(ringside).new_page()
    page.goto("/compare")
    expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("names no two runs")


def test_a_run_that_goes_on_moves_in_the_comparison(
    ringside: RingsideServer, new_context: NewContext, twice: tuple[str, str, str]
) -> None:
    _, first, _ = twice
    common = {"session_id": "crew-beside", "run_id": "crew-1"}
    step = {**common, "type": "agentActivity", "agent_name": "Scout", "action": "Look out"}
    ringside.http.post("/api/sessions", json={"id": "crew-beside"}).raise_for_status()

    def tell(*events: dict[str, str]) -> None:
        ringside.http.post("/api/sessions/crew-beside/events", json={"events": events}).raise_for_status()

    tell({**common, "type": "runUpdate", "status": "running", "question": "What is in sight?"})
    page = new_context(ringside).new_page()
    page.goto(f"/compare?a={first}&b=crew-1&bSession=crew-beside")
    expect(page.get_by_role("row", name="Status")).to_contain_text("Running")
    announced = page.get_by_role("status").filter(has_text="steps in both")
    told = announced.inner_text()
    tell({**step, "activity_id": "1", "status": "started"})
    row = page.get_by_role("button").filter(has_text="Look out")
    expect(row).to_contain_text("Only in B")
    tell({**step, "activity_id": "1", "status": "completed"}, {**common, "type": "runUpdate", "status": "completed"})
    expect(page.get_by_role("row", name="Status")).to_contain_text("Finished")
    # A screen reader is told once, when both are there; the heading goes on.
    expect(announced).to_have_text(told)
    expect(page.get_by_role("heading", name="steps in both")).not_to_have_text(told)


@pytest.mark.usefixtures("twice")
def test_two_runs_are_chosen_in_now(ringside: RingsideServer, new_context: NewContext) -> None:
    titles = ["Ice of this winter", "Ice of the last winter"]
    for title in titles:
        Harbour(ringside).report(title, "completed")
    page = new_context(ringside).new_page()
    page.goto("/now?text=Ice+of")
    page.get_by_role("checkbox", name=f"Choose {titles[0]}").check()
    expect(page.get_by_role("link", name="Compare")).to_have_count(0)
    page.get_by_role("checkbox", name=f"Choose {titles[1]}").check()
    page.get_by_role("region", name="Chosen runs").get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare two runs")).to_be_visible()
    expect(page.get_by_role("group", name="Steps of both runs")).to_be_visible()
