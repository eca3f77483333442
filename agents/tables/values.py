"""What the cells of a table mean: numbers in the usual notations, dates of any precision, text."""

import re
from dataclasses import dataclass
from typing import Literal

ColumnKind = Literal["number", "date", "text"]

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH_NUMBER = {name[:length]: number for number, name in enumerate(MONTHS, 1) for length in (3, len(name))}
_MONTH_NUMBER["sept"] = 9

_UNIT = r"(?:[€$£¥%‰]|eur|usd|gbp|chf|nok|sek|dkk|kr\.?)"
_CURRENCY = re.compile(rf"^{_UNIT}\s*|\s*{_UNIT}$", re.I)
_PLAIN = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$", re.I)
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_SPACED = re.compile(r"^[+-]?\d{1,3}(?:[   '’]\d{3})+(?:[.,]\d+)?$")
_POINTS = re.compile(r"^[+-]?\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?$|^[+-]?\d{1,3}(?:\.\d{3})+,\d+$")
_COMMA = re.compile(r"^[+-]?\d+,\d+$")


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A date as precise as its cell: ``month`` and ``day`` are 0 where it does not say."""

    year: int
    month: int = 0
    day: int = 0

    def part(self, name: str) -> int:
        """'year', 'month' or 'quarter' as a number; 0 where the cell does not say."""
        if name == "quarter":
            return (self.month + 2) // 3
        return self.year if name == "year" else self.month

    def __str__(self) -> str:
        month = MONTHS[self.month - 1].capitalize() if self.month else ""
        pieces = (str(self.day or ""), month, str(self.year or ""))
        return " ".join(piece for piece in pieces if piece)


def number(cell: str) -> float | None:
    """'1,240', '1 240', '1.240,50', '12 %', '(35)', '€ 4.20' as a number; None for anything else."""
    if _PLAIN.match(cell):
        return float(cell)
    text = cell.strip().replace("−", "-")
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    text = _CURRENCY.sub("", _CURRENCY.sub("", text)).strip()
    if _PLAIN.match(text):
        return float(text)
    if _THOUSANDS.match(text):
        return float(text.replace(",", ""))
    if _SPACED.match(text):
        return float(re.sub(r"[   '’]", "", text).replace(",", "."))
    if _POINTS.match(text) or _COMMA.match(text):
        return float(text.replace(".", "").replace(",", "."))
    return None


_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ]\d.*)?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:\s.*)?$")
_MONTH_YEAR = re.compile(r"^(\d{1,2})[/.-](\d{4})$")
_NAMED = re.compile(
    r"^(?:(\d{1,2})(?:st|nd|rd|th|\.)?[ -])?([a-z]+)\.?(?:[ -](\d{1,2})(?:st|nd|rd|th)?,)?[ -]?(\d{4})?$", re.I
)
_YEAR = re.compile(r"^(1[5-9]\d\d|20\d\d|21\d\d)$")


def date(cell: str, *, month_first: bool = False) -> Date | None:
    """'2024-01-31', '31.1.2024', '1/31/2024' (``month_first``), 'Jan 2024', 'January', '2024'; else None."""
    text = cell.strip()
    if match := _ISO.match(text):
        return _checked(int(match[1]), int(match[2]), int(match[3] or 0))
    if match := _YEAR_LAST.match(text):
        day, month = (int(match[2]), int(match[1])) if month_first else (int(match[1]), int(match[2]))
        return _checked(int(match[3]), month, day)
    if match := _MONTH_YEAR.match(text):
        return _checked(int(match[2]), int(match[1]), 0)
    if match := _NAMED.match(text):
        month = _MONTH_NUMBER.get(match[2].lower(), 0)
        return _checked(int(match[4] or 0), month, int(match[1] or match[3] or 0)) if month else None
    return Date(int(text)) if _YEAR.match(text) else None


def _checked(year: int, month: int, day: int) -> Date | None:
    return Date(year, month, day) if 1 <= month <= 12 and 0 <= day <= 31 else None


def kind_of(name: str, cells: list[str]) -> tuple[ColumnKind, bool]:
    """The kind of a column by nine tenths of its filled cells, and whether its dates write the month first."""
    filled = [cell for cell in cells if cell][:2000]
    if not filled:
        return "text", False
    enough = 0.9 * len(filled)
    years = sum(bool(_YEAR.match(cell)) for cell in filled)
    if years >= enough and re.search(r"year|jahr|date|period|season", name, re.I):
        return "date", False
    if sum(number(cell) is not None for cell in filled) >= enough:
        return "number", False
    parts = [match for cell in filled if (match := _YEAR_LAST.match(cell))]
    month_first = any(int(match[2]) > 12 for match in parts) and not any(int(match[1]) > 12 for match in parts)
    if sum(date(cell, month_first=month_first) is not None for cell in filled) >= enough:
        return "date", month_first
    return "text", False


def shown(value: float) -> str:
    """A number for reading: '1,240', '38.4', '12,400.33', '0.031'."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    decimals = 2 if abs(value) >= 1 else 4
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")
