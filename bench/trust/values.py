"""Finding values in what people and programs write: numbers in every usual notation, dates, words."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache

from bench.trust.notation import MONTHS
from bench.trust.question import Day, Every, Expected, Nothing, Number, Readings, Words

_MONTH = {name.lower(): at for names in MONTHS.values() for at, name in enumerate(names, 1)}
_MONTH |= {name[:3].lower(): at for at, name in enumerate(MONTHS["en"], 1)}
_SPELT = {
    word: at
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
    )
    for at, word in enumerate(words.split())
    if word not in ("one", "ein", "un")  # more often an article or a pronoun
}
_DIGITS = r"\d+(?:[.,'’ ]\d+)*"
_NUMBER = re.compile(
    rf"(?<![\w.,\-/])(?P<open>\()?(?P<sign>[-−–]\s?|minus |moins )?(?:[€$£]\s?)?(?P<inner>[-−])?(?P<digits>{_DIGITS})"
    r"(?P<trail>-(?!\w))?(?P<close>\))?(?![\d/]|-\d|[.,]\d)"
)
_GROUPED = {
    "en": re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d{1,2}(,\d{2})*,\d{3}(\.\d+)?"),
    "de": re.compile(r"\d{1,3}(\.\d{3})+(,\d+)?"),
    "fr": re.compile(r"\d{1,3}([ '’]\d{3})+([.,]\d+)?"),
    "plain": re.compile(r"\d+(?:[.,]\d+)?"),
}


def fold(text: str) -> str:
    """Compatible letters, one kind of space and of dash, no marks of Markdown and of citations, small letters."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"\[\d+(?:\s*[,–-]\s*\d+)*\]", " ", text)
    text = re.sub(r"[*`_]{1,3}(?=\S)|(?<=\S)[*`]{1,3}", "", text)
    return re.sub(r"[^\S\n]+", " ", text).casefold()


def numbers(text: str) -> Iterator[tuple[Decimal, str]]:
    """Each number of folded text in each way in which it can be read, with its digits as written. Also small ones in words."""
    for found in _NUMBER.finditer(text):
        digits = found["digits"]
        negative = bool(found["sign"] or found["inner"] or found["trail"] or (found["open"] and found["close"]))
        for value in _read(digits):
            yield (-value if negative else value), digits
            if found["open"]:  # or a remark in brackets
                yield value, digits
        if " " in digits:  # or several numbers side by side
            for part in digits.split(" "):
                for value in _read(part):
                    yield value, part
    for word in re.findall(r"[^\W\d]+", text):
        if word in _SPELT:
            yield Decimal(_SPELT[word]), word


def _read(digits: str) -> Iterator[Decimal]:
    if _GROUPED["en"].fullmatch(digits):
        yield Decimal(digits.replace(",", ""))
    if _GROUPED["de"].fullmatch(digits):
        yield Decimal(digits.replace(".", "").replace(",", "."))
    if _GROUPED["fr"].fullmatch(digits):
        yield Decimal(re.sub("[ '’]", "", digits).replace(",", "."))
    if _GROUPED["plain"].fullmatch(digits):
        yield Decimal(digits.replace(",", "."))


def holds(text: str, expected: Expected) -> bool:
    """Whether folded text has the value."""
    return place(text, expected) is not None


def place(text: str, expected: Expected) -> int | None:
    """Where in folded text the value begins, for words; 0 for other values that are there."""
    match expected:
        case Number():
            return 0 if any(_same(value, digits, expected) for value, digits in numbers(text)) else None
        case Words(forms):
            places = [found.start() for form in forms if (found := _form(form).search(text))]
            return min(places, default=None)
        case Day(day, written):
            literal = written and _form(written).search(text)
            return 0 if literal or day in dates(text) else None
        case Every(parts):
            return 0 if all(holds(text, part) for part in parts) else None
        case Readings(values):
            return 0 if any(holds(text, value) for value in values) else None
        case Nothing():
            return None


@cache
def _form(form: str) -> re.Pattern[str]:
    words = re.escape(fold(form)).replace(r"\ ", r"\s+")
    return re.compile(rf"(?<!\w){words}(?!\w)")


def _same(value: Decimal, digits: str, expected: Number) -> bool:
    wanted, value = (abs(expected.value), abs(value)) if expected.signless else (expected.value, value)
    if value == wanted:
        return True
    if not expected.rounded:
        return False
    fraction = re.search(r"[.,](\d+)$", digits)
    step = Decimal(10) ** -(len(fraction[1]) if fraction else 0)
    shares = (wanted, wanted / 100) if expected.share else (wanted,)
    return any(abs(value - one) <= step * Decimal("0.51") and abs(value - one) <= abs(one) / 50 for one in shares)


def dates(text: str) -> set[date]:
    """Each date of folded text; 03/04/2025 is two."""
    found = set()
    for year, month, day in re.findall(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", text):
        found |= _day(int(year), int(month), int(day))
    for one, two, year in re.findall(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b", text):
        found |= _day(int(year), int(two), int(one)) | _day(int(year), int(one), int(two))
    for day, name, year in re.findall(
        r"\b(\d{1,2})(?:st|nd|rd|th|er|\.)?[ -](?:of )?([^\W\d]+)\.?,?[ -](\d{4})\b", text
    ):
        found |= _day(int(year), _MONTH.get(name, 0), int(day))
    for name, day, year in re.findall(r"\b([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b", text):
        found |= _day(int(year), _MONTH.get(name, 0), int(day))
    return found


def _day(year: int, month: int, day: int) -> set[date]:
    try:
        return {date(year, month, day)}
    except ValueError:
        return set()
