"""People judge and comment answers and steps; who else watches sees it, and a data set has it."""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import DESKTOP, PHONE
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.e2e.test_accessibility import expect_accessible, scrolls_sideways


@pytest.fixture
def judged(ringside: RingsideServer) -> str:
    """A session of the team's with one answer; its id."""
    session_id = ringside.new_session(PDF, title="Solveig")
    ringside.http.patch(f"/api/sessions/{session_id}", json={"shared": True}).raise_for_status()
    ringside.wait_for_end(ringside.ask(session_id, "Who rebuilt the engine of the Solveig?"))
    return session_id


def pictured(page: Page, name: str) -> None:
    """Where somebody wants to look at it: PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        for size, width in ((DESKTOP, 1440), (PHONE, 390)):
            page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png")
        page.set_viewport_size(DESKTOP)


def test_an_answer_is_judged_and_commented_and_others_see_it(
    ringside: RingsideServer, new_context: NewContext, judged: str
) -> None:
    session = SessionPage(new_context(ringside).new_page()).open(judged)
    other = SessionPage(new_context(ringside, ringside.add_user("Vigdis", "viewer")).new_page()).open(judged)
    feedback = session.conversation.get_by_role("group", name="Feedback on this answer")
    good = feedback.get_by_role("button", name="Good answer")
    expect(session.conversation.locator("app-opinions")).to_have_css("opacity", "0")
    good.focus()
    expect(session.conversation.locator("app-opinions")).to_have_css("opacity", "1")
    good.press("Enter")
    expect(good).to_have_attribute("aria-pressed", "true")
    feedback.get_by_role("button", name="Comment on this answer").press("Enter")
    field = session.page.get_by_label("Comment on this answer", exact=True).and_(session.page.locator("textarea"))
    expect(field).to_be_focused()
    field.fill("Marit Aune, as the log says.")
    field.press("Control+Enter")
    expect(session.conversation.get_by_text("Marit Aune, as the log says.")).to_be_visible()
    expect_accessible(session.page, "a judged answer")
    pictured(session.page, "answer")
    assert not scrolls_sideways(session.page)
    seen = other.conversation.get_by_role("button", name="Good answer, 1 person")
    expect(seen).to_have_attribute("title", "Good answer: Ada", timeout=25_000)
    bad = other.conversation.get_by_role("button", name="Bad answer")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(session.conversation.get_by_role("button", name="Bad answer, 1 person")).to_be_visible(timeout=25_000)
    session.page.get_by_role("button", name="Change your comment").click()
    mine = session.page.get_by_label("Your comment", exact=True)
    mine.fill("By Marit Aune.")
    mine.press("Control+Enter")
    expect(session.conversation.get_by_text("By Marit Aune.")).to_be_visible()
    session.page.get_by_role("button", name="Delete your comment").click()
    expect(session.conversation.get_by_text("By Marit Aune.")).to_be_hidden()
    field.press("Escape")
    expect(feedback.get_by_role("button", name="Comment on this answer")).to_be_focused()
    good.click()
    expect(good).to_have_attribute("aria-pressed", "false")


def test_a_step_is_judged_in_its_drawer_and_a_guest_judges_nothing(
    ringside: RingsideServer, new_context: NewContext, judged: str
) -> None:
    session = SessionPage(new_context(ringside).new_page()).open(judged)
    page = session.page
    page.get_by_role("row").filter(has_text="Supervisor").first.click()
    step = page.get_by_role("complementary", name="Step")
    bad = step.get_by_role("button", name="Bad step")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    step.get_by_role("button", name="Comment on this step").click()
    step.locator("textarea").fill("Too slow.")
    step.get_by_role("button", name="Comment", exact=True).click()
    expect(step.get_by_text("Too slow.")).to_be_visible()
    pictured(page, "step")
    expect_accessible(page, "a judged step")
    step.locator("textarea").press("Escape")
    expect(bad).to_be_visible(), "the step stays open"
    page.goto("/usage")
    page.get_by_role("tab", name="Feedback").click()
    pictured(page, "export")
    expect_accessible(page, "the export of feedback")
    page.get_by_label("Judged", exact=True).select_option("Bad")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    lines = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    assert [one["comments"][0]["text"] for one in lines if one["session_id"] == judged] == ["Too slow."]
    csrf = next(one["value"] for one in page.context.cookies() if one["name"] == "csrf_access_token")
    links = f"{ringside.url}/api/sessions/{judged}/links"
    link = page.request.post(links, data={}, headers={"X-CSRF-TOKEN": csrf}).json()["token"]
    guest = new_context(ringside, None).new_page()
    guest.goto(f"/watch#{link}")
    expect(guest.get_by_role("log", name="Conversation")).to_contain_text("Marit Aune")
    expect(guest.get_by_role("group", name="Feedback on this answer")).to_have_count(0)
