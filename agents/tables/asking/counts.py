"""'How many': rows, different values of a column, or the sum of a column that counts already."""

from agents.tables.asking.lexicon import SLACK, concepts_of, keys
from agents.tables.asking.mentions import Mention
from agents.tables.asking.question import NotUnderstoodError, Plans, Question, Target, of_people
from agents.tables.asking.targets import row_label
from agents.tables.columns import bare
from agents.tables.dates import unaccented
from agents.tables.plan import Column, Condition, Grouping, Measure
from agents.tables.saying import listed, say
from agents.tables.time_spans import DATE_PARTS
from agents.text.language import words


def counted(question: Question, conditions: list[Condition], groups: list[Grouping]) -> Plans:
    measure = _what_is_counted(question, conditions)
    if measure.function == "distinct" and measure.column:
        refuse_sets(question, question.column(measure.column), conditions)
    if groups:
        return [("", question.plan(conditions, groups=groups, measures=[measure]))]
    return [("", question.plan(conditions, measures=[measure]))]


def refuse_sets(question: Question, named: Column, conditions: list[Condition]) -> None:
    """Rows do not answer what is asked of somebody with several of them: who has not bought tea is not who has bought
    something else, and who was there in 2024 and 2025 is not who was there in either.

    Raises NotUnderstoodError."""
    for condition in conditions:
        column = question.column(condition.column)
        if column.name == named.name:
            continue
        if condition.compare == "is not" and column.kind != "yes/no":
            raise NotUnderstoodError(
                "I do not understand which {column} is left when some are left out", column=named.name
            )
        if condition.compare == "is" and len(condition.values) > 1 and _are_all_meant(question, column):
            raise NotUnderstoodError(
                "I do not understand whether each {column} has to match all of them", column=named.name
            )


def _are_all_meant(question: Question, column: Column) -> bool:
    """Whether an 'and' joins the values or the times that limit a column."""
    limiting = [
        one for one in question.said.mentions
        if (one.kind == "moment" and column.kind == "date")
        or (one.kind == "value" and any(own.name == column.name for own in one.columns))
    ]  # fmt: skip
    return any(
        any(one.end <= both.start for one in limiting) and any(one.start >= both.end for one in limiting)
        for both in question.said.senses("and")
    )


def _what_is_counted(question: Question, conditions: list[Condition]) -> Measure:
    count = question.first("count")
    assert count
    question.use(*question.said.senses("count", "sum"), *_paid_by(question))
    distinct = question.senses_left("distinct")
    question.use(*distinct)
    rows = [*question.free("rows"), *question.senses_left("row")]
    columns = question.free("column")
    thing = min([*rows, *columns], key=lambda one: (one.start < count.end, one.start), default=None)
    thing = thing if thing is None or thing.start >= count.start else None
    if thing is None:
        if conditions and not distinct and not _only_named_in_part(question, count):
            return _pieces_of(question, count) or Measure(function="count")
        raise NotUnderstoodError("I do not know what is to be counted in {table}", table=question.profile.table)
    question.use(thing)
    if thing.kind != "column":
        question.use(*rows)
        if distinct and thing.kind == "rows":
            return count_of(question, row_label(question))
        return Measure(function="count")
    if not distinct and any(column.is_number for column in thing.columns):
        question.use(*question.senses_left("incoming", "outgoing"))  # "Hours spent on repairs".
        return _sum_of(question, thing, conditions)
    return _values_of(question, thing, rows)


def _paid_by(question: Question) -> list[Mention]:
    """'Paid in USD', 'received by Ada', 'did Ada receive': the value beside the verb says which rows are meant."""
    values = question.said.of("value")
    behind = {one.start for one in values}
    return [
        verb for verb in question.senses_left("incoming", "outgoing")
        if (verb.end + 1 in behind and question.said.tokens[verb.end].plain in SLACK)
        or (verb.sense == "incoming" and any(one.end <= verb.start for one in values))
    ]  # fmt: skip


def _sum_of(question: Question, thing: Mention, conditions: list[Condition]) -> Measure:
    """'How many passengers': a column that counts already is added up."""
    thing.columns = [column for column in thing.columns if column.is_number]
    column = question.one_of(thing)
    if any(condition.column == column.name for condition in conditions):
        return Measure(function="count")
    if column.adds_up or column.level_at:
        return Measure(function=question.function() or "sum", column=column.name)
    if not conditions:
        raise NotUnderstoodError("{column} is not something to count", column=column.name)
    question.notes.append(say("I counted rows."))
    return Measure(function="count")


def _values_of(question: Question, thing: Mention, rows: list[Mention]) -> Measure:
    """'How many customers': the different values of a column."""
    thing.columns = [column for column in thing.columns if not column.is_number] or thing.columns
    if len(thing.columns) > 1:
        ids = [column for column in thing.columns if column.kind == "id"]
        thing.columns = ids if len(ids) == 1 else of_people(thing.columns)
    column = question.one_of(thing)
    if column.kind == "date":
        noun = set(words(bare(column.name)))
        part = DATE_PARTS.get(question.said.tokens[thing.start].plain)
        if len(noun) > 1 and not part:
            return Measure(function="count")  # "Bookings", by a column called Booking date.
    question.use(*rows)
    return count_of(question, column)


def _only_named_in_part(question: Question, count: Mention) -> bool:
    """'How many deployments', of which a value only speaks: 'Review of deployments by two people'."""
    thing = next((one for one in question.said.of("value") if 0 <= one.start - count.end <= 1), None)
    return thing is not None and thing.loose and any(len(words(value)) > 2 for value in thing.values)


def _pieces_of(question: Question, count: Mention) -> Measure | None:
    """'How many pens were sold?': of a value, what the table says is the number of them, if it says so."""
    value = next((one for one in question.said.of("value") if 0 <= one.start - count.end <= 1), None)
    wanted = {key for concept in concepts_of("quantity") for key in concept}
    fitting = [
        column for column in question.numeric()
        if any(keys(word) & wanted for word in words(bare(column.name))) and not _is_price(column)
    ]  # fmt: skip
    if value is None or not fitting:
        return None
    if len(fitting) > 1:
        told = listed((column.name for column in fitting), "or")
        raise NotUnderstoodError("the number of them may be {told}", told=told)
    question.notes.append(say("I added {column}; counting rows would be another question.", column=fitting[0].name))
    return Measure(function="sum", column=fitting[0].name)


def _is_price(column: Column) -> bool:
    """'Unit price' counts no units."""
    wanted = {key for concept in concepts_of("price") for key in concept}
    return column.kind == "money" or any(keys(word) & wanted for word in words(bare(column.name)))


def counted_thing(question: Question, target: Target | None) -> Measure | None:
    """'the most orders': rows, or the different values of a column, where no number is named."""
    if not (says_most(question) or question.has("count") or _more_of(question)):
        return None
    question.use(*question.said.senses("count"))
    for mention in question.free("rows"):
        question.use(mention)
        return Measure(function="count")
    for mention in question.free("column"):
        if len(mention.columns) == 1 and not mention.column.is_number and mention.column.kind != "date":
            column = question.one_of(mention)
            if target and target[1].name == column.name:
                continue
            if column.kind == "id" and target is None:
                continue
            question.use(mention)
            return count_of(question, column)
    if counts := question.senses_left("row"):
        question.use(*counts)
        return Measure(function="count")
    return None


def _more_of(question: Question) -> bool:
    """'More orders' are counted; 'who ordered more' may be of anything."""
    more = [one.end for one in question.said.senses("max", "min") if one.besides in ("more", "less")]
    return any(one.start in more for one in question.free("rows", "column"))


def count_of(question: Question, column: Column) -> Measure:
    if column.unique and column.filled == question.profile.rows:
        return Measure(function="count")
    question.notes.append(say("I counted different values of {column}.", column=column.name))
    return Measure(function="distinct", column=column.name)


def says_most(question: Question) -> bool:
    """'The most passengers' are piled up; 'the highest amount' may also be that of a single row."""
    sense = question.first("max", "min")
    told = unaccented(question.said.words(sense)) if sense else ""
    return any(
        word in told for word in ("most", "least", "fewest", "meist", "wenigst", "le plus de", "le moins de")
    ) or told in ("le plus", "le moins")
