"""The palette of commands: everything by its name, with the keyboard or a finger."""

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.browser import PHONE
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.e2e.test_accessibility import expect_accessible
from tests.model_server import Text

_AT_ONCE_MS = 50
_OPEN_AND_MEASURE = """() => {
  const began = performance.now();
  const keys = {key: 'k', ctrlKey: true, bubbles: true, cancelable: true};
  document.body.dispatchEvent(new KeyboardEvent('keydown', keys));
  return new Promise((resolve, reject) => requestAnimationFrame(function look() {
    if (performance.now() - began > 10000) reject(new Error('It did not open.'));
    else if (document.querySelector('dialog.palette[open] [role=option]')) resolve(performance.now() - began);
    else requestAnimationFrame(look);
  }));
}"""


def palette(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Find a page, a session or a command")


def test_a_page_is_reached_by_a_few_letters_and_is_recent_then(page: Page) -> None:
    page.goto("/start")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    expect(palette(page)).to_be_focused()
    page.keyboard.type("usg")
    option = page.get_by_role("option", name="Usage", selected=True)
    expect(option.locator("mark")).to_have_text(["Us", "g"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/usage$"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_have_text("Usage")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_session_is_found_by_its_title_and_opened(page: Page, ringside: RingsideServer) -> None:
    session_id = ringside.new_session()
    ringside.http.patch(f"/api/sessions/{session_id}", json={"title": "Quokka census"}).raise_for_status()
    page.goto("/usage")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    palette(page).fill("quokka")
    expect(page.get_by_role("group", name="Sessions").get_by_role("option")).to_have_text("Quokka census")
    page.get_by_role("option", name="Quokka census").click()
    expect(page).to_have_url(re.compile(f"/sessions/{session_id}"))


def test_a_run_is_stopped_from_it(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    model.answer("text", Text("An answer that nobody waits for."))
    model.hold()
    session.ask("Who rebuilt the engine of the Solveig?")
    expect(session.page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    session.page.keyboard.press("Control+k")
    palette(session.page).fill("stop")
    session.page.keyboard.press("Enter")
    expect(session.page.get_by_role("main")).to_contain_text("Stopped")


def test_it_is_there_at_once_and_without_fault(page: Page) -> None:
    page.goto("/usage")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")  # loads it, unless the page had the time to
    expect(palette(page)).to_be_focused()
    expect_accessible(page, "palette")
    _leave(page)
    took = min(_again(page) for _ in range(5))
    assert took < _AT_ONCE_MS, f"{took:.0f} ms"


def _again(page: Page) -> float:
    took: float = page.evaluate(_OPEN_AND_MEASURE)
    _leave(page)
    return took


def _leave(page: Page) -> None:
    """Until it is gone: right after Escape its dialog is closed, but the next Ctrl-K would still be to close it."""
    page.keyboard.press("Escape")
    expect(page.locator("app-palette")).to_have_count(0)


def test_on_the_phone_it_is_in_the_menu(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/usage")
    page.get_by_role("button", name="Sessions").click()
    page.get_by_role("button", name="Commands").click()
    expect(palette(page)).to_be_focused()
    page.get_by_role("option", name="Now", exact=True).click()
    expect(page).to_have_url(re.compile("/now$"))
