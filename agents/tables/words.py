"""Says the result of a calculation in words and as a small Markdown table."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from agents.tables.columns import NO, YES, bare, header_unit
from agents.tables.dates import date
from agents.tables.numbers_shown import shown
from agents.tables.numerals import is_currency
from agents.tables.plan import Compare, Condition, LeftOut, Measure, ResultRow, TablePlan, TableProfile, TableResult
from agents.tables.time_spans import months_in_words
from agents.text.language import joined

_MOST_LINES = 24
_TIMES: dict[Compare, str] = {
    "is": "in", "at least": "since", "at most": "until", "more than": "after", "less than": "before",
    "is not": "outside", "contains": "in",
}  # fmt: skip
_MASSES = {"preis", "einkaufspreis", "verkaufspreis", "stückpreis", "prix", "earnings", "savings"}  # No plurals.
_ISO = re.compile(r"^\d{4}-\d{2}(?:-\d{2})?$")


def measure_words(measure: Measure, *, alone: bool = False) -> str:
    """'mean number of passengers', 'total amount (EUR)', 'number of rows'; without 'total' for single rows."""
    column = _lower(measure.column or "")
    if measure.function == "ratio":
        counted = "number of " if column.endswith("s") else ""
        return f"{counted}{column} per {_singular(_lower(measure.per or ''))}"
    if measure.function == "count":
        return "number of rows"
    if measure.function == "distinct":
        return f"number of different values of {measure.column}"
    words = {
        "sum": "" if alone else "total ", "mean": "mean ", "median": "median ", "min": "lowest ", "max": "highest ",
        "range": "difference between the highest and the lowest ", "incoming": "total incoming ",
        "outgoing": "total outgoing ",
    }  # fmt: skip
    if alone and measure.function in ("min", "max"):
        return _quantity(measure.column or "")
    return f"{words[measure.function]}{_quantity(measure.column or '')}"


def _quantity(name: str) -> str:
    """'number of passengers', 'amount'."""
    column = _lower(name)
    plural = column.endswith("s") and not column.endswith("ss") and " " not in column and column not in _MASSES
    return f"number of {column}" if plural else column


def conditions_words(conditions: list[Condition]) -> str:
    """' in winter (…) for Route Island Line', or empty; it follows what it limits."""
    order = {"month": 0, "quarter": 0, "year": 1, "value": 2}
    said: list[str] = []
    for part in ("month", "quarter", "year"):
        ends = {one.compare: one for one in conditions if one.part == part}
        if ends.keys() == {"at least", "at most"}:
            low, high = (_condition_words(ends[end]).split(" ", 1)[1] for end in ("at least", "at most"))
            said.append(f"from {low} until {high}")
            conditions = [one for one in conditions if one.part != part]
    spans, conditions = _number_spans(conditions)
    for condition in sorted(conditions, key=lambda one: order[one.part]):
        words = _condition_words(condition)
        if words.startswith("for ") and said and said[-1].startswith("for "):
            words = f"and {words[4:]}"
        within = condition.part == "year" and words.startswith("in ") and said
        said.append(f"of {words[3:]}" if within else words)  # "in February of 1928"
    return "".join(f" {words}" for words in [*said, *spans])


def _number_spans(conditions: list[Condition]) -> tuple[list[str], list[Condition]]:
    """'with weight between 200 and 700', and the conditions that are no such span."""
    said: list[str] = []
    for low in [one for one in conditions if one.compare == "at least" and one.part == "value"]:
        high = next((one for one in conditions if one.column == low.column and one.compare == "at most"), None)
        if high and not _ISO.match(low.values[0]) and not _ISO.match(high.values[0]):
            ends = joined(_limit(one.values[0]) for one in (low, high))
            said.append(f"with {_lower(low.column)} between {ends}")
            conditions = [one for one in conditions if one not in (low, high)]
    return said, conditions


def _limit(value: str) -> str:
    """A number as all numbers are shown; a date as it was said."""
    try:
        return shown(Decimal(value))
    except InvalidOperation:
        return value


def _condition_words(condition: Condition) -> str:
    if condition.part == "value":
        return _value_words(condition, joined(condition.values, "or"))
    if condition.part == "quarter":
        named = joined(f"Q{value}" for value in condition.values)
    elif condition.part == "month" and condition.compare in ("is", "is not", "contains"):
        named = months_in_words(condition.values)
    elif condition.part == "month":
        named = months_in_words(condition.values[:1])
    else:
        named = joined(condition.values)
    return f"{_TIMES[condition.compare]} {named}"


def _value_words(condition: Condition, values: str) -> str:
    if all(_ISO.match(value) for value in condition.values):
        words = {
            "is": "on" if condition.values[0].count("-") == 2 else "in", "at least": "from", "at most": "until",
            "more than": "after", "less than": "before", "is not": "outside", "contains": "in",
        }  # fmt: skip
        return f"{words[condition.compare]} {joined(str(date(value)) for value in condition.values)}"
    if {value.casefold() for value in condition.values} <= YES | NO:
        return f"with {condition.column} {'' if condition.compare == 'is' else 'not '}{values}"
    if condition.compare == "is":
        return f"for {values}"
    if condition.compare == "is not":
        return f"without {values}"
    return f"with {_lower(condition.column)} {condition.compare} {joined(map(_limit, condition.values), 'or')}"


def result_words(plan: TablePlan, result: TableResult) -> tuple[str, str]:
    """(a sentence that says the result, the result as a Markdown table or empty)."""
    limits = conditions_words(plan.conditions)
    if plan.select:
        return (_checked if plan.claim else _selected)(plan, result, limits)
    counts = all(measure.function in ("count", "distinct") for measure in plan.measures)
    if result.matched == 0 and not (counts and not plan.groups):
        return f"No row of {plan.table} matches{limits or ' the question'}.", ""
    if not plan.groups:
        return _single(plan, result, limits), ""
    if plan.limit and plan.sort_by == "measure" and result.rows and plan.limit == 1:
        return _first(plan, result, limits), ""
    if any(group.part == "unit" for group in plan.groups):
        return _by_unit(plan, result, limits), _table(plan, result) if len(plan.groups) > 1 else ""
    return _grouped(plan, result, limits), _table(plan, result)


def answer_words(
    told: Sequence[tuple[str, TablePlan, TableResult]], notes: Sequence[str], profile: TableProfile
) -> tuple[str, str]:
    """(what a question's readings say together, a Markdown table or empty).

    Two readings that say the same are one; of two that differ both are told, and so is how doubtful things were read.
    """
    label, plan, result = told[0]
    sentence, table = result_words(plan, result)
    if len(told) > 1 and _outcome(plan, result) != _outcome(*told[1][1:]):
        other_label, other, other_result = told[1]
        second = result_words(other, other_result)[0]
        sentence = f"This can be read in two ways. {_when(label, sentence)} {_when(other_label, second)}"
        table = ""
        notes = [note for note in notes if "comes first" not in note]
    stated = _stated(plan, result, profile)
    blank = [
        f"{shown(count)} of them {'says' if count == 1 else 'say'} nothing in {name}."
        for name, count in result.blank.items()
    ]
    said = [stated or sentence, *blank, *notes, *_readings(plan, profile)]
    if profile.left_out and not stated:
        said.append(_left_out_rows(profile))
    return " ".join(said), table


def _when(label: str, sentence: str) -> str:
    begins = sentence.startswith(("The ", "In ", "For ", "No ", "There "))
    return f"{_capital(label)}: {sentence[:1].lower() if begins else sentence[:1]}{sentence[1:]}"


def _outcome(plan: TablePlan, result: TableResult) -> object:
    """What decides whether two readings say the same: who is first, or the numbers."""
    if plan.limit == 1 and plan.sort_by:
        at = 0 if plan.sort_by == "measure" or plan.select[0] != plan.sort_by else 1
        return sorted({row.group[at].casefold() for row in result.rows if len(row.group) > at})
    return [(row.group, row.values) for row in result.rows], result.overall, result.matched


def _stated(plan: TablePlan, result: TableResult, profile: TableProfile) -> str:
    """A total that the file states differently from what its rows add up to: both are told."""
    sums = [measure for measure in plan.measures if measure.function == "sum"]
    whole = [one for one in profile.left_out if not one.of_part]
    if plan.conditions or plan.groups or plan.share or len(sums) != 1 or not whole:
        return ""
    last = whole[-1]
    said = last.values.get(sums[0].column or "")
    computed = result.overall[0]
    if said is None or computed is None or said == computed:
        return ""
    unit, decimals = result.units[0], result.decimals[0]
    return (
        f"The row “{last.label}” of {plan.table} says {_value_in(said, unit, decimals)} for {sums[0].column}; "
        f"the {_rows(result.matched)} that it sums up come to {_value_in(computed, unit, decimals)}."
    )


def stated_words(left_out: LeftOut, profile: TableProfile) -> str:
    """'The row “VAT” of receipt.csv says 1.40.'"""
    units = {column.name: column.unit for column in profile.columns}
    decimals = {name: max(0, -int(value.as_tuple().exponent)) for name, value in left_out.values.items()}
    said = joined(
        _value_in(value, units[name], decimals[name]) + (f" for {name}" if len(left_out.values) > 1 else "")
        for name, value in left_out.values.items()
    )
    return f"The row “{left_out.label}” of {profile.table} says {said}."


def _readings(plan: TablePlan, profile: TableProfile) -> list[str]:
    """How the columns in use were read, where that was not plain from their cells."""
    named = (
        {measure.column for measure in plan.measures}
        | {measure.per for measure in plan.measures}
        | {*plan.select, plan.sort_by}
    )
    limited = {condition.column for condition in [*plan.conditions, *plan.claim]}
    named |= limited | {group.column for group in plan.groups}
    timed = limited | {group.column for group in plan.groups} | {plan.sort_by}
    said = []
    for column in profile.columns:
        if column.read_as and column.name in named:
            said.append(column.read_as)
        if column.dated and column.name in timed and plan.month_first is None:
            said.append(f"I read the dates of {column.name} with the {column.dated.split()[0]} first.")
    return said


def _left_out_rows(profile: TableProfile) -> str:
    listed = joined(f"row {one.row} (“{one.label}”)" if one.label else f"row {one.row}" for one in profile.left_out[:4])
    more = len(profile.left_out) - 4
    sums = "sum up others" if len(profile.left_out) > 1 else "sums up others"
    return f"I left out {listed}{f' and {more} more' if more > 0 else ''}, which {sums}."


def _first(plan: TablePlan, result: TableResult, limits: str) -> str:
    """'Ada has the most rows: 2.'; all of those that are level."""
    measure = plan.measures[0]
    end = "highest" if plan.descending else "lowest"
    groups = [", ".join(row.group) for row in result.rows]
    value = _value(result, result.rows[0].values[0])
    alone = all(row.count == 1 for row in result.rows) or measure.function in ("min", "max")
    what = measure_words(measure, alone=alone)
    if len(groups) == 1:
        return f"{groups[0]} has the {end} {what}{limits}: {value}."
    return f"{joined(groups)} have the {end} {what}{limits}, {value} each."


def _single(plan: TablePlan, result: TableResult, limits: str) -> str:
    first = plan.measures[0]
    if plan.share and result.overall[0] is not None:
        told = "the rows" if first.function == "count" else f"the {measure_words(first)}"
        whole = conditions_words(plan.whole)
        return f"The share{limits} is {_value(result, result.overall[0])} of {told}{whole} of {plan.table}."
    if first.function == "count":
        if not limits:
            return f"{plan.table} has {_rows(result.matched)}."
        return f"{shown(result.matched)} of the {_rows(result.total)} of {plan.table} match{limits}."
    if first.function == "distinct":
        counted = (
            f"{shown(result.overall[0] or 0)} different value{'' if result.overall[0] == 1 else 's'} of {first.column}"
        )
        return f"There are {counted}{limits}, in {_rows(result.matched)} of {plan.table}."
    said = joined(
        f"the {measure_words(measure)} is {_value(result, value, at)}"
        for at, (measure, value) in enumerate(zip(plan.measures, result.overall, strict=True))
    )
    clause = f"{limits.strip()}, {said}" if limits else said
    return f"{_capital(clause)}, over {_rows(result.matched)} of {plan.table}{_left_out(result)}."


def _by_unit(plan: TablePlan, result: TableResult, limits: str) -> str:
    """A total for each currency or unit, because they are not added together."""
    measure = plan.measures[0]
    if len(plan.groups) > 1:
        return (
            f"The {measure_words(measure)}{limits} is told for each unit, because the units of {measure.column} differ."
        )
    said = joined(_value_in(row.values[0], row.group[-1], result.decimals[0]) for row in result.rows)
    if len(result.rows) == 1:
        clause = f"{limits.strip()}, the" if limits else "the"
        return f"{_capital(clause)} {measure_words(measure)} is {said}, over {_rows(result.matched)} of {plan.table}."
    what = "currencies" if all(is_currency(row.group[-1]) for row in result.rows) else "units"
    return (
        f"There is no single {measure_words(measure)}{limits}, because the {what} of {measure.column} differ: "
        f"it is {said}, over {_rows(result.matched)} of {plan.table}."
    )


def _grouped(plan: TablePlan, result: TableResult, limits: str) -> str:
    measure = plan.measures[0]
    present = [row for row in result.rows if row.values[0] is not None]
    if not present:
        return f"{plan.table} has no numbers for the {measure_words(measure)}{limits}."
    by = joined(_group_name(plan, at) for at in range(len(plan.groups)))
    what = f"share of the {measure_words(measure)}" if plan.share else measure_words(measure)
    if plan.sort_by == "measure" and plan.limit:
        end = "highest" if plan.descending else "lowest"
        listed = joined(_at(result, row) for row in present[:12])
        return f"The {len(present)} {end} by {what}{limits} are {listed}."
    if len(present) == 2 and plan.sort_by == "measure":
        high, low = present
        gap = (high.values[0] or 0) - (low.values[0] or 0)
        return (
            f"The {what} is {_at(result, high)} and {_at(result, low)}: a difference of {_value(result, Decimal(gap))}."
        )
    if len(present) <= 6:
        listed = joined(_at(result, row) for row in present)
        said = f"the {what}{limits} is {listed}"
    else:
        low, high = (pick(present, key=lambda row: row.values[0] or 0) for pick in (min, max))
        said = f"the {what}{limits} lies between {_at(result, low)} and {_at(result, high)}"
    overall = result.overall[0]
    if overall is not None and len(present) > 1 and not plan.share:
        said += f"; over all {_rows(result.matched)} it is {_value(result, overall)}"
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
        return f"No row of {plan.table} matches{limits or ' the question'}.", ""
    lines = [row.group for row in result.rows]
    table = _markdown(plan.select, lines[:_MOST_LINES], []) if len(lines) > 1 else ""
    if plan.sort_by in plan.select and plan.limit:
        return _extreme(plan, result, lines, limits), table
    if not plan.conditions and len(plan.select) > 1:
        listed = joined(_row_name([lines[at][0], *filter(None, lines[at][1:])]) for at in range(len(lines)))
        return f"{plan.table} has a value of {joined(map(_lower, plan.select[1:]))} for each row: {listed}.", table
    if not plan.conditions:
        values = list(dict.fromkeys(cell for line in lines for cell in line[-1:] if cell))
        listed = (
            f": {joined(values)}" if len(values) <= _MOST_LINES else f"; the first are {joined(values[:_MOST_LINES])}"
        )
        return f"{plan.table} has {_values(len(values))} of {plan.select[-1]}{listed}.", ""
    return _cells(plan, result, lines, limits), table


def _checked(plan: TablePlan, result: TableResult, limits: str) -> tuple[str, str]:
    """'Yes: for Chen Li, the remote is yes, in staff.csv.'; of several rows, of how many it is true."""
    if not result.rows:
        return f"No row of {plan.table} matches{limits or ' the question'}.", ""
    lines = [row.group for row in result.rows]
    true, claimed = result.true or 0, conditions_words(plan.claim)
    if result.matched == 1 and plan.conditions:
        told = _cells(plan, result, lines, limits)
        if result.blank:
            return f"{plan.table} does not say: {told[:1].lower()}{told[1:]}", ""
        return f"{'Yes' if true else 'No'}: {told[:1].lower()}{told[1:]}", ""
    rows = f"{_rows(result.matched)} of {plan.table}{limits}"
    if true and (plan.claim_any or true == result.matched):
        counted = f"all {rows} match" if true == result.matched else f"{shown(true)} of the {rows} match"
        said = f"Yes: {counted}{claimed}."
    elif true:
        said = f"{shown(true)} of the {rows} match{claimed}."
    else:
        said = f"No: none of the {rows} matches{claimed}."
    return said, _markdown(plan.select, lines[: min(true, _MOST_LINES)], []) if true else ""


def _extreme(plan: TablePlan, result: TableResult, lines: list[list[str]], limits: str) -> str:
    """'7003 (Ada) has the highest amount: 30.' where a row is asked for, or 'The highest amount is 30: 7003 (Ada).'"""
    at = plan.select.index(plan.sort_by or "")
    ends = ("latest", "earliest") if result.by_date else ("highest", "lowest")
    end = ends[0] if plan.descending else ends[1]
    what = f"{end} {_quantity(plan.select[at])}{limits}"
    named = [_row_name([cell for place, cell in enumerate(line) if place != at and cell]) for line in lines]
    value = lines[0][at]
    if plan.limit and plan.limit > 1:
        pairs = zip(lines, named, strict=True)
        listed = joined(f"{line[at]} ({name})" if name else line[at] for line, name in pairs)
        return f"The {len(lines)} {end} by {_lower(plan.select[at])}{limits} are {listed}."
    if result.by_date and at == 0 and len(plan.select) == 2 and len(lines) == 1:
        return f"The {_lower(plan.select[1])} of the {what}, {value}, is {named[0]}."
    if at == 0:
        told = joined(name for name in named[:12] if name)
        return f"The {what} is {value}{f': {told}' if told else ''}."
    has = "has" if len(named) == 1 else "have"
    return f"{joined(named[:12])} {has} the {what}: {value}{'' if len(named) == 1 else ' each'}."


def _row_name(cells: list[str]) -> str:
    if len(cells) < 2:
        return "".join(cells)
    return f"{cells[0]} ({', '.join(cells[1:])})"


def _cells(plan: TablePlan, result: TableResult, lines: list[list[str]], limits: str) -> str:
    """What stands in the rows that match: as a sentence for one row, as a list of values for several."""
    own = {condition.column for condition in plan.conditions if condition.compare == "is" and condition.part == "value"}
    asked = [at for at, name in enumerate(plan.select) if name not in own] or list(range(len(plan.select)))
    if len(lines) == 1:
        said = joined(f"the {_lower(plan.select[at])} is {lines[0][at] or 'empty'}" for at in asked)
        return f"{_capital(limits.strip())}, {said}, in {plan.table}."
    last = asked[-1]
    values = list(dict.fromkeys(_row_name([line[at] for at in asked if line[at]]) for line in lines))
    told = joined(values[:_MOST_LINES])
    if len(values) == 1:
        said = f"the {_lower(plan.select[last])} is {told}, in all {_rows(result.matched)} of {plan.table}"
        return f"{_capital(limits.strip())}, {said}."
    more = f" and {len(values) - _MOST_LINES} more" if len(values) > _MOST_LINES else ""
    matching = f"{_capital(_rows(result.matched))} of {plan.table} match{limits}"
    return f"{matching}, with {_values(len(values))} of {plan.select[asked[0]]}: {told}{more}."


def _values(count: int) -> str:
    return f"{shown(count)} value{'' if count == 1 else 's'}"


def _table(plan: TablePlan, result: TableResult) -> str:
    header = [_group_name(plan, at).capitalize() for at in range(len(plan.groups))]
    header += [_capital(measure_words(measure)) for measure in plan.measures]
    rows = result.rows[:_MOST_LINES]
    columns = [_column(result, at, [row.values[at] for row in rows]) for at in range(len(plan.measures))]
    lines = [[*row.group, *values] for row, *values in zip(rows, *columns, strict=True)]
    text = _markdown(header, lines, list(range(len(plan.groups), len(header))))
    left = result.groups - len(lines)
    return text + (f"\n\n… and {left} more." if left > 0 and not plan.limit else "")


def _column(result: TableResult, at: int, values: Sequence[Decimal | None]) -> list[str]:
    """Values under each other: all with as many decimals as the longest of them."""
    parts = [("–" if value is None else shown(value, result.decimals[at])).partition(".") for value in values]
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


def _at(result: TableResult, row: ResultRow) -> str:
    return f"{_value(result, row.values[0])} ({', '.join(row.group)})"


def _value(result: TableResult, value: Decimal | None, at: int = 0) -> str:
    return _value_in(value, result.units[at], result.decimals[at])


def _value_in(value: Decimal | None, unit: str, decimals: int | None) -> str:
    if value is None:
        return "–"
    if unit == "%" and decimals is None:
        decimals = 1 if abs(value) >= 10 else 2  # A share.
    return shown(value, decimals) + (f" {unit}" if unit and unit != "no unit" else "")


def _rows(count: int) -> str:
    return f"{shown(count)} row{'' if count == 1 else 's'}"


def _left_out(result: TableResult) -> str:
    return f" ({_rows(result.skipped)} without a number left out)" if result.skipped else ""


def _lower(name: str) -> str:
    """A column's name within a sentence, without its unit: 'Passengers (m)' is 'passengers', 'CO2' stays."""
    name = (bare(name) if header_unit(name) else name).replace("_", " ")
    return name[0].lower() + name[1:] if len(name) > 1 and name[1:2].islower() else name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
