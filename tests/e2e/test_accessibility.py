"""axe-core finds nothing serious on any screen, light or dark, desktop or phone."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.browser import DESKTOP, PHONE
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text

ANSWER = "The engine was taken out and rebuilt by **Marit Aune** at the Holmsund yard [1].\n\n- `a`\n- [b](https://b.example)"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# What axe leaves out by default: a button is spoken to by what it shows; a finger hits what is 24 pixels wide and high.
_MORE = {"rules": {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}}}
_AXE = Axe().axe_script
WIDTHS = (360, 390, 768, 1024, 1440)


def expect_accessible(page: Page, screen: str) -> None:
    """On a desktop and on a phone, light and dark, axe finds nothing serious."""
    page.emulate_media(reduced_motion="reduce")  # Colours are judged where they end, not on their way.
    for size, name in ((DESKTOP, "desktop"), (PHONE, "phone")):
        page.set_viewport_size(size)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            # Only colours differ in the dark.
            rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if scheme == "dark" else _MORE
            serious = [
                f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']]}"
                for one in _violations(page, rules)
                if one["impact"] in ("serious", "critical")
            ]
            assert serious == [], f"{screen}, {name}, {scheme}"
    page.set_viewport_size(DESKTOP)


def _violations(page: Page, rules: dict[str, Any]) -> list[dict[str, Any]]:
    """Without what was right, and with the program of axe given to a document once: that was two fifths of the work."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    run = "options => axe.run(options).then((found) => found.violations)"
    found: list[dict[str, Any]] = page.evaluate(run, {"resultTypes": ["violations"]} | rules)
    return found


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.scrollingElement.scrollWidth > innerWidth"))


@pytest.fixture
def finished(session: SessionPage, answered: str) -> SessionPage:
    return session.open(answered)


@pytest.mark.usefixtures("answered")
def test_the_start_page(page: Page) -> None:
    page.goto("/start")
    expect(page.get_by_role("navigation", name="Recent sessions").get_by_role("link").first).to_be_visible()
    expect_accessible(page, "start")


def test_a_page_that_does_not_exist(page: Page) -> None:
    page.goto("/sessions/no-such-session")
    expect(page.get_by_role("heading", name="This session does not exist")).to_be_visible()
    expect_accessible(page, "not found")


def test_a_live_session(model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask("Who rebuilt the engine of the Solveig?")
    model.let_out(5)
    expect(session.conversation).to_contain_text(ANSWER[:30])
    expect_accessible(session.page, "live session")


LOOKS: dict[str, Callable[[SessionPage], None]] = {
    "timeline": lambda session: session.expect_finished(),
    "feed": lambda session: session.tab("Feed").click(),
    "documents": lambda session: session.tab("Documents").click(),
    "drawer": lambda session: session.rows.nth(1).click(),
    "passage": lambda session: session.citation(1).click(),
    "menu": lambda session: session.page.get_by_role("button", name="More about").first.click(),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_finished_session(finished: SessionPage, look: str) -> None:
    LOOKS[look](finished)
    expect_accessible(finished.page, look)


def test_nothing_scrolls_sideways(finished: SessionPage) -> None:
    def expect_no_scrolling() -> None:
        for width in WIDTHS:
            finished.page.set_viewport_size({"width": width, "height": 844})
            assert not scrolls_sideways(finished.page), width

    expect_no_scrolling()
    finished.page.goto("/")
    expect(finished.page.get_by_role("heading", level=1)).to_be_visible()
    expect_no_scrolling()


def test_without_motion_nothing_moves_by_itself(finished: SessionPage) -> None:
    finished.page.emulate_media(reduced_motion="reduce")
    moving = finished.page.evaluate(
        "document.getAnimations().filter((one) => one.playState === 'running').map((one) => one.animationName ?? '')"
    )
    assert moving == []
