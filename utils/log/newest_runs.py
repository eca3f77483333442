"""Where to begin reading a log so that what is newest is whole: no run, and nothing that goes on, is cut."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from utils.log.events import ENDED_RUN
from utils.log.store import RunSpan


@dataclass(frozen=True, slots=True)
class Beginning:
    """``runs_before`` is how many runs began before the event ``seq``; all of them have ended before it, too."""

    seq: int
    runs_before: int


def beginning(spans: Iterable[RunSpan], newest: int) -> Beginning:
    """The last place at or before the event ``newest`` from which on every run is whole.

    ``spans`` are those of all runs of the log. A run that has not told its end may go on, whatever its last event is:
    nothing of it is left out. That is so of what agents tell outside of any run, too.
    """
    by_begin = sorted(spans, key=lambda span: span.first)
    seq = newest
    for span in reversed(by_begin):
        # Those before it begin earlier: whichever of them reaches up to here is met after this.
        if span.first < seq and (span.last >= seq or not _has_ended(span)):
            seq = span.first
    return Beginning(seq, sum(span.first < seq for span in by_begin))


def _has_ended(span: RunSpan) -> bool:
    return span.run_id is not None and span.told is not None and json.loads(span.told)["status"] in ENDED_RUN
