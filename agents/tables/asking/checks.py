"""'Is Chen Li remote?', 'did Ada buy tea?', 'are there open orders?': whether rows are also so."""

from agents.tables.asking.question import NotUnderstoodError, Plans, Question
from agents.tables.asking.targets import row_label
from agents.tables.plan import Condition

_OPENING_WORDS = """
    is are was were do does did has have had ist sind war waren hat haben hatte hatten gibt gab est sont etait"""
_OPENINGS = frozenset(_OPENING_WORDS.split())
_BEING = frozenset(["is", "are", "was", "were", "ist", "sind", "war", "waren", "est", "sont", "etait"])
_OF_ANY = _OPENINGS - _BEING  # 'Did she ever buy tea?'
_THERE = frozenset(["there", "any", "anybody", "anyone", "es"])
_ALL = frozenset(["all", "every", "alle", "tous", "toutes"])
_POLITE = frozenset(["you", "i", "we", "sie", "ihr"])  # 'Do you know how many …?'
_OF_MORE = (
    "which", "who", "when", "where", "count", "how much", "sum", "mean", "median", "max", "min", "share", "difference",
    "per", "trend", "list", "ratio",
)  # fmt: skip


def asks_whether(question: Question, conditions: list[Condition]) -> bool:
    """Whether a question wants a yes or no about single rows. Raises NotUnderstoodError for one about their sum."""
    opening = [token.plain for token in question.said.tokens[:2]]
    if not conditions or opening[0] not in _OPENINGS or opening[-1] in _POLITE:
        return False
    more = question.has(*_OF_MORE)
    if more and question.has("compare") and not question.has("which", "who", "where"):
        raise NotUnderstoodError("I can only tell yes or no of single rows")
    return not more


def checked_rows(question: Question, conditions: list[Condition]) -> Plans:
    """The first thing that is named says which rows are meant, and the rest what is asked of them.

    Raises NotUnderstoodError.
    """
    if question.has("or") or any(one.compare == "is not" and one.part != "value" for one in conditions):
        raise NotUnderstoodError("I do not understand what is to be checked")
    if question.said.senses("not"):
        raise NotUnderstoodError("I do not understand “not” in a question for yes or no")
    opening = [token.plain for token in question.said.tokens[:2]]
    exists = opening[-1] in _THERE
    about = [] if exists or opening[-1] in _ALL else _subject(question, conditions)
    claim = [one for one in conditions if one not in about]
    if not claim:
        raise NotUnderstoodError("I do not understand what is asked of {table}", table=question.profile.table)
    claimed = [
        named
        for named in question.free("column")
        if any(one.column == own.name for one in claim for own in named.columns)
    ]
    question.use(*claimed, *question.free("rows"), *question.senses_left("incoming", "outgoing"))
    named = [one.column for one in about if one.part == "value"] or [row_label(question).name]
    select = list(dict.fromkeys([*named, *(one.column for one in claim)]))
    any_of = exists or opening[0] in _OF_ANY
    return [("", question.plan(about, select=select, claim=claim, claim_any=any_of, limit=100))]


def _subject(question: Question, conditions: list[Condition]) -> list[Condition]:
    """The conditions that say which rows are meant: a value, and the times if there is something else to check."""
    values = [one for one in conditions if one.compare == "is" and one.part == "value" and len(one.values) == 1]
    values = [one for one in values if question.column(one.column).kind in ("text", "id")]
    unique = [one for one in values if question.column(one.column).unique]
    if not values:
        raise NotUnderstoodError(
            "the question does not say which row of {table} is meant", table=question.profile.table
        )
    first = min(unique or values, key=lambda one: _place(question, one))
    times = [one for one in conditions if question.column(one.column).kind == "date"]
    others = [one for one in conditions if one is not first and one not in times]
    return [first, *times] if others else [first]


def _place(question: Question, condition: Condition) -> int:
    """Where in the question a value stands."""
    return next(
        (
            mention.start
            for mention in question.said.of("value")
            if any(column.name == condition.column for column in mention.columns)
        ),
        len(question.said.tokens),
    )
