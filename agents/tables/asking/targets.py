"""What a question wants to have named ('which customer', 'who', 'top 3'), and by what it wants results grouped."""

from agents.tables.asking.lexicon import PEOPLE, PLACES, SLACK, keys
from agents.tables.asking.mentions import Mention
from agents.tables.asking.question import NotUnderstoodError, Question, Target, of_people
from agents.tables.columns import bare
from agents.tables.dates import unaccented
from agents.tables.plan import Column, DatePart, Grouping
from agents.tables.saying import say
from agents.tables.time_spans import DATE_PARTS
from agents.text.language import words

_SINGULAR = {"has", "is", "was", "hat", "ist", "war", "a", "est"}


def groups_in(question: Question) -> list[Grouping]:
    groups: list[Grouping] = []
    for per in question.said.senses("per"):
        if per.start in question.used:
            continue
        at, first = per.end, True
        while True:
            mention = next((one for one in question.free("column", "harmless") if one.start == at), None)
            if mention is None or (mention.kind == "harmless" and question.said.tokens[at].plain not in SLACK):
                part = DATE_PARTS.get(question.said.tokens[at].plain) if at < len(question.said.tokens) else None
                if part and (mention := next((one for one in question.said.mentions if one.start == at), None)):
                    group = _date_group(question, part)
                    groups.append(group)
                    question.use(per, mention)
                    at = mention.end
                if (
                    not (joiner := next((one for one in question.said.senses("and") if one.start == at), None))
                    or not groups
                ):
                    break
                at = joiner.end
                continue
            if mention.kind == "harmless":
                at += 1
                continue
            column = question.one_of(mention)
            if column.is_number:
                if first and not _is_of_a_name(question, per, mention) and not _ratio_of(question, mention, per):
                    _rank_by(question, per)
                break
            question.use(per, mention)
            if column.unique and question.has("mean", "median") and column.kind != "date":
                break  # The mean per ticket, with a row for each ticket, is the mean of the rows.
            groups.append(_group_by(question, column, mention))
            at, first = mention.end, False
            joiner = next((one for one in question.said.senses("and") if one.start == at), None)
            if joiner is None:
                break
            at = joiner.end
    return groups


def _is_of_a_name(question: Question, per: Mention, mention: Mention) -> bool:
    """'pro Nacht' in 'what does room 2 cost pro Nacht', of a column called 'Preis pro Nacht'."""
    said = question.said.words(per).lower().split()
    named = [one for one in question.said.of("column") if one is not mention]
    for column in (column for one in named for column in one.columns):
        tail = bare(column.name).lower().split()[-len(said) - 1 :]
        if tail[:-1] == said and keys(tail[-1]) & keys(question.said.tokens[mention.start].plain):
            question.use(per, mention)
            return True
    return False


def _rank_by(question: Question, per: Mention) -> None:
    """'Top 3 by amount': the amount decides; 'the most per unit' asks for a ratio."""
    if question.direction() and question.said.words(per).lower() in ("by", "nach"):
        question.use(per)


def _ratio_of(question: Question, below: Mention, per: Mention) -> bool:
    above = next((one for one in question.free("column") if one.end == per.start and one.column.is_number), None)
    if above is None:
        return False
    question.ratio = (question.one_of(above), question.one_of(below))
    question.use(above, below, per)
    return True


def _date_group(question: Question, part: DatePart) -> Grouping:
    dated = [column for column in question.profile.columns if column.kind == "date"]
    if not dated:
        raise NotUnderstoodError("{table} has no dates to group by {part}", table=question.profile.table, part=part)
    column = question.date_column(dated)
    question.doubtful_dates = question.doubtful_dates or (column.doubtful_dates and part != "year")
    return Grouping(column=column.name, part=part)


def _group_by(question: Question, column: Column, mention: Mention) -> Grouping:
    part = DATE_PARTS.get(question.said.tokens[mention.start].plain)
    if column.kind == "date" and part:
        # A column called Month that holds '2024-01' is a month of one year: 'which month' names it, 'by year' its year.
        named = {key for word in words(bare(column.name)) for key in keys(word)}
        part = "value" if named & keys(question.said.tokens[mention.start].plain) else part
        return Grouping(column=column.name, part=part)
    if column.kind == "date":
        question.doubtful_dates = question.doubtful_dates or column.doubtful_dates
    return Grouping(column=column.name)


def limit_of(question: Question) -> int | None:
    """'top 3', 'the three largest'."""
    for mention in question.free("number"):
        for sense in question.said.senses("max", "min"):
            if mention.number is not None and (
                0 <= mention.start - sense.end <= 0 or 0 <= sense.start - mention.end <= 0
            ):
                question.use(mention)
                return int(mention.number)
            if mention.number is not None and _counts_what_is_asked(question, mention, sense):
                question.use(mention)
                return int(mention.number)
    return None


def _counts_what_is_asked(question: Question, number: Mention, sense: Mention) -> bool:
    """'The 3 films with the most entries': a number right before the noun that the question asks for.

    'Which of the 3 films has' asks for one of them.
    """
    asked = question.first("which", "list")
    noun = next(
        (
            one for one in question.said.mentions
            if one.start == number.end and (one.kind == "rows" or (one.kind == "column" and not one.column.is_number))
        ), None,
    )  # fmt: skip
    if asked is None or noun is None or not asked.end <= number.start < sense.start:
        return False
    said = [token.plain for token in question.said.tokens]
    before, verb = said[max(0, number.start - 2) : number.start], said[noun.end]
    of_them = before[-1:] == ["of"] or before == ["of", "the"] or before[-1] in ("der", "des", "den")
    return not of_them and verb not in _SINGULAR


def target_of(question: Question) -> Target | None:
    """What is to be named: 'which customer', 'in which month', 'who', 'when', 'top 3 products'."""
    asked = question.first("which", "who", "when", "where", "list")
    question.use(*([asked] if asked else []))
    if asked and asked.sense in ("which", "list") and (found := _named_after(question, asked.end, superlatives=False)):
        return found
    numbers = question.said.of("number")
    for sense in question.said.senses("max", "min") if asked is None or asked.sense in ("which", "list") else ():
        counted = next((one for one in numbers if one.start == sense.end), None)
        listed = counted or any(one.end == sense.start for one in numbers)
        if found := _named_after(question, counted.end if counted else sense.end, superlatives=True, ids=bool(listed)):
            return found
    if asked and asked.sense in ("who", "where"):
        return _who_or_where(question, asked)
    if asked and asked.sense == "when":
        dated = [column for column in question.profile.columns if column.kind == "date"]
        if dated:
            column = question.date_column(dated)
            return Grouping(column=column.name), column
    return None


def _who_or_where(question: Question, asked: Mention) -> Target:
    """The column of people or of places; in a ranking, the only one of text."""
    wanted = {key for one in (PEOPLE if asked.sense == "who" else PLACES) for key in keys(one)}
    texts = [column for column in question.profile.columns if column.kind == "text"]
    fitting = [column for column in texts if any(keys(word) & wanted for word in words(column.name))]
    # "Who holds …", of a column called Holder.
    said = [one for one in question.free("column") if one.loose and len(one.columns) == 1 and one.column in texts]
    if asked.sense == "who" and len(said) == 1 and not question.conditioned(said[0].column):
        question.use(said[0])
        fitting = [said[0].column]
    fitting = fitting or (texts if len(texts) == 1 and question.direction() else [])
    if not fitting and asked.sense == "who" and question.direction():
        fitting = _only_names(question, asked, texts)
    fitting = [column for column in fitting if not question.conditioned(column)]
    if len(fitting) == 1:
        return Grouping(column=fitting[0].name), fitting[0]
    sentence = (
        "{table} does not say who is meant" if asked.sense == "who" else "{table} does not say which place is meant"
    )
    raise NotUnderstoodError(sentence, table=question.profile.table)


def _only_names(question: Question, asked: Mention, texts: list[Column]) -> list[Column]:
    """The only column of texts that are no numbers of something, as '2026-W01' is of a week."""
    named = [one for one in texts if not _has_digits(one)]
    if len(named) != 1:
        return []
    question.notes.append(
        say("I read “{said}” as the column {column}.", said=question.said.words(asked), column=named[0].name)
    )
    return named


def _has_digits(column: Column) -> bool:
    return all(any(letter.isdecimal() for letter in value) for value in column.values)


def _named_after(question: Question, place: int, *, superlatives: bool, ids: bool = True) -> Target | None:
    """The column or row noun that comes next, with nothing between but words that say nothing."""
    passed: set[str] = set()
    for at in range(place, min(place + 4, len(question.said.tokens))):
        mention = next((one for one in question.said.mentions if one.start == at), None)
        if mention is None:
            return None
        if mention.start not in question.used and mention.kind in ("column", "part", "rows"):
            # "What is the order …?" asks for something about it, not for its name.
            of_it = mention.kind == "rows" and not question.direction() and {"is", "was", "ist", "est"} & passed
            return None if of_it else _as_target(question, mention, ids=ids)
        passed.add(question.said.tokens[at].plain)
        if not _may_stand_before(question, mention) or (superlatives and mention.kind == "harmless"):
            return None
    return None


def _as_target(question: Question, mention: Mention, *, ids: bool) -> Target | None:
    if mention.kind == "rows":
        label = row_label(question)
        question.use(mention)
        return Grouping(column=label.name), label
    word = question.said.tokens[mention.start].plain
    part = DATE_PARTS.get(word)
    if mention.kind == "part" and part:
        group = _date_group(question, part)
        question.use(mention)
        return group, question.column(group.column)
    labels = [column for column in mention.columns if not column.is_number]
    if part and not any(unaccented(bare(one.name)) == word for one in mention.columns):
        labels = [column for column in labels if column.kind == "date"] or labels
    if not ids:
        labels = [column for column in labels if column.kind == "text"]
    if not labels:
        return None
    mention.columns = of_people(labels) if len(labels) > 1 else labels
    column = question.one_of(mention)
    question.use(mention)
    return _group_by(question, column, mention), column


def _may_stand_before(question: Question, mention: Mention) -> bool:
    """Whether a word can stand between 'which' and what it asks for: 'which of the two largest customers'."""
    if mention.sense in ("max", "min"):
        return _lists_several(question)
    return mention.kind in ("harmless", "number") or mention.sense in ("distinct", "which", "list")


def _lists_several(question: Question) -> bool:
    """'List the top 3 customers', 'which two regions'."""
    return any(
        one.end == sense.start or one.start == sense.end
        for one in question.said.of("number") for sense in question.said.senses("max", "min")
    )  # fmt: skip


def row_label(question: Question) -> Column:
    """The column that names a row: by its words if one does, else the first with a value for each row."""
    texts = [column for column in question.profile.columns if column.kind == "text" and column.unique]
    ids = [column for column in question.profile.columns if column.kind == "id" and column.unique]
    nouns = {question.said.tokens[one.start].plain for one in question.said.of("rows")}
    for column in [*ids, *texts]:
        if any(keys(word) & keys(noun) for word in words(column.name) for noun in nouns):
            return column
    named = [column for column in texts if set(words(column.name)) & {"name", "title", "titel", "nom"}]
    for choice in (named, texts, ids, [column for column in question.profile.columns if column.kind == "text"]):
        if choice:
            return choice[0]
    raise NotUnderstoodError("no column of {table} names its rows", table=question.profile.table)


def is_time(question: Question, groups: list[Grouping]) -> bool:
    return len(groups) == 1 and question.column(groups[0].column).kind == "date" and groups[0].part in ("year", "value")
