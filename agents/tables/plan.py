"""A calculation over a table, as data: what the model or the built-in planner writes and the table engine runs.

There is no code in a plan and no way to put any in: every word of it is one of a few, or the name of a column.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DatePart = Literal["value", "year", "quarter", "month"]
Function = Literal["count", "sum", "mean", "median", "min", "max", "ratio"]
Compare = Literal["is", "is not", "at least", "at most", "more than", "less than", "contains"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Condition(_Part):
    """Keeps the rows whose cell compares so with any of the values. Months are '1' to '12'."""

    column: str
    part: DatePart = "value"
    compare: Compare = "is"
    values: list[str]


class Grouping(_Part):
    """One result row for each value of the column, or of the year, quarter or month of its dates."""

    column: str
    part: DatePart = "value"


class Measure(_Part):
    """A number for each group. 'ratio' is the sum of ``column`` divided by the sum of ``per``; 'count' counts rows."""

    function: Function
    column: str | None = None
    per: str | None = None


class TablePlan(_Part):
    """Either ``measures`` (for each group, or for all rows when there are none) or ``select`` (the rows themselves).

    ``sort_by`` is 'group', 'measure' (the first one) or, with ``select``, the name of a column.
    ``trend`` asks how the first measure moves along the groups.
    """

    table: str = Field(description="The table's document name.")
    conditions: list[Condition] = []
    groups: list[Grouping] = []
    measures: list[Measure] = []
    select: list[str] = []
    sort_by: str | None = None
    descending: bool = False
    limit: int | None = None
    trend: bool = False


class Column(_Part):
    """What is known of a column. ``values`` are its most frequent ones (text), ``low`` and ``high`` its ends."""

    name: str
    kind: Literal["number", "date", "text"]
    distinct: int
    values: list[str]
    low: str | None
    high: str | None


class TableProfile(_Part):
    """A table without its rows: enough to plan a calculation."""

    table: str
    rows: int
    columns: list[Column]
    notes: list[str]


class ResultRow(_Part):
    """``group`` and ``values`` stand in the order of the plan; with ``select``, ``group`` holds the cells."""

    group: list[str]
    values: list[float | None]
    count: int


class Trend(_Part):
    """A straight line through the first measure: ``slope`` per group; ``change`` from first to last as a fraction."""

    slope: float
    change: float | None
    fit: float = Field(description="R squared, 0 to 1.")


class TableResult(_Part):
    """``row_numbers`` (at most 500) are those of the rows it rests on, as a spreadsheet counts them.

    ``overall`` are the measures over all matching rows, ``skipped`` how many of those had no number to count.
    """

    rows: list[ResultRow]
    overall: list[float | None]
    matched: int
    total: int
    groups: int
    skipped: int
    row_numbers: list[int]
    trend: Trend | None
