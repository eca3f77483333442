"""Shares of a whole, and differences between two."""

from agents.tables.asking.amounts import checked
from agents.tables.asking.counts import count_of
from agents.tables.asking.lookups import looked_up
from agents.tables.asking.question import NotUnderstoodError, Plans, Question
from agents.tables.asking.targets import target_of
from agents.tables.plan import Condition, Grouping, Measure


def share(question: Question, conditions: list[Condition], groups: list[Grouping]) -> Plans:
    share = question.first("share")
    assert share
    summed = bool(question.senses_left("sum"))
    columns = question.measures()
    percent = [column for column in columns if column.kind == "percent"]
    if percent and len(columns) == 1:
        question.use(share)
        return looked_up(question, conditions, columns)
    question.use(share, *question.said.senses("sum", "compare"))
    rows = [*question.free("rows"), *question.senses_left("row", "count")]
    target = None if columns or rows or conditions else target_of(question)
    named = [one for one in question.free("column") if not one.column.is_number and len(one.columns) == 1]
    if columns:
        measure = checked(question, "sum", columns[0])
    elif rows or (named and conditions):
        measure = count_of(question, question.one_of(named[0])) if named and not rows else Measure(function="count")
        question.use(*named[:1])
    elif conditions and summed:
        measure = checked(question, "sum", question.only_measure())
    else:
        raise NotUnderstoodError("the question does not say a share of what")
    question.use(*rows)
    times = [one for one in conditions if question.column(one.column).kind == "date"]
    others = [one for one in conditions if one not in times]
    if not conditions and (groups or target):
        return [("", question.plan([], groups=groups or [target[0]], measures=[measure], share=True))]  # type: ignore[index]
    if len(others) > 1 or (not others and len({one.column for one in times}) != 1) or groups:
        raise NotUnderstoodError("I do not understand which part of what is asked for")
    whole = times if others else []
    return [("", question.plan(conditions, measures=[measure], share=True, whole=whole))]


def difference(question: Question, conditions: list[Condition], groups: list[Grouping]) -> Plans:
    sense = question.first("difference")
    assert sense
    question.use(sense, *question.said.senses("max", "min", "compare", "count", "between", "sum"))
    columns = question.measures()
    column = columns[0] if columns else None
    pair = next((one for one in conditions if one.compare == "is" and len(one.values) == 2), None)
    if pair is None and question.has("max") and question.has("min"):
        column = column or question.only_measure()
        return [
            ("", question.plan(conditions, groups=groups, measures=[Measure(function="range", column=column.name)]))
        ]
    if pair is None or groups:
        raise NotUnderstoodError("I do not understand between what the difference is asked for")
    if column is None and (rows := question.free("rows")):
        question.use(*rows)
        measure = Measure(function="count")
    else:
        column = column or question.only_measure()
        measure = checked(question, question.function() or ("sum" if column.adds_up else "mean"), column)
    return [
        (
            "",
            question.plan(
                conditions,
                groups=[Grouping(column=pair.column, part=pair.part)],
                measures=[measure],
                sort_by="measure",
                descending=True,
            ),
        )
    ]
