"""The page Now: what runs, waits and has just ended, as it happens, over all sessions."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import PHONE
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import expect_accessible, scrolls_sideways

_AWAKE = """window.asked = [];
Object.defineProperty(navigator, "wakeLock", { value: { request: async (kind) => {
  window.asked.push(kind); return { release: async () => window.asked.push("released") };
} } });"""


class Harbour:
    """A server, and the programs that report runs to it."""

    def __init__(self, server: RingsideServer) -> None:
        self.server = server

    def report(self, title: str, status: str = "running", *, agent: str = "Lookout", **given: str) -> str:
        """A session with a run that has this status; its id."""
        session_id = self.server.new_session(title=title)
        self.tell(session_id, type="runUpdate", status="running", question=title)
        self.step(session_id, "Look around", agent=agent)
        if status != "running":
            self.tell(session_id, type="runUpdate", status=status, **given)
        return session_id

    def step(self, session_id: str, action: str, status: str = "started", agent: str = "Lookout", **given: Any) -> None:
        of_step = {"type": "agentActivity", "activity_id": action, "agent_name": agent, "action": action}
        self.tell(session_id, **of_step, status=status, **given)

    def tell(self, session_id: str, **event: Any) -> None:
        body = {"events": [{"session_id": session_id, "run_id": "crew-1", **event}]}
        answer = self.server.http.post(f"/api/sessions/{session_id}/events", json=body)
        assert answer.is_success, answer.text


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[Harbour]:
    with RingsideServer(tmp_path, agent_processes=0) as server:
        yield Harbour(server)


@pytest.fixture
def page(new_context: NewContext, harbour: Harbour) -> Page:
    return new_context(harbour.server).new_page()


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Runs").get_by_role("row").filter(has=page.get_by_role("link"))


def row(page: Page, title: str) -> Locator:
    return rows(page).filter(has_text=title)


def counted(page: Page, health: str) -> Locator:
    return page.get_by_role("group", name="Show only").get_by_role("button", name=health)


def test_whoever_has_sessions_begins_here_and_sees_what_happens_as_it_does(harbour: Harbour, page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="A ringside seat while agents work")).to_be_visible()
    first = harbour.report("Winter berths")
    page.goto("/")
    expect(page).to_have_url(re.compile("/now$"))
    expect(rows(page)).to_have_count(1)
    expect(row(page, "Winter berths")).to_contain_text("Look around")
    usage = {"model": "m", "input_tokens": 1500, "output_tokens": 100}
    harbour.step(first, "Read the tide tables", usage=usage)
    expect(row(page, "Winter berths")).to_contain_text("Read the tide tables")
    expect(row(page, "Winter berths")).to_contain_text("1.6K")
    second = harbour.report("Ice on the quay")
    expect(rows(page)).to_have_count(2)
    harbour.tell(second, type="runUpdate", status="failed", reason="The crane fell over.")
    expect(rows(page).first).to_contain_text("Failed")
    expect(rows(page).first).to_contain_text("The crane fell over.")
    expect(counted(page, "Failed")).to_contain_text("1")
    harbour.server.http.delete(f"/api/sessions/{first}")
    expect(rows(page)).to_have_count(1)
    expect_accessible(page, "now")
    row(page, "Ice on the quay").get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/sessions/{second}$"))


def test_nothing_moves_below_the_eyes_of_who_reads(harbour: Harbour, page: Page) -> None:
    harbour.report("First")
    second = harbour.report("Second")
    page.goto("/now")
    expect(rows(page)).to_have_text([re.compile("Second"), re.compile("First")])
    row(page, "First").hover()
    harbour.report("Third", "failed")
    harbour.tell(second, type="runUpdate", status="completed")
    expect(page.get_by_role("button", name="1 new: show in order")).to_be_visible()
    expect(row(page, "Second")).to_contain_text("Done")
    expect(rows(page)).to_have_text([re.compile("Second"), re.compile("First")])
    # A pointer that leaves the rows for the button may find that they are in order already.
    page.get_by_role("button", name="1 new: show in order").press("Enter")
    expect(rows(page)).to_have_text([re.compile("Third"), re.compile("First"), re.compile("Second")])


def test_what_is_shown_stands_in_the_address(harbour: Harbour, page: Page) -> None:
    harbour.report("Winter berths", agent="Purser")
    harbour.report("Ice on the quay", "failed")
    harbour.report("Fuel prices", "completed")
    page.goto("/now")
    expect(rows(page)).to_have_count(3)
    counted(page, "Running").click()
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/now\?status=running$"))
    page.reload()
    expect(rows(page)).to_have_text([re.compile("Winter berths")])
    counted(page, "Running").click()
    page.get_by_role("combobox", name="Group").select_option("By agent")
    page.get_by_role("combobox", name="Order").select_option("Newest first")
    expect(page).to_have_url(re.compile(r"/now\?(sort=newest&group=agent|group=agent&sort=newest)$"))
    expect(page.get_by_role("rowheader")).to_have_text(["Lookout", "Purser"])
    page.get_by_role("searchbox", name="Filter by session, agent or step").fill("nothing of it")
    expect(page.get_by_text("No run matches.")).to_be_visible()
    expect_accessible(page, "nothing matches")
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("combobox", name="Agent").select_option("Purser")
    expect(rows(page)).to_have_text([re.compile("Winter berths")])


def test_it_goes_on_after_the_server_was_away(harbour: Harbour, page: Page) -> None:
    first = harbour.report("Winter berths")
    harbour.report("Ice on the quay")
    page.goto("/now")
    expect(rows(page)).to_have_count(2)
    harbour.server.crash()
    expect(page.get_by_role("main").get_by_role("status")).to_have_text("Reconnecting…")
    expect(rows(page)).to_have_count(2)
    harbour.server.start()
    harbour.server.http.delete(f"/api/sessions/{first}")
    harbour.report("Fuel prices")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text("Live", timeout=30_000)
    expect(rows(page)).to_have_text([re.compile("Fuel prices"), re.compile("Ice on the quay")])


def test_a_run_is_stopped_by_who_may(harbour: Harbour, page: Page, new_context: NewContext) -> None:
    session_id = harbour.report("Winter berths")
    harbour.server.http.patch(f"/api/sessions/{session_id}", json={"shared": True})
    watching = new_context(harbour.server, harbour.server.add_user("Vera", "viewer")).new_page()
    watching.goto("/now")
    expect(rows(watching)).to_have_count(1)
    expect(rows(watching).get_by_role("button")).to_have_count(0)
    page.goto("/now")
    page.get_by_role("button", name="Stop Winter berths").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).click()
    for one in (page, watching):
        expect(row(one, "Winter berths")).to_contain_text("Stopping…")
    assert harbour.server.runs(session_id)[0]["cancel_requested"]
    harbour.server.http.patch(f"/api/sessions/{session_id}", json={"shared": False})
    expect(watching.get_by_role("heading", name="Nothing runs")).to_be_visible()


def test_on_a_phone_each_run_is_a_card(harbour: Harbour, page: Page) -> None:
    for number in range(30):
        harbour.report(f"Why did the ferry to Skarvøy run late on day {number}, and what did that cost us in the end?")
    page.set_viewport_size(PHONE)
    page.goto("/now")
    expect(rows(page).first).to_contain_text("day 29")
    assert not scrolls_sideways(page)
    expect_accessible(page, "now on a phone")
    assert rows(page).count() < 30, "what is not in view is not drawn"
    rows(page).first.hover()
    page.mouse.wheel(0, 10_000)
    expect(row(page, "on day 0,")).to_be_in_viewport()


def test_the_wall_is_dark_and_keeps_the_screen_awake(harbour: Harbour, page: Page) -> None:
    page.add_init_script(_AWAKE)
    harbour.report("Winter berths")
    harbour.report("Ice on the quay", "failed", reason="The crane fell over.")
    page.goto("/now")
    page.get_by_role("link", name="Wall").click()
    tiles = page.get_by_role("list", name="Runs").get_by_role("listitem")
    expect(tiles).to_have_text(
        [re.compile("Failed.*Ice on the quay", re.S), re.compile("Running.*Winter berths", re.S)]
    )
    assert page.evaluate("window.asked") == ["screen"]
    background = "getComputedStyle(document.querySelector('main')).backgroundColor"
    assert page.evaluate(background) == "rgb(19, 20, 22)"
    expect_accessible(page, "wall")
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(2)
    assert page.evaluate("window.asked") == ["screen", "released"]
