"""Whatever breaks between the page and the agents, nothing is lost and nothing is doubled."""

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.e2e.conftest import NewContext
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
TOLD = ANSWER.removesuffix(" [1].")
QUESTION = "Who rebuilt the engine of the Solveig?"


def begin(session: SessionPage, model: GatedModelServer) -> None:
    """A run whose answer stands still after its first 21 characters."""
    model.answer("text", Text(ANSWER), Text(ANSWER))
    model.hold()
    session.ask(QUESTION)
    model.let_out(3)
    expect(session.conversation).to_contain_text(ANSWER[:20], timeout=30_000)
    session.keep_badges()


def expect_whole(session: SessionPage, server: RingsideServer) -> None:
    """The run is finished, and the page holds exactly what the log holds."""
    session.expect_finished(30)
    events = server.events(session.session_id)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    steps = {event["activity_id"] for event in events if event["type"] == "agentActivity"}
    expect(session.timeline).to_have_attribute("aria-rowcount", str(len(steps)))
    session.expect_events(len(events))
    assert session.conversation.inner_text().count(TOLD) == 1


def test_a_lost_network_is_told_and_what_happened_meanwhile_arrives(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    begin(session, model)
    model_context.set_offline(True)
    expect(session.badge).to_have_text("Offline")
    model.release()
    modelled.wait_for_end(modelled.runs(session.session_id)[0]["id"])
    expect(session.phase("Writing")).to_be_visible()
    model_context.set_offline(False)
    expect(session.badge).to_have_text("Live")
    expect_whole(session, modelled)
    assert session.badges()[:2] == ["Live", "Offline"]


def test_killed_web_workers_cost_a_moment_and_no_event(
    own_server: RingsideServer, new_context: NewContext, model: GatedModelServer
) -> None:
    session = SessionPage(new_context(own_server).new_page()).open(own_server.new_session(PDF))
    begin(session, model)
    own_server.kill_web_workers()
    expect(session.badge).to_have_text("Reconnecting")
    model.release()
    expect(session.badge).to_have_text("Live", timeout=20_000)
    expect_whole(session, own_server)
    badges = [badge for badge in session.badges() if not badge.startswith("Behind")]
    assert (badges[:2], badges[-1]) == (["Live", "Reconnecting"], "Live")


def test_a_question_asked_while_the_server_is_away_is_sent_when_it_is_back_and_once(
    own_server: RingsideServer, new_context: NewContext
) -> None:
    session = SessionPage(new_context(own_server).new_page()).open(own_server.new_session(PDF))
    own_server.crash()
    session.ask(QUESTION)
    expect(session.page.get_by_text("Not sent yet: no answer from the server. Trying again…")).to_be_visible()
    expect(session.question).to_have_value(QUESTION)
    own_server.start()
    session.expect_finished(30)
    expect(session.question).to_have_value("")
    expect(session.page.get_by_text("Not sent yet")).to_have_count(0)
    assert len(own_server.runs(session.session_id)) == 1


def test_an_answer_that_is_lost_on_its_way_costs_no_second_question(
    model_context: BrowserContext, modelled: RingsideServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        answer = route.fetch()  # the server has taken it
        if lost:
            route.fulfill(response=answer)
        else:
            lost.append(route.request.url)
            route.abort()

    session.page.route("**/messages", lose_first)
    session.ask(QUESTION)
    expect(session.question).to_have_value("")
    session.expect_finished(30)
    assert len(modelled.runs(session.session_id)) == 1


@pytest.mark.parametrize("how", ["crash", "stop"])
def test_a_restarted_server_goes_on_with_the_run_and_with_the_picture(
    how: str, own_server: RingsideServer, new_context: NewContext, model: GatedModelServer
) -> None:
    session = SessionPage(new_context(own_server).new_page()).open(own_server.new_session(PDF))
    begin(session, model)
    if how == "crash":
        own_server.crash()
    else:
        own_server.stop()
    expect(session.badge).to_have_text("Reconnecting")
    expect(session.conversation).to_contain_text(ANSWER[:20])
    model.release()
    own_server.start()
    expect(session.badge).to_have_text("Live", timeout=20_000)
    expect_whole(session, own_server)
    assert session.badges()[-1] == "Live"
    if how == "crash":
        expect(session.main.get_by_text("Resumed")).to_be_visible()
