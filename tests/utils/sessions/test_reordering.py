"""The queue of a session, put in another order: what is named goes first, what has begun stays where it is."""

import pytest

from utils.accounts.principal import UserRecord
from utils.log.activity_log import ActivityLog
from utils.log.events import RunUpdate
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import Sessions


@pytest.fixture(autouse=True)
def _session(sessions: Sessions, ada: UserRecord) -> None:
    for session_id in ("s1", "s2"):
        sessions.create(session_id, owner=ada)


def ask(queue: RunQueue, *questions: str, session_id: str = "s1") -> list[RunRecord]:
    asked = [queue.request(session_id, question) for question in questions]
    return [one[1] for one in asked if one is not None]


def answered(queue: RunQueue) -> list[str]:
    """The questions that are left, in the order they are answered."""
    order = []
    while (run := queue.claim("me")) is not None:
        order.append(run.question)
        queue.finish(run, "completed")
    return order


def test_what_is_named_goes_first_and_the_rest_as_it_was(run_queue: RunQueue) -> None:
    _, b, c, d = ask(run_queue, "a", "b", "c", "d")
    assert run_queue.reorder("s1", [d.id, c.id])
    assert not run_queue.reorder("s1", [d.id, c.id]), "it is in that order"
    ask(run_queue, "e")
    assert answered(run_queue) == ["d", "c", "a", "b", "e"]
    assert not run_queue.reorder("s1", [b.id])


def test_what_has_begun_and_what_is_elsewhere_is_passed_over(run_queue: RunQueue) -> None:
    a, b, c = ask(run_queue, "a", "b", "c")
    [other] = ask(run_queue, "other", session_id="s2")
    begun = run_queue.claim("me")
    assert begun is not None
    assert begun.id == a.id
    run_queue.wait(begun, 0, 0)
    assert run_queue.reorder("s1", ["run-unknown", other.id, c.id, a.id, b.id])
    assert [question for question in answered(run_queue) if question != "other"] == ["a", "c", "b"]


def test_the_log_tells_the_whole_order(run_queue: RunQueue, log: ActivityLog) -> None:
    runs = ask(run_queue, "a", "b", "c")
    run_queue.reorder("s1", [runs[2].id])
    told = {}
    for run in runs:
        events = log.run_events("s1", run.id, run.first_seq)
        told[run.question] = [one.place for one in events if isinstance(one, RunUpdate)]
    assert told == {"c": [None, 1], "a": [None, 2], "b": [None, 3]}
    run_queue.reorder("s1", [runs[1].id, runs[0].id])
    assert answered(run_queue) == ["b", "a", "c"]
