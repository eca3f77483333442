"""The table that a run of the benchmark prints."""

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


def render(figures: list[Figure]) -> str:
    rows = [("figure", "measured", "goal", "ratio", "result"), *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
