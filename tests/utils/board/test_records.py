"""What the records say is found by indexes: it is asked every two seconds, however much is kept."""

import re

import pytest

from tests.support.plans import plan_of
from utils.accounts.principal import UserRecord
from utils.board import records
from utils.database.base import Database
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.spending.spent import costs_of_runs

GROWING = tuple(f"SCAN {table}" for table in ("runs", "sessions", "approvals", "findings", "usages", "budget_states"))


@pytest.mark.only_on("sqlite")
def test_no_table_that_grows_is_read_from_end_to_end(database: Database) -> None:
    for ask in (lambda: records.read_all(database), lambda: records.read_some(database, [1, 2])):
        plan = plan_of(database, ask)
        assert [step for step in plan if step.startswith(GROWING)] == [], plan
    with database.read() as connection:
        plan = plan_of(database, lambda: costs_of_runs(connection, [(1, "run-1"), (2, "")]))
    assert any(re.match(r"SEARCH usages USING .*\(session_key=\? AND run_id=\?\)", step) for step in plan), plan
    assert any("runs_ended" in step for step in plan_of(database, lambda: records.read_all(database)))


def test_some_are_found_as_all_are(
    database: Database, sessions: Sessions, run_queue: RunQueue, ada: UserRecord
) -> None:
    keys = {}
    for name in ("waits", "ended", "idle"):
        keys[name] = sessions.create(name, name, ada).key
        if name != "idle":
            run_queue.request(name, "Is the harbour clear?")
    ended = next(run for run in records.read_all(database).runs if run.session.id == "ended")
    run_queue.cancel(ended.id)
    every = records.read_all(database)
    assert {run.session.id: run.status for run in every.runs} == {"waits": "queued", "ended": "cancelled"}
    assert {session.id for session in every.sessions} == set(keys)
    assert every.sessions[0].whose.team_key == ada.team_key
    for name, key in keys.items():
        some = records.read_some(database, [key])
        assert some.runs == [run for run in every.runs if run.session.id == name]
        assert some.sessions == [session for session in every.sessions if session.id == name]
