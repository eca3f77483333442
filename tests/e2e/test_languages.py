"""The dashboard speaks the browser's language, or the one that is chosen in its menu."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser import DESKTOP, PHONE, sign_in
from tests.e2e.server import RingsideServer

_PAGES = (
    "/now", "/inbox", "/start", "/new", "/team", "/team?tab=rules", "/team?tab=notices", "/team?tab=audit", "/agents",
    "/usage", "/usage?tab=prices", "/usage?tab=budgets", "/operations", "/keys", "/notices", "/security", "/connect",
)  # fmt: skip
Speaking = Callable[..., BrowserContext]


@pytest.fixture
def speaking(browser: Browser, ringside: RingsideServer) -> Any:
    """A browser that prefers a language, with the account signed in."""
    made: list[BrowserContext] = []

    def speaking(locale: str, signed_in: bool = True, **more: Any) -> BrowserContext:
        context = browser.new_context(
            base_url=ringside.url, locale=locale, service_workers="block", **({"viewport": DESKTOP} | more)
        )
        if signed_in:
            sign_in(context)
        made.append(context)
        return context

    yield speaking
    for context in made:
        context.close()


def language(page: Page) -> str:
    return str(page.evaluate("document.documentElement.lang"))


@pytest.mark.parametrize(
    ("locale", "page_language", "heading", "button"),
    [
        ("de-AT", "de", "Anmelden", "Anmelden"),
        ("fr-CA", "fr", "Se connecter", "Se connecter"),
        ("it-IT", "en", "Sign in", "Sign in"),
    ],
)
def test_the_browser_says_which_language(
    speaking: Speaking, locale: str, page_language: str, heading: str, button: str
) -> None:
    page = speaking(locale, signed_in=False).new_page()
    page.goto("/")
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
    assert language(page) == page_language


def test_another_one_is_chosen_in_the_menu_and_remembered(speaking: Speaking) -> None:
    page = speaking("de-DE").new_page()
    page.goto("/now")
    expect(page.get_by_role("heading", name="Jetzt", exact=True)).to_be_visible()
    page.get_by_role("button", name="Ihr Konto").click()
    expect(page.get_by_role("menuitemradio", name="Deutsch")).to_be_checked()
    page.get_by_role("menuitemradio", name="Français").click()
    expect(page.get_by_role("heading", name="En direct", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="En direct", exact=True)).to_be_visible()
    assert (language(page), page.title()) == ("fr", "En direct · Ringside")
    page.get_by_role("button", name="Votre compte").click()
    page.get_by_role("menuitemradio", name="English").click()
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    assert language(page) == "en"


@pytest.mark.parametrize("locale", ["de", "fr"])
def test_every_page_has_room_for_it_and_axe_finds_nothing(speaking: Speaking, locale: str) -> None:
    wide, narrow = speaking(locale).new_page(), speaking(locale, viewport=PHONE).new_page()
    missing: list[str] = []
    wide.on("console", lambda message: missing.append(message.text) if "translation" in message.text else None)
    for address in _PAGES:
        wide.goto(address)
        expect(wide.get_by_role("heading").first).to_be_visible()
        assert Axe().run(wide).response["violations"] == [], address
        narrow.goto(address)
        expect(narrow.get_by_role("heading").first).to_be_visible()
        assert narrow.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert missing == []
