"""Without a network the dashboard opens all the same, with what this device has; and goes on when the network is back."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage

# Resolves when the service worker has kept the whole build: it is active then.
_KEPT = "async () => { await navigator.serviceWorker.ready; return true; }"
_COPIES = "async () => (await caches.keys()).filter((name) => name.startsWith('ringside:copy:'))"
# The log of the open session is kept a moment after it has come.
_LOG_IS_KEPT = """async () => {
  for (const name of await caches.keys())
    if (name.startsWith('ringside:copy:') && (await (await caches.open(name)).match('/kept/log'))) return true;
  return false;
}"""


def visited(context: BrowserContext, session_id: str) -> SessionPage:
    """A page whose browser has kept the dashboard and this session."""
    session = SessionPage(context.new_page()).open(session_id)
    session.expect_finished()
    session.page.evaluate(_KEPT)
    session.page.wait_for_function(_LOG_IS_KEPT)
    return session


def test_a_session_opens_without_a_network_as_of_when_it_was_seen_and_goes_on_with_it(
    new_context: NewContext, ringside: RingsideServer, answered: str
) -> None:
    context = new_context(ringside)
    session = visited(context, answered)
    count = len(ringside.events(answered))
    context.set_offline(True)
    session.page.reload()
    expect(session.page.get_by_role("status").filter(has_text="Offline. As of ")).to_be_visible()
    session.expect_finished()
    session.expect_events(count)
    expect(session.page.get_by_role("navigation", name="Sessions").get_by_role("link").first).to_be_visible()
    session.question.fill("Who rebuilt the engine of the Solveig?")
    expect(session.page.get_by_role("button", name="Send")).to_be_disabled()
    context.set_offline(False)
    expect(session.badge).to_have_text("Live", timeout=30_000)
    expect(session.page.get_by_text("Offline. As of ")).to_be_hidden()
    expect(session.page.get_by_role("button", name="Send")).to_be_enabled()
    session.expect_events(count)
