"""Signing in and out, and how a sign-in goes on by itself."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Request, expect

from tests.e2e.browser import expire_access
from tests.e2e.conftest import NewContext
from tests.e2e.doors import Doors
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text
from tests.support.account import EMAIL, PASSWORD

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
QUESTION = "Who rebuilt the engine of the Solveig?"


def test_a_wrong_password_is_told_and_the_right_one_leads_to_where_one_wanted_to_go(
    new_context: NewContext, ringside: RingsideServer, answered: str
) -> None:
    door = Doors(new_context(ringside, None).new_page())
    door.page.goto(f"/sessions/{answered}")
    door.expect_sign_in()
    expect(door.page.get_by_role("complementary", name="All sessions")).to_have_count(0)
    for email, password in ((EMAIL, "another password"), ("nobody@example.org", PASSWORD)):
        door.sign_in(email, password)
        expect(door.refusal).to_have_text("The e-mail address or the password is wrong.")
        expect(door.page.get_by_label("Password", exact=True)).to_be_focused()
    door.sign_in(EMAIL)
    expect(door.page).to_have_url(f"{ringside.url}/sessions/{answered}")
    expect(SessionPage(door.page).badge).to_have_text("Live")
    door.expect_inside("Ada")


def test_who_signs_out_is_out(new_context: NewContext, ringside: RingsideServer, answered: str) -> None:
    context = new_context(ringside)
    door = Doors(context.new_page())
    door.page.goto("/")
    cookies = context.cookies()
    door.choose_from_account("Ada", "Sign out")
    door.expect_sign_in()
    assert {re.sub("_.*", "", str(cookie.get("name"))) for cookie in context.cookies()} == {"device"}
    door.page.go_back()
    door.page.goto(f"/sessions/{answered}")
    door.expect_sign_in()
    # Whoever kept the cookies has nothing of them.
    context.add_cookies([{key: cookie[key] for key in ("name", "value", "domain", "path")} for cookie in cookies])  # type: ignore[misc]
    assert context.request.get("/api/sessions").status == 401


def test_signing_out_in_one_tab_leads_the_others_to_the_sign_in_and_back(
    new_context: NewContext, ringside: RingsideServer, answered: str
) -> None:
    context = new_context(ringside)
    first, second = Doors(context.new_page()), Doors(context.new_page())
    first.page.goto("/")
    SessionPage(second.page).open(answered)
    first.choose_from_account("Ada", "Sign out")
    for tab in (first, second):
        tab.expect_sign_in()
    first.sign_in(EMAIL)
    first.expect_inside("Ada")
    expect(second.page).to_have_url(f"{ringside.url}/sessions/{answered}")
    expect(SessionPage(second.page).badge).to_have_text("Live")


def test_who_has_been_signed_in_for_too_long_is_told_so_and_comes_back_to_where_one_was(
    new_context: NewContext, ringside: RingsideServer, answered: str
) -> None:
    door = Doors(new_context(ringside).new_page())
    SessionPage(door.page).open(answered)
    ringside.let_sign_ins_expire()
    door.page.reload()
    door.expect_sign_in()
    expect(door.page.get_by_role("main")).to_contain_text(
        "Your sign-in has ended: it lasts 30 days at most, and 7 days without use. Sign in again."
    )
    door.sign_in(EMAIL)
    expect(door.page).to_have_url(f"{ringside.url}/sessions/{answered}")


def test_after_many_wrong_passwords_the_page_says_how_long_to_wait(new_context: NewContext, tmp_path: Path) -> None:
    """In a browser that is new; the one that has signed in before is let in."""
    with RingsideServer(tmp_path, ratelimit_enabled=1) as ringside:
        email = ringside.add_user("Wim")
        known = Doors(new_context(ringside, None).new_page())
        known.page.goto("/sign-in")
        known.sign_in(email)
        known.expect_inside("Wim")
        known.choose_from_account("Wim", "Sign out")
        ringside.fail_sign_ins(email, 12)
        stranger = Doors(new_context(ringside, None).new_page())
        stranger.page.goto("/sign-in")
        stranger.sign_in(email)
        expect(stranger.refusal).to_have_text(re.compile(r"^Too many attempts\. Try again at .*\d\d:\d\d\.$"))
        expect(stranger.page.get_by_role("button", name=re.compile(r"^Try again in [12] min \d\d s$"))).to_be_disabled()
        known.expect_sign_in()
        known.sign_in(email)
        known.expect_inside("Wim")


@pytest.fixture
def writing(model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer) -> SessionPage:
    """A session whose answer stands still after its first 21 characters."""
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask(QUESTION)
    model.let_out(3)
    expect(session.conversation).to_contain_text(ANSWER[:20])
    session.keep_badges()
    return session


def refreshes_of(context: BrowserContext) -> list[Request]:
    """The requests for new tokens, from now on."""
    requests: list[Request] = []
    context.on("request", lambda one: requests.append(one) if one.url.endswith("/api/auth/refresh") else None)
    return requests


def test_an_expired_token_is_renewed_once_while_streams_go_on(
    writing: SessionPage, model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    other = SessionPage(model_context.new_page()).open(writing.session_id)
    other.keep_badges()
    url, refreshes = writing.page.url, refreshes_of(model_context)
    expire_access(model_context)
    assert model_context.request.get("/api/sessions").json()["error"]["code"] == "token_expired"
    writing.page.get_by_role("heading", level=1).get_by_role("button").click()
    title = writing.page.get_by_role("textbox", name="Title of the session")
    title.fill("Renamed with an expired token")
    with other.page.expect_response(re.compile(r"/api/sessions\?")):  # The other tab looks for news by itself.
        title.press("Enter")
    for tab in (writing, other):
        expect(tab.page.get_by_role("heading", name="Renamed with an expired token")).to_be_visible()
    model.release()
    for tab in (writing, other):
        tab.expect_finished()
        tab.expect_events(len(modelled.events(writing.session_id)))
        assert tab.badges() == ["Live"]
        assert tab.page.url == url
    assert len(refreshes) == 1


def test_a_stream_that_breaks_off_after_the_token_has_expired_comes_back(
    writing: SessionPage, model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    refreshes = refreshes_of(model_context)
    model_context.set_offline(True)
    expect(writing.badge).to_have_text("Offline")
    expire_access(model_context)
    model.release()
    model_context.set_offline(False)
    expect(writing.badge).to_have_text("Live")
    writing.expect_finished()
    writing.expect_events(len(modelled.events(writing.session_id)))
    assert len(refreshes) == 1


def test_an_idle_tab_whose_sign_in_was_ended_elsewhere_leads_to_the_sign_in(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    """By a new password: everywhere else one is signed out by it."""
    email = ringside.add_user("Nils")
    here, elsewhere = Doors(new_context(ringside, email).new_page()), Doors(new_context(ringside, email).new_page())
    elsewhere.page.goto("/")
    elsewhere.expect_inside("Nils")
    here.page.goto("/")
    here.choose_from_account("Nils", "Security")
    here.page.get_by_role("link", name="Change password").click()
    here.fill(Current_password=PASSWORD, New_password="another one of the tests")
    here.send("Change password")
    expect(here.page.get_by_text("Your password was changed.")).to_be_visible()
    # The list asks every ten seconds.
    expect(elsewhere.page).to_have_url(re.compile(r"/sign-in(\?next=%2Fnow)?$"), timeout=15_000)
    here.page.goto("/")
    here.expect_inside("Nils")
    elsewhere.sign_in(email)
    expect(elsewhere.refusal).to_have_text("The e-mail address or the password is wrong.")
    elsewhere.sign_in(email, "another one of the tests")
    elsewhere.expect_inside("Nils")


def test_the_console_of_the_sign_in_page_is_clean(new_context: NewContext, ringside: RingsideServer) -> None:
    page = new_context(ringside, None).new_page()
    printed: list[str] = []
    page.on("console", lambda message: printed.append(message.text))
    page.goto("/")
    Doors(page).expect_sign_in()
    assert printed == []
