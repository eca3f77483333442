"""``python -m bench.dashboard.acting``: emits what :mod:`bench.dashboard.play` tells.

It obeys the same JSON lines on standard input as bench/emitter.py; what it emits goes on where it filled up to.
"""

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bench.dashboard.play import play
from utils.log.events import LoggedEvent
from utils.sse_emitter import sse_emitter

_TOGETHER = 1000


class _Stage:
    """The sessions that play, each at its place."""

    def __init__(self) -> None:
        self._plays: dict[int, Iterator[LoggedEvent]] = {}

    def fill(self, sessions: int, events: int, first: int) -> None:
        for number in range(first, first + sessions):
            for done in range(0, events, _TOGETHER):
                sse_emitter.emit_all(list(islice(self._play(number), min(_TOGETHER, events - done))))

    def emit(self, events: int, rate: float, sessions: int, first: int) -> dict[str, Any]:
        micros, before = [], time.process_time()
        start = time.monotonic()
        for number in range(events):
            pause = start + number / rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            began = time.monotonic_ns()
            sse_emitter.emit(next(self._play(first + number % sessions)))
            micros.append((time.monotonic_ns() - began) / 1000)
        return {"micros": micros, "cpu": time.process_time() - before}

    def _play(self, number: int) -> Iterator[LoggedEvent]:
        return self._plays.setdefault(number, play(f"bench-{number}"))


def main() -> None:
    stage = _Stage()
    for line in sys.stdin:
        words = json.loads(line)
        answer: dict[str, Any] = {}
        if "fill" in words:
            stage.fill(words["fill"], words["events"], words["first"])
        else:
            answer = stage.emit(words["emit"], words["rate"], words["sessions"], words["first"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
