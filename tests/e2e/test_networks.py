"""Where a network lets no event stream through, or holds it back, the page asks for what is new instead."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.browser import DESKTOP, listen_for_faults, sign_in
from tests.e2e.hindering_proxy import HinderingProxy, Streams
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
QUESTION = "Who rebuilt the engine of the Solveig?"


def context_behind(browser: Browser, proxy: HinderingProxy) -> BrowserContext:
    context = browser.new_context(base_url=proxy.url, viewport=DESKTOP)
    sign_in(context)
    return context


@pytest.mark.parametrize("streams", [Streams.HOLD, Streams.KEEP, Streams.REFUSE])
def test_a_run_is_seen_though_no_stream_comes_through(
    streams: Streams, browser: Browser, modelled: RingsideServer, model: GatedModelServer
) -> None:
    with HinderingProxy(modelled.port, streams) as proxy:
        context = context_behind(browser, proxy)
        faults = listen_for_faults(context)
        tabs = [SessionPage(context.new_page()) for _ in range(2)]
        session_id = modelled.new_session(PDF)
        for tab in tabs:
            tab.page.goto(f"/sessions/{session_id}")
        first, second = tabs
        expect(second.badge).to_have_text("Polling")
        expect(first.badge).to_have_text("Polling")
        model.answer("text", Text(ANSWER))
        model.hold()
        second.ask(QUESTION)
        model.let_out(3)
        for tab in tabs:
            expect(tab.conversation).to_contain_text(ANSWER[:20])
        model.release()
        for tab in tabs:
            tab.expect_finished()
            tab.expect_events(len(modelled.events(session_id)))
            expect(tab.badge).to_have_text("Polling")
        context.close()
    assert faults == []


def test_the_stream_is_used_again_as_soon_as_it_comes_through(
    browser: Browser, modelled: RingsideServer, model: GatedModelServer
) -> None:
    with HinderingProxy(modelled.port, Streams.HOLD) as proxy:
        context = context_behind(browser, proxy)
        session = SessionPage(context.new_page())
        session.page.goto(f"/sessions/{modelled.new_session(PDF)}")
        expect(session.badge).to_have_text("Polling")
        proxy.streams = Streams.PASS
        expect(session.badge).to_have_text("Live", timeout=20_000)
        session.ask(QUESTION)
        session.expect_finished()
        session.expect_events(len(modelled.events(session.session_id)))
        # And polls again where the next network holds it back.
        proxy.streams = Streams.KEEP
        proxy.cut()
        expect(session.badge).to_have_text("Polling", timeout=20_000)
        context.close()
