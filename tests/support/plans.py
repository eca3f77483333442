"""How SQLite finds what is asked for."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from utils.database.base import Database


def plan_of(database: Database, ask: Callable[[], object]) -> list[str]:
    """The steps of all statements that ``ask`` executes: "SEARCH runs USING INDEX …", "SCAN messages"."""
    asked: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement not in ("BEGIN", "BEGIN IMMEDIATE"):
            asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", remember)
    ask()
    event.remove(database.engine, "before_cursor_execute", remember)
    with database.read() as connection:
        return [
            step.detail
            for statement, values in asked
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
