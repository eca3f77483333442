"""A question is tried again, or edited and asked instead, and many runs are dealt with at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import expect_accessible
from tests.e2e.test_now import Harbour, row


def test_a_stopped_question_is_tried_again_edited_and_followed_back(
    tmp_path_factory: pytest.TempPathFactory, new_context: NewContext
) -> None:
    with RingsideServer(tmp_path_factory.mktemp("again"), agent_processes=0) as server:
        session_id = server.new_session(title="Engine")
        first = server.ask(session_id, "Who rebuilt the engine?")
        server.http.post(f"/api/runs/{first}/cancel").raise_for_status()
        session = SessionPage(new_context(server).new_page()).open(session_id)
        page = session.page
        session.tab("Feed").click()  # its runs have no steps
        again = session.conversation.get_by_role("button", name="Try again")
        again.click()
        expect(session.conversation.get_by_role("button", name="Tried again from run 1")).to_be_visible()
        expect(session.conversation.locator("del")).to_have_text("Who rebuilt the engine?")
        expect(again).to_be_hidden()
        second = server.runs(session_id)[0]
        assert second["retry_of"] == first
        server.http.post(f"/api/runs/{second['id']}/cancel").raise_for_status()
        page.get_by_role("button", name="Edit the question").click()
        field = page.get_by_label("Your question")
        expect(field).to_have_value("Who rebuilt the engine?")
        expect(page.get_by_text("Editing: sends a new run instead of run 2")).to_be_visible()
        expect_accessible(page, "a question that is edited")
        field.fill("Who rebuilt it in 1930?")
        field.press("Enter")
        back = session.conversation.get_by_role("button", name="Edited from run 2")
        expect(back).to_be_visible()
        expect(field).to_have_value("")
        newest = server.runs(session_id)[0]
        assert (newest["question"], newest["retry_of"]) == ("Who rebuilt it in 1930?", second["id"])
        expect_accessible(page, "questions that were replaced")
        back.click()
        expect(page).to_have_url(re.compile(f"run={second['id']}"))


def test_many_runs_are_tried_again_and_stopped_at_once(
    tmp_path_factory: pytest.TempPathFactory, new_context: NewContext
) -> None:
    with RingsideServer(tmp_path_factory.mktemp("bulk"), agent_processes=0) as server:
        titles = ["Berths", "Cranes"]
        for title in titles:
            run = server.ask(server.new_session(title=title), f"{title}?")
            server.http.post(f"/api/runs/{run}/cancel").raise_for_status()
        Harbour(server).report("Elsewhere")
        page = new_context(server).new_page()
        page.goto("/now")
        for title in [*titles, "Elsewhere"]:
            row(page, title).get_by_role("link").focus()
            page.keyboard.press("x")
        bulk = page.get_by_role("region", name="Chosen runs")
        expect(bulk).to_contain_text("3 chosen")
        expect_accessible(page, "chosen runs")
        bulk.get_by_role("button", name="Try again").click()
        expect(bulk).to_contain_text("Tried again 2 of 3.")
        expect(bulk).to_contain_text("Elsewhere It has not ended yet.")
        bulk.get_by_role("button", name="Close").click()
        expect(bulk).to_be_hidden()
        page.get_by_role("heading", level=1).hover()  # Rows under the pointer stay in their places.
        for title in titles:
            expect(row(page, title).filter(has_text="Queued")).to_have_count(1)
