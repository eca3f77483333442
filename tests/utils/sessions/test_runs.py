"""Runs as they are read: one, a page of a session's, all of them."""

import pytest

from utils.database.paging import CursorError
from utils.sessions.deletion import SessionDeletion
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions


def ask(run_queue: RunQueue, session_id: str, *questions: str) -> list[str]:
    """The ids of their runs."""
    asked = [run_queue.request(session_id, question) for question in questions]
    return [request[1].id for request in asked if request is not None]


def test_pages_are_newest_first_and_meet_without_a_gap(runs: Runs, run_queue: RunQueue, sessions: Sessions) -> None:
    key, other = sessions.create("s1").key, sessions.create("s2").key
    asked = ask(run_queue, "s1", *map(str, range(7)))
    [elsewhere] = ask(run_queue, "s2", "Why?")
    seen, cursor = [], None
    while True:
        page = runs.page(key, cursor, limit=3)
        seen += [run.id for run in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == asked[::-1]
    assert [run.id for run in runs.all_of(key)] == asked
    assert [run.id for run in runs.page(other, limit=1).items] == [elsewhere]
    assert runs.page(other, limit=1).next_cursor is None, "a page that is just full is the last"
    with pytest.raises(CursorError):
        runs.page(key, "nonsense")


def test_a_run_has_the_id_of_its_session_and_is_gone_with_it(
    runs: Runs, run_queue: RunQueue, sessions: Sessions, deletion: SessionDeletion
) -> None:
    sessions.create("s1")
    [run_id] = ask(run_queue, "s1", "Who rebuilt the engine?")
    run = runs.get(run_id)
    assert run is not None
    assert (run.session_id, run.question, run.status, run.cancel_requested) == (
        "s1", "Who rebuilt the engine?", "queued", False,
    )  # fmt: skip
    deletion.delete("s1")
    assert runs.get(run_id) is None
    assert runs.get("run-x") is None
