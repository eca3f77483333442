"""A run, an agent and everything of a team are paused and resumed, by people in a browser."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewContext
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
QUESTION = "Who rebuilt the engine of the Solveig?"


def test_a_paused_run_survives_its_server_and_goes_on_without_doing_anything_twice(
    own_server: RingsideServer, model: GatedModelServer, new_context: NewContext
) -> None:
    session = SessionPage(new_context(own_server).new_page()).open(own_server.new_session(PDF))
    pause, resume = (session.page.get_by_role("button", name=name, exact=True) for name in ("Pause", "Resume"))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask(QUESTION)
    model.let_out(3)
    expect(session.conversation).to_contain_text(ANSWER[:20], timeout=30_000)
    pause.click()
    expect(session.phase("Pausing…")).to_be_visible()
    expect(resume).to_be_enabled()
    model.release()
    expect(session.phase("Paused")).to_be_visible()
    expect(session.main).to_contain_text("Paused by Ada, just now")
    own_server.crash()
    own_server.start()
    session.open(session.session_id)
    expect(session.phase("Paused")).to_be_visible()
    resume.click()
    session.expect_finished(40)
    expect(pause).to_be_hidden()
    expect(session.conversation).to_contain_text("between 2 and 27 April 1930")
    events = own_server.events(session.session_id)
    begun = [one["activity_id"] for one in events if one["type"] == "agentActivity" and one["status"] == "started"]
    assert len(begun) == len(set(begun)), "nothing is done twice"
    updates = [one for one in events if one["type"] == "runUpdate" and "paused" in one]
    told = [(one["status"], one["paused"]) for one in updates]
    assert told == [("running", True), ("waiting", True), ("waiting", False)]
    assert updates[2]["seq"] == updates[1]["seq"] + 1, "nothing happens meanwhile"


def test_an_agent_is_paused_with_a_reason_and_questions_to_it_wait(
    own_server: RingsideServer, new_context: NewContext
) -> None:
    page = new_context(own_server).new_page()
    page.goto("/agents")
    page.get_by_role("link", name="Document agents").click()
    page.get_by_role("button", name="Pause…").click()
    page.get_by_label("Reason, for whoever asks meanwhile").fill("The documents are being replaced.")
    page.get_by_role("button", name="Pause", exact=True).click()
    told = page.get_by_role("status").filter(has_text="Document agents is paused.")
    expect(told).to_contain_text("By Ada, just now. The documents are being replaced.")
    page.goto("/agents")
    expect(page.get_by_text("Paused by Ada, just now")).to_be_visible()
    session = SessionPage(page).open(own_server.new_session(PDF))
    session.ask(QUESTION)
    expect(session.conversation).to_contain_text(
        "“Document agents” is paused by Ada. The documents are being replaced."
    )
    page.goto("/agents")
    page.get_by_role("link", name="Document agents").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause…")).to_be_enabled()
    session.open(next(iter(own_server.http.get("/api/sessions").json()["sessions"]))["id"])
    session.expect_finished(40)


def test_everything_of_a_team_is_paused_also_what_has_begun(
    own_server: RingsideServer, model: GatedModelServer, new_context: NewContext
) -> None:
    context = new_context(own_server)
    session = SessionPage(context.new_page()).open(own_server.new_session(PDF))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask(QUESTION)
    model.let_out(3)
    expect(session.conversation).to_contain_text(ANSWER[:20], timeout=30_000)
    team = context.new_page()
    team.goto("/team")
    team.get_by_role("button", name="Pause everything…").click()
    team.get_by_role("checkbox", name=re.compile("Also pause what has begun")).check()
    team.get_by_role("button", name="Pause", exact=True).click()
    expect(team.get_by_role("status").filter(has_text="Everything of the team is paused.")).to_be_visible()
    model.release()
    expect(session.phase("Paused")).to_be_visible()
    expect(session.main).to_contain_text("Everything of the team was paused by Ada")
    team.get_by_role("button", name="Resume").click()
    session.expect_finished(40)
