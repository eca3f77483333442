"""Debian's Chromium, driven by Playwright."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import jwt
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, WebError, sync_playwright

from tests.support.account import EMAIL, PASSWORD, SECRET_KEY
from utils.registry.server_key import ServerKey

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
CHROMIUM = "/usr/bin/chromium"
# The same engine without the pages of its own window, which take more of a processor than ours do.
HEADLESS_CHROMIUM = shutil.which("chromium-headless-shell") or CHROMIUM
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# What the browser itself prints when a request fails; the page tells of it in its own words.
_OF_THE_NETWORK = "Failed to load resource"


@contextmanager
def chromium(program: str = CHROMIUM) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield browser
        browser.close()


def listen_for_faults(context: BrowserContext) -> list[str]:
    """The list into which every uncaught error and every error on the console of the context's pages is written."""
    faults: list[str] = []

    def on_error(error: WebError) -> None:
        faults.append(f"uncaught: {error.error}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and _OF_THE_NETWORK not in message.text:
            faults.append(f"console: {message.text}")

    context.on("weberror", on_error)
    context.on("console", on_console)
    return faults


def sign_in(context: BrowserContext, email: str = EMAIL, password: str = PASSWORD) -> None:
    """As the user of the tests, or another; the context's pages have the cookies from then on."""
    answer = context.request.post("/api/auth/login", data={"email": email, "password": password})
    assert answer.ok, answer.text()


def expire_access(context: BrowserContext) -> None:
    """As after an hour: the context's access token has just expired, its refresh token has not."""
    [cookie] = [cookie for cookie in context.cookies() if cookie.get("name") == "access_token"]
    key = ServerKey(SECRET_KEY)
    token = cookie.get("value", "")
    claims = jwt.decode(token, options={"verify_signature": False}) | {
        "exp": int(time.time()) - 60
    }  # clocks may differ
    expired = jwt.encode(claims, key.signing_keys[key.signing_name], headers={"kid": key.signing_name})
    context.add_cookies([{"name": "access_token", "value": expired, "domain": cookie.get("domain"), "path": "/"}])


def wait_until_installed(page: Page) -> None:
    """Until the browser has kept the whole dashboard: its service worker is active then."""
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")


def wait_until_kept(page: Page) -> None:
    """Until the browser has kept the dashboard, and the log of a session: a moment after that has come."""
    wait_until_installed(page)
    page.wait_for_function(
        """async () => {
          for (const name of await caches.keys())
            if (name.startsWith('ringside:copy:'))
              if (await (await caches.open(name)).match('/kept/extent')) return true;
          return false;
        }"""
    )
