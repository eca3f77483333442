"""Table arithmetic in a child process with limits: ``python -m agents.tables.process``.

Request: ``{"path", "name", "plan": object or null}``. Answer: ``{"profile": …}`` or, with a plan, ``{"result": …}``
and the lines of the first rows it rests on, ``{"lines": {row number: line}}``.
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
    answer = await _ask({"path": str(path), "name": name, "plan": None})
    return TableProfile.model_validate(answer["profile"])


async def compute_table(path: Path, name: str, plan: TablePlan) -> tuple[TableResult, dict[int, str]]:
    """The result, and the rows it rests on as lines by row number. Raises AgentError when the plan does not fit."""
    answer = await _ask({"path": str(path), "name": name, "plan": plan.model_dump()})
    return TableResult.model_validate(answer["result"]), {int(row): line for row, line in answer["lines"].items()}


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
    if request["plan"] is None:
        tell({"profile": typed.profile().model_dump()})
        return
    result = compute(typed, TablePlan.model_validate(request["plan"]))
    quoted = set(result.row_numbers[:_QUOTED_ROWS])
    rows = zip(table.numbers, table.rows, strict=True)
    lines = {number: row_line(table.columns, cells) for number, cells in rows if number in quoted}
    tell({"result": result.model_dump(), "lines": lines})


if __name__ == "__main__":
    serve(_answer)
