"""The dashboard can be installed: a window and an icon of its own."""

import json
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.e2e.server import RingsideServer


def test_the_browser_finds_nothing_in_the_way_of_installing_it(page: Page, ringside: RingsideServer) -> None:
    page.goto("/usage")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert urlsplit(manifest["url"]).path == "/manifest.webmanifest"
    described = json.loads(manifest["data"])
    assert {icon["purpose"] for icon in described["icons"]} == {"any", "maskable"}
    for address in (icon["src"] for icon in described["icons"]):
        answer = ringside.http.get(address)
        assert answer.headers["Content-Type"].partition(";")[0] in {"image/png", "image/svg+xml"}, address
    # This profile is a private one: nothing is installed from it, and nothing else is in the way.
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {one["errorId"] for one in errors} <= {"in-incognito"}
