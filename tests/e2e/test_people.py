"""The team's people: invited, given another role, sent away."""

import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.doors import Doors
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import DESKTOP, expect_accessible, scrolls_sideways
from tests.support.account import PASSWORD
from tests.support.processes import environment
from utils.project import PROJECT


@pytest.fixture
def team(page: Page) -> Page:
    """The Team page, as Ada has it."""
    page.goto("/team")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    return page


def row(team: Page, name: str) -> Locator:
    return team.get_by_role("row").filter(has=team.get_by_role("rowheader", name=re.compile(f"^{name}")))


def give_role(team: Page, name: str, role: str) -> None:
    with team.expect_response(re.compile("/api/team/users/")) as answered:
        team.get_by_role("combobox", name=f"Role of {name}").select_option(role)
    assert answered.value.ok


def deactivate(team: Page, name: str) -> None:
    team.get_by_role("button", name=f"Deactivate {name}").click()
    team.get_by_role("dialog", name=f"Deactivate {name}?").get_by_role("button", name="Deactivate", exact=True).click()
    expect(team.get_by_role("button", name=f"Reactivate {name}")).to_be_visible()


def test_an_invitation_lets_one_person_in_and_no_second(
    team: Page, new_context: NewContext, ringside: RingsideServer
) -> None:
    ringside.new_session(title="Ada's own")
    team.get_by_role("region", name="Invitations").get_by_label("Role").select_option("Member")
    team.get_by_role("button", name="Create link").click()
    url = team.get_by_role("textbox", name="The new link").input_value()
    expect(team.get_by_role("list", name="Open invitations")).to_contain_text("Member valid until")

    late = Doors(new_context(ringside, None).new_page())
    late.page.goto(url)
    late.expect_heading("Join Harbour")
    jon = Doors(new_context(ringside, None).new_page())
    jon.page.goto(url)
    jon.expect_heading("Join Harbour")
    expect(jon.page.get_by_text("Ada invites you as a member.")).to_be_visible()
    expect_accessible(jon.page, "join")
    jon.fill(Your_name="Jon", Email="jon@example.org", Password=PASSWORD)
    jon.send("Join")
    jon.expect_inside("Jon")
    expect(jon.page.get_by_role("button", name="Your account, Jon")).to_contain_text("Harbour · Member")
    jon.page.get_by_role("searchbox", name="Search sessions").fill("Ada's own")
    expect(jon.page.get_by_text("No session matches “Ada's own”.")).to_be_visible()

    late.fill(Your_name="Late", Email="late@example.org", Password=PASSWORD)
    late.send("Join")
    expect(late.refusal).to_contain_text(re.compile("used|expired|withdrawn"))
    late.page.reload()
    late.expect_heading("This invitation cannot be used")
    team.reload()
    expect(row(team, "Jon")).to_contain_text("jon@example.org")
    expect(row(team, "Late")).to_have_count(0)
    expect(team.get_by_text("There are no open invitations.")).to_be_visible()


def test_a_withdrawn_invitation_lets_nobody_in(team: Page, new_context: NewContext, ringside: RingsideServer) -> None:
    team.get_by_role("button", name="Create link").click()
    url = team.get_by_role("textbox", name="The new link").input_value()
    team.get_by_role("button", name=re.compile("Withdraw the invitation as Member")).click()
    expect(team.get_by_text("There are no open invitations.")).to_be_visible()
    door = Doors(new_context(ringside, None).new_page())
    door.page.goto(url)
    door.expect_heading("This invitation cannot be used")


def test_another_role_holds_at_once_and_without_a_new_sign_in(
    team: Page, new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside, ringside.add_user("Rosa"))
    rosa = SessionPage(context.new_page())
    rosa.page.goto("/start")
    rosa.page.get_by_role("main").get_by_role("button", name="Try the sample").click()
    rosa.expect_finished()
    team.reload()
    account = rosa.page.get_by_role("button", name="Your account, Rosa")
    create = rosa.page.get_by_role("button", name="New session")

    give_role(team, "Rosa", "Viewer")
    [csrf] = [cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrf_access_token"]
    answer = context.request.post("/api/sessions", data={}, headers={"X-CSRF-TOKEN": csrf})
    assert (answer.status, answer.json()["error"]["code"]) == (403, "forbidden")
    expect(account).to_contain_text("Harbour · Viewer", timeout=15_000)  # The page asks every ten seconds.
    expect(create).to_have_count(0)
    expect(rosa.question).to_have_count(0)
    expect(rosa.page.get_by_text("You are watching; you cannot ask here.")).to_be_visible()
    expect(rosa.badge).to_have_text("Live")

    give_role(team, "Rosa", "Member")
    expect(account).to_contain_text("Harbour · Member", timeout=15_000)
    expect(create).to_be_visible()
    rosa.ask("How long is the Solveig?")
    expect(rosa.main).to_contain_text("Run 2 of 2")
    rosa.expect_finished()


def test_who_is_deactivated_is_out_within_seconds_and_stays_out(
    team: Page, new_context: NewContext, ringside: RingsideServer
) -> None:
    email = ringside.add_user("Tor")
    context = new_context(ringside, email)
    tor = SessionPage(context.new_page())
    tor.page.goto("/start")
    tor.page.get_by_role("main").get_by_role("button", name="Try the sample").click()
    tor.expect_finished()
    expect(tor.badge).to_have_text("Live")
    team.reload()
    deactivate(team, "Tor")
    expect(row(team, "Tor")).to_contain_text("deactivated")
    door = Doors(tor.page)
    expect(tor.page).to_have_url(re.compile("/sign-in"), timeout=10_000)
    door.expect_sign_in()
    expect(tor.conversation).to_have_count(0)
    assert context.request.get("/api/sessions").status == 401
    door.sign_in(email)
    expect(door.refusal).to_have_text("The e-mail address or the password is wrong.")

    team.get_by_role("button", name="Reactivate Tor").click()
    expect(row(team, "Tor")).not_to_contain_text("deactivated")
    door.sign_in(email)
    expect(tor.badge).to_have_text("Live")  # back to the page that was open


def test_the_team_keeps_an_administrator(team: Page) -> None:
    deactivate_me = team.get_by_role("button", name="Deactivate Ada")
    deactivate_me.click()
    team.get_by_role("dialog").get_by_role("button", name="Deactivate", exact=True).click()
    expect(team.get_by_role("alert").filter(has_text="administrator")).to_be_visible()
    role = team.get_by_role("combobox", name="Role of Ada")
    role.select_option("Viewer")
    expect(role).to_have_value("administrator")
    expect(deactivate_me).to_be_visible()


def test_the_team_is_for_administrators(new_context: NewContext, ringside: RingsideServer) -> None:
    context = new_context(ringside, ringside.add_user("Vera", "viewer"))
    page = context.new_page()
    page.goto("/team")
    expect(page).to_have_url(re.compile(r":\d+/(now)?$"))
    page.get_by_role("button", name="Your account, Vera").click()
    expect(page.get_by_role("menuitem")).to_have_text(
        ["Usage", "Notices", "API keys", "Security", "Your data", "Keyboard shortcuts", "API description", "Sign out"]
    )
    assert context.request.get("/api/team/audit").status == 403


def test_the_audit_trail_tells_who_did_what(team: Page) -> None:
    team.get_by_role("button", name="Create link").click()
    expect(team.get_by_role("textbox", name="The new link")).to_be_visible()
    team.get_by_role("tab", name="Audit trail").click()
    newest = team.get_by_role("row").nth(1)
    expect(newest).to_contain_text("Ada")
    expect(newest).to_contain_text("invited")
    expect(newest).to_contain_text("127.0.0.1")
    expect_accessible(team, "audit trail")
    team.get_by_role("tab", name="People").click()
    team.get_by_role("button", name=re.compile("Withdraw the invitation")).first.click()


def test_a_key_is_shown_once_works_and_is_revoked(
    page: Page, ringside: RingsideServer, new_context: NewContext
) -> None:
    page.goto("/keys")
    page.get_by_role("textbox", name="Name").fill("nightly import")
    page.get_by_role("checkbox", name=re.compile("^run")).check()
    page.get_by_role("button", name="Create key").click()
    secret = page.get_by_role("textbox", name="The new key").input_value()
    expect_accessible(page, "API keys")
    program = new_context(ringside, None).request
    headers = {"Authorization": f"Bearer {secret}"}
    assert program.post("/api/sessions", data={}, headers=headers).status == 201
    assert program.get("/api/team/users", headers=headers).status == 403
    page.reload()
    expect(page.get_by_role("textbox", name="The new key")).to_have_count(0)
    page.get_by_role("button", name="Revoke nightly import").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke key").click()
    expect(page.get_by_role("rowheader", name="nightly import")).to_have_count(0)
    assert program.get("/api/sessions", headers=headers).status == 401


def expect_to_fit(page: Page, screen: str) -> None:
    expect_accessible(page, screen)
    for width in (360, 390, 768):
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width


def test_an_administrator_finds_and_revokes_every_link_of_the_team(
    team: Page, new_context: NewContext, ringside: RingsideServer
) -> None:
    olive = new_context(ringside, ringside.add_user("Olive"))
    ringside.new_session(title="Ada's own")
    csrf = next(one["value"] for one in olive.cookies() if one["name"] == "csrf_access_token")

    def made(path: str, body: dict[str, object]) -> dict[str, Any]:
        answer = olive.request.post(f"{ringside.url}{path}", data=body, headers={"X-CSRF-TOKEN": csrf})
        assert answer.status == 201
        found: dict[str, Any] = answer.json()
        return found

    session = made("/api/sessions", {"title": "Her own affair"})
    token = made(f"/api/sessions/{session['id']}/links", {"valid_hours": 72})["token"]
    guest = new_context(ringside, None).new_page()
    guest.goto(f"{ringside.url}/watch#{token}")
    expect(guest.get_by_text("You are watching as a guest until")).to_be_visible()

    team.get_by_role("tab", name="Links").click()
    team.get_by_role("combobox", name="Made by").select_option("Olive")
    found = row(team, "a private session of Olive")
    expect(found).to_be_visible()
    expect(team.locator("body")).not_to_contain_text("Her own affair")
    expect_to_fit(team, "links of the team")
    team.set_viewport_size(DESKTOP)
    found.get_by_role("button").click()
    team.get_by_role("dialog").get_by_role("button", name="Revoke link").click()
    expect(team.get_by_text("There are no spectator links that work.")).to_be_visible()
    expect(guest.get_by_role("heading", name="You can no longer watch this session")).to_be_visible(timeout=10_000)


def test_a_program_gets_an_account_and_a_key_of_its_own(
    team: Page, new_context: NewContext, ringside: RingsideServer
) -> None:
    accounts = team.get_by_role("region", name="Service accounts")
    accounts.get_by_label("Name").fill("Nightly build")
    accounts.get_by_role("button", name="Create account").click()
    expect(row(team, "Nightly build")).to_contain_text("service account")
    expect(row(team, "Nightly build").get_by_role("button")).to_have_count(1)
    expect_to_fit(team, "team, with a service account")
    team.set_viewport_size(DESKTOP)

    accounts.get_by_role("link", name="API keys").click()
    expect(team.get_by_role("heading", name="API keys")).to_be_visible()  # until then, the team's fields are there
    team.get_by_role("textbox", name="Name").fill("builds")
    team.get_by_role("combobox", name="For", exact=True).select_option("Nightly build (service account)")
    team.get_by_role("combobox", name="Valid for").select_option("7 days")
    team.get_by_role("checkbox", name=re.compile("^run")).check()
    team.get_by_role("button", name="Create key").click()
    secret = team.get_by_role("textbox", name="The new key").input_value()
    expect(row(team, "builds")).to_contain_text("Nightly build service account")
    expect(row(team, "builds")).to_contain_text("expires soon")
    expect_to_fit(team, "keys, of which one expires soon")
    program = new_context(ringside, None).request
    headers = {"Authorization": f"Bearer {secret}"}
    answer = program.post(f"{ringside.url}/api/sessions", data={"title": "Of a program"}, headers=headers)
    assert answer.status == 201
    assert (answer.json()["owner"], answer.json()["owner_is_service"]) == ("Nightly build", True)


@pytest.mark.parametrize("url", ["/team", "/keys", "/password"])
def test_settings_are_accessible_and_fit_a_phone(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect_to_fit(page, url)


def test_the_sign_in_is_accessible_and_fits_a_phone(new_context: NewContext, ringside: RingsideServer) -> None:
    door = Doors(new_context(ringside, None).new_page())
    door.page.goto("/sign-in")
    door.expect_sign_in()
    expect_accessible(door.page, "sign-in")
    door.sign_in("nobody@example.org")
    expect(door.refusal).to_have_text("The e-mail address or the password is wrong.")
    expect_accessible(door.page, "sign-in, refused")
    for width in (320, 390):
        door.page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(door.page), width


def test_a_forgotten_password_is_set_by_a_link(team: Page, new_context: NewContext, ringside: RingsideServer) -> None:
    email = ringside.add_user("Lena")
    signed_in = Doors(new_context(ringside, email).new_page())
    signed_in.page.goto("/")
    signed_in.expect_inside("Lena")
    team.reload()
    team.get_by_role("button", name="Password link for Lena").click()
    team.get_by_role("dialog").get_by_role("button", name="Create link").click()
    url = team.get_by_role("textbox", name="A link for Lena").input_value()
    expect_accessible(team, "team, with a password link")

    door = Doors(new_context(ringside, None).new_page())
    door.page.goto(url)
    door.expect_heading("Choose a new password")
    expect_accessible(door.page, "reset")
    door.fill(New_password="remembered from now on")
    door.send("Set password")
    door.expect_heading("Your password was changed")
    signed_in.page.reload()
    signed_in.expect_sign_in()
    door.page.get_by_role("link", name="Sign in").click()
    door.sign_in(email)
    expect(door.refusal).to_have_text("The e-mail address or the password is wrong.")
    door.sign_in(email, "remembered from now on")
    door.expect_inside("Lena")
    late = Doors(new_context(ringside, None).new_page())
    late.page.goto(url)
    late.fill(New_password="and yet another one")
    late.send("Set password")
    late.expect_heading("This link cannot be used")


def test_who_is_in_two_teams_chooses_one(new_context: NewContext, ringside: RingsideServer) -> None:
    """Of a team that the command line has made."""
    ringside.add_user("Nora")
    made = subprocess.run(
        [sys.executable, "-m", "utils.accounts", "new-team", "Lighthouse, north", "--url", ringside.url],
        cwd=PROJECT, env=environment(ringside.data_dir), capture_output=True, text=True, check=True,
    )  # fmt: skip
    door = Doors(new_context(ringside, None).new_page())
    door.page.goto(made.stdout.split()[-1])
    door.expect_heading("Join Lighthouse, north")
    door.fill(Your_name="Nora of the north", Email="nora@example.org", Password=PASSWORD)
    door.send("Join")
    door.expect_inside("Nora of the north")
    again = Doors(new_context(ringside, None).new_page())
    again.page.goto("/sign-in")
    again.sign_in("nora@example.org")
    choice = again.page.get_by_role("group", name="This address is known in several teams. Choose one.")
    expect(choice.get_by_role("button")).to_have_text(["Harbour", "Lighthouse, north"])
    expect_accessible(again.page, "sign-in, of two teams")
    choice.get_by_role("button", name="Lighthouse, north").click()
    again.expect_inside("Nora of the north")


def test_the_sessions_of_who_has_left_are_handed_over(
    team: Page, new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside, ringside.add_user("Odd"))
    page = SessionPage(context.new_page())
    page.page.goto("/start")
    page.page.get_by_role("main").get_by_role("button", name="Try the sample").click()
    page.expect_finished()
    url = page.page.url
    heir = SessionPage(new_context(ringside, ringside.add_user("Pia")).new_page())
    heir.page.goto(url)
    expect(heir.page.get_by_role("heading", name="This session does not exist")).to_be_visible()
    team.reload()
    deactivate(team, "Odd")
    team.get_by_role("button", name="Hand over the sessions of Odd").click()
    asked = team.get_by_role("dialog", name="Hand over the sessions of Odd?")
    asked.get_by_label("New owner", exact=True).select_option(label="Pia (pia@example.org)")
    asked.get_by_role("button", name="Hand over", exact=True).click()
    expect(team.get_by_text("Pia now has one session of Odd.")).to_be_visible()
    heir.page.reload()
    heir.expect_finished()
    expect(heir.question).to_be_visible()
