"""Opening a session asks the server for each thing once, in few requests: networks are slow where people are."""

from collections import Counter
from urllib.parse import urlsplit

from playwright.sync_api import Request, expect

from tests.e2e.session_page import SessionPage

_MOST_SCRIPTS = 14


def test_nothing_is_asked_for_twice(session: SessionPage, answered: str) -> None:
    asked: list[Request] = []

    def on_request(request: Request) -> None:
        asked.append(request)

    session.page.on("request", on_request)
    session.open(answered)
    expect(session.page.get_by_role("navigation", name="Sessions").get_by_role("link").first).to_be_visible()
    session.expect_finished()
    # Documents are looked at once more when the past tells that one was read meanwhile.
    addresses = Counter(urlsplit(one.url).path for one in asked if not one.url.endswith("/documents"))
    assert {address: count for address, count in addresses.items() if count > 1} == {}
    assert sum(one.resource_type == "script" for one in asked) <= _MOST_SCRIPTS
