"""A session of 100,000 events: how soon its newest and its oldest are shown, and what a browser keeps of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.dashboard.signed_in import SignedIn
from bench.report import Figure, Result

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_SHOWN_MS = 1000
# When the page knew the newest event of the session, in milliseconds since the navigation.
_OBSERVE = """newest => {
  const known = () => Number(document.querySelector('app-replay-bar input')?.max) >= newest;
  new MutationObserver((_, observer) => {
    if (!known()) return;
    window.complete = performance.now();
    observer.disconnect();
  }).observe(document, { attributes: true, childList: true, subtree: true });
}"""


def figures(browser: "Browser", user: SignedIn, session: str, events: int) -> Iterator[Result]:
    from playwright.sync_api import expect

    context = user.window()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    page.add_init_script(f"({_OBSERVE})({events})")
    page.goto(f"/sessions/{session}")
    expect(page.get_by_label("Moment of the session")).to_have_attribute("max", str(events), timeout=120_000)
    complete = float(page.evaluate("window.complete"))

    def heap() -> float:
        devtools.send("HeapProfiler.collectGarbage")
        return float(devtools.send("Runtime.getHeapUsage")["usedSize"])

    newest = heap()
    began = float(page.evaluate("performance.now()"))
    page.get_by_label("Moment of the session").fill("1")
    expect(page.get_by_text(f"{events - 1:,} newer events")).to_be_visible(timeout=120_000)
    loaded = float(page.evaluate("performance.now()")) - began
    whole = heap()
    context.close()
    name = f"{events:,} events: the newest is shown after"
    yield Figure(name, f"{complete:.0f} ms", f"≤ {_SHOWN_MS} ms", complete / _SHOWN_MS)
    yield Figure("  memory of the page", f"{newest / 1e6:.0f} MB")
    yield Figure("  its first event is shown after", f"{loaded:.0f} ms")
    yield Figure("  memory of the page then", f"{whole / 1e6:.0f} MB ({whole / events:.0f} bytes for each event)")
