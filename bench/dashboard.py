"""The dashboard in a real Chromium: what it downloads, how long it computes, and how smoothly it shows a busy session.

Headless, without a graphics card, on the processors that also run the server and the emitter. Scripting and frames come
from Chromium's tracing: *scripting* is the time its main thread spent in the events that DevTools' summary counts so,
*frames* are the intervals between the compositor's ``DrawFrame`` events while 200 events a second arrive.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.emitter import Emitter
from bench.measure import percentile
from bench.report import Result, Table
from bench.server import Server, data_directory, ringside

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

_EVENTS = 10_000
_RATE = 200.0
_FRAME_MS = 1000 / 60
_SCRIPTING = {
    "EvaluateScript", "v8.evaluateModule", "v8.compile", "v8.compileModule", "FunctionCall", "TimerFire",
    "FireAnimationFrame", "FireIdleCallback", "EventDispatch", "RunMicrotasks", "MajorGC", "MinorGC",
}  # fmt: skip
_CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
    "v8",
]
_OBSERVE = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
}).observe({ type: 'layout-shift', buffered: true });
"""


def figures(quick: bool) -> Iterator[Result]:
    try:
        from tests.e2e.browser import chromium
    except ImportError:
        raise SystemExit("bench: the dashboard is measured with the tests' browser. Run tests/run.sh once.") from None

    rounds, seconds = (3, 5) if quick else (7, 10)
    with ExitStack() as stack:
        server = stack.enter_context(ringside(stack.enter_context(data_directory())))
        emitter = stack.enter_context(Emitter(server.environment(sqlite_synchronous="NORMAL")))
        emitter.fill(1, 1)
        emitter.fill(1, _EVENTS, first=1)
        browser = stack.enter_context(chromium())
        yield _opening(browser, server, rounds)
        yield _busy(browser, server, emitter, int(seconds * _RATE))


def _opening(browser: "Browser", server: Server, rounds: int) -> Table:
    rows = []
    for what, session in (("a session of one event", 0), (f"a session of {_EVENTS:,} events", 1)):
        opened = [_open_once(browser, server, f"bench-{session}") for _ in range(rounds)]
        middle = {name: median(one[name] for one in opened) for name in opened[0]}
        rows.append((
            what, f"{middle['requests']:.0f}", f"{middle['bytes'] / 1000:.0f}", f"{middle['painted']:.0f}",
            f"{middle['shown']:.0f}", f"{middle['scripting']:.0f}", f"{middle['shift']:.3f}",
        ))  # fmt: skip
    header = (
        "opening",
        "requests",
        "KB over the wire",
        "first paint ms",
        "events shown ms",
        "scripting ms",
        "layout shift",
    )
    return Table(f"### Opening the dashboard with an empty cache, medians of {rounds}", header, tuple(rows))


def _open_once(browser: "Browser", server: Server, session: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    network = context.new_cdp_session(page)
    loaded: list[float] = []
    network.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    network.send("Network.enable")
    browser.start_tracing(page=page, categories=_CATEGORIES)
    page.goto(f"http://127.0.0.1:{server.port}/sessions/{session}")
    page.wait_for_selector("app-timeline .row, app-timeline [role=treeitem], app-timeline button")
    shown = page.evaluate("performance.now()")
    trace = _Trace(browser.stop_tracing())
    paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
    measured = {
        "requests": float(len(loaded)), "bytes": sum(loaded), "painted": page.evaluate(paint), "shown": shown,
        "scripting": trace.milliseconds(_SCRIPTING), "shift": page.evaluate("window.shift"),
    }  # fmt: skip
    context.close()
    return measured


def _busy(browser: "Browser", server: Server, emitter: Emitter, events: int) -> Table:
    rows = []
    for tab in ("Timeline", "Feed"):
        for slower, name in ((1, tab), (4, f"{tab}, processor 4 × slower")):
            rows.append((name, *_watch(browser, server, emitter, events, tab, slower)))
    header = (
        "view", "frames/s", "frame p50 ms", "p95 ms", "p99 ms", "longer than 50 ms", "main thread busy", "scripting",
        "heap MB before", "after",
    )  # fmt: skip
    title = f"### {_EVENTS:,} events loaded, {_RATE:.0f} a second arriving"
    return Table(title, header, tuple(rows))


def _watch(browser: "Browser", server: Server, emitter: Emitter, events: int, tab: str, slower: int) -> tuple[str, ...]:
    # Our policy forbids code in strings, which is how Playwright waits.
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/sessions/bench-1")
    page.get_by_role("tab", name="Feed").click()
    before = _count(page, 1)
    page.get_by_role("tab", name=tab).click()
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    heap = _heap(devtools)
    browser.start_tracing(page=page, categories=_CATEGORIES)
    emitter.begin(events, _RATE, first=1)
    emitter.end()
    trace = _Trace(browser.stop_tracing())
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    page.get_by_role("tab", name="Feed").click()
    _count(page, before + events)  # everything has arrived
    heap_after = _heap(devtools)
    context.close()
    frames = trace.frames()
    seconds = events / _RATE
    return (
        f"{len(frames) / seconds:.0f}", *(f"{percentile(frames, share):.1f}" for share in (0.5, 0.95, 0.99)),
        f"{sum(frame > 50 for frame in frames)} of {len(frames)}",
        *(f"{trace.milliseconds(names) / seconds / 10:.0f} %" for names in ({"RunTask"}, _SCRIPTING)),
        f"{heap:.1f}", f"{heap_after:.1f}",
    )  # fmt: skip


def _count(page: "Page", at_least: int) -> int:
    """How many events the feed says it has, once it has so many."""
    number = "Number((document.querySelector('.feed .count')?.textContent ?? '').replace(/[^0-9]/g, ''))"
    page.wait_for_function(f"{number} >= {max(at_least, _EVENTS)}", timeout=60_000)
    return int(page.evaluate(number))


def _heap(devtools: "CDPSession") -> float:
    """Megabytes that JavaScript holds after a garbage collection."""
    devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


class _Trace:
    """What Chromium's tracing has written: https://chromium.googlesource.com/catapult (Trace Event Format)."""

    def __init__(self, raw: bytes) -> None:
        self._events: list[dict[str, Any]] = json.loads(raw)["traceEvents"]
        mains = {
            (one["pid"], one["tid"]) for one in self._events
            if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
        }  # fmt: skip
        # A navigation may have moved the page to another process: its main thread is the busiest.
        self._main = max(mains, key=lambda main: sum(_length(one) for one in self._events if _thread(one) == main))

    def milliseconds(self, names: set[str]) -> float:
        """How long the page's main thread was in events of these names, nested ones counted once."""
        spans = sorted(
            (one["ts"], one["ts"] + one["dur"]) for one in self._events
            if one["ph"] == "X" and one["name"] in names and _thread(one) == self._main
        )  # fmt: skip
        total, until = 0.0, 0.0
        for begin, end in spans:
            total += max(0.0, end - max(begin, until))
            until = max(until, end)
        return total / 1000

    def frames(self) -> list[float]:
        """Milliseconds between the frames that were drawn."""
        drawn = sorted(one["ts"] for one in self._events if one["name"] == "DrawFrame" and one["pid"] == self._main[0])
        return [(later - earlier) / 1000 for earlier, later in pairwise(drawn)]


def _thread(event: dict[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


def _length(event: dict[str, Any]) -> float:
    return float(event["dur"]) if event["ph"] == "X" and event["name"] == "RunTask" else 0.0
