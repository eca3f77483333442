"""Opening a session with an empty cache: what comes over the wire, and how long until its events are shown."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.dashboard.signed_in import SignedIn
from bench.dashboard.trace import CATEGORIES, SCRIPTING, Trace
from bench.report import Figure, Result, Table

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_SCRIPTING_MS = 500
_AFTER_MS = 1000  # what moves later than that after the events are there was moved by the user or by an agent
# The largest session window of shifts (https://web.dev/articles/cls), and when the first row of the timeline was there.
_OBSERVE = """
(() => {
  let windowSum = 0, first = 0, last = 0;
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      if (one.hadRecentInput) continue;
      if (one.startTime - last > 1000 || one.startTime - first > 5000) { windowSum = 0; first = one.startTime; }
      last = one.startTime;
      windowSum += one.value;
      window.shift = Math.max(window.shift, windowSum);
    }
  }).observe({ type: 'layout-shift', buffered: true });
  new MutationObserver((_, observer) => {
    if (!document.querySelector('app-timeline .row')) return;
    window.shown = performance.mark('shown').startTime;
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
})();
"""


@dataclass(slots=True)
class _Loads:
    """What one kind of resource took."""

    requests: int = 0
    bytes: float = 0
    encodings: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Opened:
    """Milliseconds since the navigation; ``shift`` is the page's CLS."""

    painted: float
    shown: float
    scripting: float
    shift: float
    loads: dict[str, _Loads]


def figures(browser: "Browser", user: SignedIn, sessions: dict[str, str], rounds: int) -> Iterator[Result]:
    """``sessions``: what each is called in the table, by its id."""
    opened = {
        (session, slower): [_open(browser, user, session, slower) for _ in range(rounds)]
        for session in sessions
        for slower in (1, 4)
    }
    rows = []
    for (session, slower), times in opened.items():
        name = sessions[session] + (f", processor {slower} × slower" if slower > 1 else "")
        middle = [median(getattr(one, what) for one in times) for what in ("painted", "shown", "scripting")]
        loads = times[0].loads.values()
        rows.append((
            name, str(sum(one.requests for one in loads)), f"{sum(one.bytes for one in loads) / 1000:.0f}",
            *(f"{value:.0f}" for value in middle), f"{median(one.shift for one in times):.3f}",
        ))  # fmt: skip
        if slower == 1:
            goal = f"≤ {_SCRIPTING_MS} ms"
            yield Figure(f"scripting until {name} is shown", f"{middle[2]:.0f} ms", goal, middle[2] / _SCRIPTING_MS)
    header = (
        "opened", "requests", "KB over the wire", "first contentful paint ms", "events shown ms",
        "scripting until then ms", "layout shift (CLS)",
    )  # fmt: skip
    yield Table(f"### Opening a session with an empty cache, medians of {rounds}", header, tuple(rows))
    longest = list(sessions)[-1]
    kinds = tuple(
        (kind, str(one.requests), f"{one.bytes / 1000:.1f}", ", ".join(sorted(one.encodings)))
        for kind, one in sorted(opened[longest, 1][0].loads.items())
    )
    yield Table(f"### Downloads, {sessions[longest]}", ("kind", "requests", "KB over the wire", "encoding"), kinds)


def _open(browser: "Browser", user: SignedIn, session: str, slower: int) -> _Opened:
    context = user.window()
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    devtools = context.new_cdp_session(page)
    loads: dict[str, _Loads] = defaultdict(_Loads)
    kinds: dict[str, str] = {}

    def responded(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]
        headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
        loads[event["type"]].requests += 1
        loads[event["type"]].encodings.add(headers.get("content-encoding", "none"))

    def finished(event: dict[str, Any]) -> None:
        loads[kinds[event["requestId"]]].bytes += event["encodedDataLength"]

    devtools.on("Network.responseReceived", responded)
    devtools.on("Network.loadingFinished", finished)
    devtools.send("Network.enable")
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.goto(f"/sessions/{session}")
    page.wait_for_selector("app-timeline .row")
    trace = Trace(browser.stop_tracing(), until="shown")
    page.wait_for_timeout(_AFTER_MS)
    painted, shown, shift = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime, window.shown, window.shift]"
    )
    context.close()
    return _Opened(painted, shown, trace.milliseconds(SCRIPTING), shift, dict(loads))
