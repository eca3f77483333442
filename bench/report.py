"""What a run of the benchmark prints and keeps: a table of figures with goals, and tables of servers side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. ``ratio`` is measured to reference; the goal is kept if it is at most, or at least, ``bound``.

    A figure without a ratio has no goal and is there to be known.
    """

    name: str
    measured: str
    goal: str = ""
    ratio: float | None = None
    bound: float = 1.0
    side: Literal["at most", "at least"] = "at most"

    @property
    def result(self) -> Literal["", "ok", "miss"]:
        if self.ratio is None:
            return ""
        return "ok" if (self.ratio <= self.bound if self.side == "at most" else self.ratio >= self.bound) else "miss"

    def cells(self) -> tuple[str, ...]:
        return (self.name, self.measured, self.goal, "" if self.ratio is None else f"{self.ratio:.2f}", self.result)


@dataclass(frozen=True, slots=True)
class Table:
    """Several servers, a line for each, measured in one run."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Result = Figure | Table


def render(results: Sequence[Result]) -> str:
    """Markdown that also reads well in a terminal: the figures first, then each table under its title."""
    parts = [f"{table.title}\n\n{_grid([table.header, *table.rows])}" for table in results if isinstance(table, Table)]
    figures = [result.cells() for result in results if isinstance(result, Figure)]
    if figures:
        parts.insert(0, _grid([("figure", "measured", "goal", "ratio", "result"), *figures]))
    return "\n\n".join(parts)


def _grid(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )
