"""'Which … has the most …', 'the highest …', 'top 3'."""

from dataclasses import dataclass

from agents.tables.asking.counts import counted_thing, says_most
from agents.tables.asking.lexicon import is_pay, is_spending, merit_of
from agents.tables.asking.mentions import Mention
from agents.tables.asking.question import NotUnderstoodError, Plans, Question, Target
from agents.tables.asking.targets import limit_of, target_of
from agents.tables.columns import bare
from agents.tables.dates import unaccented
from agents.tables.plan import (
    Column,
    Condition,
    Function,
    Grouping,
    Measure,
    TablePlan,
)
from agents.tables.saying import listed, say
from agents.text.language import words

_TIMES = ("h", "min", "s", "days", "weeks", "months", "years")
# What is compared where several numbers could be: the highest of mountains, the largest of flats.
_SIZES = {
    "height": {"highest", "lowest", "hochste", "hochsten", "hochster", "tiefste", "niedrigste"},
    "size": {"largest", "biggest", "smallest", "grosste", "grossten", "grosster", "kleinste", "kleinsten"},
}
_BALANCES = {"balance", "saldo", "solde"}  # Levels of their own, which several accounts of one owner add up to.
_BIRTHS = {
    "born", "birth", "birthday", "birthdate", "geburt", "geburtstag", "geburtsdatum", "geboren", "naissance", "ne",
    "built", "founded", "established", "opened", "eroffnet", "baujahr", "year", "jahr", "annee", "released",
    "gegrundet",
}  # fmt: skip


def ranked(question: Question, conditions: list[Condition], groups: list[Grouping], direction: int) -> Plans:
    sense = question.first("max") if direction > 0 else question.first("min")
    assert sense
    question.use(sense)
    question.use(*question.said.senses("how much"))  # "How high is the highest amount?"
    if question.has("count") and not question.has("which", "who", "list") and sense.besides != "date":
        raise NotUnderstoodError("I do not understand “{words}” in this question", words=question.said.words(sense))
    limit = limit_of(question)
    target = _one_of_several(question, conditions) or target_of(question)
    hint = sense.besides if sense.besides not in ("more", "less") else ""
    if hint in ("age", "young"):
        direction, hint = _by_age(question, direction, hint)
    measures = question.measures()
    if hint == "merit":
        measures, direction = _by_merit(question, sense, measures, direction)
        hint = ""
    if len(measures) > 1:
        raise NotUnderstoodError("the question asks by {values} at once", values=listed(one.name for one in measures))
    _refuse_other_hints(question, sense, hint, measures)
    if hint == "date" and measures:
        return _latest(question, conditions, target, measures[0], direction)
    order = _Order(direction > 0, (limit or 1) if target or limit else None)
    both = question.all_hinted(hint) if hint not in ("", "date") and not measures else []
    if len(both) == 2:
        plans = [(one.name, _by_column(question, conditions, groups, target, one, order)) for one in both]
        return [(say("by {column}", column=name), either[0][1]) for name, either in plans]
    counted = None if measures else counted_thing(question, target)
    column = measures[0] if measures else None
    if column is None and counted is None:
        _refuse_text(question, sense)
        column = _what_decides(question, sense, hint, target)
    if column is None and counted is None:
        money = _moved(question)
        if target and not money and question.dealing() and not target[1].unique:
            return _most_dealt(question, conditions, target, direction, limit)
        column = money if target and money else question.only_measure("by what")
        question.assumed = not is_spending(bare(column.name))
        question.notes.append(say("I compared by {column}.", column=column.name))
    flow = question.senses_left("outgoing", "incoming")
    if flow and column and column.both_signs:
        return _most_moved(question, conditions, target, column, flow[0], direction, limit)
    question.use(*flow)
    if counted:
        return _by_count(question, conditions, groups, target, counted, order)
    assert column
    return _by_column(question, conditions, groups, target, column, order)


def _refuse_other_hints(question: Question, sense: Mention, hint: str, measures: list[Column]) -> None:
    """Raises NotUnderstoodError for 'the heaviest' beside a price."""
    if hint in ("", "date") or not measures or _ranks_by(question, measures[0]):
        return
    decided = question.hinted(hint)
    lasts = hint == "length" and measures[0].unit in _TIMES
    if not lasts and (decided is None or decided.name != measures[0].name):
        raise NotUnderstoodError(
            "I do not understand “{words}” beside {column}",
            words=question.said.words(sense),
            column=measures[0].name,
        )


def _refuse_text(question: Question, sense: Mention) -> None:
    """Raises NotUnderstoodError for 'the highest version': what is ranked by is said, and is no number."""
    for one in question.free("column"):
        if one.start == sense.end and all(column.kind == "text" for column in one.columns):
            raise NotUnderstoodError("“{told}” is not a column of numbers", told=question.said.words(one))


def _by_merit(question: Question, sense: Mention, measures: list[Column], direction: int) -> tuple[list[Column], int]:
    """What 'best' and 'worst' go by, and in which direction: the worst delay is the longest one."""
    told = question.said.words(sense)
    judged = measures or [column for column in question.numeric() if merit_of(bare(column.name)) > 0]
    if len(judged) != 1:
        named = listed((column.name for column in judged or question.numeric()), "or")
        raise NotUnderstoodError(
            "nothing in {table} says what “{told}” means; ask for the highest or the lowest {named}",
            table=question.profile.table,
            told=told,
            named=named,
        )
    merit = merit_of(bare(judged[0].name))
    if not merit:
        raise NotUnderstoodError(
            "it is not said whether a high or a low {column} is “{told}”; ask for the highest or the lowest",
            column=judged[0].name,
            told=told,
        )
    direction *= merit
    sentence = f"I read “{{said}}” as the {'highest' if direction > 0 else 'lowest'} {{column}}."
    question.notes.append(say(sentence, said=told, column=judged[0].name))
    return judged, direction


def _ranks_by(question: Question, column: Column) -> bool:
    """'Best selling by revenue': what decides is said."""
    by = {one.end for one in question.said.senses("per")}
    return any(
        one.start in by and column.name in [own.name for own in one.columns] for one in question.said.of("column")
    )


@dataclass(frozen=True, slots=True)
class _Order:
    descending: bool
    limit: int | None


def _one_of_several(question: Question, conditions: list[Condition]) -> Target | None:
    """'Who spent more, Ada or Bob?' names the two that are ranked."""
    several = (one for one in conditions if one.compare == "is" and len(one.values) > 1 and one.part == "value")
    pair = next(several, None)
    if pair is None or not question.has("or"):
        return None
    named = (one for one in question.free("column") if one.column.name == pair.column)
    question.use(*question.senses_left("who", "which"), *named)
    return Grouping(column=pair.column), question.column(pair.column)


def _what_decides(question: Question, sense: Mention, hint: str, target: Target | None) -> Column | None:
    """The column that a ranking without a named number goes by: of dates, of identifiers, or what a word hints at."""
    named = [one for one in question.free("column") if len(one.columns) == 1 and one.column.kind in ("id", "date")]
    dated = [one for one in named if one.column.kind == "date"]
    if hint == "date" and dated:
        question.use(dated[0])
        return dated[0].column
    if hint:
        column = question.hinted(hint)
        told = question.said.words(sense)
        if column is None:
            sentence = "no column of {table} says what “{words}” means"
            raise NotUnderstoodError(sentence, table=question.profile.table, words=told)
        question.notes.append(say("I read “{said}” by {column}.", said=told, column=column.name))
        return column
    if named and (target is None or not question.has("count")):
        question.use(named[0])
        return named[0].column
    if target and target[1].kind in ("id", "date") and not question.numeric():
        return target[1]
    told = question.said.words(sense)
    size = next((name for name, said in _SIZES.items() if unaccented(told) in said), "")
    column = question.hinted(size) if size and target and len(question.numeric()) > 1 else None
    if column:
        question.notes.append(say("I read “{said}” by {column}.", said=told, column=column.name))
    return column


def _moved(question: Question) -> Column | None:
    """The column of money that was spent or received. A salary is received, and not spent."""
    if not question.has("outgoing", "incoming"):
        return None
    money = question.money()
    if question.has("outgoing") and (money is None or is_pay(bare(money.name))):
        raise NotUnderstoodError("no column of {table} says what was spent", table=question.profile.table)
    return money


def _most_moved(
    question: Question, conditions: list[Condition], target: Target | None, column: Column, flow: Mention,
    direction: int, limit: int | None,
) -> Plans:  # fmt: skip
    """'What was most spent on?', of amounts with both signs."""
    texts = [one for one in question.profile.columns if one.kind == "text"]
    if target is None and len(texts) == 1:
        target = Grouping(column=texts[0].name), texts[0]
    if target is None:
        raise NotUnderstoodError("I do not understand what is compared")
    function: Function = "outgoing" if flow.sense == "outgoing" else "incoming"
    question.use(flow)
    order, measure = _Order(direction > 0, limit or 1), Measure(function=function, column=column.name)
    return [("", _groups_in_order(question, conditions, target, measure, order))]


def _groups_in_order(
    question: Question, conditions: list[Condition], target: Target, measure: Measure, order: _Order
) -> TablePlan:
    return question.plan(
        conditions, groups=[target[0]], measures=[measure], sort_by="measure", descending=order.descending,
        limit=order.limit,
    )  # fmt: skip


def _latest(
    question: Question, conditions: list[Condition], target: Target | None, column: Column, direction: int
) -> Plans:
    """'The balance at the end': what stands in the row with the latest date."""
    dated = [one for one in question.profile.columns if one.kind == "date"]
    if target or len(dated) != 1 or (column.adds_up and not conditions):
        raise NotUnderstoodError("I do not understand which row is meant")
    question.doubtful_dates = question.doubtful_dates or dated[0].doubtful_dates
    chosen = [dated[0].name, column.name]
    return [("", question.plan(conditions, select=chosen, sort_by=chosen[0], descending=direction > 0, limit=1))]


def _by_age(question: Question, direction: int, hint: str) -> tuple[int, str]:
    """Who is the oldest has the highest age, or the earliest date of birth."""
    if question.hinted("age"):
        return (-direction if hint == "young" else direction), "age"
    born = [
        column for column in question.profile.columns
        if column.kind == "date" and any(unaccented(word) in _BIRTHS for word in words(bare(column.name)))
    ]  # fmt: skip
    if len(born) == 1:
        return (direction if hint == "young" else -direction), "date"
    return direction, hint


def _most_dealt(
    question: Question, conditions: list[Condition], target: Target, direction: int, limit: int | None
) -> Plans:
    """'Who ordered the most?': in amount, or in number."""
    question.use(*question.free("rows"), *question.senses_left("outgoing", "incoming"))
    order = _Order(direction > 0, limit or 1)
    column = question.only_measure("by what")
    total, number = Measure(function="sum", column=column.name), Measure(function="count")
    return [
        (say("by {column}", column=column.name), _groups_in_order(question, conditions, target, total, order)),
        (say("by the number of rows"), _groups_in_order(question, conditions, target, number, order)),
    ]


def _by_count(
    question: Question, conditions: list[Condition], groups: list[Grouping], target: Target | None, counted: Measure,
    order: _Order,
) -> Plans:  # fmt: skip
    if target is None or groups:
        raise NotUnderstoodError("the question does not say whose number is compared")
    return [("", _groups_in_order(question, conditions, target, counted, order))]


def _by_column(
    question: Question, conditions: list[Condition], groups: list[Grouping], target: Target | None, column: Column,
    order: _Order,
) -> Plans:  # fmt: skip
    function = question.function()
    if function and target is None and len(groups) == 1 and order.limit is None:
        target, groups, order = (groups[0], question.column(groups[0].column)), [], _Order(order.descending, 1)
    if function and target is None:
        raise NotUnderstoodError(
            "I do not understand of what the highest or lowest {function} is asked for", function=function
        )
    extreme: Function = "max" if order.descending else "min"
    if groups and target is None:
        return [
            ("", question.plan(conditions, groups=groups, measures=[Measure(function=extreme, column=column.name)]))
        ]
    if groups:
        raise NotUnderstoodError("the question asks for the highest of each group")
    label = target[1] if target else None
    by_row = question.plan(
        conditions, select=_labels(question, column, label), sort_by=column.name, descending=order.descending,
        limit=order.limit or 1,
    )  # fmt: skip
    if target is None or (target[1].unique and target[0].part == "value" and not function) or not column.is_number:
        return [("", by_row)]
    owned = not column.running and {unaccented(word) for word in words(bare(column.name))} & _BALANCES
    piles = column.adds_up or owned
    measure = Measure(function=function or ("sum" if piles else extreme), column=column.name)
    grouped = _groups_in_order(question, conditions, target, measure, order)
    if function or order.limit != 1 or measure.function != "sum" or says_most(question):
        return [("", grouped)]
    return [(say("adding up the rows"), grouped), (say("row by row"), by_row)]


def _labels(question: Question, column: Column, first: Column | None) -> list[str]:
    """The columns that a row is told by: what was asked for first, the number last; else the number first."""
    labels = [
        one
        for one in question.profile.columns
        if not one.is_number and one.name != column.name and (first is None or one.name != first.name)
    ]
    if first is None or first.name == column.name:
        return [column.name, *(one.name for one in labels[:3])]
    return [*(one.name for one in [first, *labels[:2]]), column.name]
