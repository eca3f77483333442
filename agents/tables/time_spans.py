"""Spans of time in the words of a question: years, months, quarters, seasons, 'since 1928', '1924 to 1926'."""

import re

from agents.tables.plan import Column, Compare, Condition
from agents.tables.values import MONTHS
from agents.text.language import joined

SEASONS: dict[str, tuple[int, ...]] = {
    "winter": (12, 1, 2),
    "spring": (3, 4, 5),
    "summer": (6, 7, 8),
    "autumn": (9, 10, 11),
}
_SEASON_WORDS = {
    "winter": "winter", "winters": "winter", "spring": "spring", "summer": "summer", "summers": "summer",
    "autumn": "autumn", "fall": "autumn",
}  # fmt: skip
_YEAR = r"(1[5-9]\d\d|2[01]\d\d)"
_BETWEEN = re.compile(
    rf"\b(?:between|from)\s+{_YEAR}\s+(?:and|to|until|till)\s+{_YEAR}\b|\b{_YEAR}\s*[-–—]\s*{_YEAR}\b", re.I
)
_BOUND = re.compile(rf"\b(since|after|before|until|till|up to)\s+{_YEAR}\b", re.I)
_ONE_YEAR = re.compile(rf"\b{_YEAR}\b")
_QUARTER = re.compile(r"\bq([1-4])\b|\b(first|second|third|fourth|last)\s+quarter\b", re.I)
_NTH = {"first": "1", "second": "2", "third": "3", "fourth": "4", "last": "4"}
_SEASON = re.compile(r"\b(winters?|springs?|summers?|autumn)\b|\b(?:in|during|each|every) (?:the )?(fall)\b", re.I)
# 'may' is a month only where it stands like one.
_OTHER_MONTHS = "|".join(month for month in MONTHS if month != "may")
_MONTH = re.compile(rf"\b({_OTHER_MONTHS})\b|\b(?:in|of|since|until|for|during) (May)\b|\b(May) \d{{4}}\b", re.I)
_BOUNDS: dict[str, Compare] = {
    "since": "at least", "after": "more than", "before": "less than", "until": "at most", "till": "at most",
    "up to": "at most",
}  # fmt: skip


def time_conditions(question: str, column: Column) -> tuple[list[Condition], set[str]]:
    """The conditions on a column of dates that a question states, and the words that state them."""
    found: list[Condition] = []
    explained: set[str] = set()
    if match := _BETWEEN.search(question):
        low, high = sorted(year for year in match.groups() if year)
        found += [_years(column, "at least", low), _years(column, "at most", high)]
        explained |= {low, high}
    elif match := _BOUND.search(question):
        found.append(_years(column, _BOUNDS[match[1].lower()], match[2]))
        explained |= {match[1].lower(), match[2]}
    elif years := _ONE_YEAR.findall(question):
        found.append(Condition(column=column.name, part="year", values=years))
        explained |= set(years)
    if quarters := [match[1] or _NTH[match[2].lower()] for match in _QUARTER.finditer(question)]:
        found.append(Condition(column=column.name, part="quarter", values=quarters))
        explained |= {word.lower() for match in _QUARTER.finditer(question) for word in match.group().split()}
    named = [next(filter(None, match.groups())).lower() for match in _MONTH.finditer(question)]
    months = [MONTHS.index(month) + 1 for month in named]
    for match in _SEASON.finditer(question):
        season = next(filter(None, match.groups())).lower()
        months += SEASONS[_SEASON_WORDS.get(season) or _SEASON_WORDS[season.rstrip("s")]]
        explained.add(season)
    if months:
        values = [str(month) for month in dict.fromkeys(months)]
        found.append(Condition(column=column.name, part="month", values=values))
        explained |= set(named)
    return found, explained


def _years(column: Column, compare: Compare, year: str) -> Condition:
    return Condition(column=column.name, part="year", compare=compare, values=[year])


def months_in_words(values: list[str]) -> str:
    """'winter (January, February and December)', 'May and June'."""
    months = sorted({int(value) for value in values if value.isdigit() and 1 <= int(value) <= 12})
    names = joined(MONTHS[month - 1].capitalize() for month in months)
    season = next((name for name, members in SEASONS.items() if set(members) == set(months)), None)
    return f"{season} ({names})" if season else names
