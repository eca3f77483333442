"""A session is downloaded as a file."""

import csv
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import expire_access
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import expect_accessible

MENU = "Tags, priority, export"


def choose(page: Page, item: str) -> None:
    page.get_by_role("button", name=MENU).click()
    page.get_by_role("menuitem", name=item).click()


def download(page: Page, item: str) -> tuple[str, str]:
    """The name of the file, and what is in it."""
    with page.expect_download() as waiting:
        choose(page, item)
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text(encoding="utf-8")


def test_a_session_is_exported_in_three_formats(session: SessionPage, answered: str, ringside: RingsideServer) -> None:
    page = session.open(answered).page
    session.expect_finished()
    name, text = download(page, "Export all as JSON")
    found = json.loads(text)
    assert name == "Who rebuilt the engine of the Solveig.json"
    assert [message["role"] for message in found["messages"]] == ["user", "assistant"]
    assert found["events"] == ringside.events(answered)

    name, text = download(page, "Export conversation as Markdown")
    assert name == "Who rebuilt the engine of the Solveig.md"
    assert "\n> Who rebuilt the engine of the Solveig?\n" in text
    assert "Marit Aune" in text
    assert "1. harbour-log.pdf, page 3" in text

    name, text = download(page, "Export activities as CSV")
    assert name == "Who rebuilt the engine of the Solveig activities.csv"
    rows = list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))
    assert {row["agent_name"] for row in rows} >= {"Supervisor", "Research Agent", "Writer Agent"}
    assert {row["status"] for row in rows} == {"completed"}


def test_a_sign_in_that_has_expired_is_renewed_for_it(session: SessionPage, answered: str) -> None:
    session.open(answered)
    expire_access(session.page.context)
    assert download(session.page, "Export all as JSON")[1].startswith('{"exported_at"')


def test_what_cannot_be_exported_is_told_in_words(session: SessionPage, answered: str) -> None:
    page = session.open(answered).page

    def crowded(route: Route) -> None:
        route.fulfill(status=503, json={"error": {"code": "crowded", "message": "Later."}})

    page.route("**/export?**", crowded)
    choose(page, "Export all as JSON")
    expect(page.get_by_text("Too many exports run at the same time. Try again in a moment.")).to_be_visible()


def test_the_menu_is_accessible(session: SessionPage, answered: str) -> None:
    session.open(answered).page.get_by_role("button", name=MENU).click()
    expect_accessible(session.page, "menu of the session")


@pytest.fixture
def shared(ringside: RingsideServer, answered: str) -> str:
    ringside.http.patch(f"/api/sessions/{answered}", json={"shared": True}).raise_for_status()
    return answered


def test_who_only_watches_may_export_and_change_nothing(
    new_context: NewContext, ringside: RingsideServer, shared: str
) -> None:
    watching = SessionPage(new_context(ringside, ringside.add_user("Vigo", "viewer")).new_page()).open(shared)
    watching.page.get_by_role("button", name=MENU).click()
    expect(watching.page.get_by_role("menuitem")).to_have_text(
        ["Export all as JSON", "Export conversation as Markdown", "Export activities as CSV"]
    )
    expect(watching.page.get_by_role("menuitemradio")).to_have_count(0)
