"""A second factor: set up, asked for, and used with a recovery code."""

import re
import time

import pyotp
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.doors import Doors
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import expect_accessible
from tests.support.account import PASSWORD


def shown_key(page: Page) -> pyotp.TOTP:
    page.get_by_text("You cannot scan it?").click()
    return pyotp.TOTP(page.locator("code.key").inner_text().replace(" ", ""))


def fresh(app: pyotp.TOTP, used: str) -> str:
    """The next code, after the one that was used: the server takes one of the next 30 seconds, too."""
    following = app.at(time.time() + 30)
    return following if following != used else app.at(time.time() + 60)


def test_an_account_gets_a_second_factor_and_signs_in_with_it(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    email = ringside.add_user("Nadia")
    here = Doors(new_context(ringside, email).new_page())
    here.page.goto("/")
    here.choose_from_account("Nadia", "Security")
    here.send("Set up…")
    here.fill(Your_password=PASSWORD)
    here.send("Continue")
    expect(here.page.get_by_role("img", name="QR code for an authenticator app")).to_be_visible()
    expect_accessible(here.page, "set up")
    app = shown_key(here.page)
    used = app.now()
    here.fill(Code=used)
    here.send("Confirm")
    listed = here.page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(listed).to_have_count(10)
    codes = listed.all_inner_texts()
    here.send("I have saved them")
    expect(here.page.get_by_text("10 recovery codes are left.")).to_be_visible()
    assert here.page.locator("main").inner_text().count(codes[0]) == 0, "they are shown once"

    elsewhere = Doors(new_context(ringside, None).new_page())
    elsewhere.page.goto("/security")
    elsewhere.sign_in(email)
    elsewhere.expect_heading("Second step")
    expect(elsewhere.page.get_by_label("Code", exact=True)).to_be_focused()
    expect_accessible(elsewhere.page, "second step")
    elsewhere.fill(Code=used)
    elsewhere.send("Sign in")
    expect(elsewhere.refusal).to_have_text(re.compile("wrong, or was used before"))
    elsewhere.fill(Code=fresh(app, used))
    elsewhere.send("Sign in")
    expect(elsewhere.page).to_have_url(f"{ringside.url}/security")

    lost = Doors(new_context(ringside, None).new_page())
    lost.page.goto("/")
    lost.sign_in(email)
    lost.send("No phone at hand? Use a recovery code")
    lost.fill(Recovery_code=codes[0])
    lost.send("Sign in")
    lost.expect_inside("Nadia")
