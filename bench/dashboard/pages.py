"""The dashboard at 1440 × 900: what it downloads, how long it computes, how smoothly it shows a busy session.

Headless Chromium draws without a graphics card, on the processors that also run the server, the emitter and Playwright.
All times come from the browser: scripting and tasks are the events of its tracing on the page's main thread, frames the
intervals between the ``DrawFrame`` events of the page's compositor. Timestamps of requestAnimationFrame would make the
page draw frames that it does not need, and would miss those that the compositor dropped.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

from bench.dashboard import long, opening, watching
from bench.dashboard.signed_in import SignedIn
from bench.emitter import Emitter
from bench.report import Result
from bench.server import data_directory, ringside

_LONG = 100_000


def figures(quick: bool) -> Iterator[Result]:
    try:
        from tests.e2e.browser import chromium
    except ImportError:
        raise SystemExit("bench: the dashboard is measured with the tests' browser. Run tests/run.sh once.") from None

    rounds, seconds = (3, 5) if quick else (7, 10)
    with ExitStack() as stack:
        server = stack.enter_context(ringside(stack.enter_context(data_directory())))
        environment = server.environment(sqlite_synchronous="NORMAL")
        emitter = stack.enter_context(Emitter(environment, "bench.dashboard.acting"))
        emitter.fill(1, 100)
        emitter.fill(watching.WATCHES, watching.EVENTS, first=1)
        emitter.fill(1, _LONG, first=watching.WATCHES + 1)
        browser = stack.enter_context(chromium())
        sessions = {"bench-0": "a session of 100 events", "bench-1": f"a session of {watching.EVENTS:,} events"}
        user = SignedIn(browser, server)
        yield from long.figures(browser, user, f"bench-{watching.WATCHES + 1}", _LONG)
        yield from opening.figures(browser, user, sessions, rounds)
        yield from watching.figures(browser, user, server, emitter, "bench-0", count(1), seconds)
