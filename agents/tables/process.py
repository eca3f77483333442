"""Table arithmetic in a child process with limits: ``python -m agents.tables.process``.

Request: ``{"path", "name", "plans": [object, …]}``. Answer: ``{"profile": …}`` when there are no plans; otherwise
``{"results": [ …]}`` in their order, and ``{"lines": {row number: line}}``, the first rows that they rest on.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.sandbox.confinement import serve
from agents.tables.plan import TablePlan, TableProfile, TableResult
from agents.text.row_line import row_line

_SECONDS = 60.0
_QUOTED_ROWS = 60


async def profile_table(path: Path, name: str) -> TableProfile:
    """What the table has. Raises AgentError when it cannot be read."""
    answer = await _ask({"path": str(path), "name": name, "plans": []})
    return TableProfile.model_validate(answer["profile"])


async def compute_table(path: Path, name: str, plans: list[TablePlan]) -> tuple[list[TableResult], dict[int, str]]:
    """The results, and the rows they rest on as lines by row number. Raises AgentError when a plan does not fit."""
    asked = [plan.model_dump() for plan in plans]
    answer = await _ask({"path": str(path), "name": name, "plans": asked})
    results = [TableResult.model_validate(result) for result in answer["results"]]
    return results, {int(row): line for row, line in answer["lines"].items()}


async def _ask(request: dict[str, Any]) -> dict[str, Any]:
    from agents.sandbox.child_process import run_child  # Not in the child, which needs no event loop.

    answer: dict[str, Any] = {}
    await run_child("agents.tables.process", request, on_line=answer.update, seconds=_SECONDS)
    return answer


def _answer(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    from agents.tables.engine import TypedTable, compute
    from agents.tables.table import read_table

    table = read_table(Path(request["path"]), request["name"])
    typed = TypedTable(table)
    if not request["plans"]:
        tell({"profile": typed.profile().model_dump(mode="json")})
        return
    results = [compute(typed, TablePlan.model_validate(plan)) for plan in request["plans"]]
    quoted = {number for result in results for number in result.row_numbers[:_QUOTED_ROWS]}
    rows = zip(table.numbers, table.rows, strict=True)
    lines = {number: row_line(table.columns, cells) for number, cells in rows if number in quoted}
    tell({"results": [result.model_dump(mode="json") for result in results], "lines": lines})


if __name__ == "__main__":
    serve(_answer)
