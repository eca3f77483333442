"""Spans of time in the words of a question: days, months, quarters, seasons, years, 'since 1928', '1924 to 1926'."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.tables.dates import MONTHS, Date, date, is_year, month_names
from agents.tables.plan import Column, Compare, Condition, DatePart
from agents.text.language import joined

SEASONS: dict[str, tuple[int, ...]] = {
    "winter": (12, 1, 2),
    "spring": (3, 4, 5),
    "summer": (6, 7, 8),
    "autumn": (9, 10, 11),
}
_SEASON_WORDS = {
    "winter": "winter", "winters": "winter", "spring": "spring", "springs": "spring", "summer": "summer",
    "summers": "summer", "autumn": "autumn", "fall": "autumn", "fruhling": "spring", "fruhjahr": "spring",
    "sommer": "summer", "herbst": "autumn", "hiver": "winter", "printemps": "spring", "ete": "summer", "automne":
    "autumn",
}  # fmt: skip
# 'L'été' is a season, 'a été' a verb.
_BEFORE_ETE = {"l", "en", "d", "cet", "chaque", "par", "un"}
_QUARTER_WORDS = {"quarter", "quartal", "trimestre"}
_NTH = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "1": 1,
    "2": 2, "3": 3, "4": 4, "ersten": 1, "erstes": 1, "erste": 1, "zweiten": 2, "zweites": 2, "dritten": 3,
    "drittes": 3, "vierten": 4, "viertes": 4, "premier": 1, "1er": 1, "deuxieme": 2, "troisieme": 3, "quatrieme":
    4, "2e": 2, "3e": 3, "4e": 4,
}  # fmt: skip
DATE_PARTS: dict[str, DatePart] = {
    "year": "year", "yearly": "year", "annual": "year", "annually": "year", "jahr": "year", "jahre": "year",
    "jahren": "year", "annee": "year", "annees": "year", "winter": "year", "summer": "year", "month": "month",
    "monthly": "month", "monat": "month", "monate": "month", "monaten": "month", "mois": "month", "quarter":
    "quarter", "quarterly": "quarter", "quarters": "quarter", "quartal": "quarter", "trimestre": "quarter",
    "years": "year", "months": "month",
}  # fmt: skip
_BEFORE_MAY = {
    "in", "of", "since", "until", "for", "during", "between", "and", "before", "after", "from", "to", "by", "through",
    "till",
}  # fmt: skip
_SHORT_MONTHS = {"may", "mai", "mei"}  # The others of three letters are too often words of their own.
_DAY = re.compile(r"^(\d{1,2})(?:st|nd|rd|th|er|\.)?$")


@dataclass(frozen=True, slots=True)
class Moment:
    """A span of time that the words from ``start`` to before ``end`` name. ``until`` is set for '1924-1926'."""

    start: int
    end: int
    at: Date
    quarter: int = 0
    season: str = ""
    until: Date | None = None
    written: str = ""  # As in the question, where the order of day and month is open.


def moments(words: Sequence[str], free: Sequence[bool]) -> list[Moment]:
    """The spans of time among the words that are free, in order."""
    found: list[Moment] = []
    at = 0
    while at < len(words):
        moment = _moment(words, at) if free[at] else None
        if moment and all(free[moment.start : moment.end]):
            found.append(moment)
            at = moment.end
        else:
            at += 1
    return found


def _moment(words: Sequence[str], at: int) -> Moment | None:  # noqa: PLR0911
    names = month_names()
    word, second, third = (words[place] if place < len(words) else "" for place in range(at, at + 3))
    fourth = words[at + 3] if at + 3 < len(words) else ""
    if (day := _DAY.match(word)) and (second in names or (second == "of" and third in names)):
        named, year, end = (third, fourth, at + 3) if second == "of" else (second, third, at + 2)
        whole = is_year(year)
        return _checked(at, end + whole, Date(int(year) if whole else 0, names[named], int(day[1])))
    if (
        word in names
        and (day := _DAY.match(second))
        and not is_year(second)
        and (is_full_month(word) or is_year(third))
    ):
        whole = is_year(third)
        return _checked(at, at + 2 + whole, Date(int(third) if whole else 0, names[word], int(day[1])))
    if word in names and (is_year(second) or (second in ("of", "de") and is_year(third))):
        of = second in ("of", "de")
        return Moment(at, at + 2 + of, Date(int(third if of else second), names[word]))
    if quarter := _quarter(words, at):
        return quarter
    if word in _SEASON_WORDS and _is_season(word, words[at - 1] if at else ""):
        dated = is_year(second)
        return Moment(at, at + 1 + dated, Date(int(second) if dated else 0), season=_SEASON_WORDS[word])
    if is_full_month(word) and (word != "may" or (at and words[at - 1] in _BEFORE_MAY)):
        return Moment(at, at + 1, Date(0, names[word]))
    if match := re.fullmatch(r"(\d{4})[-–/](\d{4}|\d{2})", word):
        low, high = match[1], match[2] if len(match[2]) == 4 else ""
        if is_year(low) and is_year(high) and low < high:
            return Moment(at, at + 1, Date(int(low)), until=Date(int(high)))
    if is_year(word):
        return Moment(at, at + 1, Date(int(word)))
    if len(word) > 5 and not word.isdecimal() and (plain := date(word) or date(word, "month first")):
        return Moment(at, at + 1, plain, written=word)
    return None


def _is_season(word: str, before: str) -> bool:
    """Whether a name of a season is not the verb of the same spelling."""
    if word == "fall":
        return before in _BEFORE_MAY | {"the", "each", "every"}
    return word != "ete" or before in _BEFORE_ETE


def is_full_month(word: str) -> bool:
    return word in month_names() and (len(word) > 3 or word in _SHORT_MONTHS)


def _quarter(words: Sequence[str], at: int) -> Moment | None:
    word, second = words[at], words[at + 1] if at + 1 < len(words) else ""
    end, number = at, 0
    if match := re.fullmatch(r"[qt]([1-4])(?:[-/](\d{4}))?", word):
        if match[2]:
            return Moment(at, at + 1, Date(int(match[2])), quarter=int(match[1]))
        number, end = int(match[1]), at + 1
    elif word in _NTH and second in _QUARTER_WORDS and (word != "last" or words[at + 2 : at + 3] == ["of"]):
        number, end = _NTH[word], at + 2
    elif word in _QUARTER_WORDS and second in ("1", "2", "3", "4"):
        number, end = int(second), at + 2
    if not number:
        return None
    after = [*words[end : end + 2], "", ""]
    if after[0] in ("of", "de", "in", "im") and is_year(after[1]):
        return Moment(at, end + 2, Date(int(after[1])), quarter=number)
    if is_year(after[0]):
        return Moment(at, end + 1, Date(int(after[0])), quarter=number)
    return Moment(at, end, Date(0), quarter=number)


def _checked(start: int, end: int, at: Date) -> Moment | None:
    return Moment(start, end, at) if 1 <= at.day <= 31 else None


def conditions_of(column: Column, several: Sequence[Moment], compare: Compare = "is") -> list[Condition]:
    """The conditions that put a column of dates within any of the moments, or before or after one."""
    first = several[0]
    if first.until:
        return [_years(column, "at least", first.at.year), _years(column, "at most", first.until.year)]
    if compare != "is":
        return _bound(column, first, compare)
    if all(moment.at.day or (moment.at.month and moment.at.year) for moment in several) and len(several) > 1:
        return [Condition(column=column.name, values=[_as_value(moment) for moment in several])]
    if first.at.day:
        if first.at.year:
            return [Condition(column=column.name, values=[_as_value(first)])]
        days = [f"{moment.at.day} {MONTHS[moment.at.month - 1]}" for moment in several]
        return [Condition(column=column.name, values=days)]
    found: list[Condition] = []
    quarters = [str(moment.quarter) for moment in several if moment.quarter]
    alone = all(moment.quarter or not (moment.season or moment.at.month) for moment in several)
    if quarters and alone:
        found.append(Condition(column=column.name, part="quarter", values=quarters))
    months = [month for moment in several if not (alone and moment.quarter) for month in _months_of(moment)]
    if months:
        found.append(
            Condition(column=column.name, part="month", values=[str(month) for month in dict.fromkeys(months)])
        )
    years = [str(moment.at.year) for moment in several if moment.at.year]
    if years:
        found.append(Condition(column=column.name, part="year", values=list(dict.fromkeys(years))))
    return found


def _months_of(moment: Moment) -> tuple[int, ...]:
    if moment.quarter:
        return tuple(range(3 * moment.quarter - 2, 3 * moment.quarter + 1))
    if moment.season:
        return SEASONS[moment.season]
    return (moment.at.month,) if moment.at.month else ()


def _bound(column: Column, moment: Moment, compare: Compare) -> list[Condition]:
    if moment.quarter or moment.season:
        if not moment.quarter or not moment.at.year:
            return []
        month = 3 * moment.quarter - (2 if compare in ("at least", "less than") else 0)
        return [Condition(column=column.name, compare=compare, values=[f"{moment.at.year}-{month:02d}"])]
    if moment.at.month and not moment.at.year:
        if moment.at.day:
            return []
        return [Condition(column=column.name, part="month", compare=compare, values=[str(moment.at.month)])]
    if not moment.at.month:
        return [_years(column, compare, moment.at.year)]
    return [Condition(column=column.name, compare=compare, values=[_as_value(moment)])]


def _as_value(moment: Moment) -> str:
    """As written where the order of day and month is the column's to say."""
    return moment.written if "/" in moment.written else _iso(moment.at)


def _iso(at: Date) -> str:
    return f"{at.year:04d}-{at.month:02d}-{at.day:02d}" if at.day else f"{at.year:04d}-{at.month:02d}"


def _years(column: Column, compare: Compare, year: int) -> Condition:
    return Condition(column=column.name, part="year", compare=compare, values=[str(year)])


def months_in_words(values: list[str]) -> str:
    """'winter (January, February and December)', 'May and June'."""
    months = sorted({int(value) for value in values if value.isdecimal() and 1 <= int(value) <= 12})
    names = joined(MONTHS[month - 1].capitalize() for month in months)
    season = next((name for name, members in SEASONS.items() if set(members) == set(months)), None)
    return f"{season} ({names})" if season else names
