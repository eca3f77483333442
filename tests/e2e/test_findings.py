"""A stuck run shows in the list, in its session and in the inbox; it may be dismissed, and is over by itself."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import PHONE
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import WIDTHS, expect_accessible, scrolls_sideways

SENTENCE = "Called search(“tide”) 3 times with the same answer."
FOUND_SECONDS = 30_000  # milliseconds


@pytest.fixture
def session_id(ringside: RingsideServer) -> str:
    made: str = ringside.http.post("/api/sessions", json={"title": "Winter tides"}).json()["id"]
    return made


class Program:
    """A program outside, which reports a run over HTTP."""

    def __init__(self, ringside: RingsideServer, session_id: str) -> None:
        self._ringside = ringside
        self._session_id = session_id
        self._steps = 0
        self.tell({"type": "runUpdate", "status": "running", "question": "When is high tide?"})

    def tell(self, *events: dict[str, Any]) -> None:
        told = [{"session_id": self._session_id, "run_id": "crew-1", **event} for event in events]
        posted = self._ringside.http.post(f"/api/sessions/{self._session_id}/events", json={"events": told})
        assert posted.status_code == 201, posted.text

    def search(self, query: str, answer: str) -> None:
        self._steps += 1
        call = {"type": "agentActivity", "agent_name": "Scout", "action": "search", "kind": "tool"}
        call |= {"activity_id": f"search-{self._steps}"}
        self.tell({**call, "status": "started", "input": {"query": query}})
        self.tell({**call, "status": "completed", "output": answer})


@pytest.fixture
def program(ringside: RingsideServer, session_id: str) -> Iterator[Program]:
    program = Program(ringside, session_id)
    yield program
    program.tell({"type": "runUpdate", "status": "completed"})


@pytest.fixture
def page(new_context: NewContext, ringside: RingsideServer) -> Page:
    return new_context(ringside).new_page()


def loop(program: Program) -> None:
    for _ in range(3):
        program.search("tide", "high at 6")


def test_a_loop_is_seen_within_half_a_minute_and_is_over_by_itself(
    page: Page, program: Program, session_id: str
) -> None:
    page.goto(f"/sessions/{session_id}")
    expect(page.get_by_text("When is high tide?").first).to_be_visible()
    began = time.monotonic()
    loop(program)
    chip = page.get_by_role("button", name=f"Stuck: {SENTENCE}")
    expect(chip).to_be_visible(timeout=FOUND_SECONDS)
    assert time.monotonic() - began < 30
    item = page.get_by_role("listitem").filter(has_text="Winter tides")
    expect(item).to_contain_text(SENTENCE, timeout=15_000)
    expect(item.get_by_role("img", name="Stuck")).to_be_visible()
    expect_accessible(page, "a session that is stuck")
    chip.click()
    detail = page.get_by_role("complementary", name="Step")
    expect(detail).to_be_visible()
    program.search("ebb", "low at noon")
    expect(chip).to_have_count(0, timeout=FOUND_SECONDS)
    expect(item).not_to_contain_text(SENTENCE, timeout=FOUND_SECONDS)


def test_it_is_dismissed_in_the_inbox_for_its_run(page: Page, program: Program, session_id: str) -> None:
    loop(program)
    page.goto("/inbox")
    entry = page.get_by_role("article", name=SENTENCE)
    expect(entry).to_be_visible(timeout=FOUND_SECONDS)
    expect(entry.get_by_role("listitem")).to_have_count(3)
    expect_accessible(page, "inbox with what is stuck")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width
    entry.get_by_role("link", name="Open").click()
    expect(page).to_have_url(re.compile(rf"/sessions/{session_id}\?run=crew-1&step=search-3$"))
    expect(page.get_by_role("complementary", name="Step")).to_be_visible()
    page.go_back()
    entry.get_by_role("button", name="It is fine").click()
    expect(entry).to_have_count(0)
    loop(program)
    page.reload()
    expect(page.get_by_text("Nothing waits for you.").or_(page.get_by_role("article")).first).to_be_visible()
    expect(entry).to_have_count(0)


def test_on_a_phone_its_run_can_be_stopped(
    new_context: NewContext, ringside: RingsideServer, program: Program, session_id: str
) -> None:
    loop(program)
    page = new_context(ringside).new_page()
    page.set_viewport_size(PHONE)
    page.goto("/inbox")
    entry = page.get_by_role("article", name=SENTENCE)
    expect(entry).to_be_visible(timeout=FOUND_SECONDS)
    entry.get_by_role("button", name="Stop the run").click()
    expect(entry.get_by_role("button", name="Asked to stop")).to_be_disabled()
    (run,) = ringside.runs(session_id)
    assert run["cancel_requested"]
