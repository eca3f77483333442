"""What closes a run."""

from datetime import timedelta

import pytest

from tests.support.events import MOMENT
from utils.log.events import ActivityStatus, AgentActivity
from utils.log.run_ending import closing_events


def step(second: int, status: ActivityStatus, activity_id: str = "1", parent_id: str | None = "0") -> AgentActivity:
    return AgentActivity(
        session_id="s1", run_id="r", activity_id=activity_id, parent_id=parent_id, agent_name="A", action="b",
        status=status, time=MOMENT + timedelta(seconds=second),
    )  # fmt: skip


def test_what_is_open_is_closed_from_the_inside_out() -> None:
    told = [
        step(0, "started", "0", None),
        step(1, "started"),
        step(2, "started", "2", "1"),
        step(3, "completed", "2", "1"),
    ]
    ends = [event for event in closing_events(told, "failed", "It broke.") if isinstance(event, AgentActivity)]
    assert [(end.activity_id, end.status, end.details) for end in ends] == [
        ("1", "cancelled", None), ("0", "failed", "It broke."),
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_a_step_whose_beginning_arrives_after_its_end_is_not_closed_again(end: ActivityStatus) -> None:
    assert closing_events([step(2, end), step(1, "started")], "completed") == []
    assert closing_events([step(2, end), step(3, "started")], "completed") == []
    assert closing_events([step(2, end), step(2, "in-progress")], "completed") == []


def test_a_step_that_goes_on_after_its_end_is_closed() -> None:
    [end] = closing_events([step(2, "failed"), step(3, "in-progress")], "completed")
    assert isinstance(end, AgentActivity)
    assert end.status == "cancelled"
