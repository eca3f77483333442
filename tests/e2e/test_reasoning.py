"""What a model thinks is shown to who asks for it, apart from its answer."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import NewContext
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.e2e.test_accessibility import expect_accessible
from tests.e2e.test_sharing import links_of, make_link
from tests.model_server import Text

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
THOUGHT = "The log mentions the engine twice. Was it the mate, or the yard?"
QUESTION = "Who rebuilt the engine of the Solveig?"
PIECE = 7


def test_reasoning_is_folded_above_the_answer_and_in_its_step_and_is_never_part_of_the_answer(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer, new_context: NewContext
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    link = make_link(links_of(session), without_tool_data=True)
    session.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    guest = SessionPage(new_context(modelled, None).new_page())
    guest.page.goto(link)
    expect(guest.badge).to_have_text("Live")

    model.answer("text", Text(f"<think>{THOUGHT}</think>\n{ANSWER}"))
    model.hold()
    session.ask(QUESTION)
    model.let_out(5)
    summary = session.conversation.get_by_text(re.compile("^Reasoning"))
    expect(summary).to_have_text("Reasoning…")
    thought = session.conversation.get_by_text(THOUGHT[:10])
    expect(thought).to_be_hidden()
    summary.focus()
    session.page.keyboard.press("Enter")
    expect(thought).to_be_visible()
    model.let_out(3)
    expect(thought).to_contain_text(THOUGHT[:40])
    assert THOUGHT not in session.conversation.inner_text()

    model.release()
    session.expect_finished()
    expect(thought).to_have_text(THOUGHT)
    expect(summary).to_have_text(re.compile(r"^Reasoning, [\d.]+ m?s$"))
    expect(session.conversation.locator(".answer")).not_to_contain_text("mate")
    expect_accessible(session.page, "reasoning")

    session.rows.filter(has=session.page.get_by_text("Write", exact=True)).click()
    inside = session.detail.get_by_text(re.compile("^Reasoning"))
    inside.click()
    expect(session.detail.get_by_text(THOUGHT)).to_be_visible()
    expect(session.detail.get_by_role("group", name="Output")).not_to_contain_text("mate")

    messages = modelled.http.get(f"/api/sessions/{session.session_id}/messages").json()["messages"]
    assert [THOUGHT in one["content"] for one in messages] == [False, False]
    assert modelled.http.get("/api/sessions", params={"query": "mate"}).json()["sessions"] == []
    expect(guest.conversation).to_contain_text("between 2 and 27 April 1930")
    expect(guest.conversation.get_by_text(re.compile("^Reasoning"))).to_have_count(0)
    page = guest.page.context.request.get(f"/api/sessions/{session.session_id}/activity?after=0&limit=5000")
    assert "mate" not in page.text()
