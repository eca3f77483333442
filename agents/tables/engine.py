"""Runs a plan over a table. Everything it can do is in this file; nothing in a plan is ever evaluated as code."""

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

from agents.errors import AgentError
from agents.tables.plan import (
    Column,
    Condition,
    Grouping,
    Measure,
    ResultRow,
    TablePlan,
    TableProfile,
    TableResult,
    Trend,
)
from agents.tables.table import Table
from agents.tables.values import MONTHS, Date, date, kind_of, number, shown

MOST_RESULT_ROWS = 100
_PROFILE_VALUES = 200
_CITED_ROWS = 500

Value = float | Date | str | None


class _TypedColumn:
    """A column whose cells are numbers, dates or text. A cell that does not fit is None. Typed when first needed."""

    def __init__(self, name: str, cells: list[str]) -> None:
        self.name = name
        self.cells = cells
        self.kind, self._month_first = kind_of(name, cells)

    @cached_property
    def values(self) -> list[Value]:
        if self.kind == "number":
            return [number(cell) if cell else None for cell in self.cells]
        if self.kind == "date":
            known: dict[str, Value] = {cell: date(cell, month_first=self._month_first) for cell in set(self.cells)}
            return [known[cell] for cell in self.cells]
        return [cell or None for cell in self.cells]

    def profile(self) -> Column:
        filled = {value for value in self.values if value is not None}
        values: list[str] = []
        low = high = None
        if self.kind == "text":
            frequent = Counter(cell for cell in self.cells if cell)
            values = [value[:80] for value, _ in frequent.most_common(_PROFILE_VALUES)]
        elif filled:
            low, high = (_words(end) for end in (min(filled), max(filled)))
        return Column(name=self.name, kind=self.kind, distinct=len(filled), values=values, low=low, high=high)


class TypedTable:
    """A table whose columns have kinds."""

    def __init__(self, table: Table) -> None:
        self.name = table.name
        self.rows = len(table.rows)
        self.numbers = table.numbers
        self.cells = table.rows
        self.notes = table.notes
        self._columns = [_TypedColumn(name, [row[at] for row in table.rows]) for at, name in enumerate(table.columns)]
        self._by_name = {column.name.lower(): column for column in self._columns}

    def column(self, name: str) -> _TypedColumn:
        """Raises AgentError unknown_column."""
        column = self._by_name.get(" ".join(name.split()).lower())
        if column is None:
            known = ", ".join(column.name for column in self._columns)
            raise AgentError("unknown_column", f"{self.name} has no column “{name}”. It has: {known}.")
        return column

    def index(self, name: str) -> int:
        return self._columns.index(self.column(name))

    def profile(self) -> TableProfile:
        columns = [column.profile() for column in self._columns]
        return TableProfile(table=self.name, rows=self.rows, columns=columns, notes=self.notes)


def compute(table: TypedTable, plan: TablePlan) -> TableResult:
    """Raises AgentError for a plan that does not fit the table, in words a planner can mend it by."""
    tests = [_test(table, condition) for condition in plan.conditions]
    matched = [row for row in range(table.rows) if all(test(row) for test in tests)]
    if plan.select:
        return _select(table, plan, matched)
    if not plan.measures:
        raise AgentError("empty_plan", "The plan has neither measures nor columns to select.")
    return _aggregate(table, plan, matched)


def _test(table: TypedTable, condition: Condition) -> Callable[[int], bool]:
    column = table.column(condition.column)
    values = column.values
    if condition.part != "value":
        if column.kind != "date":
            raise AgentError("not_a_date", f"“{column.name}” holds no dates, so it has no {condition.part}.")
        part = condition.part
        values = [value.part(part) or None if isinstance(value, Date) else None for value in values]
        wanted: list[Value] = [_month_or_number(text) for text in condition.values]
    elif column.kind == "number":
        wanted = [number(text) for text in condition.values]
    elif column.kind == "date":
        wanted = [date(text) for text in condition.values]
    else:
        wanted = [text.strip().lower() for text in condition.values]
        values = [value.strip().lower() if isinstance(value, str) else None for value in values]
    if not wanted or None in wanted:
        told = ", ".join(condition.values)
        raise AgentError("bad_value", f"“{told}” cannot be compared with the {column.kind}s of “{column.name}”.")
    return _comparison(condition.compare, values, wanted)


def _comparison(compare: str, values: Sequence[Value], wanted: list[Value]) -> Callable[[int], bool]:
    if compare == "is":
        return lambda row: any(_same(values[row], one) for one in wanted)
    if compare == "is not":
        return lambda row: values[row] is not None and not any(_same(values[row], one) for one in wanted)
    if compare == "contains":
        texts = [str(one).lower() for one in wanted]
        return lambda row: values[row] is not None and any(text in str(values[row]).lower() for text in texts)
    limit = wanted[0]
    orders: dict[str, Callable[[Value], bool]] = {
        "at least": lambda value: value >= limit,  # type: ignore[operator]
        "more than": lambda value: value > limit,  # type: ignore[operator]
        "at most": lambda value: value <= limit,  # type: ignore[operator]
        "less than": lambda value: value < limit,  # type: ignore[operator]
    }
    order = orders[compare]
    return lambda row: values[row] is not None and order(values[row])


def _same(value: Value, wanted: Value) -> bool:
    """A date without a day or month is any date within it."""
    if isinstance(value, Date) and isinstance(wanted, Date):
        pairs = ((value.year, wanted.year), (value.month, wanted.month), (value.day, wanted.day))
        return all(theirs in (0, ours) for ours, theirs in pairs)
    return value == wanted


def _month_or_number(text: str) -> float | None:
    named = date(text)
    return float(named.month) if named and named.month and not named.year else number(text)


def _select(table: TypedTable, plan: TablePlan, matched: list[int]) -> TableResult:
    columns = [table.index(name) for name in plan.select]
    if plan.sort_by:
        keys = table.column(plan.sort_by).values
        present = [row for row in matched if keys[row] is not None]
        matched = sorted(present, key=lambda row: keys[row], reverse=plan.descending)  # type: ignore[arg-type,return-value]
    shown_rows = matched[: max(1, min(plan.limit or 20, MOST_RESULT_ROWS))]
    rows = [ResultRow(group=[table.cells[row][at] for at in columns], values=[], count=1) for row in shown_rows]
    return TableResult(
        rows=rows, overall=[], matched=len(matched), total=table.rows, groups=len(matched), skipped=0,
        row_numbers=[table.numbers[row] for row in shown_rows], trend=None,
    )  # fmt: skip


def _aggregate(table: TypedTable, plan: TablePlan, matched: list[int]) -> TableResult:
    measures = [_measure(table, measure) for measure in plan.measures]
    keyed = [_key(table, group) for group in plan.groups]
    grouped: dict[tuple[Value, ...], list[int]] = {}
    for row in matched:
        key = tuple(one(row) for one in keyed)
        if None not in key:
            grouped.setdefault(key, []).append(row)
    keys = sorted(grouped)
    found = [(key, [measure(grouped[key]) for measure in measures]) for key in keys]
    trend = _trend([values[0] for _, values in found]) if plan.trend else None
    if plan.sort_by == "measure":
        found = [item for item in found if item[1][0] is not None]
        found.sort(key=lambda item: item[1][0] or 0.0, reverse=plan.descending)
    elif plan.descending:
        found.reverse()
    total_groups = len(found)
    found = found[: max(1, min(plan.limit or MOST_RESULT_ROWS, MOST_RESULT_ROWS))]
    used = sorted(row for key, _ in found for row in grouped[key])
    parts = [group.part for group in plan.groups]
    rows = [
        ResultRow(
            group=[_words(value, part) for value, part in zip(key, parts, strict=True)],
            values=values, count=len(grouped[key]),
        )
        for key, values in found
    ]  # fmt: skip
    first = plan.measures[0].column
    skipped = sum(table.column(first).values[row] is None for row in matched) if first else 0
    return TableResult(
        rows=rows, overall=[measure(matched) for measure in measures], matched=len(matched), total=table.rows,
        groups=total_groups, skipped=skipped, trend=trend,
        row_numbers=[table.numbers[row] for row in used[:_CITED_ROWS]],
    )  # fmt: skip


def _key(table: TypedTable, group: Grouping) -> Callable[[int], Value]:
    column = table.column(group.column)
    if group.part == "value":
        return lambda row: column.values[row]
    if column.kind != "date":
        raise AgentError("not_a_date", f"“{column.name}” holds no dates, so it has no {group.part}.")

    def part(row: int) -> Value:
        value = column.values[row]
        return float(value.part(group.part)) or None if isinstance(value, Date) else None

    return part


def _measure(table: TypedTable, measure: Measure) -> Callable[[list[int]], float | None]:
    if measure.function == "count":
        return lambda rows: float(len(rows))
    column = _numeric(table, measure.column, measure.function)
    if measure.function == "ratio":
        per = _numeric(table, measure.per, "ratio")

        def ratio(rows: list[int]) -> float | None:
            both = [(a, b) for row in rows if (a := column[row]) is not None and (b := per[row]) is not None]
            below = sum(b for _, b in both)
            return sum(a for a, _ in both) / below if below else None

        return ratio
    functions: dict[str, Callable[[list[float]], float]] = {
        "sum": sum, "mean": statistics.fmean, "median": statistics.median, "min": min, "max": max,
    }  # fmt: skip
    function = functions[measure.function]

    def over(rows: list[int]) -> float | None:
        present = [value for row in rows if (value := column[row]) is not None]
        return float(function(present)) if present else None

    return over


def _numeric(table: TypedTable, name: str | None, function: str) -> list[float | None]:
    if name is None:
        raise AgentError("no_column", f"A {function} needs a column of numbers.")
    column = table.column(name)
    if column.kind != "number":
        raise AgentError("not_a_number", f"“{column.name}” holds no numbers, so there is no {function} of it.")
    return [value if isinstance(value, float) else None for value in column.values]


def _trend(values: list[float | None]) -> Trend | None:
    points = [(float(at), value) for at, value in enumerate(values) if value is not None]
    if len(points) < 3:
        return None
    xs, ys = zip(*points, strict=True)
    slope, _ = statistics.linear_regression(xs, ys)
    fit = statistics.correlation(xs, ys) ** 2 if len(set(ys)) > 1 else 1.0
    change = (ys[-1] - ys[0]) / abs(ys[0]) if ys[0] else None
    return Trend(slope=slope, change=change, fit=fit)


def _words(value: Value, part: str = "value") -> str:
    if isinstance(value, float):
        if part == "month":
            return MONTHS[int(value) - 1].capitalize()
        if part == "quarter":
            return f"Q{int(value)}"
        return str(int(value)) if part == "year" else shown(value)
    return str(value)
