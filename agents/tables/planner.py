"""Derives calculations from the words of a question and what a table has, without a model.

A question is answered only when every word of it is understood: one that speaks of somebody the table does not know, or
that leaves somebody out in words that are not understood, gets no number at all. Where it can be read in two ways, both
are planned, and whoever tells the results says which is which.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.tables.asking.amounts import measured
from agents.tables.asking.checks import asks_whether, checked_rows
from agents.tables.asking.comparisons import difference, share
from agents.tables.asking.conditions import conditions_in, years_of
from agents.tables.asking.counts import counted
from agents.tables.asking.follow_up import lean_on
from agents.tables.asking.lexicon import keys, measures
from agents.tables.asking.lookups import looked_up
from agents.tables.asking.mentions import Understanding
from agents.tables.asking.question import NotUnderstoodError, Plans, Question
from agents.tables.asking.rankings import ranked
from agents.tables.asking.targets import groups_in
from agents.tables.plan import (
    Condition,
    Grouping,
    LeftOut,
    TablePlan,
    TableProfile,
)
from agents.tables.saying import listed, say
from agents.text.answer_state import Part

_MOST_READINGS = 2
_LOOSE, _ASSUMED, _PASSED_OVER = 0.05, 0.05, 0.2


@dataclass(slots=True)
class Reading:
    """How a question was understood: one plan, or two that it could mean, each with what tells it from the other.

    ``notes`` say what was taken for what. ``sure`` is 1 for words of the table alone, less where other words for them
    had to be known, where what to calculate was only assumed, or where a word was passed over that names something.
    """

    plans: list[tuple[str, TablePlan]]
    notes: list[str] = field(default_factory=list)
    sure: float = 1.0
    stated: LeftOut | None = None  # A row that the file itself sums up, asked for by its label: nothing to calculate.


@dataclass(slots=True)
class Declined:
    """A question about a table that cannot be answered from it, and why, as a clause: 'it does not say …'.

    ``sure`` is that of the words that were understood; ``unknown`` are those that were not.
    """

    reason: str
    sure: float = 0.0
    unknown: tuple[str, ...] = ()


def plan_calculation(part: Part, profile: TableProfile) -> Reading | Declined | None:
    """How to calculate what is asked, why that cannot be, or None for a question that is not about this table."""
    said = Understanding("", profile)
    for asked in [*part["carried"].split("\n"), part["question"]]:
        said = lean_on(Understanding(asked, profile), said)
    if not profile.rows or not _is_about(said):
        return None
    question = Question(said)
    try:
        return _reading(question)
    except NotUnderstoodError as reason:
        sure = _sureness(question) if _known(said) else 0.0
        return Declined(str(reason), sure, tuple(dict.fromkeys(said.unknown)))


def _is_about(said: Understanding) -> bool:
    """Whether anything in the question is the table's, or it asks for nothing but a number."""
    if any(mention.kind in ("column", "value", "rows", "left out") for mention in said.mentions):
        return True
    dated = any(column.kind == "date" for column in said.profile.columns)
    asks = any(
        mention.sense in ("sum", "mean", "count", "max", "min", "how much", "median")
        for mention in said.mentions
        if mention.kind == "sense"
    )
    return not said.unknown and (asks or (dated and bool(said.of("moment"))))


def _reading(question: Question) -> Reading:
    question.refuse_the_unknown()
    if (labelled := question.said.of("left out")) and not question.said.of("value", "moment"):
        wanted = next(one for one in question.profile.left_out if one.label == labelled[0].values[0])
        return Reading([], stated=wanted)
    conditions, alternatives = conditions_in(question)
    checks = asks_whether(question, conditions)
    plans = checked_rows(question, conditions) if checks else _plans(question, conditions)
    if alternatives and plans[0][1].claim:
        told = listed((column for _, column, _ in alternatives), "or")
        raise NotUnderstoodError("“{values}” may be meant as {told}", values=alternatives[0][2], told=told)
    if alternatives:
        plans = [
            (say("with “{value}” as {column}", value=value, column=column), _instead(plan, at, column, value))
            for at, column, value in alternatives
            for _, plan in plans[:1]
        ]
    question.refuse_the_unused()
    _refuse_another_unit(question, plans)
    plans = [(label, _at_each_date(question, plan)) for label, plan in plans]
    if any(_merges_years(question, plan) for _, plan in plans):
        question.notes.append(say("I took the same months of different years together."))
    plans = list(_in_both_orders(question, plans))
    return Reading(plans[:_MOST_READINGS], list(dict.fromkeys(question.notes)), _sureness(question))


def _refuse_another_unit(question: Question, plans: Plans) -> None:
    """'The bonus in euros', of a column of percentages. Raises NotUnderstoodError."""
    asked = {one.besides.removeprefix("in ") for one in question.said.of("harmless") if one.besides.startswith("in ")}
    for _, plan in plans:
        named = {*plan.select, *(one.column for one in plan.measures if one.column)}
        told = [column for column in question.numeric() if column.name in named]
        if asked and told and not any(asked & {column.unit, *column.units} for column in told):
            raise NotUnderstoodError(
                "{column} is in {told}, and the question speaks of {unit}", column=told[0].name,
                told=told[0].unit or say("numbers without a unit"), unit=listed(sorted(asked)),
            )  # fmt: skip


def _sureness(question: Question) -> float:
    """How surely this table is meant: another one may have the column of which this one only passes over the name."""
    said = question.said
    passed_over = any(
        one.besides == "dealing" and keys(said.tokens[one.start].plain) & measures() for one in said.of("harmless")
    )
    loose = any(mention.loose for mention in said.mentions)
    sure = 1.0 - _LOOSE * loose - _ASSUMED * question.assumed - _PASSED_OVER * passed_over
    return sure * _known(said) / (_known(said) + len(said.unknown)) if said.unknown else sure


def _known(said: Understanding) -> int:
    """How many mentions are of the table's own."""
    return sum(one.kind in ("column", "value", "rows", "moment", "left out", "part") for one in said.mentions)


def _plans(question: Question, conditions: list[Condition]) -> list[tuple[str, TablePlan]]:
    groups = groups_in(question)
    if question.has("share"):
        return share(question, conditions, groups)
    if question.has("difference"):
        return difference(question, conditions, groups)
    functions = question.functions()
    direction = question.direction()
    if direction and not functions:
        return ranked(question, conditions, groups, direction)
    if question.has("count") and not question.has("mean", "median") and not functions:
        return counted(question, conditions, groups)
    flows = question.has("incoming", "outgoing") and not (
        question.has("who", "when", "where", "which") and not _measures_named(question)
    )
    if question.has("sum", "mean", "median", "trend", "ratio") or functions or flows or groups:
        return measured(question, conditions, groups, functions)
    return looked_up(question, conditions)


def _merges_years(question: Question, plan: TablePlan) -> bool:
    """Whether a plan puts January of one year with that of another, without a word of the question that says so."""
    limits: list[Condition | Grouping] = [*plan.conditions, *plan.claim, *plan.groups]
    months = {one.column for one in limits if one.part in ("month", "quarter")}
    parted = {one.column for one in plan.conditions if one.part in ("year", "value") and one.compare != "is not"}
    parted |= {one.column for one in plan.groups if one.part in ("year", "value")}
    return any(len(years_of(question.column(name))) > 1 for name in months - parted)


def _at_each_date(question: Question, plan: TablePlan) -> TablePlan:
    """A sum of what was counted again and again, told for each time it was counted."""
    summed = [question.column(one.column) for one in plan.measures if one.function == "sum" and one.column]
    at = next((column.level_at for column in summed if column.level_at), "")
    known = {one.column for one in plan.groups} | {one.column for one in plan.conditions}
    if not at or at in known or plan.sort_by or plan.share:
        return plan
    return plan.model_copy(update={"groups": [*plan.groups, Grouping(column=at)]})


def _measures_named(question: Question) -> bool:
    asked = question.first("which")
    what = asked is not None and question.said.words(asked).lower() in ("what", "was")
    return what or any(column.is_number for one in question.free("column") for column in one.columns)


def _in_both_orders(question: Question, plans: list[tuple[str, TablePlan]]) -> Iterator[tuple[str, TablePlan]]:
    """Where dates can be read in two orders and the question turns on them, each plan in both."""
    for label, plan in plans:
        if not question.doubtful_dates:
            yield label, plan
            continue
        for month_first in (True, False):
            order = "month" if month_first else "day"
            yield say(f"if the {order} comes first in the dates"), plan.model_copy(update={"month_first": month_first})


def _instead(plan: TablePlan, at: int, column: str, value: str) -> TablePlan:
    conditions = list(plan.conditions)
    conditions[at] = conditions[at].model_copy(update={"column": column, "values": [value]})
    return plan.model_copy(update={"conditions": conditions})
