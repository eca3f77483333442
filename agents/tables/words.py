"""Says the result of a calculation in words and as a small Markdown table."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from agents.tables.columns import NO, YES, bare, header_unit
from agents.tables.dates import MONTHS, date
from agents.tables.numbers_shown import shown
from agents.tables.numerals import is_currency
from agents.tables.plan import (
    Compare,
    Condition,
    Function,
    LeftOut,
    Measure,
    ResultRow,
    TablePlan,
    TableProfile,
    TableResult,
)
from agents.tables.saying import book, dated, in_notation, listed, say
from agents.tables.time_spans import months_in_words

_MOST_LINES = 24
_TIMES: dict[Compare, str] = {
    "is": "in {time}", "at least": "since {time}", "at most": "until {time}", "more than": "after {time}",
    "less than": "before {time}", "is not": "outside {time}", "contains": "in {time}",
}  # fmt: skip
_DAYS = _TIMES | {"is": "on {time}", "at least": "from {time}"}
_MEASURES: dict[Function, str] = {
    "sum": "total {what}", "mean": "mean {what}", "median": "median {what}", "min": "lowest {what}",
    "max": "highest {what}", "range": "difference between the highest and the lowest {what}",
    "incoming": "total incoming {what}", "outgoing": "total outgoing {what}",
}  # fmt: skip
_MASSES = {"preis", "einkaufspreis", "verkaufspreis", "stückpreis", "prix", "earnings", "savings"}  # No plurals.
_DAY_OF_MONTH = re.compile(rf"^\d{{1,2}} (?:{'|'.join(MONTHS)})$")
_ISO = re.compile(r"^\d{4}-\d{2}(?:-\d{2})?$")


def measure_words(measure: Measure, *, alone: bool = False) -> str:
    """'mean number of passengers', 'total amount (EUR)', 'number of rows'; without 'total' for single rows."""
    column = _lower(measure.column or "")
    if measure.function == "ratio":
        counted = "number of " if column.endswith("s") and book().inflects else ""
        return say("{what} per {per}", what=f"{counted}{column}", per=_singular(_lower(measure.per or "")))
    if measure.function == "count":
        return say("number of rows")
    if measure.function == "distinct":
        return say("number of different values of {what}", what=measure.column)
    what = _quantity(measure.column or "")
    return what if alone and measure.function in ("min", "max", "sum") else say(_MEASURES[measure.function], what=what)


def _quantity(name: str) -> str:
    """'number of passengers', 'amount'."""
    column = _lower(name)
    plural = column.endswith("s") and not column.endswith("ss") and " " not in column and column not in _MASSES
    return f"number of {column}" if plural and book().inflects else column


def conditions_words(conditions: list[Condition]) -> str:
    """' in winter (…) for Route Island Line', or empty; it follows what it limits."""
    order = {"month": 0, "quarter": 0, "year": 1, "value": 2}
    said: list[str] = []
    for part in ("month", "quarter", "year"):
        ends = {one.compare: one for one in conditions if one.part == part}
        if ends.keys() == {"at least", "at most"}:
            said.append(say("from {low} until {high}", low=_time(ends["at least"]), high=_time(ends["at most"])))
            conditions = [one for one in conditions if one.part != part]
    spans, conditions = _number_spans(conditions)
    before: Condition | None = None
    for condition in sorted(conditions, key=lambda one: order[one.part]):
        if _is_plain(condition) and before and _is_plain(before):
            said.append(f"{say('and')} {listed(condition.values, 'or')}")
        elif condition.part == "year" and condition.compare == "is" and said:
            said.append(say("of {time}", time=_time(condition)))  # "in February of 1928"
        else:
            said.append(_condition_words(condition))
        before = condition
    return "".join(f" {words}" for words in [*said, *spans])


def _is_plain(condition: Condition) -> bool:
    """'for Oslo', 'for Oslo and tea'."""
    return (
        condition.part == "value"
        and condition.compare == "is"
        and not _of_time(condition)
        and not _is_yes_or_no(condition)
    )


def _of_time(condition: Condition) -> bool:
    return all(_ISO.match(value) or _DAY_OF_MONTH.match(value) for value in condition.values)


def _is_yes_or_no(condition: Condition) -> bool:
    return {value.casefold() for value in condition.values} <= YES | NO


def _number_spans(conditions: list[Condition]) -> tuple[list[str], list[Condition]]:
    """'with weight between 200 and 700', and the conditions that are no such span."""
    said: list[str] = []
    for low in [one for one in conditions if one.compare == "at least" and one.part == "value"]:
        high = next((one for one in conditions if one.column == low.column and one.compare == "at most"), None)
        if high and not _ISO.match(low.values[0]) and not _ISO.match(high.values[0]):
            ends = listed(_limit(one.values[0]) for one in (low, high))
            said.append(say("with {column} between {values}", column=_lower(low.column), values=ends))
            conditions = [one for one in conditions if one not in (low, high)]
    return said, conditions


def _limit(value: str) -> str:
    """A number as all numbers are shown; a date as it was said."""
    try:
        return _number(Decimal(value))
    except InvalidOperation:
        return value


def _condition_words(condition: Condition) -> str:
    if condition.part == "value":
        return _value_words(condition)
    if condition.part == "year" and condition.compare == "is":
        return say("in the year {time}", time=_time(condition))
    return say(_TIMES[condition.compare], time=_time(condition))


def _time(condition: Condition) -> str:
    if condition.part == "quarter":
        return listed(f"Q{value}" for value in condition.values)
    if condition.part == "month":
        several = condition.compare in ("is", "is not", "contains")
        return dated(months_in_words(condition.values if several else condition.values[:1]))
    return listed(condition.values)


def _value_words(condition: Condition) -> str:
    values, column = listed(condition.values, "or"), _lower(condition.column)
    if _of_time(condition):
        of_days = condition.values[0].count("-") != 1 or condition.compare != "is"
        time = listed(dated(str(date(value))) for value in condition.values)
        return say((_DAYS if of_days else _TIMES)[condition.compare], time=time)
    if _is_yes_or_no(condition):
        sentence = "with {column} {values}" if condition.compare == "is" else "with {column} not {values}"
        return say(sentence, column=condition.column, values=values)
    if condition.compare == "is":
        return say("for {values}", values=values)
    if condition.compare == "is not":
        return say("without {values}", values=values)
    numbers = listed(map(_limit, condition.values), "or")
    return say(f"with {{column}} {condition.compare} {{values}}", column=column, values=numbers)


def result_words(plan: TablePlan, result: TableResult) -> tuple[str, str]:
    """(a sentence that says the result, the result as a Markdown table or empty)."""
    limits = conditions_words(plan.conditions)
    if plan.select:
        return (_checked if plan.claim else _selected)(plan, result, limits)
    counts = all(measure.function in ("count", "distinct") for measure in plan.measures)
    if result.matched == 0 and not (counts and not plan.groups):
        return _no_row(plan, limits), ""
    if not plan.groups:
        return _single(plan, result, limits), ""
    if plan.limit and plan.sort_by == "measure" and result.rows and plan.limit == 1:
        return _first(plan, result, limits), ""
    if any(group.part == "unit" for group in plan.groups):
        return _by_unit(plan, result, limits), _table(plan, result) if len(plan.groups) > 1 else ""
    return _grouped(plan, result, limits), _table(plan, result)


def _no_row(plan: TablePlan, limits: str) -> str:
    sentence = "No row of {table} matches{limits}." if limits else "No row of {table} matches the question."
    return say(sentence, table=plan.table, limits=limits)


def answer_words(
    told: Sequence[tuple[str, TablePlan, TableResult]], notes: Sequence[str], profile: TableProfile
) -> tuple[str, str]:
    """(what a question's readings say together, a Markdown table or empty).

    Two readings that say the same are one; of two that differ both are told, and so is how doubtful things were read.
    """
    told = [(label, plan, _in_language(plan, result, profile)) for label, plan, result in told]
    label, plan, result = told[0]
    sentence, table = result_words(plan, result)
    if len(told) > 1 and _outcome(plan, result) != _outcome(*told[1][1:]):
        other_label, other, other_result = told[1]
        second = result_words(other, other_result)[0]
        sentence = say(
            "This can be read in two ways. {first} {second}",
            first=_when(label, sentence),
            second=_when(other_label, second),
        )
        table = ""
    stated = _stated(plan, result, profile)
    blank = [_nothing_in(name, count) for name, count in result.blank.items()]
    said = [stated or sentence, *blank, *notes, *_readings(plan, profile)]
    if profile.left_out and not stated:
        said.append(_left_out_rows(profile))
    return " ".join(said), table


def _nothing_in(column: str, count: int) -> str:
    says = "{count} of them says nothing in {column}." if count == 1 else "{count} of them say nothing in {column}."
    return say(says, count=_number(count), column=column)


def _in_language(plan: TablePlan, result: TableResult, profile: TableProfile) -> TableResult:
    """The cells and groups of a result, which the table engine tells the English way."""
    kinds = {column.name: column.kind for column in profile.columns}
    names = plan.select or [group.column for group in plan.groups]

    def told(name: str, cell: str) -> str:
        return dated(cell) if kinds.get(name) == "date" else in_notation(cell) if _is_number(kinds.get(name)) else cell

    rows = [
        row.model_copy(update={"group": [told(name, cell) for name, cell in zip(names, row.group, strict=False)]})
        for row in result.rows
    ]
    return result.model_copy(update={"rows": rows})


def _is_number(kind: str | None) -> bool:
    return kind in ("number", "money", "quantity", "percent")


def _when(label: str, sentence: str) -> str:
    begins = sentence.startswith(("The ", "In ", "For ", "No ", "There "))
    return say("{label}: {said}", label=_capital(label), said=_lower_first(sentence) if begins else sentence)


def _lower_first(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


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
    return say(
        "The row “{label}” of {table} says {said} for {column}; the {rows} that it sums up come to {computed}.",
        label=last.label, table=plan.table, said=_value_in(said, unit, decimals), column=sums[0].column,
        rows=_rows(result.matched), computed=_value_in(computed, unit, decimals),
    )  # fmt: skip


def stated_words(left_out: LeftOut, profile: TableProfile) -> str:
    """'The row “VAT” of receipt.csv says 1.40.'"""
    units = {column.name: column.unit for column in profile.columns}
    decimals = {name: max(0, -int(value.as_tuple().exponent)) for name, value in left_out.values.items()}
    told = {name: _value_in(value, units[name], decimals[name]) for name, value in left_out.values.items()}
    said = listed(
        say("{value} for {column}", value=value, column=name) if len(told) > 1 else value
        for name, value in told.items()
    )
    return say("The row “{label}” of {table} says {said}.", label=left_out.label, table=profile.table, said=said)


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
            said.append(
                say(f"I read the dates of {{column}} with the {column.dated.split()[0]} first.", column=column.name)
            )
    return said


def _left_out_rows(profile: TableProfile) -> str:
    rows = listed(
        say("row {row} (“{label}”)" if one.label else "row {row}", row=one.row, label=one.label)
        for one in profile.left_out[:4]
    )
    more = len(profile.left_out) - 4
    if more > 0:
        return say("I left out {rows} and {more} more, which sum up others.", rows=rows, more=more)
    several = len(profile.left_out) > 1
    return say(f"I left out {{rows}}, which {'sum' if several else 'sums'} up others.", rows=rows)


def _first(plan: TablePlan, result: TableResult, limits: str) -> str:
    """'Ada has the most rows: 2.'; all of those that are level."""
    measure = plan.measures[0]
    end = "highest" if plan.descending else "lowest"
    groups = [", ".join(row.group) for row in result.rows]
    value = _value(result, result.rows[0].values[0])
    alone = measure.function in ("min", "max") or (
        measure.function == "sum" and all(row.count == 1 for row in result.rows)
    )
    what = measure_words(measure, alone=alone)
    if len(groups) == 1:
        sentence = f"{{name}} has the {end} {{measure}}{{limits}}: {{value}}."
        return say(sentence, name=groups[0], measure=what, limits=limits, value=value)
    sentence = f"{{names}} have the {end} {{measure}}{{limits}}, {{value}} each."
    return say(sentence, names=listed(groups), measure=what, limits=limits, value=value)


def _single(plan: TablePlan, result: TableResult, limits: str) -> str:
    first, table = plan.measures[0], plan.table
    if plan.share and result.overall[0] is not None:
        whole, value = conditions_words(plan.whole), _value(result, result.overall[0])
        if first.function == "count":
            sentence = "The share{limits} is {value} of the rows{whole} of {table}."
            return say(sentence, limits=limits, value=value, whole=whole, table=table)
        sentence = "The share{limits} is {value} of the {measure}{whole} of {table}."
        return say(sentence, limits=limits, value=value, measure=measure_words(first), whole=whole, table=table)
    if first.function == "count":
        return _counted(result, table, limits)
    if first.function == "distinct":
        one = result.overall[0] == 1
        sentence = (
            "There is 1 different value of {column}{limits}, in {rows} of {table}." if one
            else "There are {count} different values of {column}{limits}, in {rows} of {table}."
        )  # fmt: skip
        count = _number(result.overall[0] or 0)
        return say(sentence, count=count, column=first.column, limits=limits, rows=_rows(result.matched), table=table)
    measured = [(at, value) for at, value in enumerate(result.overall) if value is not None]
    if not measured:
        return _no_number(table, measure_words(first), limits)
    said = listed(
        say("the {measure} is {value}", measure=measure_words(plan.measures[at]), value=_value(result, value, at))
        for at, value in measured
    )
    clause = _after_limits(limits, said)
    rows = _rows(result.matched)
    return say(
        "{said}, over {rows} of {table}{skipped}.", said=clause, rows=rows, table=table, skipped=_left_out(result)
    )


def _counted(result: TableResult, table: str, limits: str) -> str:
    if not limits:
        return say("{table} has {rows}.", table=table, rows=_rows(result.matched))
    sentence = "{count} of the {rows} of {table} match{limits}."
    return say(sentence, count=_number(result.matched), rows=_rows(result.total), table=table, limits=limits)


def _after_limits(limits: str, said: str) -> str:
    """'In March, the total is 4', with a capital."""
    return _capital(say("{limits}, {said}", limits=limits.strip(), said=said) if limits else said)


def _by_unit(plan: TablePlan, result: TableResult, limits: str) -> str:
    """A total for each currency or unit, because they are not added together."""
    what, column, rows = measure_words(plan.measures[0]), plan.measures[0].column, _rows(result.matched)
    if len(plan.groups) > 1:
        sentence = "The {measure}{limits} is told for each unit, because the units of {column} differ."
        return _capital(say(sentence, measure=what, limits=limits, column=column))
    said = listed(_value_in(row.values[0], row.group[-1], result.decimals[0]) for row in result.rows)
    if len(result.rows) == 1:
        clause = _after_limits(limits, say("the {measure} is {value}", measure=what, value=said))
        return say("{said}, over {rows} of {table}{skipped}.", said=clause, rows=rows, table=plan.table, skipped="")
    kind = "currencies" if all(is_currency(row.group[-1]) for row in result.rows) else "units"
    sentence = (
        f"There is no single {{measure}}{{limits}}, because the {kind} of {{column}} differ: it is {{said}}, "
        "over {rows} of {table}."
    )
    return _capital(say(sentence, measure=what, limits=limits, column=column, said=said, rows=rows, table=plan.table))


def _grouped(plan: TablePlan, result: TableResult, limits: str) -> str:
    measure = measure_words(plan.measures[0])
    present = [row for row in result.rows if row.values[0] is not None]
    if not present:
        return _no_number(plan.table, measure, limits)
    what = say("share of the {measure}", measure=measure) if plan.share else measure
    if plan.sort_by == "measure" and plan.limit:
        end = "highest" if plan.descending else "lowest"
        named = listed(_at(result, row) for row in present[:12])
        sentence = f"The {{count}} {end} by {{measure}}{{limits}} are {{listed}}."
        return say(sentence, count=len(present), measure=what, limits=limits, listed=named)
    if len(present) == 2 and plan.sort_by == "measure":
        high, low = present
        gap = _value(result, Decimal((high.values[0] or 0) - (low.values[0] or 0)))
        sentence = "The {measure} is {high} and {low}: a difference of {gap}."
        return _capital(say(sentence, measure=what, high=_at(result, high), low=_at(result, low), gap=gap))
    if len(present) <= 6:
        named = listed(_at(result, row) for row in present)
        said = say("the {measure}{limits} is {listed}", measure=what, limits=limits, listed=named)
    else:
        least, most = (_at(result, pick(present, key=lambda row: row.values[0] or 0)) for pick in (min, max))
        sentence = "the {measure}{limits} lies between {low} and {high}"
        said = say(sentence, measure=what, limits=limits, low=least, high=most)
    overall = result.overall[0]
    if overall is not None and len(present) > 1 and not plan.share:
        sentence = "{said}; over all {rows} it is {value}"
        said = say(sentence, said=said, rows=_rows(result.matched), value=_value(result, overall))
    by = listed(_group_name(plan, at) for at in range(len(plan.groups)))
    return say("By {by}, {said}{skipped}.", by=by, said=said, skipped=_left_out(result)) + _trend(plan, result, present)


def _no_number(table: str, measure: str, limits: str) -> str:
    """There are rows, and none of their cells says a number."""
    sentence = "{table} does not say the {measure}{limits}: no number stands there."
    return say(sentence, table=table, measure=measure, limits=limits)


def _trend(plan: TablePlan, result: TableResult, present: list[ResultRow]) -> str:
    trend = result.trend
    if trend is None or plan.sort_by == "measure" or trend.change is None or result.groups != len(result.rows):
        return ""
    first, last = ", ".join(present[0].group), ", ".join(present[-1].group)
    if abs(trend.change) < 0.02:
        return say(" From {first} to {last} it hardly changed.", first=first, last=last)
    moved = "rose" if trend.change > 0 else "fell"
    change = f"{abs(trend.change) * 100:.0f}"
    return say(f" From {{first}} to {{last}} it {moved} by {{change}} %.", first=first, last=last, change=change)


def _selected(plan: TablePlan, result: TableResult, limits: str) -> tuple[str, str]:
    if not result.rows:
        return _no_row(plan, limits), ""
    lines = [row.group for row in result.rows]
    table = _markdown(plan.select, lines[:_MOST_LINES], []) if len(lines) > 1 else ""
    if plan.sort_by in plan.select and plan.limit:
        return _extreme(plan, result, lines, limits), table
    if plan.conditions:
        return _cells(plan, result, lines, limits), table
    if len(plan.select) > 1:
        named = listed(_row_name([line[0], *filter(None, line[1:])]) for line in lines)
        columns = listed(map(_lower, plan.select[1:]))
        sentence = "{table} has a value of {columns} for each row: {listed}."
        return say(sentence, table=plan.table, columns=columns, listed=named), table
    values = list(dict.fromkeys(cell for line in lines for cell in line[-1:] if cell))
    sentence = (
        "{table} has {values} of {column}: {listed}." if len(values) <= _MOST_LINES
        else "{table} has {values} of {column}; the first are {listed}."
    )  # fmt: skip
    named = listed(values[:_MOST_LINES])
    return say(sentence, table=plan.table, values=_values(len(values)), column=plan.select[-1], listed=named), ""


def _checked(plan: TablePlan, result: TableResult, limits: str) -> tuple[str, str]:
    """'Yes: for Chen Li, the remote is yes, in staff.csv.'; of several rows, of how many it is true."""
    if not result.rows:
        return _no_row(plan, limits), ""
    lines = [row.group for row in result.rows]
    true, claim = result.true or 0, conditions_words(plan.claim)
    if result.matched == 1 and plan.conditions:
        told = _lower_first(_cells(plan, result, lines, limits))
        if result.blank:
            return say("{table} does not say: {said}", table=plan.table, said=told), ""
        return say("Yes: {said}" if true else "No: {said}", said=told), ""
    every = true == result.matched
    sentence = (
        "none of the {rows} of {table}{limits} matches{claim}." if not true
        else "all {rows} of {table}{limits} match{claim}." if every
        else "{count} of the {rows} of {table}{limits} match{claim}."
    )  # fmt: skip
    rows = _rows(result.matched)
    said = say(sentence, count=_number(true), rows=rows, table=plan.table, limits=limits, claim=claim)
    if not true:
        return say("No: {said}", said=said), ""
    shown_rows = _markdown(plan.select, lines[: min(true, _MOST_LINES)], [])
    return say("Yes: {said}", said=said) if every or plan.claim_any else said, shown_rows


def _extreme(plan: TablePlan, result: TableResult, lines: list[list[str]], limits: str) -> str:
    """'7003 (Ada) has the highest amount: 30.' where a row is asked for, or 'The highest amount is 30: 7003 (Ada).'"""
    at = plan.select.index(plan.sort_by or "")
    ends = ("latest", "earliest") if result.by_date else ("highest", "lowest")
    end = ends[0] if plan.descending else ends[1]
    named = [_row_name([cell for place, cell in enumerate(line) if place != at and cell]) for line in lines]
    value = lines[0][at]
    if plan.limit and plan.limit > 1:
        pairs = zip(lines, named, strict=True)
        rows = listed(f"{line[at]} ({name})" if name else line[at] for line, name in pairs)
        sentence = f"The {{count}} {end} by {{column}}{{limits}} are {{listed}}."
        return say(sentence, count=len(lines), column=_lower(plan.select[at]), limits=limits, listed=rows)
    what = say(f"{end} {{column}}{{limits}}", column=_quantity(plan.select[at]), limits=limits)
    if result.by_date and at == 0 and len(plan.select) == 2 and len(lines) == 1:
        sentence = "The {column} of the {what}, {value}, is {name}."
        return _capital(say(sentence, column=_lower(plan.select[1]), what=what, value=value, name=named[0]))
    if at == 0:
        told = listed(name for name in named[:12] if name)
        sentence = "The {what} is {value}: {names}." if told else "The {what} is {value}."
        return _capital(say(sentence, what=what, value=value, names=told))
    sentence = "{names} has the {what}: {value}." if len(named) == 1 else "{names} have the {what}: {value} each."
    return say(sentence, names=listed(named[:12]), what=what, value=value)


def _row_name(cells: list[str]) -> str:
    if len(cells) < 2:
        return "".join(cells)
    return f"{cells[0]} ({', '.join(cells[1:])})"


def _cells(plan: TablePlan, result: TableResult, lines: list[list[str]], limits: str) -> str:
    """What stands in the rows that match: as a sentence for one row, as a list of values for several."""
    own = {condition.column for condition in plan.conditions if condition.compare == "is" and condition.part == "value"}
    asked = [at for at, name in enumerate(plan.select) if name not in own] or list(range(len(plan.select)))
    first, last, table = plan.select[asked[0]], plan.select[asked[-1]], plan.table
    limited = _capital(limits.strip())
    if len(lines) == 1:
        said = listed(
            say("the {column} is {value}", column=_lower(plan.select[at]), value=lines[0][at] or say("empty"))
            for at in asked
        )
        return say("{limits}, {said}, in {table}.", limits=limited, said=said, table=table)
    values = list(dict.fromkeys(_row_name([line[at] for at in asked if line[at]]) for line in lines))
    told, rows = listed(values[:_MOST_LINES]), _rows(result.matched)
    if len(values) == 1:
        sentence = "{limits}, the {column} is {value}, in all {rows} of {table}."
        return say(sentence, limits=limited, column=_lower(last), value=told, rows=rows, table=table)
    more = len(values) - _MOST_LINES
    sentence = (
        "{rows} of {table} match{limits}, with {values} of {column}: {listed} and {more} more." if more > 0
        else "{rows} of {table} match{limits}, with {values} of {column}: {listed}."
    )  # fmt: skip
    count = _values(len(values))
    return say(sentence, rows=rows, table=table, limits=limits, values=count, column=first, listed=told, more=more)


def _values(count: int) -> str:
    return say("{count} value" if count == 1 else "{count} values", count=_number(count))


def _table(plan: TablePlan, result: TableResult) -> str:
    header = [_capital(_plain(group.column) if group.part == "value" else say(group.part)) for group in plan.groups]
    header += [_capital(re.sub(f"^{book().article}", "", measure_words(measure))) for measure in plan.measures]
    rows = result.rows[:_MOST_LINES]
    columns = [_column(result, at, [row.values[at] for row in rows]) for at in range(len(plan.measures))]
    lines = [[*row.group, *values] for row, *values in zip(rows, *columns, strict=True)]
    text = _markdown(header, lines, list(range(len(plan.groups), len(header))))
    left = result.groups - len(lines)
    return text + (say("\n\n… and {count} more.", count=left) if left > 0 and not plan.limit else "")


def _column(result: TableResult, at: int, values: Sequence[Decimal | None]) -> list[str]:
    """Values under each other: all with as many decimals as the longest of them."""
    parts = [("–" if value is None else shown(value, result.decimals[at])).partition(".") for value in values]
    decimals = max((len(after) for _, _, after in parts), default=0)
    return [
        in_notation(f"{before}.{after:0<{decimals}}" if decimals and value is not None else before)
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
    return _lower(group.column) if group.part == "value" else say(group.part)


def _at(result: TableResult, row: ResultRow) -> str:
    return f"{_value(result, row.values[0])} ({', '.join(row.group)})"


def _value(result: TableResult, value: Decimal | None, at: int = 0) -> str:
    return _value_in(value, result.units[at], result.decimals[at])


def _value_in(value: Decimal | None, unit: str, decimals: int | None) -> str:
    if value is None:
        return "–"
    if unit == "%" and decimals is None:
        decimals = 1 if abs(value) >= 10 else 2  # A share.
    return _number(value, decimals) + (f" {unit}" if unit and unit != "no unit" else "")


def _number(value: Decimal | int, decimals: int | None = None) -> str:
    return in_notation(shown(value, decimals))


def _rows(count: int) -> str:
    return say("{count} row" if count == 1 else "{count} rows", count=_number(count))


def _left_out(result: TableResult) -> str:
    return say(" ({rows} without a number left out)", rows=_rows(result.skipped)) if result.skipped else ""


def _lower(name: str) -> str:
    """A column's name within a sentence, without its unit: 'Passengers (m)' is 'passengers', 'CO2' stays."""
    name = _plain(name)
    if book().inflects and name[1:2].islower():
        name = name[0].lower() + name[1:]
    return book().column.format(name=name)


def _plain(name: str) -> str:
    """A column's name without its unit."""
    return (bare(name) if header_unit(name) else name).replace("_", " ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
