"""Says the result of a calculation in words and as a small Markdown table."""

import re
from collections.abc import Sequence

from agents.tables.plan import Condition, Measure, ResultRow, TablePlan, TableResult
from agents.tables.time_spans import months_in_words
from agents.tables.values import number, shown
from agents.text.language import joined

_MOST_LINES = 24


def measure_words(measure: Measure) -> str:
    """'mean number of passengers', 'total amount (EUR)', 'number of passengers per crossing', 'number of rows'."""
    column = _lower(measure.column or "")
    if measure.function == "ratio":
        counted = "number of " if column.endswith("s") else ""
        return f"{counted}{column} per {_singular(_lower(measure.per or ''))}"
    if measure.function == "count":
        return "number of rows"
    words = {"sum": "total", "mean": "mean", "median": "median", "min": "lowest", "max": "highest"}
    return f"{words[measure.function]} {'number of ' if column.endswith('s') else ''}{column}"


def conditions_words(conditions: list[Condition]) -> str:
    """' in winter (…) for Route Island Line', or empty; it follows what it limits."""
    order = {"month": 0, "quarter": 0, "year": 1, "value": 2}
    said: list[str] = []
    for condition in sorted(conditions, key=lambda one: order[one.part]):
        words = _condition_words(condition)
        if words.startswith("for ") and said and said[-1].startswith("for "):
            words = f"and {words[4:]}"
        within = condition.part == "year" and words.startswith("in ") and said
        said.append(f"of {words[3:]}" if within else words)  # "in February of 1928"
    return "".join(f" {words}" for words in said)


def _condition_words(condition: Condition) -> str:
    values = joined(condition.values, "or")
    if condition.part == "month" and condition.compare == "is":
        return f"in {months_in_words(condition.values)}"
    if condition.part == "year":
        words = {
            "is": "in", "at least": "since", "at most": "until", "more than": "after", "less than": "before",
            "is not": "outside", "contains": "in",
        }  # fmt: skip
        return f"{words[condition.compare]} {joined(condition.values)}"
    if condition.part == "quarter":
        return f"in {joined(f'Q{value}' for value in condition.values)}"
    if condition.compare == "is":
        return f"for {values}"
    return f"with {_lower(condition.column)} {condition.compare} {values}"


def result_words(plan: TablePlan, result: TableResult) -> tuple[str, str]:
    """(a sentence that says the result, the result as a Markdown table or empty)."""
    limits = conditions_words(plan.conditions)
    if result.matched == 0:
        return f"No row of {plan.table} matches{limits or ' the question'}.", ""
    if plan.select:
        return _selected(plan, result, limits)
    measure = plan.measures[0]
    if not plan.groups:
        return _single(plan, result, limits), ""
    if plan.limit == 1 and len(result.rows) == 1:
        end = "highest" if plan.descending else "lowest"
        group = ", ".join(result.rows[0].group)
        return f"{group} has the {end} {measure_words(measure)}{limits}: {_value(result.rows[0].values[0])}.", ""
    return _grouped(plan, result, limits), _table(plan, result)


def _single(plan: TablePlan, result: TableResult, limits: str) -> str:
    if plan.measures[0].function == "count":
        return f"{shown(result.matched)} of the {shown(result.total)} rows of {plan.table} match{limits}."
    said = joined(
        f"the {measure_words(measure)} is {_value(value)}"
        for measure, value in zip(plan.measures, result.overall, strict=True)
    )
    clause = f"{limits.strip()}, {said}" if limits else said
    return f"{clause[0].upper()}{clause[1:]}, over {_rows(result.matched)} of {plan.table}{_left_out(result)}."


def _grouped(plan: TablePlan, result: TableResult, limits: str) -> str:
    measure = plan.measures[0]
    present = [row for row in result.rows if row.values[0] is not None]
    if not present:
        return f"{plan.table} has no numbers for the {measure_words(measure)}{limits}."
    by = joined(_group_name(plan, at) for at in range(len(plan.groups)))
    if plan.sort_by == "measure" and plan.limit:
        end = "highest" if plan.descending else "lowest"
        first = present[0]
        return (
            f"The {len(present)} {end} by {measure_words(measure)}{limits} begin with {', '.join(first.group)}, "
            f"at {_value(first.values[0])}."
        )
    low, high = (pick(present, key=lambda row: row.values[0] or 0.0) for pick in (min, max))
    said = f"the {measure_words(measure)}{limits} is {_at(low)}" if len(present) == 1 else (
        f"the {measure_words(measure)}{limits} lies between {_at(low)} and {_at(high)}"
    )  # fmt: skip
    overall = result.overall[0]
    if overall is not None and len(present) > 1:
        said += f"; over all {_rows(result.matched)} it is {_value(overall)}"
    return f"By {by}, {said}{_left_out(result)}.{_trend(plan, result, present)}"


def _trend(plan: TablePlan, result: TableResult, present: list[ResultRow]) -> str:
    trend = result.trend
    if trend is None or plan.sort_by == "measure" or trend.change is None or result.groups != len(result.rows):
        return ""
    first, last = ", ".join(present[0].group), ", ".join(present[-1].group)
    if abs(trend.change) < 0.02:
        return f" From {first} to {last} it hardly changed."
    moved = "rose" if trend.change > 0 else "fell"
    return f" From {first} to {last} it {moved} by {abs(trend.change) * 100:.0f} %."


def _selected(plan: TablePlan, result: TableResult, limits: str) -> tuple[str, str]:
    if not result.rows:
        return f"{plan.table} has no such row{limits}.", ""
    if len(result.rows) == 1 and plan.sort_by in plan.select:
        at = plan.select.index(plan.sort_by or "")
        row = result.rows[0].group
        others = joined(cell for place, cell in enumerate(row) if place != at and cell)
        where = f" ({others})" if others else ""
        what = measure_words(Measure(function="max" if plan.descending else "min", column=plan.select[at]))
        return f"The {what}{limits} is {_cell(row[at])}{where}.", ""
    sentence = f"{_rows(result.matched).capitalize()} of {plan.table} match{limits}."
    if len(result.rows) < result.matched:
        sentence = f"{sentence[:-1]}; these are the first {len(result.rows)}."
    lines = [row.group for row in result.rows[:_MOST_LINES]]
    return sentence, _markdown(plan.select, lines, [])


def _table(plan: TablePlan, result: TableResult) -> str:
    header = [_group_name(plan, at).capitalize() for at in range(len(plan.groups))]
    header += [_capital(measure_words(measure)) for measure in plan.measures]
    rows = result.rows[:_MOST_LINES]
    columns = [_column([row.values[at] for row in rows]) for at in range(len(plan.measures))]
    lines = [[*row.group, *values] for row, *values in zip(rows, *columns, strict=True)]
    text = _markdown(header, lines, list(range(len(plan.groups), len(header))))
    left = result.groups - len(lines)
    return text + (f"\n\n… and {left} more." if left > 0 and not plan.limit else "")


def _column(values: Sequence[float | None]) -> list[str]:
    """Values under each other: all with as many decimals as the longest of them."""
    parts = [_value(value).partition(".") for value in values]
    decimals = max((len(after) for _, _, after in parts), default=0)
    return [
        f"{before}.{after:0<{decimals}}" if decimals and value is not None else before
        for value, (before, _, after) in zip(values, parts, strict=True)
    ]


def _markdown(header: list[str], lines: list[list[str]], numeric: list[int]) -> str:
    rule = ["---:" if at in numeric else "---" for at in range(len(header))]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in [header, rule, *lines])
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def row_ranges(numbers: list[int], most: int = 6) -> str:
    """'row 7', 'rows 2-4, 13-16 and 40 more': row numbers as few words, within a reference's length."""
    ranges: list[list[int]] = []
    for one in sorted(set(numbers)):
        if ranges and one == ranges[-1][1] + 1:
            ranges[-1][1] = one
        else:
            ranges.append([one, one])
    said = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges[:most])
    left = sum(high - low + 1 for low, high in ranges[most:])
    label = "row" if len(numbers) == 1 else "rows"
    return f"{label} {said}" + (f" and {left} more" if left else "")


def _group_name(plan: TablePlan, at: int) -> str:
    group = plan.groups[at]
    return _lower(group.column) if group.part == "value" else group.part


def _at(row: ResultRow) -> str:
    return f"{_value(row.values[0])} ({', '.join(row.group)})"


def _value(value: float | None) -> str:
    return "–" if value is None else shown(value)


def _cell(cell: str) -> str:
    value = number(cell)
    return cell if value is None or not re.fullmatch(r"[\d.,]+", cell) else shown(value)


def _rows(count: int) -> str:
    return f"{shown(count)} row{'' if count == 1 else 's'}"


def _left_out(result: TableResult) -> str:
    return f" ({_rows(result.skipped)} without a number left out)" if result.skipped else ""


def _lower(name: str) -> str:
    """A column's name within a sentence: 'Passengers' is 'passengers', 'CO2' stays."""
    name = name.replace("_", " ")
    return name[0].lower() + name[1:] if len(name) > 1 and name[1:2].islower() else name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
