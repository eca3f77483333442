"""``bench/run.sh``: run the parts, print one table, and keep each part's results with what they were measured on.

Or run some of them of an older commit beside the working copy.
"""

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterable

from bench import against, capacity, delivery, emitting, first_event, ingest, nodes, notices, replay, starting
from bench.dashboard import pages
from bench.findings import judged
from bench.graphs import runs
from bench.growth import logs, team
from bench.machine import describe, load, versions
from bench.peers import delivery as peers
from bench.report import Figure, Result, render
from bench.results import keep
from bench.trust import answers

_PARTS: dict[str, Callable[[bool], Iterable[Result]]] = {
    "delivery": delivery.figures,
    "peers": peers.figures,
    "capacity": capacity.figures,
    "first-event": first_event.figures,
    "emitting": emitting.figures,
    "ingest": ingest.figures,
    "notices": notices.figures,
    "replay": replay.figures,
    "growth": logs.figures,
    "team": team.figures,
    "nodes": nodes.figures,
    "langgraph": runs.figures,
    "dashboard": pages.figures,
    "starting": starting.figures,
    "trust": answers.figures,
    "findings": judged.figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/run.sh", description="Measure the product beside its goals.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--write", action="store_true", help="put the results into bench/RESULTS.md")
    parts = ", ".join(_PARTS)
    parser.add_argument("--only", nargs="+", choices=_PARTS, metavar="PART", help=parts)
    parser.add_argument(
        "--against",
        metavar="COMMIT",
        help="compare the working copy with an older commit instead, in quick rounds of both in turn. Without --only: "
        + ", ".join(against.PARTS),
    )
    parser.add_argument("--list", action="store_true", help="say which parts would be run, and end")
    options = parser.parse_args()
    options.only = options.only or list(against.PARTS if options.against else _PARTS)
    if options.list:
        print(*options.only, sep="\n")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that what was started is stopped, too
    print(describe(), f"Load average {load()}.", sep="\n")
    if options.against:
        for table in against.compare(options.against, options.only, rounds=2 if options.quick else 5):
            print(render([table]), f"Load average {load()}.", sep="\n", flush=True)
        return
    _measure(options)


def _measure(options: argparse.Namespace) -> None:
    """Run the parts, print their results and keep them. Ends the process with 1 when a goal was missed."""
    command = shlex.join(["bench/run.sh", *sys.argv[1:]])
    results: list[Result] = []
    for name in options.only:
        before, began = load(), time.monotonic()
        found = list(_PARTS[name](options.quick))
        results += found
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        if options.write:
            conditions = f"`{command}`, load average {before} before and {load()} after. {versions(name)}"
            keep(name, conditions, render(found))
    print(render(results), f"Load average {load()}.", sep="\n")
    if any(isinstance(result, Figure) and result.result == "miss" for result in results):
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
