"""Runs a plan over a table. Everything it can do is in this file; nothing in a plan is ever evaluated as code."""

import statistics
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, localcontext

from agents.errors import AgentError
from agents.tables.columns import TypedColumn, Value, typed_columns
from agents.tables.dates import MONTHS, Date, Order, date, unaccented
from agents.tables.numbers_shown import shown
from agents.tables.numerals import numeral
from agents.tables.plan import (
    Condition,
    Grouping,
    LeftOut,
    Measure,
    ResultRow,
    TablePlan,
    TableProfile,
    TableResult,
    Trend,
)
from agents.tables.saying import say
from agents.tables.table import Table
from agents.tables.totals import adding_up, breakdowns, labelled

MOST_RESULT_ROWS = 100
_CITED_ROWS = 500
_LIMITS = ("at least", "at most", "more than", "less than")
_DIGITS = Context(prec=60)  # Sums of money lose no cent, however large they grow.


class TypedTable:
    """A table whose columns are understood. Rows that sum others up are set aside in ``left_out``."""

    def __init__(self, table: Table) -> None:
        self.name = table.name
        self.notes = list(table.notes)
        self.titles = table.titles
        rows, numbers = table.rows, table.numbers
        summing = labelled(rows)
        columns = self._typed(table, [row for at, row in enumerate(rows) if at not in summing])
        if not summing and (label := adding_up(columns)) is not None:
            summing = {len(rows) - 1: label}
            columns = self._typed(table, rows[:-1])
        parts, whole = [at for at in range(len(rows)) if at not in summing], set(summing)
        if of_parts := breakdowns(columns):
            summing |= {parts[at]: label for at, label in of_parts.items()}
            columns = self._typed(table, [row for at, row in enumerate(rows) if at not in summing])
        self._columns = columns
        self.left_out = [
            self._left_out(rows[at], numbers[at], label, of_part=at not in whole)
            for at, label in sorted(summing.items())
        ]
        kept = [at for at in range(len(rows)) if at not in summing]
        self.cells = [rows[at] for at in kept]
        self.numbers = [numbers[at] for at in kept]
        self.rows = len(kept)
        self._by_name = {column.name.lower(): column for column in self._columns}

    @staticmethod
    def _typed(table: Table, rows: list[list[str]]) -> list[TypedColumn]:
        return typed_columns(table.columns, rows, table.decimal_hint)

    def _left_out(self, cells: list[str], number: int, label: str, *, of_part: bool) -> LeftOut:
        values = {
            column.name: found.value(column.decimal)
            for column, cell in zip(self._columns, cells, strict=True)
            if column.is_number and (found := numeral(cell))
        }
        return LeftOut(row=number, label=label, values=values, of_part=of_part)

    def column(self, name: str) -> TypedColumn:
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
        return TableProfile(
            table=self.name, rows=self.rows, columns=columns, notes=self.notes, titles=self.titles,
            left_out=self.left_out,
        )  # fmt: skip


class _View:
    """A table as one plan reads it: with the order of dates that the plan asks for."""

    def __init__(self, table: TypedTable, plan: TablePlan) -> None:
        self.table = table
        self._month_first = plan.month_first

    def order(self, column: TypedColumn) -> Order:
        if column.doubtful_dates and self._month_first is not None:
            return "month first" if self._month_first else "day first"
        return column.order

    def values(self, column: TypedColumn) -> list[Value]:
        order = self.order(column)
        return column.values if order == column.order else column.values_in(order)


def compute(table: TypedTable, plan: TablePlan) -> TableResult:
    """Raises AgentError for a plan that does not fit the table, in words a planner can mend it by."""
    with localcontext(_DIGITS):
        view = _View(table, plan)
        matched = _matching(view, plan.conditions)
        if not plan.select and not plan.measures:
            raise AgentError("empty_plan", "The plan has neither measures nor columns to select.")
        if plan.claim:
            return _check(view, plan, matched)
        result = _select(view, plan, matched) if plan.select else _aggregate(view, plan, matched)
        return result.model_copy(update={"blank": _blank(view, plan.conditions, matched)})


def _check(view: _View, plan: TablePlan, matched: list[int]) -> TableResult:
    """Of how many rows the claim is true; those are shown first. A row that says nothing of it is none of them."""
    true = set(_matching(view, plan.claim)) & set(matched)
    about = [view.table.column(one.column) for one in plan.claim]
    blank = {column.name: sum(column.values[row] is None for row in matched) for column in about}
    true -= {row for column in about for row in matched if column.values[row] is None}
    shown_first = sorted(matched, key=lambda row: row not in true)
    result = _select(view, plan, shown_first)
    return result.model_copy(
        update={"true": len(true), "blank": {name: count for name, count in blank.items() if count}}
    )


def _blank(view: _View, conditions: Sequence[Condition], matched: list[int]) -> dict[str, int]:
    """How many of the rows say nothing in a column of which values were left out: 'not paid' holds for them, too."""
    columns = [view.table.column(one.column) for one in conditions if one.compare == "is not"]
    counts = {column.name: sum(column.values[row] is None for row in matched) for column in columns}
    return {name: count for name, count in counts.items() if count}


def _matching(view: _View, conditions: Sequence[Condition]) -> list[int]:
    """The rows that fit. Limits of numbers come last: what is left of the rows must be in one unit to be compared."""
    rows = list(range(view.table.rows))
    for condition in sorted(conditions, key=lambda one: one.compare in _LIMITS):
        column = view.table.column(condition.column)
        if column.is_number and condition.compare in _LIMITS:
            _of_one_unit(column, rows)
        test = _test(view, condition)
        rows = [row for row in rows if test(row)]
    return rows


def _test(view: _View, condition: Condition) -> Callable[[int], bool]:
    column = view.table.column(condition.column)
    values: Sequence[Value] = view.values(column)
    wanted: list[Value]
    if condition.part != "value":
        if column.kind != "date":
            raise AgentError("not_a_date", f"“{column.name}” holds no dates, so it has no {condition.part}.")
        part = condition.part
        values = [Decimal(value.part(part)) or None if isinstance(value, Date) else None for value in values]
        wanted = [_month_or_number(text) for text in condition.values]
    elif column.is_number:
        wanted = [found.value(".") if (found := numeral(text)) else None for text in condition.values]
    elif column.kind == "date":
        wanted = [date(text, view.order(column)) for text in condition.values]
    else:
        wanted = [unaccented(" ".join(text.split())) for text in condition.values]
        values = [unaccented(" ".join(value.split())) if isinstance(value, str) else None for value in values]
    if not wanted or None in wanted:
        told = ", ".join(condition.values)
        kind = "number" if column.is_number else column.kind
        raise AgentError("bad_value", f"“{told}” cannot be compared with the {kind}s of “{column.name}”.")
    return _comparison(condition.compare, values, wanted)


def _comparison(compare: str, values: Sequence[Value], wanted: list[Value]) -> Callable[[int], bool]:
    if compare == "is":
        return lambda row: any(_same(values[row], one) for one in wanted)
    if compare == "is not":
        # A row without a value is not one of those that are left out.
        return lambda row: not any(_same(values[row], one) for one in wanted)
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

    def fits(row: int) -> bool:
        value = values[row]
        if isinstance(value, Date) and isinstance(limit, Date):
            value = value.as_precise_as(limit)
        return value is not None and order(value)

    return fits


def _same(value: Value, wanted: Value) -> bool:
    """A date without a day or month is any date within it."""
    if isinstance(value, Date) and isinstance(wanted, Date):
        pairs = ((value.year, wanted.year), (value.month, wanted.month), (value.day, wanted.day))
        return all(theirs in (0, ours) for ours, theirs in pairs)
    return value == wanted


def _month_or_number(text: str) -> Decimal | None:
    if text.strip().isdecimal():
        return Decimal(text.strip())
    named = date(text)
    return Decimal(named.month) if named and named.month else None


def _select(view: _View, plan: TablePlan, matched: list[int]) -> TableResult:
    table = view.table
    if plan.sort_by:
        column = table.column(plan.sort_by)
        _of_one_unit(column, matched)
        keys = _sortable(view, column)
        present = [row for row in matched if keys[row] is not None]
        matched = sorted(present, key=lambda row: keys[row], reverse=plan.descending)  # type: ignore[arg-type,return-value]
        shown_rows = matched[: _with_ties([keys[row] for row in matched], plan.limit or 20)]
    else:
        shown_rows = matched[: max(1, min(plan.limit or 20, MOST_RESULT_ROWS))]
    told = [(table.column(name), table.index(name)) for name in plan.select]
    rows = [
        ResultRow(group=[_as_told(view, column, table.cells[row][at], row) for column, at in told], values=[], count=1)
        for row in shown_rows
    ]
    return TableResult(
        rows=rows, overall=[], matched=len(matched), total=table.rows, groups=len(matched), skipped=0,
        row_numbers=[table.numbers[row] for row in shown_rows], units=[], decimals=[], trend=None,
        by_date=plan.sort_by is not None and table.column(plan.sort_by).kind == "date",
    )  # fmt: skip


def _as_told(view: _View, column: TypedColumn, cell: str, row: int) -> str:
    """A cell as it stands; a number as all numbers are told, a month of a year in words."""
    value = view.values(column)[row]
    if isinstance(value, Decimal) and column.is_number:
        unit = column.own_units[row] if column.own_units else column.unit
        return f"{shown(value, None if column.factors else column.decimals)} {unit}".strip()
    return str(value) if isinstance(value, Date) and value.month and not value.day else cell


def _with_ties(keys: Sequence[object], limit: int) -> int:
    """How many of the sorted keys the first ``limit`` are when those that equal the last of them are counted, too."""
    limit = max(1, min(limit, MOST_RESULT_ROWS))
    while limit < min(len(keys), MOST_RESULT_ROWS) and keys[limit] == keys[limit - 1]:
        limit += 1
    return limit


def _sortable(view: _View, column: TypedColumn) -> list[Value]:
    values = view.values(column)
    if column.kind == "id" and all(value is None or str(value).isdecimal() for value in values):
        return [None if value is None else Decimal(str(value)) for value in values]
    return values


def _aggregate(view: _View, plan: TablePlan, matched: list[int]) -> TableResult:
    table = view.table
    measures = [_measure(view, measure) for measure in plan.measures]
    keyed = [_key(view, group) for group in plan.groups]
    by_unit = any(group.part == "unit" for group in plan.groups)
    for measure in plan.measures:
        if measure.column and measure.function != "distinct" and not by_unit:
            _of_one_unit(table.column(measure.column), matched)
    grouped: dict[tuple[Value, ...], list[int]] = {}
    for row in matched:
        key = tuple(one(row) for one in keyed)
        if None not in key:
            grouped.setdefault(key, []).append(row)
    keys = sorted(grouped)
    found = [(key, [measure(grouped[key]) for measure in measures]) for key in keys]
    for measure in plan.measures:
        for within in grouped.values():
            _of_one_time(view, measure, within)
    several_times = any(_times(view, measure, matched) > 1 for measure in plan.measures)
    overall = [None if by_unit or several_times else measure(matched) for measure in measures]
    if plan.share:
        of_whole = _matching(view, plan.whole)
        _of_one_time(view, plan.measures[0], of_whole)
        whole = measures[0](of_whole)
        overall = [_percentage(value, whole) for value in overall]
        found = [(key, [_percentage(value, whole) for value in values]) for key, values in found]
    trend = _trend([values[0] for _, values in found]) if plan.trend else None
    if plan.sort_by == "measure":
        found = [item for item in found if item[1][0] is not None]
        found.sort(key=lambda item: item[1][0] or Decimal(0), reverse=plan.descending)
    elif plan.descending:
        found.reverse()
    total_groups = len(found)
    if plan.sort_by == "measure" and plan.limit:
        found = found[: _with_ties([values[0] for _, values in found], plan.limit)]
    else:
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
    first = plan.measures[0]
    counted = first.column is not None and first.function != "distinct"
    skipped = sum(table.column(first.column or "").values[row] is None for row in matched) if counted else 0
    return TableResult(
        rows=rows, overall=overall, matched=len(matched), total=table.rows, groups=total_groups, skipped=skipped,
        trend=trend, row_numbers=[table.numbers[row] for row in used[:_CITED_ROWS]],
        units=[_unit(table, plan, measure, matched) for measure in plan.measures],
        decimals=[_decimals(table, plan, measure) for measure in plan.measures],
    )  # fmt: skip


def _percentage(value: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return None if value is None or not whole else 100 * value / whole


def _unit(table: TypedTable, plan: TablePlan, measure: Measure, matched: list[int]) -> str:
    if plan.share:
        return "%"
    if measure.function in ("count", "distinct", "ratio") or measure.column is None:
        return ""
    column = table.column(measure.column)
    own = {column.own_units[row] for row in matched if column.own_units[row]} if column.own_units else set()
    return next(iter(own)) if len(own) == 1 else column.unit


def _decimals(table: TypedTable, plan: TablePlan, measure: Measure) -> int | None:
    """As many as the column's cells have, where the result is of their kind; else None."""
    if plan.share or measure.column is None or measure.function in ("count", "distinct", "ratio", "mean", "median"):
        return None
    column = table.column(measure.column)
    return None if column.factors else column.decimals


def _of_one_unit(column: TypedColumn, matched: list[int]) -> None:
    """Raises AgentError mixed_units for rows whose numbers are in different units or currencies."""
    if column.own_units is None:
        return
    own = list(dict.fromkeys(column.own_units[row] for row in matched if column.values[row] is not None))
    if len(own) > 1:
        sentence = "“{column}” is in different units ({units}), which cannot be compared or added"
        told = ", ".join(unit or say("no unit") for unit in own)
        raise AgentError("mixed_units", say(sentence, column=column.name, units=told))


def _times(view: _View, measure: Measure, rows: list[int]) -> int:
    """At how many times the numbers were counted that a sum adds up, where those must not be added together."""
    column = view.table.column(measure.column) if measure.column else None
    if column is None or measure.function != "sum" or not (column.level_at or column.running):
        return 1
    present = [row for row in rows if column.values[row] is not None]
    if column.running:
        return len(present)
    dates = view.values(view.table.column(column.level_at))
    return len({dates[row] for row in present})


def _of_one_time(view: _View, measure: Measure, rows: list[int]) -> None:
    """Raises AgentError several_dates or no_total for a sum of what was counted again and again."""
    several = _times(view, measure, rows)
    if several > 1 and view.table.column(measure.column or "").running:
        sentence = "{column} says in each row how much it is by then, so it has no total"
        raise AgentError("no_total", say(sentence, column=measure.column))
    if several > 1:
        sentence = (
            "“{column}” was counted at {several} different dates, which do not add up; the question does not say "
            "which of "
            "them it means"
        )
        raise AgentError("several_dates", say(sentence, column=measure.column, several=several))


def _key(view: _View, group: Grouping) -> Callable[[int], Value]:
    column = view.table.column(group.column)
    if group.part == "unit":
        return lambda row: (column.own_units[row] if column.own_units else column.unit) or "no unit"
    values = view.values(column)
    if group.part == "value":
        # Names that differ in their capitals alone are one group, under the first way of writing it.
        first: dict[str, str] = {}
        return lambda row: (
            first.setdefault(unaccented(value), value) if isinstance(value := values[row], str) else values[row]
        )
    if column.kind != "date":
        raise AgentError("not_a_date", f"“{column.name}” holds no dates, so it has no {group.part}.")
    named = group.part

    def part(row: int) -> Value:
        value = values[row]
        return Decimal(value.part(named)) or None if isinstance(value, Date) else None

    return part


def _measure(view: _View, measure: Measure) -> Callable[[list[int]], Decimal | None]:
    if measure.function == "count":
        return lambda rows: Decimal(len(rows))
    if measure.function == "distinct":
        if measure.column is None:
            raise AgentError("no_column", "Different values need a column to look for them in.")
        values = view.values(view.table.column(measure.column))
        keys = [unaccented(value) if isinstance(value, str) else value for value in values]
        return lambda rows: Decimal(len({keys[row] for row in rows} - {None}))
    column = _numeric(view.table, measure.column, measure.function)
    if measure.function == "ratio":
        per = _numeric(view.table, measure.per, "ratio")

        def ratio(rows: list[int]) -> Decimal | None:
            both = [(a, b) for row in rows if (a := column[row]) is not None and (b := per[row]) is not None]
            below = sum((b for _, b in both), Decimal(0))
            return sum((a for a, _ in both), Decimal(0)) / below if below else None

        return ratio
    functions: dict[str, Callable[[list[Decimal]], Decimal]] = {
        "sum": lambda present: sum(present, Decimal(0)),
        "mean": lambda present: sum(present, Decimal(0)) / len(present),
        "median": statistics.median, "min": min, "max": max, "range": lambda present: max(present) - min(present),
        "incoming": lambda present: sum((value for value in present if value > 0), Decimal(0)),
        "outgoing": lambda present: -sum((value for value in present if value < 0), Decimal(0)),
    }  # fmt: skip
    function = functions[measure.function]

    def over(rows: list[int]) -> Decimal | None:
        present = [value for row in rows if (value := column[row]) is not None]
        return function(present) if present else None

    return over


def _numeric(table: TypedTable, name: str | None, function: str) -> list[Decimal | None]:
    if name is None:
        raise AgentError("no_column", f"A {function} needs a column of numbers.")
    column = table.column(name)
    if not column.is_number:
        what = "identifiers" if column.kind == "id" else "no numbers"
        raise AgentError("not_a_number", f"“{column.name}” holds {what}, so there is no {function} of it.")
    if column.kind == "percent" and function == "sum":
        raise AgentError("not_a_number", f"“{column.name}” holds percentages, which do not add up to a total.")
    return [value if isinstance(value, Decimal) else None for value in column.values]


def _trend(values: list[Decimal | None]) -> Trend | None:
    points = [(float(at), float(value)) for at, value in enumerate(values) if value is not None]
    if len(points) < 3:
        return None
    xs, ys = zip(*points, strict=True)
    slope, _ = statistics.linear_regression(xs, ys)
    fit = statistics.correlation(xs, ys) ** 2 if len(set(ys)) > 1 else 1.0
    change = (ys[-1] - ys[0]) / abs(ys[0]) if ys[0] else None
    return Trend(slope=slope, change=change, fit=fit)


def _words(value: Value, part: str = "value") -> str:
    if isinstance(value, Decimal):
        if part == "month":
            return MONTHS[int(value) - 1].capitalize()
        if part == "quarter":
            return f"Q{int(value)}"
        return str(int(value)) if part == "year" else shown(value)
    return str(value)
