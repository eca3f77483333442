"""What was used over time: sums of days, weeks and months, by agent, model and person; quick with many runs."""

import time
from datetime import date, timedelta

from sqlalchemy import insert

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
from utils.spending.usage_report import UsageReports


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


def test_a_hundred_thousand_runs_are_summed_in_a_moment(
    database: Database, sessions: Sessions, ada: UserRecord
) -> None:
    session = sessions.create(owner=ada, session_id="s1")
    key, at = sessions.ownership(session.id).key, now()  # type: ignore[union-attr]
    made = [
        {
            "id": f"run-{n}", "session_key": key, "status": "completed" if n % 9 else "failed", "question": "q" * 50,
            "first_seq": 1, "created_at": at - timedelta(hours=n % 600, seconds=2), "agent_key": n % 7 + 1,
            "started_at": at - timedelta(hours=n % 600, seconds=1), "finished_at": at - timedelta(hours=n % 600),
            "failure_code": "model_failed" if n % 9 == 0 else None,
        }
        for n in range(100_000)
    ]  # fmt: skip
    days = [
        {
            "team_key": ada.team_key, "day": f"{at - timedelta(days=d):%Y-%m-%d}", "user_key": u, "agent_key": a,
            "agent_name": "", "model": f"m{m}", "currency": "EUR", "calls": 9, "input": 100, "cached": 1, "output": 10,
            "reasoning": 1, "cost_micros": 5,
        }
        for d in range(30) for u in range(20) for a in range(7) for m in range(3)
    ]  # fmt: skip
    with database.write() as connection:
        for start in range(0, len(made), 5000):
            connection.execute(insert(runs), made[start : start + 5000])
        connection.execute(insert(usage_days), days)
    reports, until = UsageReports(database), at.date()
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        report = reports.of_team(ada.team_key, until - timedelta(days=29), until, "day", "agent")
        taken.append(time.perf_counter() - began)
    assert report.whole.runs == 100_000
    assert report.whole.costs == {"EUR": 5 * len(days)}
    assert isinstance(report.since, date)
    print(f"best of three: {min(taken) * 1000:.0f} ms")
    assert min(taken) < 1.5, taken  # 0.3 s on a machine that has nothing else to do
