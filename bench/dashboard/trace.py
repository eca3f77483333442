"""What Chromium's tracing has written (Trace Event Format: times in microseconds)."""

import json
from bisect import bisect_left
from itertools import pairwise
from typing import Any

# What DevTools' performance panel adds up as "Scripting": compiling and evaluating, calls, timers, callbacks of frames
# and idle times, listeners of events, microtasks, and garbage collection.
SCRIPTING = frozenset({
    "EvaluateScript", "v8.evaluateModule", "v8.compile", "v8.compileModule", "v8.produceCache", "FunctionCall",
    "TimerFire", "FireAnimationFrame", "FireIdleCallback", "EventDispatch", "XHRReadyStateChange", "XHRLoad",
    "RunMicrotasks", "MajorGC", "MinorGC", "BlinkGC.AtomicPhase",
})  # fmt: skip
TASKS = frozenset({"RunTask"})
CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
    "v8",
    "blink.user_timing",
]
_LONG_MS = 50


class Trace:
    """Of one page, from the beginning of the tracing, or up to what the page has marked with performance.mark()."""

    def __init__(self, raw: bytes, until: str | None = None) -> None:
        self._events: list[dict[str, Any]] = json.loads(raw)["traceEvents"]
        mains = {
            (one["pid"], one["tid"])
            for one in self._events
            if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
        }
        # A navigation may have moved the page to another process: its main thread is the busiest.
        self._main = max(mains, key=lambda main: sum(_task(one) for one in self._events if _thread(one) == main))
        self._end = float("inf")
        if until is not None:
            self._end = min(
                one["ts"] for one in self._events if one["name"] == until and "blink.user_timing" in one["cat"]
            )

    def milliseconds(self, names: frozenset[str]) -> float:
        """How long the page's main thread was in events of these names; what is inside another counts once."""
        total, until = 0.0, 0.0
        for begin, end in self._spans(names):
            total += max(0.0, end - max(begin, until))
            until = max(until, end)
        return total / 1000

    def long_tasks(self) -> list[float]:
        """Milliseconds of each task above 50 ms: while it ran, nothing the user did was answered."""
        tasks = ((end - begin) / 1000 for begin, end in self._spans(TASKS))
        return [task for task in tasks if task > _LONG_MS]

    def frames(self) -> list[float]:
        """Milliseconds to each frame that the page's compositor drew from the one before.

        Where nothing had to be drawn in between: how long after the last frame in which the page found nothing changed
        (or after the compositor was asked for frames again) it began, or how long it took from there, if that is more.
        """
        activated = {one["args"]["frameId"] for one in self._of_page("ActivateLayerTree")}
        begun = [(one["ts"], _data(one)["frameId"] in activated) for one in self._of_page("BeginMainThreadFrame")]
        asked = [one["ts"] for one in self._of_page("NeedsBeginFrameChanged") if _data(one)["needsBeginFrame"]]
        quiet = sorted(asked + [at for at, changed in begun if not changed])
        busy = sorted(at for at, changed in begun if changed)
        frames = []
        for earlier, later in pairwise(sorted(one["ts"] for one in self._of_page("DrawFrame"))):
            last = _before(quiet, later)
            begin = _before(busy, later)
            frames.append((later - earlier if last < earlier else max(begin - last, later - begin)) / 1000)
        return frames

    def _of_page(self, name: str) -> list[dict[str, Any]]:
        """The events of this name in the page's process."""
        return [one for one in self._events if one["name"] == name and one["pid"] == self._main[0]]

    def _spans(self, names: frozenset[str]) -> list[tuple[float, float]]:
        return sorted(
            (one["ts"], min(one["ts"] + one["dur"], self._end))
            for one in self._events
            if one["ph"] == "X" and one["name"] in names and _thread(one) == self._main and one["ts"] < self._end
        )


def _thread(event: dict[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


def _task(event: dict[str, Any]) -> float:
    return float(event["dur"]) if event["ph"] == "X" and event["name"] in TASKS else 0.0


def _data(event: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = event["args"]["data"]
    return data


def _before(moments: list[float], moment: float) -> float:
    """The last of them before this one; 0 if there is none."""
    at = bisect_left(moments, moment)
    return moments[at - 1] if at else 0.0
