"""Derives a calculation from the words of a question and what a table has, without a model.

Every word that names a column, a value, a span of time or an operation is *explained*; the share of explained words
says how sure the planner is that the question is about this table at all.
"""

import re
from dataclasses import dataclass, field

from agents.tables.plan import (
    Column,
    Compare,
    Condition,
    DatePart,
    Function,
    Grouping,
    Measure,
    TablePlan,
    TableProfile,
)
from agents.tables.time_spans import time_conditions
from agents.text.answer_state import Part
from agents.text.language import ASKING_WORDS, content_words, stem, words

SURE = 0.6
_MOST_AMOUNTS = 3

_FUNCTIONS: tuple[tuple[Function, re.Pattern[str]], ...] = (
    ("mean", re.compile(r"\b(?:mean|average|averages|averaged|avg|typical|typically)\b", re.I)),
    ("median", re.compile(r"\bmedian\b", re.I)),
    ("sum", re.compile(r"\b(?:total|totals|sum|altogether|combined|in all|overall)\b", re.I)),
)
_HIGHEST = re.compile(
    r"\b(?:highest|largest|biggest|most|maximum|max|best|busiest|peak|greatest|longest|fullest|strongest|top)\b", re.I
)
_LOWEST = re.compile(
    r"\b(?:lowest|smallest|least|fewest|minimum|min|worst|quietest|shortest|emptiest|weakest|bottom)\b", re.I
)
_TREND = re.compile(
    r"\b(?:trends?|rise|rose|risen|rising|fall|fell|fallen|falling|grow|grew|grown|growing|develop(?:ed|ment)?|"
    r"over (?:time|the years)|increased?|increasing|decreased?|decreasing|declined?|changed?)\b", re.I
)  # fmt: skip
_TOP = re.compile(
    r"\b(?:top|first|best|highest|largest|biggest|lowest|smallest|bottom)"
    r"\s+(\d{1,2}|two|three|four|five|ten)\s+([\w-]+)",
    re.I,
)
_HOW_MANY = re.compile(r"\b(?:how many|number of|count)\b", re.I)
_HOW_MUCH = re.compile(r"\b(?:how much|how many)\b", re.I)
_PHRASE = r"[\w-]+(?: (?!(?:by|per|in|for|of|from|since|and|each|every|across|with)\b)[\w-]+)?"
_BY = re.compile(
    rf"\b(?:by|per|(?:for |in |of )?(?:each|every)|across)\s+(?:the\s+)?({_PHRASE})(?:\s+and\s+(?:by\s+)?([\w-]+))?",
    re.I,
)
_PER = re.compile(r"\b([\w-]+)\s+(?:per|for each)\s+([\w-]+)", re.I)
_WHICH = re.compile(rf"\b(?:which|what|in which|in what)\s+({_PHRASE})", re.I)
_LIMIT = re.compile(
    r"\b(more than|over|above|exceeding|at least|less than|fewer than|under|below|at most|up to)"
    r"\s+([\d.,]*\d)\s*([\w-]*(?: [\w-]+)?)", re.I
)  # fmt: skip
_COMPARES: dict[str, Compare] = {
    "more than": "more than", "over": "more than", "above": "more than", "exceeding": "more than",
    "at least": "at least", "less than": "less than", "fewer than": "less than", "under": "less than",
    "below": "less than",
    "at most": "at most", "up to": "at most",
}  # fmt: skip
_RULE = re.compile(r"\b(?:may|can|could|must|should|shall|allowed|permitted|limit|capacity|licen[cs]ed)\b", re.I)
_NUMBER_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_DATE_PARTS: dict[str, DatePart] = {
    "year": "year", "yearly": "year", "annual": "year", "annually": "year", "winter": "year", "summer": "year",
    "month": "month", "monthly": "month", "quarter": "quarter", "quarterly": "quarter",
}  # fmt: skip
# Words of asking and counting that say nothing of what is counted.
_GENERIC_WORDS = """
    mean average averages averaged avg typical median total totals sum altogether combined highest largest
    biggest maximum max best busiest peak greatest longest top lowest smallest least fewest minimum min worst
    quietest shortest bottom trend trends rise rose fall fell grow grew increase increased decrease decreased
    decline declined change changed develop developed development time over years year month quarter count
    number row rows entry entries record records value values table data csv file column carry carried transport
    transported have had make made sell sold spend spent pay paid take taken see seen run ran record recorded
    get got sort sorted ranked rank compare figures figure many much full"""
_GENERIC = {stem(word) for word in [*_GENERIC_WORDS.split(), *ASKING_WORDS]}


@dataclass(slots=True)
class _Meaning:
    """What a question says about one table."""

    function: Function | None = None
    column: str | None = None
    per: str | None = None
    groups: list[Grouping] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    direction: int = 0  # 1: the highest is asked for, -1: the lowest.
    asked: str | None = None  # "which month", "what supplier": the thing to name.
    limit: int | None = None
    trend: bool = False
    counts: bool = False
    amounts: list[str] = field(default_factory=list)  # "How much green tea …": whatever the table counts of it.
    explained: set[str] = field(default_factory=set)


def plan_calculation(part: Part, profile: TableProfile) -> tuple[TablePlan, float] | None:
    """A plan and how sure it is (0 to 1), or None when the question has nothing to compute here."""
    meaning = _Reader(profile).read(part["question"])
    if part["carried"]:
        _lean(meaning, _Reader(profile).read(part["carried"]))
    plan = _plan(meaning, profile)
    if plan is None:
        return None
    meant = [stem(word) for word in content_words(part["question"])]
    meant = [word for word in meant if word in meaning.explained or word not in _GENERIC]
    sure = sum(word in meaning.explained for word in meant) / len(meant) if meant else 0.5
    if _RULE.search(part["question"]):
        sure *= 0.5
    return plan, sure


def _lean(meaning: _Meaning, earlier: _Meaning) -> None:
    """A short follow-up keeps what the earlier question said, except where it says otherwise."""
    if meaning.column and (meaning.groups or meaning.function or meaning.direction):
        return  # It says all by itself.
    said = {(condition.column, condition.part) for condition in meaning.conditions}
    meaning.conditions += [one for one in earlier.conditions if (one.column, one.part) not in said]
    if meaning.column is None:
        meaning.column, meaning.per = earlier.column, earlier.per
        meaning.counts = meaning.counts or earlier.counts
    meaning.function = meaning.function or earlier.function
    meaning.groups = meaning.groups or earlier.groups
    meaning.asked = meaning.asked or earlier.asked
    meaning.direction = meaning.direction or earlier.direction
    meaning.limit = meaning.limit or earlier.limit
    meaning.trend = meaning.trend or earlier.trend


def _plan(meaning: _Meaning, profile: TableProfile) -> TablePlan | None:
    base = {"table": profile.table, "conditions": meaning.conditions}
    measures = [Measure(function="sum", column=name) for name in meaning.amounts]
    if measures:
        return TablePlan(table=profile.table, conditions=meaning.conditions, measures=measures)
    if meaning.column is None:
        counted = meaning.counts and (meaning.conditions or meaning.groups or meaning.explained)
        if not counted:
            return None
        measure = Measure(function="count")
    elif meaning.per:
        measure = Measure(function="ratio", column=meaning.column, per=meaning.per)
    else:
        limited = meaning.groups or meaning.conditions or meaning.direction
        if not (limited or meaning.function or meaning.trend or meaning.counts):
            return None
        measure = Measure(function=meaning.function or "sum", column=meaning.column)
    groups = meaning.groups or _asked_group(meaning, profile)
    if meaning.trend and not groups:
        groups = [Grouping(column=dated.name, part="year")] if (dated := _dated(profile)) else []
    if groups:
        ranked = bool(meaning.direction) and (meaning.asked is not None or meaning.limit is not None)
        return TablePlan(
            **base, groups=groups, measures=[measure], trend=meaning.trend or _is_time(groups, profile),
            sort_by="measure" if ranked else "group", descending=ranked and meaning.direction > 0,
            limit=(meaning.limit or 1) if ranked else None,
        )  # fmt: skip
    if meaning.direction and meaning.column and not meaning.function:
        labels = [column.name for column in profile.columns if column.kind != "number"][:3]
        return TablePlan(
            **base, select=[*labels, meaning.column], sort_by=meaning.column, descending=meaning.direction > 0,
            limit=meaning.limit or 1,
        )  # fmt: skip
    return TablePlan(**base, measures=[measure])


def _asked_group(meaning: _Meaning, profile: TableProfile) -> list[Grouping]:
    """'Which supplier …', 'in which month …': the column to name."""
    if not meaning.asked or not meaning.direction:
        return []
    return [group] if (group := _grouping(meaning.asked, profile)) else []


def _is_time(groups: list[Grouping], profile: TableProfile) -> bool:
    kinds = {column.name: column.kind for column in profile.columns}
    return len(groups) == 1 and kinds[groups[0].column] == "date" and groups[0].part in ("year", "value")


def _dated(profile: TableProfile) -> Column | None:
    return next((column for column in profile.columns if column.kind == "date"), None)


def _grouping(phrase: str, profile: TableProfile) -> Grouping | None:
    """The column, or part of a date, that a phrase such as 'year' or 'supplier name' names."""
    first, *_ = [*words(phrase), ""]
    dated = _dated(profile)
    part = _DATE_PARTS.get(first) or _DATE_PARTS.get(first.rstrip("s"))
    named = _match(phrase, profile.columns) or _match(first, profile.columns)
    if named and named.kind != "number":
        # A column called Month that holds '2024-01' is a month of one year: 'which month' names it, 'by year' its year.
        whole = named.kind != "date" or part is None or stem(part) in map(stem, words(named.name))
        return Grouping(column=named.name, part="value" if whole else part or "value")
    return Grouping(column=dated.name, part=part) if dated and part else None


def _match(phrase: str, columns: list[Column]) -> Column | None:
    """The column whose name a phrase holds most of."""
    said = {stem(word) for word in words(phrase)}
    best, most = None, 0.0
    for column in columns:
        named = {stem(word) for word in content_words(_bare(column.name))}
        share = len(said & named) / len(named) if named else 0.0
        # Of "cancelled" and "crossings" in "cancelled crossings", the participle says which crossings are meant.
        share += 0.01 * _bare(column.name).lower().strip().endswith("ed") if share else 0.0
        if share > most and share >= 0.5:
            best, most = column, share
    return best


def _bare(name: str) -> str:
    return re.sub(r"\(.*?\)|\[.*?\]", " ", name).replace("_", " ")


class _Reader:
    """Reads one question against one table."""

    def __init__(self, profile: TableProfile) -> None:
        self._profile = profile
        self._numeric = [column for column in profile.columns if column.kind == "number"]
        self._meaning = _Meaning()

    def read(self, question: str) -> _Meaning:
        meaning = self._meaning
        meaning.function = next((name for name, pattern in _FUNCTIONS if pattern.search(question)), None)
        meaning.direction = 1 if _HIGHEST.search(question) else -1 if _LOWEST.search(question) else 0
        meaning.trend = bool(_TREND.search(question))
        meaning.counts = bool(_HOW_MANY.search(question))
        if top := _TOP.search(question):
            meaning.limit = _NUMBER_WORDS.get(top[1].lower()) or int(top[1])
            meaning.asked = top[2]
            self._explain(top.group() if _grouping(top[2], self._profile) else top[1])
        elif which := _WHICH.search(question):
            meaning.asked = which[1]
            self._explain(which[1] if _grouping(which[1], self._profile) else "")
        self._conditions(question)
        self._ratio(question)
        self._groups(question)
        if meaning.column is None:
            self._measure(question)
        return meaning

    def _ratio(self, question: str) -> None:
        for match in _PER.finditer(question):
            above, below = _match(match[1], self._numeric), _match(match[2], self._numeric)
            if above and below and above is not below:
                self._meaning.column, self._meaning.per = above.name, below.name
                self._explain(match[1] + " " + match[2])
                return

    def _groups(self, question: str) -> None:
        for match in _BY.finditer(question):
            for phrase in filter(None, match.groups()):
                group = _grouping(phrase, self._profile)
                if group and group not in self._meaning.groups and group.column != self._meaning.per:
                    self._meaning.groups.append(group)
                    self._explain(phrase if _match(phrase, self._profile.columns) else phrase.split()[0])

    def _measure(self, question: str) -> None:
        limits = [match.group() for match in _LIMIT.finditer(question)]
        rest = question
        for limit in limits:
            rest = rest.replace(limit, " ")
        column = _match(rest, self._numeric)
        counted = re.search(r"\bhow many ([\w-]+)", question, re.I)
        if limits and counted and _match(counted[1], self._numeric) is None:
            column = None  # "How many months had more than 20 …" counts rows, whatever else it names.
            self._explain(counted[1] if _grouping(counted[1], self._profile) else "")
        elif column is None and limits:
            column = _match(question, self._numeric)
        if column is None and len(self._numeric) == 1 and self._asks_for_amount(question):
            column = self._numeric[0]
        if column:
            self._meaning.column = column.name
            self._explain(_bare(column.name))
        elif re.search(r"\bhow much\b", question, re.I) and any(
            one.part == "value" for one in self._meaning.conditions
        ):
            self._meaning.amounts = [one.name for one in self._numeric[:_MOST_AMOUNTS]]

    def _asks_for_amount(self, question: str) -> bool:
        amount = _HOW_MUCH.search(question) and not self._meaning.counts
        return bool(self._meaning.function or self._meaning.direction or amount) and bool(
            self._meaning.groups or self._meaning.conditions or self._meaning.explained
        )

    def _conditions(self, question: str) -> None:
        rest = question
        for match in _LIMIT.finditer(question):
            limited = _match(match[3], self._numeric) or _match(question, self._numeric)
            if limited:
                condition = Condition(column=limited.name, compare=_COMPARES[match[1].lower()], values=[match[2]])
                self._meaning.conditions.append(condition)
                self._explain(match[2] + " " + match[3])
                rest = rest.replace(match.group(), " ")  # "over 2000" is no year.
        if dated := _dated(self._profile):
            found, explained = time_conditions(rest, dated)
            self._meaning.conditions += found
            self._meaning.explained |= {stem(word) for word in explained}
        stemmed = [stem(word) for word in words(question)]
        for column in self._profile.columns:
            if column.kind == "text" and column.distinct <= 200:
                self._value_condition(column, stemmed)

    def _value_condition(self, column: Column, said: list[str]) -> None:
        own = {stem(word) for word in words(column.name)}
        found: list[tuple[str, list[str]]] = []
        for value in sorted(column.values, key=len, reverse=True):
            meant = [stem(word) for word in words(value)]
            if not meant or set(meant) <= own or (len(meant) == 1 and not content_words(value)):
                continue
            at = [place for place in range(len(said) - len(meant) + 1) if said[place : place + len(meant)] == meant]
            if at and not any(set(meant) <= set(longer) for _, longer in found):
                found.append((value, meant))
        if found:
            self._meaning.conditions.append(Condition(column=column.name, values=[value for value, _ in found]))
            self._meaning.explained |= {word for _, meant in found for word in meant} | own

    def _explain(self, phrase: str) -> None:
        self._meaning.explained |= {stem(word) for word in words(phrase)}
