"""A session that agents elsewhere fill over HTTP: seen, read, found and stopped as any other."""

from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, ViewportSize, expect

from tests.e2e.browser import DESKTOP, PHONE
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import expect_accessible


class Crew:
    """A program elsewhere that reports what it does in a session of its own."""

    def __init__(self, ringside: RingsideServer, title: str | None = None) -> None:
        self._http = ringside.http
        self.session_id = ringside.new_session(title=title)

    def tell(self, type: str, **fields: Any) -> list[str]:
        """Emit an event; the runs that it is asked to stop."""
        event = {"type": type, "session_id": self.session_id, "run_id": "crew-1"} | fields
        answer = self._http.post(f"/api/sessions/{self.session_id}/events", json={"events": [event]})
        stop_requested: list[str] = answer.raise_for_status().json()["stop_requested"]
        return stop_requested

    def step(self, number: int, status: str = "completed", **fields: Any) -> None:
        named = {"agent_name": "Collector", "action": f"Fetch page {number}"} | fields
        self.tell("agentActivity", activity_id=str(number), status=status, **named)


@pytest.fixture
def crew(ringside: RingsideServer) -> Crew:
    return Crew(ringside, "Nightly crew")


def test_it_has_a_face_of_its_own_and_its_program_is_asked_to_stop(
    session: SessionPage, crew: Crew, ringside: RingsideServer
) -> None:
    crew.tell("runUpdate", status="running", phase="Collecting")
    crew.step(1)
    session.open(crew.session_id)
    page = session.page
    expect(page.get_by_text("Agents elsewhere", exact=True)).to_be_visible()
    expect(session.phase("Collecting")).to_be_visible()
    expect(session.cards).to_have_count(1)
    expect(page.get_by_text("documents", exact=False).filter(visible=True)).to_have_count(1)  # the tab
    expect(page.get_by_role("textbox", name="Your question")).to_be_hidden()
    expect(page.get_by_role("heading", name="Now")).to_be_visible()

    page.get_by_role("button", name="Ask to stop").click()
    expect(page.get_by_role("button", name="Asked to stop")).to_be_disabled()
    expect(page.get_by_text("the program that reports this run decides", exact=False)).to_be_visible()
    assert crew.tell("agentStatusUpdate", agent_name="Collector", status="working") == ["crew-1"]
    page.reload()
    expect(page.get_by_role("button", name="Asked to stop")).to_be_disabled()
    crew.tell("runUpdate", status="cancelled", reason="Stopped by hand.")
    expect(session.phase("Stopped")).to_be_visible()
    expect(page.get_by_role("button", name="Asked to stop")).to_have_count(0)

    page.get_by_role("button", name="Open the conversation").click()
    session.ask("What do these documents contain?")
    expect(page.get_by_text("Agents elsewhere", exact=True)).to_have_count(0)
    assert [run["reported"] for run in ringside.runs(crew.session_id)] == [False, True]


def test_what_its_agents_say_is_a_conversation_and_what_they_do_is_found(
    session: SessionPage, ringside: RingsideServer
) -> None:
    crew = Crew(ringside)
    session.open(crew.session_id)
    crew.tell("runUpdate", status="running", question="Is the harbour clear of kelp?")
    expect(session.page.get_by_role("button", name="Ask to stop")).to_be_visible()
    expect(session.conversation).to_contain_text("Is the harbour clear of kelp?")
    crew.tell("agentMessage", message_id="m", agent_name="Lookout", delta="Two boats ", final=False)
    expect(session.conversation).to_contain_text("Two boats")
    crew.tell("agentMessage", message_id="m", agent_name="Lookout", delta="lie at the quay.", final=True)
    crew.step(1, input={"lantern": "zinnoberrot"})
    crew.tell("runUpdate", status="completed")
    expect(session.conversation).to_contain_text("Two boats lie at the quay.")
    search = session.page.get_by_role("searchbox", name="Search sessions")
    for words in ("kelp", "boats quay", "zinnoberrot"):
        search.fill(words)
        expect(session.page.get_by_role("navigation", name="Sessions").locator("mark").first).to_be_visible()


def test_a_phone_opens_on_its_activity_and_follows_it(
    new_context: NewContext, ringside: RingsideServer, crew: Crew
) -> None:
    crew.tell("runUpdate", status="running")
    for number in range(60):
        crew.step(number)
    page: Page = new_context(ringside).new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"/sessions/{crew.session_id}")
    timeline = page.get_by_role("treegrid", name="Timeline of the run")
    expect(timeline.get_by_text("Fetch page 59")).to_be_in_viewport()
    crew.step(60, "started")
    expect(timeline.get_by_text("Fetch page 60")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "true")


def test_an_agent_that_only_speaks_is_heard(session: SessionPage, crew: Crew) -> None:
    for number in range(3):
        crew.tell("agentMessage", message_id=str(number), agent_name="Lookout", delta=f"Boat {number}.", final=True)
    session.open(crew.session_id)
    for number in range(3):
        expect(session.conversation).to_contain_text(f"Boat {number}.")
    expect(session.page.get_by_text("This run has no steps.")).to_be_visible()


def test_everybody_can_use_it(session: SessionPage, crew: Crew) -> None:
    crew.tell("runUpdate", status="running")
    crew.step(1)
    session.open(crew.session_id)
    expect(session.page.get_by_role("button", name="Ask to stop")).to_be_visible()
    expect_accessible(session.page, "a session that agents elsewhere fill")


def test_whoever_writes_a_question_goes_on_when_a_program_begins_to_report(session: SessionPage, crew: Crew) -> None:
    session.open(crew.session_id)
    session.question.click()
    session.page.keyboard.type("Please tell me")
    crew.step(1, "started")
    expect(session.page.get_by_text("Agents elsewhere", exact=True)).to_be_visible()
    session.page.keyboard.type(" more")
    expect(session.question).to_be_focused()
    expect(session.question).to_have_value("Please tell me more")


def test_a_session_deleted_elsewhere_says_so_and_counts_no_further(
    session: SessionPage, crew: Crew, ringside: RingsideServer
) -> None:
    session.open(crew.session_id)
    crew.step(1, "started")
    expect(session.phase("Working")).to_be_visible()
    assert ringside.http.delete(f"/api/sessions/{crew.session_id}").status_code == 204
    expect(session.page.get_by_role("alert").filter(has_text="This session was deleted.")).to_be_visible()
    expect(session.badge).to_have_text("Deleted")
    expect(session.phase("Stopped")).to_be_visible()
    expect(session.rows.first).to_contain_text("stopped")


@pytest.mark.parametrize(("size", "least"), [(DESKTOP, 120), (PHONE, 90)])
def test_steps_far_below_others_keep_their_names_beside_their_bars(
    session: SessionPage, crew: Crew, size: ViewportSize, least: int
) -> None:
    crew.tell("runUpdate", status="running")
    for number in range(31):
        below = {"parent_id": str(number - 1)} if number else {}
        status = "failed" if number == 30 else "started"
        crew.step(number, status, kind="tool", action=f"Step {number} with a name of some length", **below)
    session.page.set_viewport_size(size)
    session.open(crew.session_id)
    expect(session.rows.last).to_have_attribute("aria-level", "31")
    # The last one says "failed" beside its name, which leaves that less room.
    for row, width in ((session.rows.nth(-2), least), (session.rows.last, least - 30)):
        name = row.get_by_role("rowheader")
        bar = row.get_by_role("gridcell")
        assert box_of(name.get_by_text("with a name"))["width"] >= width
        ends = [box["x"] + box["width"] for box in map(box_of, name.locator(":scope > *").all())]
        assert max(ends) <= box_of(bar)["x"], "nothing lies on the bar"


def box_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box
