"""The page that describes the API, and its "Try it out"."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.support.account import KEY

# The first who asks a web worker for the description has it made, in milliseconds of a busy machine.
_DESCRIBED = 30_000


def try_out(page: Page, operation: str) -> str:
    """The status of the answer to the operation, `Tag-name`, sent as it is proposed."""
    page.locator(f"#operations-tag-{operation.partition('-')[0]}").click()
    block = page.locator(f"#operations-{operation}")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    status = block.locator(".live-responses-table .response-col_status").last
    expect(status).to_have_text(re.compile(r"\d{3}"))
    return status.inner_text().strip()[:3]


@pytest.fixture
def viewer(page: Page) -> Page:
    """Signed in. A violation of the page's policy is an error on its console, and fails the test (conftest.py)."""
    page.goto("/openapi/")
    expect(page.get_by_role("heading", name=re.compile("^Ringside"))).to_be_visible(timeout=_DESCRIBED)
    return page


def test_it_shows_the_operations_and_reads_and_writes_as_who_is_signed_in(viewer: Page) -> None:
    assert try_out(viewer, "Team-list_users") == "200"
    assert try_out(viewer, "Sessions-create_sample") == "201", "the CSRF cookie is repeated in its header"
    assert try_out(viewer, "Accounts-refresh") == "200", "that of the refresh token, in the same header"


def test_a_key_is_given_by_authorize(new_context: NewContext, ringside: RingsideServer) -> None:
    page = new_context(ringside, None).new_page()
    page.goto("/openapi/swagger")
    expect(page.get_by_role("heading", name=re.compile("^Ringside"))).to_be_visible(timeout=_DESCRIBED)
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_role("textbox", name="auth-bearer-value").fill(KEY)
    page.locator("form", has=page.get_by_label("auth-bearer-value")).get_by_label("Apply credentials").click()
    page.get_by_role("button", name="Close", exact=True).last.click()
    assert try_out(page, "Sessions-list_sessions") == "200"
