"""Numbers as cells write them, in whatever notation, with signs, units and currencies.

One cell often cannot tell: '1.234' is a thousand in Berlin and a little more than one in Boston. So a cell is first
taken apart without deciding (``numeral``), and the notation is decided for a whole column, with the file around it
(``decimal_mark``).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

Mark = Literal[".", ","]

_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "‒": "-", "﹣": "-", "-": "-", "’": "'", "ʼ": "'", "′": "'"})
_PARTS = re.compile(
    r"^(?P<before>[^\d]*?)(?P<body>[.,]?\d(?:[\d.,' ]*\d)?)(?:[eE](?P<exponent>[+-]?\d{1,3}))?(?P<after>[^\d]*)$"
)
_GROUPED = re.compile(r"^\d{1,3}(?:[ ']\d{3})+(?P<rest>[.,]\d+)?$")
_INDIAN = re.compile(r"^\d{1,2}(?:,\d{2})*,\d{3}(?:\.\d+)?$")
_SCALES = {
    "k": 3, "tsd": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "millions": 6, "millionen": 6, "b": 9,
    "bn": 9, "mrd": 9, "billion": 9, "billions": 9, "milliarden": 9, "lakh": 5, "crore": 7,
}  # fmt: skip
_CAPITALS = {"K": 3, "M": 6, "B": 9}  # Without a space behind a number; a small 'm' is metres.
_PERCENT = {"%", "percent", "per cent", "pct", "prozent", "pour cent"}
_CURRENCY_WORDS = {
    "euro": "EUR", "euros": "EUR", "eur": "EUR", "usd": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD",
    "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "chf": "CHF", "fr": "CHF", "sfr": "CHF", "franken": "CHF",
    "yen": "JPY", "jpy": "JPY", "inr": "INR", "rs": "INR", "rupees": "INR", "c$": "CAD", "nok": "NOK", "sek": "SEK",
    "dkk": "DKK", "pln": "PLN", "zł": "PLN", "zl": "PLN", "czk": "CZK", "kč": "CZK", "ft": "ft", "huf": "HUF",
    "kr": "kr", "crowns": "crowns", "kroner": "kr", "kronor": "kr",
}  # fmt: skip
# Factor to the first unit of each dimension.
_DIMENSIONS: tuple[dict[str, Decimal], ...] = (
    {
        "kg": Decimal(1),
        "g": Decimal("0.001"),
        "mg": Decimal("0.000001"),
        "t": Decimal(1000),
        "lb": Decimal("0.45359237"),
        "oz": Decimal("0.028349523125"),
    },
    {
        "m": Decimal(1),
        "km": Decimal(1000),
        "cm": Decimal("0.01"),
        "mm": Decimal("0.001"),
        "mi": Decimal("1609.344"),
        "in": Decimal("0.0254"),
    },
    {"l": Decimal(1), "ml": Decimal("0.001"), "cl": Decimal("0.01"), "dl": Decimal("0.1"), "hl": Decimal(100)},
    {"h": Decimal(60), "min": Decimal(1)},
    {"kWh": Decimal(1), "MWh": Decimal(1000), "Wh": Decimal("0.001")},
)
_UNIT_WORDS = {
    "kg": "kg", "kilo": "kg", "kilos": "kg", "kilogram": "kg", "kilograms": "kg", "g": "g", "gram": "g", "grams": "g",
    "gramm": "g", "mg": "mg", "t": "t", "ton": "t", "tons": "t", "tonne": "t", "tonnes": "t", "tonnen": "t", "km": "km",
    "m": "m", "cm": "cm", "mm": "mm", "l": "l", "liter": "l", "litre": "l", "litres": "l", "liters": "l", "ml": "ml",
    "cl": "cl", "dl": "dl", "hl": "hl", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "std": "h",
    "stunden": "h", "heures": "h", "min": "min", "mins": "min", "minutes": "min", "minuten": "min", "s": "s",
    "sec": "s", "kwh": "kWh", "mwh": "MWh", "wh": "Wh", "kw": "kW", "mw": "MW", "w": "W", "v": "V", "a": "A",
    "°c": "°C", "°f": "°F", "°": "°", "lb": "lb", "lbs": "lb", "oz": "oz", "in": "in", "mi": "mi", "miles": "mi",
    "m²": "m²", "qm": "m²", "sqm": "m²", "m³": "m³", "km²": "km²", "ha": "ha", "hectares": "ha", "km/h": "km/h",
    "kn": "kn", "mph": "mph", "pcs": "pcs", "pc": "pcs", "stk": "pcs", "stück": "pcs", "pieces": "pcs", "days": "days",
    "day": "days", "tage": "days", "jours": "days", "weeks": "weeks", "months": "months", "years": "years",
    "jahre": "years", "ans": "years", "gb": "GB", "mb": "MB", "kb": "kB", "tb": "TB", "‰": "‰", "pt": "pt", "pts": "pt",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numeral:
    """A cell that is written like a number. ``unit`` is a currency code, a unit, '%' or empty; ``known`` says whether
    the unit is one that is generally in use, or just a word behind a number."""

    body: str
    negative: bool = False
    exponent: int = 0
    unit: str = ""
    known: bool = True

    def value(self, decimal: Mark) -> Decimal:
        """Its value where ``decimal`` parts the decimals; a cell that shows its notation is read by that."""
        digits = self.body.replace(" ", "").replace("'", "")
        own = shape(self.body)
        if own == "either" and decimal in digits:
            mark: str = decimal
        else:
            mark = own if own in (".", ",") else ""
        for other in ".,":
            if other != mark:
                digits = digits.replace(other, "")
        value = Decimal(digits.replace(",", ".")).scaleb(self.exponent)
        return -value if self.negative else value


def numeral(cell: str) -> Numeral | None:
    """'1,240', '(35)', '1.234,50-', '€ 4.20', '12 %', '1.5 kg', '120.00 DR' taken apart; None for anything else."""
    text = " ".join(cell.translate(_MINUS).split())
    text = re.sub(r"\bm([23])$", lambda found: "m²" if found[1] == "2" else "m³", text)
    match = _PARTS.match(text)
    if match is None or shape(match["body"]) is None:
        return None
    before, after = match["before"].strip(), match["after"].strip()
    negative = False
    if "(" in before and ")" in after:
        negative, before, after = True, before.replace("(", "").strip(), after.replace(")", "").strip()
    if after.startswith((".-", ",-")):  # Swiss and German for "and no cents".
        after = after[2:].strip()
    signs = [side for side in (before, after) if "-" in side]
    if len(signs) > 1 or (negative and signs):
        return None
    if signs:
        negative = True
        stripped = signs[0].replace("-", "", 1).strip()
        before, after = (stripped, after) if signs[0] is before else (before, stripped)
    before = before.removeprefix("+").removesuffix("+").strip()
    if after.upper() in ("DR", "CR", "D", "C") and not before:
        return Numeral(match["body"], negative ^ (after.upper()[0] == "D"), int(match["exponent"] or 0))
    exponent = int(match["exponent"] or 0)
    if capital := _capital_scale(before, match["body"], after):
        exponent, after = exponent + capital, after[1:].strip()
    scaled = after.lower().rstrip(".").split()
    if scaled and scaled[0].rstrip(".") in _SCALES and (before or len(scaled) > 1 or len(scaled[0]) > 2):
        exponent += _SCALES[scaled[0].rstrip(".")]
        after = after.split(None, 1)[1] if len(scaled) > 1 else ""
    if before and after:
        return None
    unit, known = _unit(before or after, behind=bool(after))
    return None if unit is None else Numeral(match["body"], negative, exponent, unit, known)


def _capital_scale(before: str, body: str, after: str) -> int:
    """The power of ten of '1.5M', '900K', '1.2B EUR'; a 'B' behind a whole number may be a seat or a class."""
    letter, rest = after[:1], after[1:].strip()
    if letter not in _CAPITALS or before or (rest and not is_currency(_unit(rest, behind=True)[0] or "")):
        return 0
    return _CAPITALS[letter] if letter != "B" or "." in body or "," in body else 0


def shape(body: str) -> str | None:
    """The decimal mark that digits and marks show: '.' or ','; '' without decimals; 'either' for '1,234'; None for
    what is no number ('1,24,0')."""
    if grouped := _GROUPED.match(body):
        return grouped["rest"][0] if grouped["rest"] else ""
    if " " in body or "'" in body:
        return None
    marks = [letter for letter in body if letter in ".,"]
    return _shape_of_marks(body, marks) if marks else ""


def _shape_of_marks(body: str, marks: list[str]) -> str | None:
    last = marks[-1]
    whole, _, rest = body.rpartition(last)
    if len(set(marks)) == 2:
        fits = marks.count(last) == 1 and _in_groups(whole, marks[0])
        return last if fits and rest else None
    if len(marks) > 1:
        return "" if _in_groups(body, last) else None
    if len(rest) == 3 and re.fullmatch(r"[1-9]\d{0,2}", whole):
        return "either"
    return last if rest else None


def shows(body: str) -> Mark | None:
    """The decimal mark that a cell proves, also by grouping with the other: '1.234.567' proves the comma."""
    found = shape(body)
    if found in (".", ","):
        return "." if found == "." else ","
    if found == "" and (groups := {letter for letter in body if letter in ".,"}):
        return "." if "," in groups else ","
    return None


def decimal_mark(bodies: Iterable[str]) -> Mark | None:
    """The decimal mark that cells prove together; None where none does, or where they contradict each other."""
    proofs = Counter(mark for body in bodies if (mark := shows(body)))
    if len(proofs) == 2:
        (first, often), (_, seldom) = proofs.most_common()
        return first if often >= 10 * seldom else None
    return next(iter(proofs), None)


def is_currency(unit: str) -> bool:
    return unit in _currencies().values() or unit in ("kr", "ft", "crowns")


def unit_of(text: str) -> str | None:
    """The unit, currency or '%' that a text names as a whole: 'EUR', 'in kg', '€'; else None."""
    unit, known = _unit(re.sub(r"^(?:in|en)\s+", "", text.strip(), flags=re.I), behind=True)
    return unit if known and unit else None


def common_unit(units: Iterable[str]) -> tuple[str, dict[str, Decimal]] | None:
    """The unit that all can be told in and each one's factor, where they measure the same: kg and g."""
    wanted = Counter(units)
    for dimension in _DIMENSIONS:
        if wanted.keys() <= dimension.keys():
            base = max(wanted, key=lambda unit: (wanted[unit], dimension[unit]))
            return base, {unit: dimension[unit] / dimension[base] for unit in wanted}
    return None


def _in_groups(text: str, mark: str) -> bool:
    first, *others = text.split(mark)
    western = 1 <= len(first) <= 3 and all(len(group) == 3 for group in others)
    return first.isdecimal() and (western or (mark == "," and bool(_INDIAN.match(text))))


def _unit(text: str, *, behind: bool) -> tuple[str | None, bool]:
    plain = text.strip().rstrip(".").strip()
    if not plain:
        return "", True
    if plain.lower() in _PERCENT:
        return "%", True
    if currency := _currencies().get(plain) or _CURRENCY_WORDS.get(plain.lower()):
        return currency, True
    if not behind:
        return None, False
    if unit := _UNIT_WORDS.get(plain.lower()):
        return unit, True
    return (plain, False) if re.fullmatch(r"[^\W\d_]{1,15}", plain) else (None, False)


@cache
def _currencies() -> dict[str, str]:
    """Currency signs and codes as Babel knows them for English, by which '$' is the US dollar."""
    from babel import Locale  # Its data takes a moment to load.

    signs = {sign: code for code, sign in Locale("en").currency_symbols.items() if code != "XXX"}
    return signs | {code: code for code in signs.values()}
