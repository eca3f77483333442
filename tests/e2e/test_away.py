"""Without a network the dashboard opens with what this device has, and goes on when the network is back."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.browser import DESKTOP, expire_access, sign_in, wait_until_installed, wait_until_kept
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage

_COPIES = "async () => (await caches.keys()).filter((name) => name.startsWith('ringside:copy:'))"
_SHELLS = "async () => (await caches.keys()).filter((name) => name.startsWith('ringside:shell:'))"


def visited(context: BrowserContext, session_id: str) -> SessionPage:
    """A page whose browser has kept the dashboard and this session."""
    session = SessionPage(context.new_page()).open(session_id)
    session.expect_finished()
    wait_until_kept(session.page)
    return session


def test_a_session_opens_without_a_network_as_of_when_it_was_seen_and_goes_on_with_it(
    new_context: NewContext, ringside: RingsideServer, answered: str
) -> None:
    context = new_context(ringside, keeps=True)
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


def test_what_this_device_has_not_seen_is_said_and_comes_with_the_network(
    new_context: NewContext, ringside: RingsideServer, answered: str
) -> None:
    context = new_context(ringside, keeps=True)
    visited(context, answered).page.close()
    other = ringside.new_session(title="Never opened here")
    context.set_offline(True)
    page = context.new_page()
    page.goto(f"/sessions/{other}")
    expect(page.get_by_role("heading", name="This session is not on this device")).to_be_visible()
    context.set_offline(False)
    expect(SessionPage(page).badge).to_have_text("Live", timeout=30_000)
    expect(page.get_by_role("heading", name="Never opened here")).to_be_visible()


def test_nothing_is_kept_of_a_deleted_session_or_once_one_is_signed_out(
    new_context: NewContext, ringside: RingsideServer, answered: str
) -> None:
    context = new_context(ringside, keeps=True)
    page = visited(context, answered).page
    gone = ringside.new_session(title="Soon gone")
    SessionPage(page).open(gone)
    page.wait_for_function(f"async () => (await caches.keys()).some((name) => name.endsWith(':{gone}'))")
    ringside.http.delete(f"/api/sessions/{gone}")
    expect(SessionPage(page).badge).to_have_text("Deleted")
    page.wait_for_function(f"async () => !(await caches.keys()).some((name) => name.endsWith(':{gone}'))")
    assert any(name.endswith(f":{answered}") for name in page.evaluate(_COPIES))
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.wait_for_function(f"async () => (await ({_COPIES})()).length === 0")


def test_signing_out_without_a_network_removes_what_is_kept_and_the_server_hears_of_it_later(
    new_context: NewContext, ringside: RingsideServer, answered: str
) -> None:
    context = new_context(ringside, keeps=True)
    page = visited(context, answered).page
    context.set_offline(True)
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    said = page.get_by_text("You are signed out on this device. The server does not answer")
    expect(said).to_be_visible()
    page.wait_for_function(f"async () => (await ({_COPIES})()).length === 0")
    page.goto(f"/sessions/{answered}")
    expect(said).to_be_visible()
    assert any(cookie.get("name") == "access_token" for cookie in context.cookies())
    context.set_offline(False)
    expect(said).to_be_hidden(timeout=30_000)
    assert not any(cookie.get("name") == "access_token" for cookie in context.cookies())
    page.reload()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_a_tab_that_slept_for_a_night_renews_its_sign_in_and_misses_nothing(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside, keeps=True)
    page = context.new_page()
    page.clock.install()
    session = SessionPage(page).open(ringside.new_session())
    context.set_offline(True)
    expect(session.badge).to_have_text("Offline")
    ringside.wait_for_end(ringside.ask(session.session_id, "What is here?"))
    expire_access(context)
    page.clock.fast_forward("12:00:00")
    context.set_offline(False)
    expect(session.badge).to_have_text("Live", timeout=30_000)
    session.expect_finished()
    session.expect_events(len(ringside.events(session.session_id)))


def test_a_tab_whose_parts_are_gone_from_the_server_is_loaded_anew_once(
    browser: Browser, ringside: RingsideServer
) -> None:
    """As after an upgrade, in a browser that keeps no files."""
    context = browser.new_context(base_url=ringside.url, viewport=DESKTOP, service_workers="block")
    sign_in(context)
    page = context.new_page()
    loaded: set[str] = set()
    opened: list[str] = []
    gone = True

    def script(route: Route) -> None:
        if gone and opened and route.request.url not in loaded:
            route.fulfill(status=404)
            return
        loaded.add(route.request.url)
        route.continue_()

    def newer(route: Route) -> None:
        if route.request.is_navigation_request():
            route.continue_()
        else:
            route.fulfill(body=route.fetch().text().replace("main-", "main-of-the-next-"), content_type="text/html")

    context.route("**/*.js", script)
    context.route(ringside.url + "/", newer)
    page.goto("/now")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.on("domcontentloaded", lambda _: opened.append(page.url))
    opened.append(page.url)
    open_usage(page)
    told = page.get_by_role("alert")
    expect(told.get_by_text("Ringside was updated while this page was open. It has been loaded anew.")).to_be_visible()
    expect(told.get_by_text("A part of this page could not be loaded. Reload the page.")).to_be_visible()
    assert [urlsplit(url).path for url in opened] == ["/now", "/usage"]
    gone = False
    page.reload()
    open_usage(page)
    expect(page.get_by_role("heading", name="Usage", level=1)).to_be_visible()
    context.close()


def open_usage(page: Page) -> None:
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Usage").click()


def test_a_new_build_takes_the_place_of_the_one_before_and_each_copy_of_the_page_has_a_nonce_of_its_own(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside, keeps=True)
    page = context.new_page()
    page.goto("/start")
    wait_until_installed(page)
    [mine] = page.evaluate(_SHELLS)
    # What builds before have left; the worker of this one is new again, as it is after an upgrade.
    page.evaluate(
        """async (mine) => {
          await (await navigator.serviceWorker.getRegistration()).unregister();
          await caches.delete(mine);
          for (const name of ['old', 'before']) await caches.open(`ringside:shell:${name}`);
        }""",
        mine,
    )
    page.reload()
    page.wait_for_function(
        f"async () => (await ({_SHELLS})()).join() === 'ringside:shell:before,{mine}'", timeout=20_000
    )
    wait_until_installed(page)
    context.set_offline(True)
    policies = []
    for _ in range(2):
        answer = page.goto("/start")
        assert answer is not None
        expect(page.get_by_role("status").filter(has_text="Offline. As of ")).to_be_visible()
        policies.append(answer.header_value("content-security-policy"))
    assert all(policies)
    assert policies[0] != policies[1]
