"""Where reading begins so that no run is cut."""

import pytest

from tests.support.events import activity, run_update
from utils.log.activity_log import ActivityLog
from utils.log.events import LoggedEvent
from utils.log.newest_runs import Beginning


def whole(run_id: str, end: str = "completed") -> list[LoggedEvent]:
    """Four events."""
    step = activity("s1", run_id=run_id)
    return [run_update("s1", run_id, "queued"), step, step, run_update("s1", run_id, end)]


def begins(log: ActivityLog, newest: int) -> Beginning:
    position = log.position("s1")
    assert position is not None
    return log.beginning(position, newest)


@pytest.mark.parametrize(("newest", "expected"), [(1, (1, 0)), (4, (1, 0)), (5, (5, 1)), (8, (5, 1)), (12, (9, 2))])
def test_it_begins_where_the_run_does_that_is_there(log: ActivityLog, newest: int, expected: tuple[int, int]) -> None:
    log.append("s1", [*whole("a"), *whole("b", "failed"), *whole("c", "cancelled")])
    assert begins(log, newest) == Beginning(*expected)


def test_between_two_runs_nothing_more_is_read(log: ActivityLog) -> None:
    log.append("s1", [*whole("a"), *whole("b")])
    assert begins(log, 9) == Beginning(9, 2)


def test_runs_at_one_time_are_read_together(log: ActivityLog) -> None:
    a, b, c = whole("a"), whole("b"), whole("c")
    log.append("s1", [*whole("z"), *a[:2], *b[:2], *a[2:], *c[:2], *b[2:], *c[2:]])
    assert begins(log, 16) == Beginning(5, 1)


@pytest.mark.parametrize("status", ["queued", "running", "waiting"])
def test_what_has_not_ended_is_not_left_out(log: ActivityLog, status: str) -> None:
    log.append("s1", [*whole("z"), *whole("a", status), *whole("b"), *whole("c")])
    assert begins(log, 13) == Beginning(5, 1)


def test_a_run_that_went_on_after_its_end_has_not_ended(log: ActivityLog) -> None:
    log.append("s1", [*whole("a"), run_update("s1", "a", "running"), *whole("b")])
    assert begins(log, 6) == Beginning(1, 0)


def test_what_is_told_of_a_run_after_its_end_belongs_to_it(log: ActivityLog) -> None:
    log.append("s1", [*whole("a"), *whole("b"), activity("s1", run_id="a"), *whole("c")])
    assert begins(log, 10) == Beginning(10, 2)
    assert begins(log, 9) == Beginning(1, 0)


def test_a_run_that_never_tells_of_itself_and_what_is_of_no_run_are_not_left_out(log: ActivityLog) -> None:
    log.append("s1", [*whole("z"), activity("s1", run_id="silent"), *whole("a")])
    assert begins(log, 6) == Beginning(5, 1)
    log.append("s1", [run_update("s1", "silent", "completed"), *whole("b"), activity("s1"), *whole("c")])
    assert begins(log, 19) == Beginning(15, 4)


def test_what_is_forgotten_counts_no_more(log: ActivityLog) -> None:
    log.append("s1", [*whole("a"), *whole("b"), *whole("c")])
    log.trim("s1", 3)
    assert begins(log, 9) == Beginning(9, 2)
    assert begins(log, 4) == Beginning(3, 0)
    log.trim("s1", 5)
    assert begins(log, 9) == Beginning(9, 1)


def test_what_is_of_no_run_has_no_end_even_if_it_says_so(log: ActivityLog) -> None:
    nobody = run_update("s1", "x", "completed").model_copy(update={"run_id": None})
    log.append("s1", [*whole("z"), nobody, *whole("a")])
    assert begins(log, 7) == Beginning(5, 1)
