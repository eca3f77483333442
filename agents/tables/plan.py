"""A calculation over a table, as data: what the model or the built-in planner writes and the table engine runs.

There is no code in a plan and no way to put any in: every word of it is one of a few, or the name of a column.
"""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DatePart = Literal["value", "year", "quarter", "month"]
Function = Literal[
    "count", "distinct", "sum", "mean", "median", "min", "max", "range", "ratio", "incoming", "outgoing"
]  # fmt: skip
Compare = Literal["is", "is not", "at least", "at most", "more than", "less than", "contains"]
ColumnKind = Literal["number", "money", "quantity", "percent", "id", "date", "yes/no", "text"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Condition(_Part):
    """Keeps the rows whose cell compares so with any of the values. Months are '1' to '12'."""

    column: str
    part: DatePart = "value"
    compare: Compare = "is"
    values: list[str]


class Grouping(_Part):
    """One result row for each value of the column, of the year, quarter or month of its dates, or of its unit."""

    column: str
    part: DatePart | Literal["unit"] = "value"


class Measure(_Part):
    """A number for each group. 'ratio' is the sum of ``column`` divided by the sum of ``per``; 'count' counts rows,
    'distinct' the different values of ``column``; 'range' is max less min; 'outgoing' adds the negative values, told
    without their sign, 'incoming' the positive ones."""

    function: Function
    column: str | None = None
    per: str | None = None


class TablePlan(_Part):
    """Either ``measures`` (for each group, or for all rows when there are none) or ``select`` (the rows themselves).

    ``sort_by`` is 'group', 'measure' (the first one) or, with ``select``, the name of a column.
    ``trend`` asks how the first measure moves along the groups. ``claim`` asks, with ``select``, whether the rows are
    also so; ``claim_any``, whether any of them is.
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
    share: bool = Field(False, description="Tell the measure as a percentage of what it is over the rows of `whole`.")
    whole: list[Condition] = []
    claim: list[Condition] = []
    claim_any: bool = False
    month_first: bool | None = Field(None, description="How dates are read that could be either; null: day first.")


class Column(_Part):
    """What is known of a column.

    ``values`` are its most frequent ones (not of numbers and dates), ``low`` and ``high`` its ends, ``unit`` what its
    numbers are in, ``units`` those that differ from row to row. ``adds_up``: a sum of it makes sense. ``level_at``: the
    column of the dates at which it was counted again, which must not be added together. ``running``: each row says how
    much it is by then, so that it is never added. ``read_as`` and ``dated`` say
    how a doubtful notation was read.
    """

    name: str
    kind: ColumnKind
    distinct: int
    filled: int
    values: list[str]
    low: str | None
    high: str | None
    unit: str
    units: list[str]
    decimal: Literal[".", ","]
    adds_up: bool
    level_at: str
    running: bool = False
    both_signs: bool
    whole: bool
    doubtful_dates: bool
    dated: str
    read_as: str

    @property
    def is_number(self) -> bool:
        return self.kind in ("number", "money", "quantity", "percent")

    @property
    def unique(self) -> bool:
        return self.distinct == self.filled

    @property
    def described(self) -> str:
        """'money in EUR', 'date, the day first', 'id'."""
        units = " and ".join(self.units) or self.unit
        in_units = f" in {units}" if units and self.kind != "percent" else ""
        dated = f", {self.dated}" if self.dated else ""
        return f"{self.kind}{in_units}{dated}{', either order possible' if self.doubtful_dates else ''}"


class LeftOut(_Part):
    """A row that no calculation uses, because it sums others up: its number, its label, its numbers by column.

    ``of_part``: it is one of several that each sum up some of the rows, as the total of each region.
    """

    row: int
    label: str
    values: dict[str, Decimal]
    of_part: bool = False


class TableProfile(_Part):
    """A table without its rows: enough to plan a calculation. ``titles`` are the lines above its header."""

    table: str
    rows: int
    columns: list[Column]
    notes: list[str]
    titles: list[str] = []
    left_out: list[LeftOut] = []


class ResultRow(_Part):
    """``group`` and ``values`` stand in the order of the plan; with ``select``, ``group`` holds the cells."""

    group: list[str]
    values: list[Decimal | None]
    count: int


class Trend(_Part):
    """A straight line through the first measure: ``slope`` per group; ``change`` from first to last as a fraction."""

    slope: float
    change: float | None
    fit: float = Field(description="R squared, 0 to 1.")


class TableResult(_Part):
    """``row_numbers`` (at most 500) are those of the rows it rests on, as a spreadsheet counts them.

    ``overall`` are the measures over all matching rows, ``skipped`` how many of those had no number to count,
    ``units`` what each measure is in, and ``decimals`` how many it is told with (None: as many as it needs).
    ``by_date``: the rows are sorted by dates. ``blank``: how many of the matching rows say nothing in a column whose
    values were left out, by column. ``true``: of how many of them the claim is true, if the plan has one.
    """

    rows: list[ResultRow]
    overall: list[Decimal | None]
    matched: int
    total: int
    groups: int
    skipped: int
    row_numbers: list[int]
    units: list[str]
    decimals: list[int | None]
    by_date: bool = False
    blank: dict[str, int] = {}
    true: int | None = None
    trend: Trend | None
