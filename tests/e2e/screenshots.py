"""Takes the pictures of the README from a real session of unlike agents.

python -m tests.e2e.screenshots docs/images
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, expect

from tests.e2e import pictured_session
from tests.e2e.browser import DESKTOP, PHONE, chromium, sign_in
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.peers.crewai.server import PYTHON as CREW_PYTHON

# Every step of the crew has room, and the whole conversation.
_DESKTOP: ViewportSize = {**DESKTOP, "height": 930}
_PHONE: ViewportSize = {**PHONE, "height": 915}
# What a working list of sessions looks like; the newest stands on top.
_EARLIER = (
    ("Engine overhaul", "Who rebuilt the engine of the Solveig?"),
    ("July crossings", "How many passengers did the Solveig carry in July 1929?"),
    ("Length and tonnage", "How long is the Solveig?"),
)


def take(browser: Browser, server: RingsideServer, session_id: str, folder: Path) -> None:
    """`session.png` and `dark.png` at a desktop's size, `phone.png` at a phone's."""
    context = browser.new_context(base_url=server.url, viewport=_DESKTOP, color_scheme="light")
    sign_in(context)
    desktop = SessionPage(context.new_page())
    desktop.open(session_id)
    desktop.expect_finished()
    expect(desktop.sources).to_be_visible()
    desktop.rows.filter(has_text="check_rules").click()
    expect(desktop.detail).to_be_visible()
    desktop.page.screenshot(path=folder / "session.png")
    desktop.page.keyboard.press("Escape")

    desktop.page.emulate_media(color_scheme="dark")
    desktop.conversation.get_by_role("button", name="Show this run's activity").first.click()
    expect(desktop.card("Document Agent")).to_be_visible()
    desktop.citation(1).click()
    expect(desktop.quote.first).to_be_visible()
    desktop.page.screenshot(path=folder / "dark.png")

    context = browser.new_context(
        base_url=server.url, viewport=_PHONE, color_scheme="light", device_scale_factor=2, has_touch=True
    )
    sign_in(context)
    phone = SessionPage(context.new_page())
    phone.open(session_id)
    expect(phone.sources).to_be_visible()
    phone.page.screenshot(path=folder / "phone.png")


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the README's pictures from a real session.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    if not CREW_PYTHON.exists():
        sys.exit("The pictures need CrewAI, which is not installed: run tests/run.sh peers.")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as name,
        RingsideServer(Path(name), calls=True) as server,
        chromium() as browser,
    ):
        for title, question in reversed(_EARLIER):
            server.wait_for_end(server.ask(server.new_session(PDF, title=title), question))
        context = browser.new_context(base_url=server.url)
        sign_in(context)
        take(browser, server, pictured_session.made(server, context, Path(name)), folder)


if __name__ == "__main__":
    main()
