"""Sessions are private until their owner shares them: with the team, or by a link with whoever has it."""

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.e2e.test_accessibility import expect_accessible
from tests.model_server import Text
from tests.support.waiting import wait_until

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
QUESTION = "Who rebuilt the engine of the Solveig?"
TITLE = "Engine of the Solveig"


@pytest.fixture
def writing(model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer) -> SessionPage:
    """A session of Ada's whose answer stands still after its first 21 characters."""
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF, title=TITLE))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask(QUESTION)
    model.let_out(3)
    expect(session.conversation).to_contain_text(ANSWER[:20])
    return session


@pytest.fixture(scope="module")
def member(modelled: RingsideServer) -> str:
    """The address of a member of Ada's team."""
    return modelled.add_user("Max")


def choose_who_may_watch(session: SessionPage, choice: str) -> None:
    session.page.get_by_role("button", name="Who can watch").click()
    role = "menuitem" if choice == "Spectator links…" else "menuitemradio"
    session.page.get_by_role(role, name=choice, exact=True).click()  # type: ignore[arg-type]


def share(session: SessionPage) -> None:
    choose_who_may_watch(session, "Shared with Harbour")
    expect(session.page.get_by_role("button", name="Who can watch")).to_have_text("Shared")


def links_of(session: SessionPage) -> Locator:
    """The dialog of spectator links, opened."""
    choose_who_may_watch(session, "Spectator links…")
    return session.page.get_by_role("dialog", name="Spectator links")


def make_link(dialog: Locator, *, without_tool_data: bool = False) -> str:
    if without_tool_data:
        dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Create link").click()
    return dialog.get_by_role("textbox", name="The new link").input_value()


def expect_read_only(session: SessionPage) -> None:
    """Nothing is offered that would change the session."""
    expect(session.question).to_have_count(0)
    expect(session.stop).to_have_count(0)
    expect(session.page.get_by_role("button", name="Who can watch")).to_have_count(0)
    expect(session.page.get_by_role("heading", level=1).get_by_role("button")).to_have_count(0)


def sidebar(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Sessions", exact=True)


def test_a_private_session_does_not_exist_for_others(
    writing: SessionPage, new_context: NewContext, modelled: RingsideServer, member: str
) -> None:
    context = new_context(modelled, member)
    page = context.new_page()
    page.goto(f"/sessions/{writing.session_id}")
    expect(page.get_by_role("heading", name="This session does not exist")).to_be_visible()
    expect(page.get_by_text("Sessions you start appear here.")).to_be_visible()
    assert context.request.get(f"/sse/agent-activity/{writing.session_id}").status == 404


def test_a_shared_session_is_watched_live_by_the_team_until_it_is_private_again(
    writing: SessionPage, new_context: NewContext, modelled: RingsideServer, model: GatedModelServer, member: str
) -> None:
    share(writing)
    watching = SessionPage(new_context(modelled, member).new_page())
    watching.page.goto("/")
    sidebar(watching.page).get_by_role("link", name=TITLE).click()
    expect(watching.badge).to_have_text("Live")
    expect(watching.conversation).to_contain_text(ANSWER[:20])
    expect(watching.page.get_by_text("You are watching; only Ada can ask here.")).to_be_visible()
    expect_read_only(watching)
    expect_accessible(watching.page, "read-only session")
    model.let_out(4)
    expect(watching.conversation).to_contain_text(ANSWER[:48].rstrip())
    expect(watching.phase("Writing")).to_be_visible()

    choose_who_may_watch(writing, "Private")
    gone = watching.page.get_by_role("heading", name="You no longer have access to this session")
    expect(gone).to_be_visible(timeout=10_000)
    expect(watching.conversation).to_have_count(0)
    expect(sidebar(watching.page).get_by_role("link", name=TITLE)).to_have_count(0)
    model.release()
    writing.expect_finished()
    watching.page.reload()
    expect(watching.page.get_by_role("heading", name="This session does not exist")).to_be_visible()


def test_who_only_watches_is_refused_what_the_page_does_not_offer(
    writing: SessionPage, new_context: NewContext, modelled: RingsideServer, member: str
) -> None:
    share(writing)
    context = new_context(modelled, member)
    [csrf] = [cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrf_access_token"]
    path = f"/api/sessions/{writing.session_id}"
    for method, url, body in (
        ("POST", f"{path}/messages", {"content": "May I?"}),
        ("PATCH", path, {"title": "Mine"}),
        ("PATCH", path, {"shared": False}),
        ("DELETE", path, None),
        ("POST", f"{path}/links", {"valid_hours": 1}),
    ):
        answer = context.request.fetch(url, method=method, data=body, headers={"X-CSRF-TOKEN": csrf})
        assert (answer.status, answer.json()["error"]["code"]) == (403, "forbidden"), (method, url)
    expect(writing.page.get_by_role("heading", name=TITLE)).to_be_visible()


def test_a_guest_with_a_link_watches_live_without_the_tools_data_until_the_link_is_taken_back(
    writing: SessionPage, new_context: NewContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    dialog = links_of(writing)
    url = make_link(dialog, without_tool_data=True)
    expect(dialog.get_by_role("list", name="Valid links")).to_contain_text("without tool data")
    expect_accessible(writing.page, "spectator links")

    context = new_context(modelled, None)
    guest = SessionPage(context.new_page())
    guest.page.goto(url)
    expect(guest.page).to_have_url(f"{modelled.url}/watch/{writing.session_id}")  # The secret has left the address.
    expect(guest.badge).to_have_text("Live")
    expect(guest.page.get_by_text("You are watching as a guest until")).to_be_visible()
    expect(guest.conversation).to_contain_text(ANSWER[:20])
    expect_read_only(guest)
    expect(guest.page.get_by_role("complementary", name="All sessions")).to_have_count(0)
    expect_accessible(guest.page, "guest")
    model.let_out(4)
    expect(guest.conversation).to_contain_text(ANSWER[:48].rstrip())

    for session, shown in ((writing, True), (guest, False)):
        if session is writing:
            dialog.get_by_role("button", name="Close").click()
        session.rows.filter(has_text=re.compile("Search" if shown else "Use a tool")).first.click()
        call = session.detail.get_by_role("group", name="Tool call")
        if shown:
            expect(call).to_contain_text("engine", ignore_case=True)
        else:
            expect(session.detail).to_contain_text("Use a tool")
            expect(call).to_have_count(0)
            expect(session.rows.filter(has_text=re.compile("Search"))).to_have_count(0)
    page = context.request.get(f"/api/sessions/{writing.session_id}/activity?after=0&limit=5000").json()
    assert any(event["type"] == "agentActivity" for event in page["events"])
    assert not any({"input", "output", "details"} & event.keys() for event in page["events"])

    links_of(writing).get_by_role("button", name=re.compile("Revoke the link")).click()
    expect(guest.page.get_by_role("heading", name="You can no longer watch this session")).to_be_visible(timeout=10_000)
    expect(
        guest.page.get_by_text("The link has expired or was revoked. Ask the person who sent it for a new one.")
    ).to_be_visible()
    expect(guest.conversation).to_have_count(0)
    guest.page.reload()
    expect(guest.page.get_by_role("heading", name="You can no longer watch this session")).to_be_visible()
    guest.page.goto(url)
    expect(guest.page.get_by_role("heading", name="This link no longer works")).to_be_visible()


def test_a_guest_sees_one_session_and_what_its_tools_did_where_that_was_not_left_out(
    writing: SessionPage, new_context: NewContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    model.release()
    writing.expect_finished()
    other = modelled.new_session(title="Not for guests")
    url = make_link(links_of(writing))
    context = new_context(modelled, None)
    guest = SessionPage(context.new_page())
    guest.page.goto(url)
    guest.expect_finished()
    guest.rows.filter(has_text=re.compile("Search")).first.click()
    expect(guest.detail.get_by_role("group", name="Tool call")).to_contain_text("engine", ignore_case=True)
    guest.citation(1).click()
    expect(guest.quote.first).to_be_visible()
    for path in ("/api/sessions", f"/api/sessions/{other}", f"/sse/agent-activity/{other}", "/api/team/users"):
        assert context.request.get(path).status in (401, 404), path
    guest.page.goto(f"/watch/{other}")
    expect(guest.page.get_by_role("heading", name="You can no longer watch this session")).to_be_visible()
    guest.page.goto("/")
    expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_closed_guest_costs_no_stream(
    writing: SessionPage, new_context: NewContext, modelled: RingsideServer
) -> None:
    url = make_link(links_of(writing))
    wait_until(lambda: modelled.open_streams() == 1, what="the one stream of the owner")
    guest = SessionPage(new_context(modelled, None).new_page())
    guest.page.goto(url)
    expect(guest.badge).to_have_text("Live")
    wait_until(lambda: modelled.open_streams() == 2, what="the guest's stream")
    guest.page.close()
    wait_until(lambda: modelled.open_streams() == 1, what="the end of the guest's stream")
