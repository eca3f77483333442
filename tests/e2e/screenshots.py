"""Takes the pictures of the README from a real run of the sample.

python -m tests.e2e.screenshots docs/images
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from agents.sample import SAMPLE_QUESTION, SAMPLE_TITLE, sample_files
from tests.e2e.browser import DESKTOP, PHONE, chromium, sign_in
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage

# What a working list of sessions looks like; the newest stands on top.
_EARLIER = (
    ("Engine overhaul", "Who rebuilt the engine of the Solveig?"),
    ("July crossings", "How many passengers did the Solveig carry in July 1929?"),
    ("Length and tonnage", "How long is the Solveig?"),
)


def take(browser: Browser, server: RingsideServer, session_id: str, folder: Path) -> None:
    """`session.png` and `dark.png` at a desktop's size, `phone.png` at a phone's."""
    context = browser.new_context(base_url=server.url, viewport=DESKTOP, color_scheme="light")
    sign_in(context)
    desktop = SessionPage(context.new_page())
    desktop.open(session_id)
    desktop.expect_finished()
    expect(desktop.sources).to_be_visible()
    search = desktop.rows.filter(has_text="Number of passengers per crossing")
    search.click()
    expect(desktop.detail).to_be_visible()
    desktop.page.screenshot(path=folder / "session.png")
    desktop.page.keyboard.press("Escape")

    desktop.page.emulate_media(color_scheme="dark")
    desktop.citation(1).click()
    expect(desktop.quote.first).to_be_visible()
    desktop.page.screenshot(path=folder / "dark.png")

    context = browser.new_context(
        base_url=server.url, viewport=PHONE, color_scheme="light", device_scale_factor=2, has_touch=True
    )
    sign_in(context)
    phone = SessionPage(context.new_page())
    phone.open(session_id)
    expect(phone.sources).to_be_visible()
    phone.page.get_by_role("button", name="Activity", exact=True).click()
    phone.expect_finished()
    phone.page.screenshot(path=folder / "phone.png")


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the README's pictures from a real run.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, RingsideServer(Path(data)) as server, chromium() as browser:
        for title, question in reversed(_EARLIER):
            server.wait_for_end(server.ask(server.new_session(PDF, title=title), question))
        session_id = server.new_session(*sample_files(), title=SAMPLE_TITLE)
        server.wait_for_end(server.ask(session_id, SAMPLE_QUESTION))
        take(browser, server, session_id, folder)


if __name__ == "__main__":
    main()
