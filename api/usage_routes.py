"""What was used: of a team or of oneself, over time, and of a session."""

from collections.abc import Iterator

from flask import Response

from api.access.identity import principal, readable
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.parameters import SessionPath
from api.bodies.spending import (
    Amounts,
    Failure,
    Money,
    RunSpending,
    SessionSpending,
    UsageLine,
    UsageQuery,
    UsageReport,
    UsageTotal,
)
from api.downloads import streamed
from api.exports.file_name import content_disposition
from api.exports.usage_lines import usage_csv
from api.services import services
from utils.spending import usage_report
from utils.spending.spent import Spent, spent_by_session

blueprint = ViewGroup("usage", "Usage", "/api")
_TEXT = {"schema": {"type": "string"}}


@blueprint.get(
    "/usage",
    summary="What was used over time, by agent, model or person",
    description="Administrators see the team, members what counts for them.",
    responses={200: UsageReport},
)
def read_usage(query: UsageQuery) -> Response:
    report = _report(query)
    return answer(
        UsageReport(
            since=report.since, until=report.until, whole=Amounts(**_amounts(report.whole)),
            totals=[UsageTotal(name=name, **_amounts(one)) for name, one in report.totals],
            lines=[UsageLine(day=one.day, name=one.name, **_amounts(one.amounts)) for one in report.lines],
            failures=[Failure(code=code, runs=count) for code, count in report.failures],
        )
    )  # fmt: skip


@blueprint.get(
    "/usage/export",
    summary="The same as a CSV file, a row for each period and name",
    description="Costs have a column for each currency. A cell that begins like a formula has an apostrophe before it.",
    responses={200: {"description": "The file.", "content": {"text/csv": _TEXT}}, 503: ErrorBody},
)
def export_usage(query: UsageQuery) -> Response:
    report = _report(query)
    name = content_disposition(f"Usage {report.since} to {report.until}", ".csv")
    told = f"{report.since} to {report.until}, by {query.split}"
    pieces: Iterator[bytes] = usage_csv(report)
    return streamed(pieces, "usage exported", told, "text/csv; charset=utf-8; header=present", name)


@blueprint.get(
    "/sessions/<session_id>/spending",
    summary="What the agents of a session have used, run by run",
    responses={200: SessionSpending, 404: ErrorBody},
)
def read_spending(path: SessionPath) -> Response:
    session = readable(path.session_id)
    with services().database.read() as connection:
        whole, by_run = spent_by_session(connection, session.key)
    told = [RunSpending(run_id=run_id, **_spent(spent)) for run_id, spent in by_run.items()]
    return answer(SessionSpending(**_spent(whole), **whole.tokens._asdict(), runs=told))


def _report(query: UsageQuery) -> usage_report.Report:
    who = principal()
    mine = None if who.is_administrator else who.user.key
    return services().usage_reports.of_team(who.team.key, query.first, query.last, query.step, query.split, mine)


def _amounts(found: usage_report.Amounts) -> dict[str, object]:
    return {
        "calls": found.calls, "input": found.input, "cached": found.cached, "output": found.output,
        "reasoning": found.reasoning, "unpriced": found.unpriced, "costs": _money(found.costs), "runs": found.runs,
        "failed": found.failed, "mean_wait_ms": found.mean_wait_ms, "longest_wait_ms": found.longest_ms,
    }  # fmt: skip


def _spent(found: Spent) -> dict[str, object]:
    return {"tokens": found.tokens.total, "costs": _money(found.costs), "unpriced": sorted(found.unpriced)}


def _money(costs: dict[str, int]) -> list[Money]:
    return [Money(currency=currency, micros=micros) for currency, micros in sorted(costs.items())]
