"""Table arithmetic in a child process with limits: ``python -m agents.tables.process``.

Request: ``{"path", "name", "language", "at", "plans": [object, …]}``. Answer: ``{"profiles": [ …]}`` of all tables of
the file when there are no plans; otherwise, of the one ``at`` this place, ``{"results": [ …]}`` in their order, and
``{"lines": {row number: line}}``, the first rows that they rest on.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.sandbox.confinement import serve
from agents.tables.plan import TablePlan, TableProfile, TableResult
from agents.text.row_line import row_line

if TYPE_CHECKING:
    from agents.tables.engine import TypedTable
    from agents.tables.table import Table

_SECONDS = 60.0
_QUOTED_ROWS = 60


async def profile_tables(path: Path, name: str, language: str | None) -> list[TableProfile]:
    """What each table of a file has, told in this language. Raises AgentError when it cannot be read."""
    answer = await _ask({"path": str(path), "name": name, "language": language, "at": 0, "plans": []})
    return [TableProfile.model_validate(profile) for profile in answer["profiles"]]


async def compute_table(
    path: Path, name: str, language: str | None, at: int, plans: list[TablePlan]
) -> tuple[list[TableResult], dict[int, str]]:
    """The results, and the rows they rest on as lines by row number. Raises AgentError when a plan does not fit."""
    asked = [plan.model_dump() for plan in plans]
    answer = await _ask({"path": str(path), "name": name, "language": language, "at": at, "plans": asked})
    results = [TableResult.model_validate(result) for result in answer["results"]]
    return results, {int(row): line for row, line in answer["lines"].items()}


async def _ask(request: dict[str, Any]) -> dict[str, Any]:
    from agents.sandbox.child_process import run_child  # Not in the child, which needs no event loop.

    answer: dict[str, Any] = {}
    await run_child("agents.tables.process", request, on_line=answer.update, seconds=_SECONDS)
    return answer


def _answer(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    from agents.tables.saying import speaking

    with speaking(request["language"]):
        tell(_profiles(request) if not request["plans"] else _results(request))


def _profiles(request: dict[str, Any]) -> dict[str, Any]:
    return {"profiles": [_typed(one).profile().model_dump(mode="json") for one in _tables(request)]}


def _results(request: dict[str, Any]) -> dict[str, Any]:
    from agents.tables.engine import compute

    table = _tables(request)[request["at"]]
    typed = _typed(table)
    results = [compute(typed, TablePlan.model_validate(plan)) for plan in request["plans"]]
    quoted = {number for result in results for number in result.row_numbers[:_QUOTED_ROWS]}
    rows = zip(table.numbers, table.rows, strict=True)
    lines = {number: row_line(table.columns, cells) for number, cells in rows if number in quoted}
    return {"results": [result.model_dump(mode="json") for result in results], "lines": lines}


def _tables(request: dict[str, Any]) -> "list[Table]":
    from agents.tables.table import read_tables

    return read_tables(Path(request["path"]), request["name"])


def _typed(table: "Table") -> "TypedTable":
    from agents.tables.engine import TypedTable

    return TypedTable(table)


if __name__ == "__main__":
    serve(_answer)
