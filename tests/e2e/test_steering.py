"""A person tells the agents something while they work, and sees what becomes of it."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewContext
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
WORDS = "Name the yard, too."


def test_what_is_said_while_a_draft_is_written_is_read_for_the_next_one_or_asked_next(
    modelled: RingsideServer, model: GatedModelServer, new_context: NewContext
) -> None:
    session = SessionPage(new_context(modelled).new_page()).open(modelled.new_session(PDF))
    field = session.page.get_by_label("Your question")
    model.answer("text", Text("The Solveig sank with all hands in 1931 [1]."))  # which the review sends back
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask("Who rebuilt the engine of the Solveig?")
    model.let_out(2)
    expect(session.conversation).to_contain_text("The Solveig", timeout=30_000)
    field.fill(WORDS)
    session.page.get_by_role("button", name="Tell the agents now").click()
    said = session.conversation.locator("app-told")
    expect(said).to_contain_text("Waiting to be read")
    expect(field).to_have_value("")
    model.let_out(6)  # the rest of it, and the beginning of the next one
    expect(said).to_contain_text(re.compile(r"Read by the agents at \d\d:\d\d"), timeout=30_000)
    field.fill("And who paid for it?")
    field.press("Control+Enter")
    expect(said.last).to_contain_text("Waiting to be read")
    model.release()
    expect(said.last).to_contain_text("Asked next", timeout=30_000)
    expect(session.conversation.locator(".question").last).to_have_text("And who paid for it?")
    asked = [str(one["messages"]) for one, kind in zip(model.requests, model.kinds, strict=True) if kind == "text"]
    drafts = [one for one in asked if "And who paid for it?" not in one]
    assert WORDS not in drafts[0]
    assert WORDS in drafts[-1]
    session.expect_finished()
