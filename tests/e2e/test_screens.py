"""The newer pages, with something on them: axe finds nothing at all, and nothing scrolls sideways on a phone."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.browser import DESKTOP, PHONE
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import SCHEMES, scrolls_sideways


def post(context: BrowserContext, path: str, body: dict[str, object]) -> None:
    """As who is signed in: keys may not change these."""
    [csrf] = [cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrf_access_token"]
    answer = context.request.post(path, data=body, headers={"X-CSRF-TOKEN": csrf})
    assert answer.ok, answer.text()


@pytest.fixture
def page(new_context: NewContext, ringside: RingsideServer) -> Page:
    return new_context(ringside).new_page()


def usage(page: Page) -> None:
    page.goto("/usage")
    expect(page.get_by_role("button", name="Export CSV")).to_be_visible()


def prices(page: Page) -> None:
    price = {"model": "quay-*", "currency": "EUR", "input": 2_500_000, "output": 10_000_000}
    post(page.context, "/api/prices", {"prices": [price]})
    page.goto("/usage")
    page.get_by_role("tab", name="Prices").click()
    expect(page.get_by_role("row", name="quay-*").first).to_be_visible()


def budgets(page: Page) -> None:
    for body in (
        {"scope": "run", "unit": "time", "at_most": 36_000_000, "hard": True},
        {"scope": "team", "unit": "money", "currency": "EUR", "at_most": 900_000_000_000, "period": "month"},
    ):
        post(page.context, "/api/budgets", body)
    page.goto("/usage")
    page.get_by_role("tab", name="Budgets").click()
    expect(page.get_by_role("meter").first).to_be_visible()


def own_notices(page: Page) -> None:
    page.goto("/notices")
    expect(page.get_by_role("heading", name="Lately")).to_be_visible()


def team_notices(page: Page) -> None:
    kinds = ["run_failed", "approval_waits"]
    body = {"name": "Quay", "channel": "webhook", "url": "https://example.org/hook", "kinds": kinds}
    post(page.context, "/api/team/notice-rules", body)
    page.goto("/team")
    page.get_by_role("tab", name="Notices").click()
    expect(page.get_by_role("list", name="Places")).to_contain_text("Quay")
    page.get_by_role("button", name="Add a place").click()
    expect(page.get_by_role("textbox", name="Address")).to_be_visible()


def team_rules(page: Page) -> None:
    """Tried, and with the form of a new one."""
    post(page.context, "/api/team/approval-rules", {"name": "Deletions ask", "tool": "*delete_*"})
    page.goto("/team")
    page.get_by_role("tab", name="Rules").click()
    page.get_by_role("textbox", name="Try a tool").fill("delete_file")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“delete_file” would ask, by the rule “Deletions ask”.")).to_be_visible()
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_role("combobox", name="Time to decide").select_option("hours")
    expect(page.get_by_role("spinbutton", name="How many")).to_have_value("1")


def now(page: Page) -> None:
    page.goto("/now")
    expect(page.get_by_role("table", name="Runs").get_by_role("link").first).to_be_visible()


SCREENS: tuple[Callable[[Page], None], ...] = (usage, prices, budgets, own_notices, team_notices, team_rules, now)


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize("screen", SCREENS, ids=lambda one: one.__name__)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(page: Page, screen: Callable[[Page], None]) -> None:
    page.emulate_media(reduced_motion="reduce")  # colours are judged where they end
    screen(page)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        assert not scrolls_sideways(page), size
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], (size, scheme)
