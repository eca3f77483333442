"""Dates as cells write them: of any precision, in any order, with names of months in several languages."""

import calendar
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

Order = Literal["day first", "month first"]

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl")

_TIME = re.compile(
    r"(?:[T,]|\s)\s*\d{1,2}[:h.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?|uhr)?\s*(?:Z|[+-]\d\d:?\d\d)?$", re.I
)
_YEAR_FIRST = re.compile(r"^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?$")
_NUMBERS = re.compile(r"^(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})$")
_MONTH_YEAR = re.compile(r"^(\d{1,2})[/.-](\d{4})$")
_DAY_NAME = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th|er|\.)?[ -]?(?:de |of )?([^\W\d_]+)\.?(?:[ ,-]+(?:de )?(\d{4}|\d{2}))?$", re.I
)
_NAME_DAY = re.compile(r"^([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?$", re.I)
_NAME_YEAR = re.compile(r"^([^\W\d_]+)\.?(?:[ -/]+(?:de )?(\d{4})|[-/ ']+(\d{2}))?$", re.I)
_YEAR = re.compile(r"^(?:1[5-9]\d\d|20\d\d|21\d\d)$")
_COMPACT = re.compile(r"^(19\d\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A date as precise as its cell: ``month`` and ``day`` are 0 where it does not say, ``year`` as well."""

    year: int
    month: int = 0
    day: int = 0

    def part(self, name: str) -> int:
        """'year', 'month' or 'quarter' as a number; 0 where the cell does not say."""
        if name == "quarter":
            return (self.month + 2) // 3
        return self.year if name == "year" else self.month

    def as_precise_as(self, other: "Date") -> "Date":
        """This date without what the other does not say, so that 15 March is not after March."""
        return Date(self.year, self.month if other.month else 0, self.day if other.day else 0)

    def __str__(self) -> str:
        month = MONTHS[self.month - 1].capitalize() if self.month else ""
        pieces = (str(self.day or ""), month, str(self.year or ""))
        return " ".join(piece for piece in pieces if piece)


def unaccented(text: str) -> str:
    """Lower case without accents: 'Août' is 'aout', 'Größe' is 'grosse'."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@cache
def month_names() -> dict[str, int]:
    """The number of each month's name, long and short, in the languages that are understood; unaccented."""
    from babel.dates import get_month_names  # Its data takes a moment to load.

    named = {
        unaccented(name).rstrip("."): number
        for language in reversed(_LANGUAGES)  # English wins.
        for width in ("abbreviated", "wide")
        for number, name in get_month_names(width, locale=language).items()
    }
    return named | {"sept": 9, "mrz": 3}


@cache
def _weekdays() -> frozenset[str]:
    from babel.dates import get_day_names

    return frozenset(
        unaccented(name).rstrip(".")
        for language in _LANGUAGES
        for width in ("abbreviated", "wide")
        for name in get_day_names(width, locale=language).values()
    )


def is_year(cell: str) -> bool:
    return bool(_YEAR.match(cell))


def date(cell: str, order: Order = "day first") -> Date | None:
    """'2024-01-31', '31.1.2024', '3/4/25', '3 March 2026', 'Jan 2024', 'März', '2024', also with a time; else None."""
    text = _TIME.sub("", " ".join(cell.split())).strip()
    if match := _YEAR_FIRST.match(text):
        return _checked(int(match[1]), int(match[2]), int(match[3] or 0))
    if match := _NUMBERS.match(text):
        first, second = int(match[1]), int(match[3])
        day, month = (second, first) if order == "month first" and match[2] != "." else (first, second)
        return _checked(_full_year(match[4]), month, day)
    if match := _MONTH_YEAR.match(text):
        return _checked(int(match[2]), int(match[1]), 0)
    if match := _COMPACT.match(text):
        return _checked(int(match[1]), int(match[2]), int(match[3]))
    return Date(int(text)) if _YEAR.match(text) else _named(text)


def _named(text: str) -> Date | None:
    """'Mar 2024' is a month, and 'mar. 5 mars 2024' begins with the day of the week."""
    first, _, rest = text.partition(" ")
    is_weekday = unaccented(first).rstrip(".,") in _weekdays()
    return _by_name(text) or (_by_name(rest.strip()) if is_weekday else None)


def _by_name(text: str) -> Date | None:
    for pattern, day_at, name_at, year_at in ((_DAY_NAME, 1, 2, 3), (_NAME_DAY, 2, 1, 3)):
        if (match := pattern.match(text)) and (month := month_names().get(unaccented(match[name_at]))):
            return _checked(_full_year(match[year_at] or "0"), month, int(match[day_at]))
    if (match := _NAME_YEAR.match(text)) and (month := month_names().get(unaccented(match[1]))):
        return _checked(_full_year(match[2] or match[3] or "0"), month, 0)
    return None


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) != 2 else year + (2000 if year < 70 else 1900)


def _checked(year: int, month: int, day: int) -> Date | None:
    if not 1 <= month <= 12:
        return None
    return Date(year, month, day) if 0 <= day <= calendar.monthrange(year or 2000, month)[1] else None


def order_of(cells: Iterable[str]) -> Order | Literal["either", "neither"]:
    """Whether the day or the month comes first in a column: one value beyond 12 decides for all of them.

    'either' when nothing decides although it matters, 'neither' when cells contradict each other.
    """
    possible = {"day first", "month first"}
    matters = False
    for cell in cells:
        match = _NUMBERS.match(_TIME.sub("", " ".join(cell.split())).strip())
        if match is None or match[2] == ".":
            continue
        first, second = int(match[1]), int(match[3])
        matters = matters or first != second
        if first > 12:
            possible.discard("month first")
        if second > 12:
            possible.discard("day first")
    if not possible:
        return "neither"
    if len(possible) == 2:
        return "either" if matters else "day first"
    return "month first" if "month first" in possible else "day first"
