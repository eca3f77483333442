"""Totals, means and medians, of all rows or for each group."""

from agents.tables.asking.counts import count_of
from agents.tables.asking.lexicon import is_pay, is_spending, keys, measures, says_flow
from agents.tables.asking.mentions import Mention
from agents.tables.asking.question import NotUnderstoodError, Plans, Question
from agents.tables.asking.targets import is_time, row_label
from agents.tables.columns import bare
from agents.tables.plan import (
    Column,
    Condition,
    Function,
    Grouping,
    Measure,
)
from agents.tables.saying import listed, say
from agents.text.language import words

_MOST_MEASURES = 3
_FEW_ROWS = 12  # that are told one by one


def measured(
    question: Question, conditions: list[Condition], groups: list[Grouping], functions: list[Function]
) -> Plans:
    if functions:
        return _measured_at_once(question, conditions, groups, functions)
    function = question.function()
    if question.ratio:
        above, below = question.ratio
        measures = [Measure(function="ratio", column=above.name, per=below.name)]
        return [("", question.plan(conditions, groups=groups, measures=measures, trend=is_time(question, groups)))]
    columns = question.measures()
    if columns and function in ("mean", "median"):
        question.use(*question.said.senses("count"))  # "The average number of hours".
    if flow := question.senses_left("incoming", "outgoing"):
        return _flow(question, conditions, groups, flow, columns)
    if not columns and groups and function is None and (rows := [*question.free("rows"), *question.senses_left("row")]):
        question.use(*rows)
        return [("", question.plan(conditions, groups=groups, measures=[Measure(function="count")]))]
    others = [one for one in question.free("column") if not one.column.is_number]
    if not columns and others:
        return _no_number(question, conditions, groups, others)
    rows = question.free("rows")
    if not columns and groups and rows and function in ("mean", "median"):
        raise NotUnderstoodError(
            "I do not understand what the {function} of “{words}” is",
            function=function,
            words=question.said.words(rows[0]),
        )
    question.use(*rows)
    if not columns:
        columns = all_measures(question, function)
    if question.has("trend") and not groups:
        if any(question.column(one.column).kind == "date" for one in conditions):
            raise NotUnderstoodError("I do not understand between what the change is asked for")
        dated = [column for column in question.profile.columns if column.kind == "date"]
        groups = [Grouping(column=dated[0].name, part="year")] if len(dated) == 1 else []
        if not groups:
            raise NotUnderstoodError("there is no column of time to see a development in")
    chosen = [
        checked(question, function or ("sum" if column.adds_up or column.level_at else "mean"), column)
        for column in columns[:_MOST_MEASURES]
    ]
    question.use(*question.free("left out"))
    question.use(*question.said.senses("trend"))
    trend = question.has("trend") or is_time(question, groups)
    plans = [("", question.plan(conditions, groups=groups, measures=chosen, trend=trend))]
    return _for_each_unit(question, plans, columns)


def _measured_at_once(
    question: Question, conditions: list[Condition], groups: list[Grouping], functions: list[Function]
) -> Plans:
    """'The highest and the lowest amount', 'mean and median': a number for each, of one column."""
    columns = question.measures() or [question.only_measure()]
    if len(columns) > 1:
        raise NotUnderstoodError(
            "the question asks for several numbers of {values}", values=listed(one.name for one in columns)
        )
    measures = [checked(question, function, columns[0]) for function in functions]
    if columns[0].units:
        raise NotUnderstoodError(
            "{column} is in {values}, which cannot be compared",
            column=columns[0].name,
            values=listed(columns[0].units),
        )
    question.use(*question.free("rows"))
    return [("", question.plan(conditions, groups=groups, measures=measures))]


def _for_each_unit(question: Question, plans: Plans, columns: list[Column]) -> Plans:
    """Numbers in several currencies or units are told for each of them."""
    mixed = next((column for column in columns if column.units), None)
    if mixed is None:
        return plans
    by_unit = Grouping(column=mixed.name, part="unit")
    label, plan = plans[0]
    return [
        (
            label,
            plan.model_copy(update={"groups": [*plan.groups, by_unit], "measures": plan.measures[:1], "trend": False}),
        )
    ]


def checked(question: Question, function: Function, column: Column) -> Measure:
    if column.kind == "percent" and function == "sum":
        raise NotUnderstoodError("{column} holds percentages, which do not add up to a total", column=column.name)
    if function == "sum" and (others := _better_to_add(question, column)):
        told = listed((one.name for one in [column, *others]), "or")
        raise NotUnderstoodError("the question does not say {what}: {columns}", what="what to add up", columns=told)
    return Measure(function=function, column=column.name)


def _better_to_add(question: Question, column: Column) -> list[Column]:
    """What adds up, where a sum is asked of what does not, by another word for it: 'total price', of a unit price."""
    said = [one for one in question.said.of("column") if any(column.name == own.name for own in one.columns)]
    if column.adds_up or column.level_at or not said or not all(one.loose for one in said):
        return []
    return [one for one in question.numeric() if one.adds_up]


def all_measures(question: Question, function: Function | None) -> list[Column]:
    """Where no number is named, all that can be added up; with more than a few, which one must be said."""
    numeric = question.numeric()
    fitting = [column for column in numeric if column.adds_up] if function in (None, "sum") else numeric
    if not fitting and len(numeric) == 1 and numeric[0].kind != "percent":
        fitting = numeric
    if 0 < len(fitting) <= _MOST_MEASURES:
        if len(fitting) < len(numeric):
            named = listed(column.name for column in fitting)
            question.notes.append(say("I took {columns} as what is asked for.", columns=named))
        return fitting
    return [question.only_measure()]


def _no_number(question: Question, conditions: list[Condition], groups: list[Grouping], others: list[Mention]) -> Plans:
    """'Total customers', 'orders by customer': what is named has no numbers, so it is counted."""
    if question.has("mean", "median", "ratio", "trend", "incoming", "outgoing") or len(others) > 1:
        told = listed(question.said.words(one) for one in others)
        raise NotUnderstoodError("“{told}” is not a column of numbers", told=told)
    column = question.one_of(others[0])
    if column.kind == "id" and not others[0].loose:
        raise NotUnderstoodError("{column} holds identifiers, which do not add up to anything", column=column.name)
    summed = question.first("sum")
    if summed and question.said.words(summed).split()[-1] in ("of", "der", "des", "de") and question.numeric():
        question.use(*others)
        chosen = [checked(question, "sum", one) for one in all_measures(question, "sum")]
        return _for_each_unit(
            question, [("", question.plan(conditions, groups=groups, measures=chosen))], all_measures(question, "sum")
        )
    if column.kind == "text" and _is_measure(column):
        raise NotUnderstoodError("{column} holds text, which cannot be added up", column=column.name)
    question.use(others[0])
    return [("", question.plan(conditions, groups=groups, measures=[count_of(question, column)]))]


def _is_measure(column: Column) -> bool:
    """Whether a column is called after something measured, or begins with digits in most of its cells."""
    named = {key for word in words(bare(column.name)) for key in keys(word)}
    digits = sum(value[:1].isdecimal() for value in column.values)
    return bool(named & measures()) or 2 * digits > len(column.values)


def _flow(
    question: Question, conditions: list[Condition], groups: list[Grouping], flow: list[Mention], columns: list[Column]
) -> Plans:
    """'How much was spent?': where amounts have both signs, what went out has the minus."""
    question.use(*flow, *question.free("rows"))
    columns = columns or [column for column in question.numeric() if says_flow(bare(column.name)) == flow[0].sense]
    signed = [column for column in columns or question.numeric() if column.both_signs]
    signed = [column for column in signed if column.adds_up] or signed
    column = columns[0] if columns else signed[0] if len(signed) == 1 else question.money() or question.only_measure()
    if not columns and flow[0].sense == "outgoing" and not column.both_signs and is_pay(bare(column.name)):
        raise NotUnderstoodError("no column of {table} says what was spent", table=question.profile.table)
    if column.running:
        raise NotUnderstoodError("no column of {table} says what was spent", table=question.profile.table)
    question.assumed = not columns and not column.both_signs and not is_spending(bare(column.name))
    function: Function = "sum"
    if column.both_signs and column.adds_up:
        function = "outgoing" if flow[0].sense == "outgoing" else "incoming"
        sign = "negative" if function == "outgoing" else "positive"
        question.notes.append(say(f"I added the {sign} values of {{column}}.", column=column.name))
    if question.has("mean", "median"):
        function = question.function() or "sum"
    return _for_each_unit(
        question,
        [("", question.plan(conditions, groups=groups, measures=[Measure(function=function, column=column.name)]))],
        [column],
    )


def value_of(question: Question, conditions: list[Condition], columns: list[Column]) -> Plans:
    """A number of the rows that match: of one row as it stands; of several added up, if that makes sense."""
    question.use(*question.free("rows"), *question.free("left out"))
    if not conditions and not question.has("how much", "sum", "count", "share"):
        return _of_each_row(question, columns)
    if question.has("and") and (
        pair := next((one for one in conditions if len(one.values) > 1 and one.compare == "is"), None)
    ):
        groups = [Grouping(column=pair.column, part=pair.part)]
        measures = [
            Measure(function="sum" if column.adds_up or column.level_at else "mean", column=column.name)
            for column in columns[:_MOST_MEASURES]
        ]
        return _for_each_unit(question, [("", question.plan(conditions, groups=groups, measures=measures))], columns)
    if all(column.adds_up for column in columns):
        measures = [Measure(function="sum", column=column.name) for column in columns[:_MOST_MEASURES]]
        return _for_each_unit(question, [("", question.plan(conditions, measures=measures))], columns)
    if not conditions:
        return _of_each_row(question, columns)
    shown = [one.name for one in question.profile.columns if one.kind in ("text", "id")][:2]
    chosen = [name for name in shown if name not in [one.name for one in columns]]
    return [("", question.plan(conditions, select=[*chosen, *(one.name for one in columns)], limit=100))]


def _of_each_row(question: Question, columns: list[Column]) -> Plans:
    """'What is the price?' names no row: those of a few rows are told, and of more it is asked which one is meant."""
    if question.profile.rows > _FEW_ROWS:
        raise NotUnderstoodError(
            "{column} of {table} has a value for each of its {rows} rows, and the question does not say which one is "
            "meant, or whether it asks for the total, the highest or the lowest",
            column=columns[0].name,
            table=question.profile.table,
            rows=question.profile.rows,
        )
    label = row_label(question)
    return [("", question.plan([], select=[label.name, *(one.name for one in columns[:_MOST_MEASURES])], limit=100))]
