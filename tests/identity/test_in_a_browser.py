"""The whole way in Chromium: from the sign-in page of a real server to a real provider, back, and out."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import DESKTOP, HEADLESS_CHROMIUM, chromium, listen_for_faults
from tests.e2e.doors import Doors
from tests.e2e.server import RingsideServer
from tests.identity.issuer import PROGRAM, Issuer, person
from tests.support.account import EMAIL, PASSWORD
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium(HEADLESS_CHROMIUM) as browser:
        yield browser


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    if not PROGRAM.exists():
        pytest.fail("The provider is not installed: run tests/run.sh identity.")
    one = Issuer(tmp_path_factory.mktemp("issuer"))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def ringside(provider: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingsideServer]:
    folder = tmp_path_factory.mktemp("ringside")
    server = RingsideServer(folder, calls=True, web_concurrency=2, oidc_roles="crew=member", **provider.settings)
    provider.start(server.url)
    with server:
        yield server


@pytest.fixture
def page(chrome: Browser, ringside: RingsideServer) -> Iterator[Page]:
    context = chrome.new_context(base_url=ringside.url, viewport=DESKTOP)
    faults = listen_for_faults(context)
    yield context.new_page()
    context.close()
    assert faults == []


def sign_in(page: Page, login: str) -> None:
    page.get_by_role("link", name="Continue with Harbour ID").click()
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()


def test_there_back_and_out_again(page: Page, provider: Issuer, ringside: RingsideServer) -> None:
    provider.know(person("mara", "crew"))
    page.goto("/keys")
    sign_in(page, "mara")
    expect(page).to_have_url(f"{ringside.url}/keys")
    Doors(page).expect_inside("Mara Holm")
    page.goto("/security")
    expect(page.get_by_text("You sign in with Harbour ID")).to_be_visible()
    Doors(page).choose_from_account("Mara Holm", "Sign out")
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_role("link", name="Continue with Harbour ID")).to_be_visible()
    expect(page).to_have_url(re.compile(f"^{ringside.url}/sign-in"))
    # The provider has forgotten her, too: whoever sits here next is asked who they are.
    page.get_by_role("link", name="Continue with Harbour ID").click()
    expect(page.get_by_placeholder("Enter any login")).to_be_visible()


def test_who_is_not_let_in_reads_why_and_may_try_as_somebody_else(
    page: Page, provider: Issuer, ringside: RingsideServer
) -> None:
    provider.know(person("jon", email=EMAIL))
    page.goto("/sign-in?next=/keys")
    sign_in(page, "jon")
    expect(page.get_by_role("alert").first).to_contain_text("it is not certain that this is you")
    Doors(page).sign_in(EMAIL, PASSWORD)
    expect(page).to_have_url(f"{ringside.url}/keys")


def test_who_signs_out_elsewhere_is_out_here(page: Page, provider: Issuer, ringside: RingsideServer) -> None:
    provider.know(person("lea", "crew"))
    page.goto("/")
    sign_in(page, "lea")
    Doors(page).expect_inside("Lea Holm")
    # At the provider itself, whose back channel tells every server that she has signed in to.
    beside = page.context.new_page()
    beside.goto(f"{provider.url}/session/end")
    beside.get_by_role("button", name="Yes, sign me out").click()
    wait_until(lambda: page.context.request.get("/api/auth/me").status == 401, 10, "the end of the sign-in")
    page.goto("/keys")
    Doors(page).expect_sign_in()


def test_a_provider_that_is_away_is_told_and_passwords_go_on(
    page: Page, provider: Issuer, ringside: RingsideServer
) -> None:
    provider.stop()
    ringside.stop()
    ringside.start()  # which knows nothing of the provider, and starts all the same
    wait_until(lambda: "does not answer, nobody signs in with it" in ringside._log.read_text(), 10, "a line in the log")
    page.goto("/sign-in")
    page.get_by_role("link", name="Continue with Harbour ID").click()
    expect(page.get_by_role("alert").first).to_have_text(
        "Harbour ID does not answer at present. Try again in a moment."
    )
    Doors(page).sign_in(EMAIL, PASSWORD)
    Doors(page).expect_inside("Ada")
    provider.start(ringside.url)
