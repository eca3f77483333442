"""A run begins again from one of its steps, with another input, and leads back to that step."""

import re

from playwright.sync_api import Page, expect

from agents.text.language import quoted
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.e2e.test_accessibility import expect_accessible


def test_a_search_is_done_again_with_other_words(ringside: RingsideServer, page: Page) -> None:
    session_id = ringside.new_session(PDF)
    first = ringside.ask(session_id, "Who rebuilt the engine of the Solveig?")
    ringside.wait_for_end(first)
    session = SessionPage(page).open(session_id)
    search = next(event for event in ringside.events(session_id) if event.get("input", {}).get("query"))
    named = quoted(search["action"])
    session.rows.filter(has_text=search["action"]).first.click()
    session.detail.get_by_role("button", name="Run again from here…").click()
    dialog = page.get_by_role("dialog", name=f"Run again from {named}")
    expect(dialog).to_contain_text("It begins again with “Find evidence”; what was found before is kept.")
    field = dialog.get_by_label("Query")
    expect(field).to_have_value(search["input"]["query"])
    expect_accessible(page, "a step that is run again")
    field.fill("coal bunker")
    dialog.get_by_role("button", name="Run again", exact=True).click()
    expect(dialog).to_be_hidden()
    words = f"Again from {named} of run 1, with another input"
    origin = session.main.get_by_role("button", name=words)
    expect(origin).to_be_visible()
    session.expect_finished()
    expect(session.rows.filter(has_text="Search “coal bunker”")).to_be_visible()
    expect(session.rows.filter(has_text="Plan the work")).to_have_count(0)
    newest = ringside.runs(session_id)[0]
    assert newest["retry_of"] == first
    expect_accessible(page, "a run that began from a step")
    origin.click()
    expect(page).to_have_url(re.compile(f"run={first}&step={search['activity_id']}"))
    later = session.detail.get_by_role("button", name="Run again in run 2")
    later.click()
    expect(page).to_have_url(re.compile(f"run={newest['id']}|sessions/{session_id}$"))
    expect(origin).to_be_visible()
