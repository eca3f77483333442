"""Programs whose clocks differ: their steps are shown where they belong, and what may be right is left alone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api.protocols.otlp import read_export
from api.protocols.spans import step_of
from tests.support.spans import agent, chat, export, span
from utils.traces.clocks import on_one_clock
from utils.traces.step import Step

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def steps(*given: dict[str, Any], service: str) -> list[Step]:
    request = json.dumps(export(*given, service=service)).encode()
    return [step_of(one, NOW) for one in read_export(request, "application/json").spans]


def times(found: list[Step]) -> dict[str, tuple[float, float]]:
    """When each began after the earliest, and how long it took."""
    first = min(step.began for step in found)
    return {
        step.span_id[-1]: ((step.began - first).total_seconds(), (step.ended - step.began).total_seconds())
        for step in found
    }


CALLER = steps(agent(1, begins=0, seconds=10), span(2, 1, begins=2, seconds=6), service="caller")


@pytest.mark.parametrize("apart", [-3600, -4, 3600, 86_400 * 3])
def test_the_steps_of_another_clock_are_moved_into_the_call(apart: float) -> None:
    called = steps(
        agent(3, 2, begins=3 + apart, seconds=4), chat(4, 3, begins=4 + apart), chat(5, 3, begins=5 + apart),
        service="called",
    )  # fmt: skip
    moved: dict[str, float] = {}
    for together in ([*called, *CALLER], [*CALLER, *reversed(called)]):
        moved.clear()
        found = on_one_clock(together, moved)
        assert times(found) == {"1": (0, 10), "2": (2, 6), "3": (3, 4), "4": (4, 1), "5": (5, 1)}
        assert [step.span_id for step in found] == [step.span_id for step in together]
    [told] = [step.details for step in found if step.details]
    assert told.startswith(f"The clock of called is {'about' if abs(apart) > 120 else '4.0 seconds'}")
    assert ("behind" if apart < 0 else "ahead") in told


def test_what_comes_later_of_the_program_is_moved_by_the_same() -> None:
    moved: dict[str, float] = {}
    on_one_clock([*CALLER, *steps(agent(3, 2, begins=3 - 3600, seconds=4), service="called")], moved)
    [later] = steps(chat(6, 3, begins=6 - 3600), service="called")
    [found] = on_one_clock([later], moved)
    assert (found.began - CALLER[0].began).total_seconds() == 6
    assert found.details is None


@pytest.mark.parametrize(
    "called",
    [
        span(3, 2, begins=2.01, seconds=4),  # within
        span(3, 2, begins=7, seconds=40),  # outlasts it: work that goes on
        span(3, 2, begins=1.96, seconds=4),  # a little early
        span(3, 2, begins=9000, kind=5),  # taken from a queue
        span(3, None, begins=9000),
        span(3, 77, begins=9000),  # within something that is not known
    ],
)
def test_what_may_be_right_is_left_alone(called: dict[str, Any]) -> None:
    together = [*steps(called, service="called"), *CALLER]
    assert on_one_clock(together, {}) == together


def test_a_program_has_one_clock() -> None:
    together = steps(agent(1, begins=0, seconds=2), chat(2, 1, begins=5), service="caller")
    assert on_one_clock(together, {}) == together


def test_a_circle_of_programs_ends() -> None:
    together = [*steps(chat(1, 2), service="one"), *steps(chat(2, 1), service="two"), *steps(chat(3, 3), service="x")]
    assert len(on_one_clock(together, {})) == 3
