"""A long session open while events arrive: is it smooth, is it prompt, and does it only keep what it was told?"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bench.asking import request
from bench.dashboard.signed_in import SignedIn
from bench.dashboard.trace import CATEGORIES, SCRIPTING, TASKS, Trace
from bench.emitter import Emitter
from bench.measure import percentile
from bench.report import Figure, Result, Table
from bench.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

EVENTS = 10_000
RATE = 200.0
SLOWER = (1, 4)
# One and two of a screen's 60 frames a second, and the millisecond by which the moments of frames vary that follow each
# other without a gap.
_FRAMES_MS = {1: 17.7, 4: 34.3}
_MISSED_MS = 25  # later than that, a frame was left out
_PACE = 8
_PLAYED_S = 20  # what is played eight times as fast happens in so many seconds
# Events of before the measuring: by then the browser has compiled what it will go on to use, a megabyte of it.
_WARM_UP = 800
_PAGE = 5000
# When the feed said how many events it has, and the timeline how many rows: milliseconds since 1970.
_OBSERVE = """([selector, attribute]) => {
  const element = document.querySelector(selector);
  const read = () => Number((attribute ? element.getAttribute(attribute) : element.textContent).replace(/[^0-9]/g, ''));
  window.seen = [];
  new MutationObserver(() => {
    window.seen.push([performance.timeOrigin + performance.now(), read()]);
  }).observe(element, { attributes: true, childList: true, characterData: true, subtree: !attribute });
  return read();
}"""
_COUNTS = {"Feed": (".feed .count", ""), "Timeline": ("app-timeline [role=treegrid]", "aria-rowcount")}
_VIEWS = ("Timeline", "Feed", "Graph", "Timeline on a phone", "Timeline paused", f"Timeline played {_PACE} × as fast")
WATCHES = len(_VIEWS) * len(SLOWER)


@dataclass(frozen=True, slots=True)
class _Watched:
    frames: list[float]  # milliseconds
    long_tasks: list[float]  # milliseconds
    busy: float  # share of the time
    scripting: float  # share of the time
    arrivals: list[float]  # milliseconds from an event's being made to its being in the page
    heap: tuple[float, ...]  # bytes: a short session, 10,000 events loaded, before the measuring, after it
    events: int


def figures(
    browser: "Browser",
    user: SignedIn,
    server: Server,
    emitter: Emitter,
    empty: str,
    sessions: Iterator[int],
    seconds: int,
) -> Iterator[Result]:
    """``sessions`` are the numbers of sessions of 10,000 events each, one for each way of watching."""
    found = {
        (view, slower): _watch(browser, user, server, emitter, empty, next(sessions), view, slower, seconds)
        for view in _VIEWS
        for slower in SLOWER
    }
    watched = {_name(view, slower): one for (view, slower), one in found.items()}
    for (view, slower), one in found.items():
        p95, goal = percentile(one.frames, 0.95), _FRAMES_MS[slower]
        missed = sum(frame >= _MISSED_MS for frame in one.frames) / len(one.frames)
        name = f"{_name(view, slower)}: frames, p95"
        yield Figure(name, f"{p95:.1f} ms ({missed:.1%} missed)", f"≤ {goal} ms", p95 / goal)
    for name in ("Timeline", "Feed"):
        one = watched[name]
        before, loaded, warm, after = one.heap
        yield Figure(
            f"  {name}: memory kept for each event that arrived",
            f"{(after - warm) / one.events:.0f} bytes (of those loaded: {(loaded - before) / EVENTS:.0f})",
        )
    title = f"{EVENTS:,} events loaded, {RATE:.0f} a second arriving for {seconds} s"
    yield Table(f"### Frames: {title}", *_frames(watched))
    yield Table(f"### Work and promptness: {title}", *_work(watched))


def _name(view: str, slower: int) -> str:
    return f"{view}, processor {slower} × slower" if slower > 1 else view


def _frames(watched: dict[str, _Watched]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    header = ("view", "frames", "p50 ms", "p95 ms", "p99 ms", "over 16.7 ms", "over 33.3 ms", "over 50 ms")
    rows = tuple(
        (
            name,
            str(len(one.frames)),
            *(f"{percentile(one.frames, share):.1f}" for share in (0.5, 0.95, 0.99)),
            # A screen's own jitter is not a frame that was missed.
            *(f"{sum(frame > limit + 1 for frame in one.frames) / len(one.frames):.1%}" for limit in (16.7, 33.3, 50)),
        )
        for name, one in watched.items()
    )
    return header, rows


def _work(watched: dict[str, _Watched]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    header = (
        "view", "main thread busy", "of it scripting", "tasks over 50 ms", "longest ms", "emit to page p50 ms",
        "p99 ms", "heap MB before", "after",
    )  # fmt: skip
    rows = tuple(
        (
            name,
            f"{one.busy:.0%}",
            f"{one.scripting:.0%}",
            str(len(one.long_tasks)),
            f"{max(one.long_tasks, default=0):.0f}",
            *(f"{percentile(one.arrivals, share):.0f}" if one.arrivals else "–" for share in (0.5, 0.99)),
            *(f"{size / 1e6:.1f}" for size in one.heap[2:]),
        )
        for name, one in watched.items()
    )
    return header, rows


def _watch(
    browser: "Browser",
    user: SignedIn,
    server: Server,
    emitter: Emitter,
    empty: str,
    number: int,
    view: str,
    slower: int,
    seconds: int,
) -> _Watched:
    session = f"bench-{number}"
    context = user.window()
    page = context.new_page()
    if "phone" in view:
        page.set_viewport_size({"width": 390, "height": 844})
    devtools = context.new_cdp_session(page)
    page.goto(f"/sessions/{empty}")
    _show(page, view)
    bare = _heap(devtools)
    page.goto(f"/sessions/{session}")
    _show(page, view)
    _expect_events(page, EVENTS)
    loaded = _heap(devtools)
    before = EVENTS + _emit(emitter, number, _WARM_UP, RATE * 2)
    _expect_events(page, before)
    if "pause" in view or "play" in view:
        page.get_by_role("button", name="Pause the view").click()
    if "play" in view:
        before += _emit(emitter, number, int(_PLAYED_S * RATE), RATE)
        _expect_events(page, before)
        seconds = _PLAYED_S // _PACE
        page.get_by_label("Pace of the replay").select_option(str(_PACE))
        page.get_by_role("button", name="Play", exact=True).click()
    warm = _heap(devtools)
    counted = _COUNTS.get(view)
    seen_before = page.evaluate(_OBSERVE, counted) if counted else 0
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    browser.start_tracing(page=page, categories=CATEGORIES)
    events = _emit(emitter, number, int(seconds * RATE), RATE)
    trace = Trace(browser.stop_tracing())
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    _expect_events(page, before + events)
    seen = page.evaluate("window.seen.splice(0)") if counted else []  # which is not the dashboard's memory
    after = _heap(devtools)
    context.close()
    milliseconds = events / RATE * 1000
    return _Watched(
        trace.frames(),
        trace.long_tasks(),
        trace.milliseconds(TASKS) / milliseconds,
        trace.milliseconds(SCRIPTING) / milliseconds,
        _arrivals(_made(_told(server, session), view), seen_before, seen) if counted else [],
        (bare, loaded, warm, after),
        events,
    )


def _emit(emitter: Emitter, number: int, events: int, rate: float) -> int:
    emitter.begin(events, rate, first=number)
    emitter.end()
    return events


def _arrivals(made: list[float], seen_before: int, seen: list[tuple[float, int]]) -> list[float]:
    """``made``: when each was made. How long after that the page first said a number that includes it, for the new."""
    counts = [count for _, count in seen]
    return [
        seen[bisect_left(counts, position)][0] - moment
        for position, moment in enumerate(made, 1)
        if position > seen_before
    ]


def _told(server: Server, session: str) -> list[dict[str, Any]]:
    """The session's whole log."""
    events: list[dict[str, Any]] = []
    while True:
        page = request(server, "GET", f"/api/sessions/{session}/activity?after={len(events)}&limit={_PAGE}")
        events += page["events"]
        if len(events) == page["head"]:
            return events


def _made(events: list[dict[str, Any]], tab: str) -> list[float]:
    """When each of what the tab counts was made, in milliseconds since 1970: all events, or steps of the newest run."""
    newest = events[-1]["run_id"]
    return [
        datetime.fromisoformat(event["time"]).timestamp() * 1000
        for event in events
        if tab == "Feed" or (event["run_id"] == newest and event.get("status") == "started")
    ]


def _show(page: "Page", view: str) -> None:
    if "phone" in view:
        page.get_by_role("navigation", name="Parts of the session").get_by_role("button", name="Activity").click()
    page.get_by_role("tab", name=view.split(maxsplit=1)[0]).click()


def _expect_events(page: "Page", count: int) -> None:
    """So many are known, whatever moment is shown; and those that the server adds, such as what it finds."""
    moment = page.get_by_label("Moment of the session").element_handle()
    page.wait_for_function("([moment, count]) => Number(moment.max) >= count", arg=[moment, count], timeout=60_000)


def _heap(devtools: "CDPSession") -> float:
    """Bytes that JavaScript holds after a garbage collection."""
    devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"])
