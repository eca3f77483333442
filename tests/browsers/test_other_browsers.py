"""The way of a user in Firefox and in WebKit: what Chromium does, and more of it, is tried in tests/e2e."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browsers.firefox import Firefox
from tests.browsers.webkit import WebKit
from tests.browsers.window import Browser
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF
from tests.model_server import Text
from tests.support.account import EMAIL, PASSWORD
from tests.support.waiting import wait_until

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
QUESTION = "Who rebuilt the engine of the Solveig?"
BADGE = "app-connection-badge"
CONVERSATION = "app-conversation"
STRIP = ".progress-strip"
BROWSERS: dict[str, Callable[[Path], Browser]] = {"firefox": Firefox, "webkit": WebKit}

pytestmark = pytest.mark.parametrize("name", BROWSERS)


@pytest.fixture
def model() -> Iterator[GatedModelServer]:
    with GatedModelServer() as model:
        yield model


@pytest.fixture
def server(tmp_path: Path, model: GatedModelServer) -> Iterator[RingsideServer]:
    settings = {"openai_api_key": "test", "openai_base_url": model.url, "openai_model": "scripted"}
    with RingsideServer(tmp_path, **settings) as server:
        yield server


@pytest.fixture
def browser(name: str, tmp_path: Path, server: RingsideServer) -> Iterator[Browser]:
    """Signed in, as a person does it."""
    browser = BROWSERS[name](tmp_path)
    try:
        browser.open(f"{server.url}/")
        browser.fill("#email", EMAIL)
        browser.fill("#password", PASSWORD)
        browser.click("button[type=submit]", "Sign in")
        browser.expect_text("h1", "A ringside seat")
        yield browser
    finally:
        browser.close()


def ask(browser: Browser, question: str) -> None:
    browser.fill("textarea", question)
    browser.click("app-composer button", "Send")


def test_the_sample_is_live(browser: Browser) -> None:
    browser.click("main button", "Try the sample")
    browser.expect_text(BADGE, "Live")
    browser.expect_text(STRIP, "Finished", 40)
    browser.expect_text(".sources", "harbour-log.pdf")


def test_a_reload_in_mid_run_and_a_second_tab_show_the_same_over_one_stream(
    browser: Browser, server: RingsideServer, model: GatedModelServer
) -> None:
    url = f"{server.url}/sessions/{server.new_session(PDF)}"
    model.answer("text", Text(ANSWER))
    model.hold()
    browser.open(url)
    browser.expect_text(BADGE, "Live")
    ask(browser, QUESTION)
    model.let_out(3)
    browser.expect_text(CONVERSATION, ANSWER[:20])
    browser.open(url)
    browser.expect_text(BADGE, "Live")
    browser.expect_text(CONVERSATION, ANSWER[:20])
    first = browser.tab()
    second = browser.new_tab()
    browser.open(url)
    browser.expect_text(BADGE, "Live")
    browser.expect_text(CONVERSATION, ANSWER[:20])
    wait_until(lambda: server.open_streams() == 1, what="one stream for both tabs")
    model.release()
    for tab in (second, first):
        browser.switch_to(tab)
        browser.expect_text(STRIP, "Finished")
        browser.expect_text(CONVERSATION, "between 2 and 27 April 1930")


def test_a_restarted_server_is_found_again_and_the_run_goes_on(
    browser: Browser, server: RingsideServer, model: GatedModelServer
) -> None:
    browser.open(f"{server.url}/sessions/{server.new_session(PDF)}")
    browser.expect_text(BADGE, "Live")
    model.answer("text", Text(ANSWER), Text(ANSWER))
    model.hold()
    ask(browser, QUESTION)
    model.let_out(3)
    browser.expect_text(CONVERSATION, ANSWER[:20])
    server.crash()
    browser.expect_text(BADGE, "Reconnecting")
    model.release()
    server.start()
    browser.expect_text(BADGE, "Live", 40)
    browser.expect_text(STRIP, "Finished", 40)
    browser.expect_text(CONVERSATION, "between 2 and 27 April 1930")
