"""Reloads, second tabs and phones show the same picture, over one stream."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.browser import PHONE, sign_in
from tests.e2e.conftest import NewContext
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text
from tests.support.waiting import wait_until

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
QUESTION = "Who rebuilt the engine of the Solveig?"


def expect_streams(server: RingsideServer, count: int) -> None:
    """So many streams are open. The server's count follows within a moment."""
    wait_until(lambda: server.open_streams() == count, what=f"the number of {count} open streams")


@pytest.fixture
def writing(model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer) -> SessionPage:
    """A session whose answer stands still after its first 21 characters."""
    expect_streams(modelled, 0)
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask(QUESTION)
    model.let_out(3)
    expect(session.conversation).to_contain_text(ANSWER[:20])
    return session


def test_a_reload_in_mid_run_brings_the_same_picture_back(
    writing: SessionPage, modelled: RingsideServer, model: GatedModelServer
) -> None:
    rows = writing.rows.get_by_role("rowheader").all_inner_texts()
    writing.page.reload()
    expect(writing.badge).to_have_text("Live")
    expect(writing.conversation).to_contain_text(ANSWER[:20])
    expect(writing.rows.get_by_role("rowheader")).to_have_text(rows, use_inner_text=True)
    expect(writing.phase("Writing")).to_be_visible()
    model.release()
    writing.expect_finished()
    writing.expect_events(len(modelled.events(writing.session_id)))


def test_tabs_of_a_browser_share_one_stream_and_show_the_same(
    writing: SessionPage, model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    second = SessionPage(model_context.new_page()).open(writing.session_id)
    phone = SessionPage(model_context.new_page())
    phone.page.set_viewport_size(PHONE)
    phone.open(writing.session_id)
    tabs = [writing, second, phone]
    for tab in tabs:
        expect(tab.conversation).to_contain_text(ANSWER[:20])
    expect_streams(modelled, 1)
    model.let_out(4)
    for tab in tabs:
        expect(tab.conversation).to_contain_text(ANSWER[:48].rstrip())
    model.release()
    writing.expect_finished()
    second.expect_finished()
    phone.page.get_by_role("button", name="Activity", exact=True).click()
    phone.expect_finished()
    expect_streams(modelled, 1)
    count = len(modelled.events(writing.session_id))
    rows = [tab.timeline.get_attribute("aria-rowcount") for tab in tabs]
    assert len(set(rows)) == 1, rows
    for tab in tabs:
        tab.expect_events(count)
    phone.page.get_by_role("button", name="Chat", exact=True).click()
    answers = {tab.conversation.text_content() for tab in tabs}
    assert len(answers) == 1, answers


def test_when_the_leading_tab_closes_another_takes_over_without_a_lost_event(
    writing: SessionPage, model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    others = [SessionPage(model_context.new_page()).open(writing.session_id) for _ in range(2)]
    expect_streams(modelled, 1)
    writing.page.close()
    model.let_out(4)
    for tab in others:
        expect(tab.conversation).to_contain_text(ANSWER[:48].rstrip())
        expect(tab.badge).to_have_text("Live")
    expect_streams(modelled, 1)
    model.release()
    for tab in others:
        tab.expect_finished()
        tab.expect_events(len(modelled.events(tab.session_id)))


def test_another_browser_sees_the_same_live(
    writing: SessionPage, new_context: NewContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    elsewhere = SessionPage(new_context(modelled).new_page()).open(writing.session_id)
    expect(elsewhere.conversation).to_contain_text(ANSWER[:20])
    expect_streams(modelled, 2)
    model.release()
    for tab in (writing, elsewhere):
        tab.expect_finished()
        tab.expect_events(len(modelled.events(tab.session_id)))


def test_eight_tabs_of_a_session_are_all_live(model_context: BrowserContext, modelled: RingsideServer) -> None:
    """A browser allows six connections to a host; a stream for each tab would leave none to the seventh."""
    session_id = modelled.new_session(PDF)
    tabs = [SessionPage(model_context.new_page()).open(session_id) for _ in range(8)]
    tabs[-1].ask(QUESTION)
    for tab in tabs:
        tab.expect_finished()
    expect_streams(modelled, 1)


def test_a_seventh_session_opens_beside_six_others(model_context: BrowserContext, modelled: RingsideServer) -> None:
    """Tabs that nobody looks at keep no connection from the one in front, and miss nothing by it."""
    tabs = []
    for _ in range(6):
        tab = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
        tab.put_behind()
        tabs.append(tab)
    seventh = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    seventh.ask(QUESTION)
    seventh.expect_finished()
    first = tabs[0]
    run = modelled.ask(first.session_id, QUESTION)
    modelled.wait_for_end(run)
    first.bring_to_front()
    expect(first.badge).to_have_text("Live")
    first.expect_finished()
    first.expect_events(len(modelled.events(first.session_id)))


def test_a_phone_opens_on_the_activity_where_nobody_has_asked_and_follows_it(
    model_context: BrowserContext, modelled: RingsideServer
) -> None:
    session_id = modelled.new_session()
    steps = [
        {"type": "agentActivity", "session_id": session_id, "agent_name": "Crew", "action": f"Call {number}",
         "activity_id": str(number), "status": "started"}
        for number in range(120)
    ]  # fmt: skip
    assert modelled.http.post(f"/api/sessions/{session_id}/events", json={"events": steps}).status_code == 201
    phone = SessionPage(model_context.new_page())
    phone.page.set_viewport_size(PHONE)
    phone.open(session_id)
    expect(phone.page.get_by_role("button", name="Activity", exact=True)).to_have_attribute("aria-current", "page")
    expect(phone.rows.filter(has_text="Call 119")).to_be_in_viewport()
    # Also when it was out of sight meanwhile.
    phone.page.get_by_role("button", name="Chat", exact=True).click()
    phone.page.get_by_role("button", name="Activity", exact=True).click()
    expect(phone.rows.filter(has_text="Call 119")).to_be_in_viewport()


def test_numbers_are_written_as_where_the_browser_is(browser: Browser, modelled: RingsideServer) -> None:
    """English has a decimal comma in South Africa."""
    context = browser.new_context(base_url=modelled.url, locale="en-ZA")
    sign_in(context)
    session = SessionPage(context.new_page()).open(modelled.new_session(PDF))
    session.ask(QUESTION)
    session.expect_finished()
    expect(session.main).to_contain_text(re.compile(r"\d,\d s"))
    context.close()
