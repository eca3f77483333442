"""Passkeys, with a virtual authenticator in a real browser (WebDriver's, by the DevTools protocol)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.doors import Doors
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import expect_accessible
from tests.support.account import EMAIL, PASSWORD


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingsideServer]:
    """A server that knows its address, which has a name: passkeys are bound to it."""
    server = RingsideServer(tmp_path_factory.mktemp("named"))
    server.url = f"http://localhost:{server.port}"
    server._environment["PUBLIC_URL"] = server.url
    with server:
        yield server


def plug_in(page: Page) -> None:
    """A device with a fingerprint reader, whose finger is the right one."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def test_a_passkey_is_added_signs_in_and_is_removed(new_context: NewContext, named: RingsideServer) -> None:
    here = Doors(new_context(named, EMAIL).new_page())
    plug_in(here.page)
    here.page.goto("/security")
    here.send("Add a passkey…")
    here.fill(Name="This laptop", Your_password=PASSWORD)
    expect_accessible(here.page, "add a passkey")
    here.send("Add passkey")
    expect(here.page.get_by_text("This laptop can sign you in from now on.")).to_be_visible()
    expect(here.page.get_by_role("list", name="Your passkeys")).to_contain_text("This laptop")

    here.choose_from_account("Ada", "Sign out")
    here.expect_sign_in()
    expect_accessible(here.page, "sign in with a passkey")
    here.send("Sign in with a passkey")
    here.expect_inside("Ada")

    here.page.goto("/security")
    here.page.get_by_role("button", name="Remove the passkey This laptop").click()
    here.fill(Your_password=PASSWORD)
    here.send("Remove")
    expect(here.page.get_by_text("This laptop was removed.")).to_be_visible()
    here.choose_from_account("Ada", "Sign out")
    here.expect_sign_in()
    here.send("Sign in with a passkey")
    expect(here.refusal).to_contain_text("This passkey is not known here")


def test_a_browser_without_a_passkey_says_so(new_context: NewContext, named: RingsideServer) -> None:
    doors = Doors(new_context(named, None).new_page())
    plug_in(doors.page)
    doors.page.goto("/sign-in")
    doors.send("Sign in with a passkey")
    expect(doors.refusal).to_contain_text("No passkey was used")
