"""What was used over time: sums of days, weeks and months, by agent, model and person; by indexes alone."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.support.plans import plan_of
from tests.support.usages import ended, took
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import runs, usage_days
from utils.log.activity_log import ActivityLog
from utils.log.events import Error
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.usage_report import Split, UsageReports


def test_runs_failures_and_tokens_of_the_team_and_of_one_person(
    database: Database, log: ActivityLog, books: Bookkeeping, sessions: Sessions, ada: UserRecord, run_queue: RunQueue
) -> None:
    today = now().date()
    sessions.create(owner=ada, session_id="s1")
    for code in (None, "model_failed", "model_failed"):
        run_queue.request("s1", "Why?")
        run = run_queue.claim("owner")
        assert run is not None
        log.append("s1", [ended("a", run_id=run.id, usage=took(10, 2))], run.fence)
        if code is None:
            run_queue.finish(run, "completed")
        else:
            run_queue.fail(run, Error(session_id="s1", run_id=run.id, code=code, message="A herring."), "A herring.")
    books.settle_all()
    reports = UsageReports(database)
    for split, name in (("agent", "Document agents"), ("person", "Ada"), ("model", "m")):
        report = reports.of_team(ada.team_key, today, today, "week", split)  # type: ignore[arg-type]
        assert [one for one, _ in report.totals] == [name]
        assert (report.whole.input, report.whole.output, report.whole.calls) == (30, 6, 3)
        assert report.whole.runs == (0 if split == "model" else 3)
        assert report.failures == [("model_failed", 2)]
        assert report.lines[0].day == today - timedelta(days=today.weekday())
    assert reports.of_team(ada.team_key, today, today, "day", "agent", user_key=ada.key).whole.runs == 3
    other = reports.of_team(ada.team_key, today, today, "day", "agent", user_key=999)
    assert (other.whole.runs, other.whole.input, other.failures) == (0, 0, [])
    assert reports.of_team(999, today, today, "day", "agent").whole.runs == 0


def test_many_runs_are_summed_by_indexes(database: Database, sessions: Sessions, ada: UserRecord) -> None:
    """How long that takes, the benchmark of a server that has grown says."""
    session = sessions.create(owner=ada, session_id="s1")
    key, at = sessions.ownership(session.id).key, now()  # type: ignore[union-attr]
    made = [
        {
            "id": f"run-{n}", "session_key": key, "status": "completed" if n % 9 else "failed", "question": "q",
            "first_seq": 1, "created_at": at - timedelta(hours=n, seconds=2), "agent_key": n % 7 + 1,
            "started_at": at - timedelta(hours=n, seconds=1), "finished_at": at - timedelta(hours=n),
            "failure_code": "model_failed" if n % 9 == 0 else None,
        }
        for n in range(600)
    ]  # fmt: skip
    days = [
        {
            "team_key": ada.team_key, "day": f"{at - timedelta(days=d):%Y-%m-%d}", "user_key": u, "agent_key": a,
            "agent_name": "", "model": "m", "currency": "EUR", "calls": 9, "input": 100, "cached": 1, "output": 10,
            "reasoning": 1, "cost_micros": 5,
        }
        for d in range(30) for u in range(3) for a in range(7)
    ]  # fmt: skip
    with database.write() as connection:
        connection.execute(insert(runs), made)
        connection.execute(insert(usage_days), days)
    reports, until = UsageReports(database), at.date()
    report = reports.of_team(ada.team_key, until - timedelta(days=29), until, "day", "agent")
    assert (report.whole.runs, report.whole.failed) == (600, 67)
    assert (report.whole.waited_ms, report.whole.longest_ms) == (600_000, 1000)
    assert report.whole.costs == {"EUR": 5 * len(days)}
    assert report.failures == [("model_failed", 67)]


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("split", ["agent", "model", "person"])
@pytest.mark.parametrize("user_key", [None, 1])
def test_no_table_that_grows_is_read_from_end_to_end(database: Database, split: Split, user_key: int | None) -> None:
    reports, day = UsageReports(database), now().date()
    plan = plan_of(database, lambda: reports.of_team(1, day - timedelta(days=29), day, "day", split, user_key))
    assert [step for step in plan if step.startswith(("SCAN runs", "SCAN sessions", "SCAN usage_days"))] == [], plan
    assert any(re.match(r"SEARCH usage_days .*\(team_key=\? AND day>\? AND day<\?\)", step) for step in plan), plan
