"""What the events of a run say of now."""

from datetime import timedelta
from typing import Any

from tests.support.events import MOMENT
from utils.board.fold import RunFold
from utils.log.events import AgentActivity, LoggedEvent, RunUpdate, Usage


def step(name: str, status: str, seconds: int, **given: Any) -> AgentActivity:
    return AgentActivity(
        session_id="s1", run_id="run-1", activity_id=name, agent_name="Lookout", action=name, status=status,
        time=MOMENT + timedelta(seconds=seconds), **given,
    )  # fmt: skip


def tokens(count: int) -> Usage:
    return Usage(model="m", input_tokens=count, output_tokens=1)


EVENTS: list[LoggedEvent] = [
    RunUpdate(session_id="s1", run_id="run-1", status="running", time=MOMENT),
    step("root", "started", 1),
    step("read", "started", 2, parent_id="root"),
    step("read", "in-progress", 3, usage=tokens(5)),
    step("read", "completed", 4, usage=tokens(7)),
    step("read", "in-progress", 3),  # told late
    step("write", "started", 5, usage=tokens(10)),
    RunUpdate(session_id="s1", run_id="run-1", status="running", phase="Writing", time=MOMENT + timedelta(seconds=6)),
    RunUpdate(session_id="s1", run_id="run-1", status="waiting", time=MOMENT + timedelta(seconds=7)),
]


def folded(events: list[LoggedEvent], fold: RunFold, first: int = 1) -> RunFold:
    for seq, event in enumerate(events, first):
        fold.take(seq, event.type, event.model_dump(mode="json"))
    return fold


def told(fold: RunFold) -> tuple[Any, ...]:
    return fold.step, fold.input_tokens, fold.output_tokens, fold.agent_name, fold.status_at, fold.seq


def test_the_step_is_the_one_that_began_last_of_those_that_go_on() -> None:
    steps = [folded(EVENTS[:cut], RunFold()).step for cut in range(len(EVENTS) + 1)]
    assert [one.action if one else None for one in steps] == [
        None, None, "root", "read", "read", "root", "root", "write", "write", "write",
    ]  # fmt: skip
    assert steps[4] is not None
    assert steps[4].since == MOMENT + timedelta(seconds=2), "and not when it told more of itself"


def test_tokens_are_counted_once_for_a_step_that_tells_them_again() -> None:
    fold = folded(EVENTS, RunFold())
    assert (fold.input_tokens, fold.output_tokens) == (17, 2)


def test_a_status_counts_from_when_it_was_told_first() -> None:
    assert folded(EVENTS[:8], RunFold()).status_at == MOMENT
    assert folded(EVENTS, RunFold()).status_at == MOMENT + timedelta(seconds=7)


def test_what_comes_again_changes_nothing_wherever_it_is_cut() -> None:
    whole = told(folded(EVENTS, RunFold()))
    for cut in range(len(EVENTS)):
        fold = folded(EVENTS[: cut + 1], RunFold())
        for first in range(cut + 1):
            folded(EVENTS[first : cut + 1], fold, first + 1)
        assert told(folded(EVENTS, fold)) == whole


def test_a_step_that_goes_on_after_its_end_is_open_again() -> None:
    fold = folded([*EVENTS[:5], step("read", "in-progress", 9)], RunFold())
    assert fold.step is not None
    assert fold.step.action == "read"
