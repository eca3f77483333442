"""How people write numbers and dates in files."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
}


@dataclass(frozen=True, slots=True)
class Notation:
    """``negative``: how a negative number is written, with ``#`` for its digits."""

    name: str
    thousands: str
    decimal: str
    lakh: bool = False
    negative: str = "-#"

    def write(self, value: Decimal, places: int = 2) -> str:
        whole, _, fraction = f"{abs(value):.{places}f}".partition(".")
        groups: list[str] = []
        size = 3
        while len(whole) > size:
            whole, group = whole[:-size], whole[-size:]
            groups.insert(0, group)
            size = 2 if self.lakh else 3
        digits = self.thousands.join([whole, *groups]) + (self.decimal + fraction if fraction else "")
        return self.negative.replace("#", digits) if value < 0 else digits


PLAIN = Notation("1234.56", "", ".")
ENGLISH = Notation("1,234.56", ",", ".")
GERMAN = Notation("1.234,56", ".", ",")
FRENCH = Notation("1 234,56 (no-break)", "\xa0", ",")
NARROW = Notation("1 234,56 (narrow)", "\u202f", ",")
SWISS = Notation("1'234.56", "’", ".")
INDIAN = Notation("12,34,567", ",", ".", lakh=True)
TRAILING = Notation("1.234,56-", ".", ",", negative="#-")
BRACKETS = Notation("(1,234.56)", ",", ".", negative="(#)")


def day(value: date, order: str, language: str = "en") -> str:
    """``order`` is a strftime pattern, or ``long``: with the month's name, as the language has it."""
    if order != "long":
        return value.strftime(order)
    month = MONTHS[language][value.month - 1]
    return f"{value.day}. {month} {value.year}" if language == "de" else f"{value.day} {month} {value.year}"
