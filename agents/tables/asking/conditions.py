"""Which rows a question speaks of: those with a value, without one, above a number, within a span of time."""

import re
from dataclasses import replace
from itertools import pairwise

from agents.tables.asking.fractions import is_fraction
from agents.tables.asking.lexicon import PLACING, SLACK, directed, keys
from agents.tables.asking.mentions import Mention, tokens
from agents.tables.asking.question import NotUnderstoodError, Question
from agents.tables.columns import YES, bare
from agents.tables.dates import date, is_year, month_names, unaccented
from agents.tables.numbers_shown import shown
from agents.tables.numerals import common_unit, is_currency, numeral, shape, unit_of
from agents.tables.plan import Column, Compare, Condition
from agents.tables.saying import in_notation, listed, say
from agents.tables.time_spans import Moment, conditions_of, is_full_month
from agents.text.language import words

_NEAR = 0
_NOT_OF_A_NAME = re.compile(r"[\W_]+")


def conditions_in(question: Question) -> tuple[list[Condition], list[tuple[int, str, str]]]:
    """The conditions, and those that could be of several columns: (place, column, value) of each choice."""
    found: list[Condition] = []
    alternatives: list[tuple[int, str, str]] = []
    negated = _negated(question)
    for compare in (False, True):
        by_column: dict[str, list[Mention]] = {}
        for mention in question.free("value"):
            if (mention.start in negated) != compare:
                continue
            column, several = _column_of(question, mention)
            if several and not compare:
                alternatives = [(len(found) + len(by_column), one.name, value) for one, value in several]
            by_column.setdefault(column.name, []).append(mention)
        for name, mentions in by_column.items():
            values = list(dict.fromkeys(value for one in mentions for value in _values_in(one, name)))
            found.append(Condition(column=name, compare="is not" if compare else "is", values=values))
            _use_its_column(question, mentions, name)
            question.use(*mentions)
            for one in mentions:
                if one.loose:
                    said, meant = question.said.words(one), listed(one.values, "or")
                    question.notes.append(
                        say("I read “{said}” as {values} in {column}.", said=said, values=meant, column=name)
                    )
    if (
        negated
        and not any(one.compare == "is not" for one in found)
        and not any(
            mention.kind in ("moment", "column") and mention.start in negated for mention in question.said.mentions
        )
    ):
        raise NotUnderstoodError("I do not understand what is to be left out of {table}", table=question.profile.table)
    both = {one.column for one in found if one.compare == "is"} & {
        one.column for one in found if one.compare == "is not"
    }
    if both:
        raise NotUnderstoodError("I do not understand what is to be left out of {values}", values=listed(both))
    found += _yes_or_no(question, negated)
    found += _comparisons(question)
    found += _times(question, negated)
    _refuse_choices(question)
    return found, alternatives


def _refuse_choices(question: Question) -> None:
    """'Ada or Bob' are values of one column; 'in Sales or in Berlin', 'before 2019 or after 2022' cannot be planned."""
    conditional = [
        one for one in question.said.mentions
        if one.kind in ("value", "moment", "number") or (one.kind == "column" and one.column.kind == "yes/no")
    ]  # fmt: skip
    for both in question.said.senses("and"):
        before = [one for one in conditional if one.end <= both.start]
        after = [one for one in conditional if one.start >= both.end][:1]
        if before and after and not _alike(before[-1], after[0]) and any(_alike(one, after[0]) for one in before):
            # 'Ann in January and Bob in March' are two questions.
            raise NotUnderstoodError(
                "I do not understand “{words}” in this question", words=question.said.words(after[0])
            )
    for choice in question.senses_left("or"):
        before = [one for one in conditional if one.end <= choice.start][-1:]
        after = [one for one in conditional if one.start >= choice.end][:1]
        if before and after and _alike(before[0], after[0]) and not _parted(question, before[0], after[0]):
            question.use(choice)
            continue
        raise NotUnderstoodError("I do not understand “{words}” in this question", words=question.said.words(choice))


def _parted(question: Question, first: Mention, second: Mention) -> bool:
    """Whether two moments limit a column in ways that one condition cannot say."""
    if first.moment is None or second.moment is None:
        return first.kind != "value"
    bounds = [one for one in question.said.senses("bound") if one.besides not in ("from", "to")]
    only_year = _only_year(first.moment) or _only_year(second.moment)
    return bool(bounds) or (only_year and not (_only_year(first.moment) and _only_year(second.moment)))


def _negated(question: Question) -> set[int]:
    """The places of what a 'without' or 'not' speaks of: what follows it, and what 'and' or 'or' joins to that."""
    negated: set[int] = set()
    for no in question.said.senses("not"):
        last: Mention | None = None
        joined_on = placed = False
        for mention in question.said.mentions:
            if mention.start <= no.start:
                continue
            if mention.kind in ("value", "moment") or (mention.kind == "column" and mention.column.kind == "yes/no"):
                if last and not joined_on:
                    break  # 'not returned in February' speaks of February, and not of the other months.
                if last and placed and not _alike(last, mention):
                    raise NotUnderstoodError(
                        "I do not understand how far “{words}” reaches", words=question.said.words(no)
                    )
                negated.add(mention.start)
                last, joined_on, placed = mention, False, False
            elif mention.sense in ("and", "or", "not"):
                joined_on = last is not None
            elif mention.kind == "harmless" or (mention.sense in ("incoming", "outgoing") and last is None):
                placed = placed or question.said.tokens[mention.start].plain in PLACING
            elif last or mention.kind == "sense":
                break
        if last:
            question.use(no)
    return negated


def _alike(one: Mention, other: Mention) -> bool:
    """Whether two mentions may be of the same column."""
    if one.kind == "moment" or other.kind == "moment":
        return one.kind == other.kind
    return bool({column.name for column in one.columns} & {column.name for column in other.columns})


def _column_of(question: Question, mention: Mention) -> tuple[Column, list[tuple[Column, str]]]:
    """The column of a value; where several have it, the one that is named beside it, or all as choices."""
    distinct = {column.name: (column, value) for column, value in zip(mention.columns, mention.values, strict=True)}
    if len(distinct) == 1:
        return mention.column, []
    named = [one for one in question.said.of("column") if not one.loose or len(one.columns) == 1]
    for one in sorted(named, key=lambda one: abs(one.start - mention.start)):
        if one.column.name in distinct and 0 < abs(one.start - mention.start) <= 3:
            return one.column, []
    placed = directed(_word_before(question, mention))
    headed = [column for column, _ in distinct.values() if placed & _keys_of(column)]
    if len(headed) == 1:
        return headed[0], []
    return mention.column, list(distinct.values())


def _keys_of(column: Column) -> frozenset[str]:
    return frozenset(key for word in words(bare(column.name)) for key in keys(word))


def _values_in(mention: Mention, name: str) -> list[str]:
    return [value for column, value in zip(mention.columns, mention.values, strict=True) if column.name == name]


def _use_its_column(question: Question, mentions: list[Mention], name: str) -> None:
    """'customer Ada', 'status open': the column's name beside its value names nothing else."""
    for value in mentions:
        for named in question.free("column", "rows"):
            between = range(min(named.end, value.end), max(named.start, value.start))
            near = all(question.said.tokens[at].plain in SLACK for at in between) and len(between) <= 2
            asked = any(
                one.sense in ("which", "count", "per") and 0 <= named.start - one.end <= 0
                for one in question.said.of("sense")
            )
            own = named.kind == "column" and any(column.name == name for column in named.columns)
            noun = named.kind == "rows" and question.column(name).kind == "id" and value.start >= named.end
            if near and not asked and (own or noun):
                question.use(named)


def _yes_or_no(question: Question, negated: set[int]) -> list[Condition]:
    found = []
    for mention in question.free("column"):
        grouped = any(one.sense in ("per", "which") and one.end == mention.start for one in question.said.of("sense"))
        if mention.column.kind == "yes/no" and len(mention.columns) == 1 and not grouped:
            denied = (mention.start in negated) != (mention.besides == "un")
            compare: Compare = "is not" if denied else "is"
            yes = [value for value in mention.column.values if unaccented(value) in YES]
            found.append(Condition(column=mention.column.name, compare=compare, values=yes or ["yes"]))
            question.use(mention, *_verb_before(question, mention))
    return found


def _verb_before(question: Question, mention: Mention) -> list[Mention]:
    """The 'receive' of 'receive the newsletter', where a column says who does."""
    return [
        verb for verb in question.senses_left("incoming", "outgoing")
        if 0 <= mention.start - verb.end <= 1
        and all(question.said.tokens[at].plain in SLACK for at in range(verb.end, mention.start))
    ]  # fmt: skip


def _comparisons(question: Question) -> list[Condition]:
    found: list[Condition] = []
    mentions = question.said.mentions
    for at, mention in enumerate(mentions):
        if mention.kind != "sense" or mention.start in question.used:
            continue
        if mention.sense == "compare" and not mention.besides.startswith("or "):
            number = _number_after(question, at)
            if number is None:
                continue
            question.use(
                *(one for one in question.said.senses("per") if one.end == mention.start)
            )  # "By more than 10".
            compare: Compare = mention.besides  # type: ignore[assignment]
            behind = next((one for one in mentions if one.start == number.end and one.besides.startswith("or ")), None)
            found.append(_limited(question, number, compare, _stated_unit(question, number)))
            question.use(mention, number, *([behind] if behind else []))
        elif mention.sense == "compare":
            number = _number_before(question, mention)
            if number is not None:
                or_more: Compare = "at least" if mention.besides == "or more" else "at most"
                found.append(_limited(question, number, or_more, _stated_unit(question, number)))
                question.use(mention, number)
        elif mention.sense == "between" and (ends := _ends_after(question, mention)):
            low, high = ends
            # "Between 200 and 700 lb": the unit is that of both.
            unit = _stated_unit(question, high) or _stated_unit(question, low)
            first = _limited(question, low, "at least", unit)
            most = _in_units_of(question, high, unit, question.column(first.column))
            found += [first, Condition(column=first.column, compare="at most", values=[most])]
            question.use(mention, low, high)
    return found


def _number_after(question: Question, at: int) -> Mention | None:
    """The number that a comparison speaks of."""
    end = question.said.mentions[at].end
    for mention in question.said.mentions[at + 1 : at + 3]:
        if mention.start - end <= 1 and (mention.kind == "number" or _is_year_alone(mention)):
            return _as_number(question, mention)
    return None


def _number_before(question: Question, or_more: Mention) -> Mention | None:
    """The number of '1000 or more', '1000 lb or more'."""
    for mention in question.free("number", "moment"):
        between = [question.said.tokens[at].raw for at in range(mention.end, or_more.start)]
        if mention.end <= or_more.start and (not between or (len(between) == 1 and unit_of(between[0]))):
            return _as_number(question, mention)
    return None


def _ends_after(question: Question, between: Mention) -> tuple[Mention, Mention] | None:
    """The two numbers of 'between 100 and $1500', unless both are years."""
    free = [one for one in question.free("number", "moment") if one.start >= between.end]
    ends = [one for one in free if one.kind == "number" or _is_year_alone(one)][:2]
    joins = question.said.senses("and")
    if len(ends) < 2 or not any(ends[0].end <= one.start < ends[1].start for one in joins):
        return None
    if any(one.kind == "number" or _stated_unit(question, one) for one in ends):
        return _as_number(question, ends[0]), _as_number(question, ends[1])
    return None


def _is_year_alone(mention: Mention) -> bool:
    return mention.kind == "moment" and mention.end - mention.start == 1


def _as_number(question: Question, mention: Mention) -> Mention:
    """'2000' may have been taken for a year."""
    if mention.kind == "moment":
        mention.kind, mention.values = "number", [question.said.tokens[mention.start].raw]
    return mention


def _limited(question: Question, number: Mention, compare: Compare, unit: str) -> Condition:
    """What a comparison limits: the column beside its number, the one that has its unit, or the only one there is."""
    named = [one for one in question.free("column") if len(one.columns) == 1 and one.column.is_number]
    beside = [one for one in named if _gap(question, one, number) <= _NEAR]
    beside = [one for one in beside if _is_in(one.column, unit)] or beside
    counted = next(
        (one for one in question.said.mentions if one.start == number.end and one.kind in ("rows", "column")), None
    )
    if counted and counted not in beside:
        raise NotUnderstoodError("I do not understand “{words}” in the comparison", words=question.said.words(counted))
    near = min(beside, key=lambda one: _gap(question, one, number), default=None)
    if near is None and len(named) == 1 and _is_row_question(question):
        near = named[0]
    if near:
        column = near.column
    else:
        column = _in_unit(question, unit) if unit else question.only_measure("a number to compare with")
    if near and (near.start >= number.end or _is_row_question(question)):
        question.use(near)
    return Condition(column=column.name, compare=compare, values=[_in_units_of(question, number, unit, column)])


def _in_unit(question: Question, unit: str) -> Column:
    """The column of numbers that a unit, a currency or a percentage speaks of."""
    numeric = question.numeric()
    own = [one for one in numeric if _is_in(one, unit)]
    convertible = [one for one in numeric if one.unit and common_unit([one.unit, unit])]
    if unit == "%":
        convertible += [one for one in numeric if is_fraction(one)]
    unsaid = [one for one in numeric if is_currency(unit) and not one.unit and not one.units]
    for fitting in (own, convertible, [one for one in unsaid if one.kind == "money"], unsaid):
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            told = listed((one.name for one in fitting), "or")
            raise NotUnderstoodError("the question does not say which number to compare with: {told}", told=told)
    raise NotUnderstoodError("no column of {table} is in {unit}", table=question.profile.table, unit=unit)


def _is_in(column: Column, unit: str) -> bool:
    return unit in (column.unit, *column.units)


def _gap(question: Question, one: Mention, number: Mention) -> int:
    """How many words that say something stand between a column and a number; those of the comparison say nothing."""
    low, high = min(one.end, number.end), max(one.start, number.start)
    between = [other for other in question.said.mentions if low <= other.start < high]
    return sum(
        other.kind not in ("harmless", "sense")
        or (other.kind == "sense" and other.sense not in ("compare", "between", "and"))
        for other in between
    )


def _is_row_question(question: Question) -> bool:
    """'Which items cost more than 20', 'how many orders have an amount over 20': the column is only compared."""
    return question.has("which", "who", "count", "list") and not question.has("max", "min", "sum", "mean", "median")


def _times(question: Question, negated: set[int]) -> list[Condition]:
    mentions = question.free("moment")
    if not mentions:
        return []
    dated = [column for column in question.profile.columns if column.kind == "date"]
    if not dated:
        return _times_as_values(question, mentions, negated)
    column = question.date_column(dated)
    moments = [mention.moment for mention in mentions if mention.moment]
    bounds = _bounds(question, mentions, column)
    question.use(*mentions)
    question.doubtful_dates = question.doubtful_dates or (
        column.doubtful_dates and not all(_only_year(one) for one in moments)
    )
    found: list[Condition] = []
    bounded = {moment.start for moment, _ in bounds}
    for moment, compare in bounds:
        limits = conditions_of(column, [moment], compare)
        if not limits:
            raise NotUnderstoodError("I do not understand the span of time")
        found += limits
    if any(one.part == "month" for one in found) and len(years_of(column)) > 1:
        raise NotUnderstoodError(
            "{column} spans several years, and the question does not say which", column=column.name
        )
    named = [moment for moment in moments if moment.start not in bounded]
    inside = [moment for moment in named if moment.start not in negated]
    outside = [moment for moment in named if moment.start in negated]
    if any(moment.start in negated for moment, _ in bounds):
        raise NotUnderstoodError("I do not understand which time is to be left out")
    if inside:
        _refuse_the_unlike(inside)
        found += conditions_of(column, inside)
    if outside:
        _refuse_the_unlike(outside)
        left_out = conditions_of(column, outside)
        if len(left_out) != 1:
            raise NotUnderstoodError("I do not understand which time is to be left out")
        found.append(left_out[0].model_copy(update={"compare": "is not"}))
    return found


def _refuse_the_unlike(moments: list[Moment]) -> None:
    """Days and months, or a span of years and another year, are no one condition together."""
    days = {bool(moment.at.day) for moment in moments}
    spans = any(moment.until for moment in moments)
    if len(days) > 1 or (spans and len(moments) > 1):
        raise NotUnderstoodError("I do not understand the times together")


def _bounds(question: Question, mentions: list[Mention], column: Column) -> list[tuple[Moment, Compare]]:
    """What 'since', 'between … and', 'from … to' make of the moments; nothing for moments that are just named."""
    bounds: list[tuple[Moment, Compare]] = _range(question, mentions)
    ranged = {moment.start for moment, _ in bounds}
    for mention in mentions:
        if mention.moment and mention.start not in ranged and (compare := _bound_of(question, mention)):
            bounds.append((mention.moment, compare))
    years = {mention.moment.at.year for mention in mentions if mention.moment and _only_year(mention.moment)}
    years = years or years_of(column)
    return [
        (_with_year(moment, next(iter(years))), compare)
        if len(years) == 1 and moment.at.day and not moment.at.year
        else (moment, compare)
        for moment, compare in bounds
    ]


def _range(question: Question, mentions: list[Mention]) -> list[tuple[Moment, Compare]]:
    between = question.first("between")
    for low, high in pairwise(mentions):
        gap = {question.said.tokens[at].plain for at in range(low.end, high.start)}
        opened = _word_before(question, low)
        ranged = (between is not None and between.end <= low.start and gap <= {"and", "und", "et", "the", "dem"}) or (
            bool(gap & {"to", "until", "till", "through", "bis", "au", "a", "-"})
            and opened in ("from", "von", "de", "du", "vom", "")
        )
        if ranged and low.moment and high.moment:
            first, second = low.moment, high.moment
            if second.at.year and not first.at.year:
                first = _with_year(first, second.at.year)
            question.use(*question.said.senses("between"))
            question.use(*(one for one in question.said.senses("bound") if one.start <= high.start))
            return [(first, "at least"), (second, "at most")]
    return []


def _bound_of(question: Question, mention: Mention) -> Compare | None:
    """What stands before a moment, if that bounds it: 'since', 'on or before', 'by' a day or a year."""
    said = question.said.tokens
    onwards = said[mention.end].plain if mention.end < len(said) else ""
    for sense in question.said.senses("bound", "per"):
        gap = [said[at].plain for at in range(sense.end, mention.start)]
        if sense.end > mention.start or len(gap) > 3:
            continue
        within = [one for one in question.senses_left("or") if sense.end <= one.start < mention.start]
        if not all(word in SLACK or word in ("or", "oder", "ou") for word in gap):
            continue
        if sense.sense == "per":
            if question.said.words(sense).lower() != "by" or mention.start > sense.end + 1:
                continue
            question.use(sense)
            return "at most"
        if sense.besides in ("from", "to"):
            if onwards in ("on", "onwards", "onward"):
                question.use(sense)
                return "at least"
            if question.said.words(sense).lower() == "to":
                raise NotUnderstoodError("I do not understand from when the time is meant")
            continue
        question.use(sense, *within)
        return _inclusive(question, sense, sense.besides, within)  # type: ignore[arg-type]
    return None


def _inclusive(question: Question, sense: Mention, compare: Compare, within: list[Mention]) -> Compare:
    """'On or before', 'in or after', 'am oder nach' and 'before or on' take in what they name."""
    choice = next((one for one in question.senses_left("or") if one.end == sense.start), None)
    before = question.said.tokens[choice.start - 1].plain if choice and choice.start else ""
    if choice and before in PLACING:
        question.use(choice)
    elif not within:
        return compare
    including: dict[Compare, Compare] = {"more than": "at least", "less than": "at most"}
    return including.get(compare, compare)


def _word_before(question: Question, mention: Mention) -> str:
    return question.said.tokens[mention.start - 1].plain if mention.start else ""


def _times_as_values(question: Question, mentions: list[Mention], negated: set[int]) -> list[Condition]:
    """Where no column has dates, a year or month can be a column's name or a word in a cell."""
    for mention in mentions:
        said = " ".join(question.said.tokens[at].plain for at in range(mention.start, mention.end))
        named = [
            column
            for column in question.profile.columns
            if unaccented(bare(column.name)) == said or _names_month(column, mention)
        ]
        of_the_whole = mention.start not in negated and _is_of_the_whole(question, mention)
        if len(named) != 1 and (_narrows(question, said) or of_the_whole):
            question.use(mention)
            continue
        if len(named) != 1:
            told = question.said.words(mention)
            sentence = "{table} has no dates, so it does not say what was in {time}"
            raise NotUnderstoodError(sentence, table=question.profile.table, time=told)
        mention.kind, mention.columns = "column", named
    return []


def _is_of_the_whole(question: Question, mention: Mention) -> bool:
    """Whether the table as a whole is of that month or year by its name: the sheet “January”, 'payroll-2026.csv'."""
    moment = mention.moment
    if moment is None or moment.at.day or moment.quarter or moment.season:
        return False
    named = {token.plain for token in tokens(_NOT_OF_A_NAME.sub(" ", question.profile.table))}
    months = {month_names()[word] for word in named if is_full_month(word)}
    years = {int(word) for word in named if is_year(word)}
    if months != ({moment.at.month} if moment.at.month else set()):
        return False  # Of the year, a file of March says one month only.
    return years == {moment.at.year} if moment.at.year else bool(moment.at.month)


def _narrows(question: Question, said: str) -> bool:
    """Whether a year tells the columns apart that are named beside it: 'the plan in 2024', of '2024 Plan'."""
    of_it = {column.name for column in question.profile.columns if said in unaccented(column.name).split()}
    narrowed = False
    for mention in question.free("column"):
        fitting = [column for column in mention.columns if column.name in of_it]
        if fitting:
            mention.columns, narrowed = fitting, True
    return narrowed


def _only_year(moment: Moment) -> bool:
    return not (moment.at.month or moment.quarter or moment.season)


def _with_year(moment: Moment, year: int) -> Moment:
    return replace(moment, at=replace(moment.at, year=year))


def years_of(column: Column) -> set[int]:
    """The years that the ends of a column of dates lie in: one, or two."""
    ends = f"{column.low} {column.high}".split()
    return {int(word) for word in ends if len(word) == 4 and word.isdecimal()}


def _names_month(column: Column, mention: Mention) -> bool:
    named, moment = date(bare(column.name)), mention.moment
    if named is None or moment is None or not named.month or named.day:
        return False
    return (named.month, named.year) == (moment.at.month, moment.at.year)


def _in_units_of(question: Question, number: Mention, unit: str, column: Column) -> str:
    """A number of the question as plain digits: in the column's notation where it is open, and in its unit."""
    text = number.values[0]
    found = numeral(text)
    if found is None or not found.known:
        raise NotUnderstoodError("I do not understand the number “{text}”", text=text)
    # People who ask in English write '1,500' whatever the file does.
    decimal = "." if shape(found.body) == "either" and "," in found.body else column.decimal
    value = found.value(decimal)
    if unit == "%" and is_fraction(column):
        _note_conversion(question, column, f"{shown(value)} %", shown(value / 100))
        return f"{(value / 100).normalize():f}"
    own = column.unit or (column.units[0] if len(column.units) == 1 else "")
    if unit in ("", own) or (not own and not column.units and is_currency(unit)):
        return f"{value:f}"
    if (common := common_unit([own, own, unit])) is None:
        told = listed(column.units) or own or "numbers without a unit"
        raise NotUnderstoodError(
            "{column} is in {told}, and the question speaks of {unit}", column=column.name, told=told, unit=unit
        )
    converted = value * common[1][unit]
    _note_conversion(question, column, f"{shown(value)} {unit}", f"{shown(converted)} {own}")
    return f"{converted.normalize():f}"


def _note_conversion(question: Question, column: Column, value: str, converted: str) -> None:
    said, read = in_notation(value), in_notation(converted)
    question.notes.append(
        say("I read {value} as {converted} in {column}.", value=said, converted=read, column=column.name)
    )


def _stated_unit(question: Question, number: Mention) -> str:
    """The unit behind a number, or the sign before it: 'kg', 'EUR', '%'; empty where none is said."""
    said = question.said.tokens
    found = numeral(said[number.end - 1].raw)
    if found and found.known and found.unit:
        return found.unit
    behind = said[number.end].raw if number.end < len(said) else ""
    before = said[number.start - 1].raw if number.start else ""
    taken = any(one.start == number.end and one.kind not in ("harmless", "unknown") for one in question.said.mentions)
    unit = "" if taken else unit_of(behind) or ""
    # 'In' and 'a' are words first of all.
    if unaccented(behind) in ("in", "a", "d") and all(unit != one.unit for one in question.numeric()):
        unit = ""
    return unit or (unit_of(before) or "" if is_currency(unit_of(before) or "") else "")
