"""What stands in the rows that a question points at: 'the price of tea', 'who bought it', 'which are open'."""

from agents.tables.asking.amounts import all_measures, value_of
from agents.tables.asking.counts import refuse_sets
from agents.tables.asking.lexicon import TRADED, concepts_of, keys
from agents.tables.asking.mentions import Mention
from agents.tables.asking.question import NotUnderstoodError, Plans, Question, Target, unlike
from agents.tables.asking.targets import target_of
from agents.tables.columns import bare
from agents.tables.plan import Column, Condition, Grouping, Measure
from agents.text.language import words

_MOST_ALIKE = 2  # Columns that one word may mean, of which a row is told both.


def looked_up(question: Question, conditions: list[Condition], columns: list[Column] | None = None) -> Plans:
    """'What is the price of tea', 'which orders are from Ada', 'how much did Ada pay'."""
    question.use(*question.said.senses("distinct", "outgoing"))
    # "When did it come in" asks for the date of a row; who received it is not who sent it.
    question.use(*(one for one in question.said.senses("incoming") if not question.has("who")))
    wanted = columns if columns is not None else []
    target = target_of(question) if question.has("which", "who", "when", "where", "list") else None
    wanted = [*wanted, *question.measures(most=_MOST_ALIKE if conditions else 1)]
    target = target or (_thing_traded(question) if not wanted else None)
    others = [one for one in question.free("column") if not one.column.is_number]
    if how_much := question.first("how much"):
        question.use(how_much)
        if how_much.besides and not wanted:
            wanted = [_hinted(question, how_much)]
        if not wanted and not others:
            question.use(*question.free("rows"))
            wanted = all_measures(question, None)
    if wanted and not target and not others:
        return value_of(question, conditions, wanted)
    chosen = [target[1]] if target else []
    for mention in others:
        chosen.append(question.one_of(mention))
        question.use(mention)
    _use_rows(question, conditions)
    if len(chosen) == 1 and not wanted and chosen[0].kind == "id":
        named = [
            column
            for column in question.profile.columns
            if column.kind == "text" and column.unique and column.name != chosen[0].name
        ]
        chosen += named[:1]
    chosen = _with_names(question, conditions, unlike([*chosen, *wanted]))
    numeric = question.numeric()
    if not chosen and conditions and len(numeric) == 1 and not question.has("list", "who", "when", "where"):
        return value_of(question, conditions, numeric)
    if not chosen:
        raise NotUnderstoodError("I do not understand what is asked of {table}", table=question.profile.table)
    if not conditions and (wanted or len(chosen) > 1 or not question.has("which", "list", "who")):
        raise NotUnderstoodError("the question does not say of which row")
    if target and target[0].part != "value":
        return [("", question.plan(conditions, groups=[target[0]], measures=[Measure(function="count")]))]
    label = _shown_beside(question, conditions, chosen)
    if target and not target[1].unique:
        refuse_sets(question, target[1], conditions)
    return [("", question.plan(conditions, select=[*(one.name for one in chosen), *label], limit=100))]


def _hinted(question: Question, how_much: Mention) -> Column:
    """The column that says 'how old', 'how heavy'."""
    hinted = question.hinted(how_much.besides)
    if hinted is None:
        raise NotUnderstoodError(
            "no column of {table} says “{words}”", table=question.profile.table, words=question.said.words(how_much)
        )
    return hinted


def _use_rows(question: Question, conditions: list[Condition]) -> None:
    """Words for rows say nothing more, unless 'which' asks for some of them: 'which item is out of stock'."""
    rows = question.free("rows")
    if rows and not conditions and question.has("which"):
        raise NotUnderstoodError("I do not understand “{words}” in this question", words=question.said.words(rows[0]))
    question.use(*rows)


def _with_names(question: Question, conditions: list[Condition], chosen: list[Column]) -> list[Column]:
    """'Which warranty ends in 2025?': where no more is asked than what limits the rows, their number and name, too."""
    if not chosen or any(one.name not in {limit.column for limit in conditions} for one in chosen):
        return chosen
    unique = [one for one in question.profile.columns if one.unique and one.filled == question.profile.rows]
    named = [*[one for one in unique if one.kind == "id"][:1], *[one for one in unique if one.kind == "text"][:1]]
    return unlike([*named, *chosen])


def _thing_traded(question: Question) -> Target | None:
    """'What was bought in March' asks for what it was, and not for how much it cost."""
    traded = any(token.plain in TRADED for token in question.said.tokens)
    if not traded or not question.has("which") or question.has("how much") or question.free("column"):
        return None
    texts = [one for one in question.profile.columns if one.kind == "text" and not question.conditioned(one)]
    wanted = {key for concept in concepts_of("product") for key in concept} | {"description", "text"}
    named = [one for one in texts if any(keys(word) & wanted for word in words(bare(one.name)))]
    for choice in (named, texts):
        if len(choice) == 1:
            return Grouping(column=choice[0].name), choice[0]
    raise NotUnderstoodError("{table} does not say what is meant", table=question.profile.table)


def _shown_beside(question: Question, conditions: list[Condition], chosen: list[Column]) -> list[str]:
    """What the rows were chosen by, so that an answer shows that they are the right ones."""
    named = {one.name for one in chosen}
    limiting = (one.column for one in conditions if one.column not in named and one.part == "value")
    return list(dict.fromkeys(limiting))[:2]
