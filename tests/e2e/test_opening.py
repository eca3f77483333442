"""Opening a page asks the server for each thing once, and for little: networks are slow where people are."""

from collections import Counter
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, expect

from tests.e2e.session_page import SessionPage

_MOST_SCRIPTS = 44  # small ones, which come side by side: parts of pages that share what they need
_MOST_BYTES = 220_000
_MARKDOWN = 30_000  # what reads an answer comes when there is one


def test_nothing_is_asked_for_twice(session: SessionPage, answered: str) -> None:
    asked = _asked_by(session.page)
    session.open(answered)
    expect(session.page.get_by_role("navigation", name="Sessions").get_by_role("link").first).to_be_visible()
    session.expect_finished()
    # Documents are looked at once more when the past tells that one was read meanwhile.
    addresses = Counter(urlsplit(one.url).path for one in asked if not one.url.endswith("/documents"))
    assert {address: count for address, count in addresses.items() if count > 1} == {}
    assert sum(one.resource_type == "script" for one in asked) <= _MOST_SCRIPTS
    assert _bytes(asked) <= _MOST_BYTES + _MARKDOWN


def test_the_first_load_is_small(page: Page) -> None:
    asked = _asked_by(page)
    page.goto("/now")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < _bytes(asked) <= _MOST_BYTES


def _asked_by(page: Page) -> list[Request]:
    """What it asks for from now on."""
    asked: list[Request] = []

    def on_request(request: Request) -> None:
        asked.append(request)

    page.on("request", on_request)
    return asked


def _bytes(asked: list[Request]) -> int:
    """Of what the page is made of, as it came over the network."""
    return sum(one.sizes()["responseBodySize"] for one in asked if one.resource_type in ("script", "stylesheet"))
