"""Clocks of the programs that take part in a trace: each is right for itself, and they differ.

A step that begins before the step around it, or after that has ended, was timed by another clock, if it is another
program's and was not handed over by a queue. All times of that program within the trace are then moved, so that the
step lies in the middle of the one around it, as for a call and the answer that take equally long on their ways (as
Jaeger does). What has been told stays; a program's clock is judged once in a trace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from utils.traces.step import Step

_TOLERATED = timedelta(milliseconds=50)
_NONE = timedelta(0)


def on_one_clock(steps: Sequence[Step], moved: dict[str, float]) -> list[Step]:
    """The steps by the clock of the outermost. ``moved`` are the seconds by which each program's times are moved.

    It is extended for the programs that are judged here.
    """
    by_id = {step.span_id: step for step in steps}
    found = []
    for step in _outer_first(by_id):
        around = by_id.get(step.parent_id or "")
        judged = around is not None and around.program != step.program and step.program not in moved
        if around is not None and judged:
            moved[step.program] = _difference(step, _moved(around, moved)).total_seconds()
            if moved[step.program]:
                step = replace(step, details=_told(step, moved[step.program]))  # noqa: PLW2901
        found.append(_moved(step, moved))
    order = {span_id: place for place, span_id in enumerate(by_id)}
    return sorted(found, key=lambda step: order[step.span_id])


def _outer_first(by_id: dict[str, Step]) -> Iterable[Step]:
    """Each step after the one around it."""
    seen: set[str] = set()
    for step in by_id.values():
        path = []
        at: Step | None = step
        while at is not None and at.span_id not in seen:
            seen.add(at.span_id)
            path.append(at)
            at = by_id.get(at.parent_id or "")
        yield from reversed(path)


def _difference(step: Step, around: Step) -> timedelta:
    """By how much the step's times have to be moved; nothing for those that may be right."""
    early, late = step.began < around.began - _TOLERATED, step.began > around.ended + _TOLERATED
    if step.queued or around.queued or not (early or late):
        return _NONE
    spare = max(_NONE, (around.ended - around.began) - (step.ended - step.began))
    return around.began + spare / 2 - step.began


def _moved(step: Step, moved: dict[str, float]) -> Step:
    by = timedelta(seconds=moved.get(step.program, 0.0))
    return replace(step, began=step.began + by, ended=step.ended + by) if by else step


def _told(step: Step, seconds: float) -> str:
    apart = "behind" if seconds > 0 else "ahead"
    words = f"The clock of {step.service} is {_amount(abs(seconds))} {apart}; its times were moved."
    return f"{step.details} {words}" if step.details else words


def _amount(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"about {seconds / size:.0f} {unit}"
    return f"{seconds:.1f} seconds"
