"""``bench/run.sh``: run the parts and print one table."""

import argparse
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator

from bench import capacity, delivery, emitting, first_event, growth, replay
from bench.report import Figure, render

_PARTS: dict[str, Callable[[bool], Iterator[Figure]]] = {
    "delivery": delivery.figures,
    "capacity": capacity.figures,
    "first-event": first_event.figures,
    "emitting": emitting.figures,
    "replay": replay.figures,
    "growth": growth.figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/run.sh", description="Measure the product beside its goals.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parts = ", ".join(_PARTS)
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=list(_PARTS), metavar="PART", help=parts)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that what was started is stopped, too
    print(f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}, {_busy()}")
    figures: list[Figure] = []
    for name in options.only:
        began = time.monotonic()
        figures += _PARTS[name](options.quick)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(f"{render(figures)}\n{_busy()}")
    if any(figure.result == "miss" for figure in figures):
        sys.exit(1)


def _busy() -> str:
    """Absolute figures of a machine that is busy with other work mean little; ratios of one run mean more."""
    return f"load average {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
