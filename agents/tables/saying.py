"""Sentences in the language of the question.

They are written in English, and translated by a phrasebook of whole sentences, as gettext does it. A test compares the
phrasebooks with the code, so that no sentence is missing in one.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from agents.tables.dates import MONTHS
from agents.tables.phrasebooks import english, french, german
from agents.tables.phrasebooks.phrasebook import Phrasebook
from agents.text.language import joined

_BOOKS = {"en": english.PHRASES, "de": german.PHRASES, "fr": french.PHRASES}
_spoken: ContextVar[Phrasebook] = ContextVar("spoken", default=english.PHRASES)
_DATE = re.compile(rf"(?:\b(\d{{1,2}}) )?\b({'|'.join(MONTHS)})\b", re.I)
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_IN_DOCUMENT = re.compile(r", (sheet|section|pages?|slide|table|beginning)\b(?: “([^”]*)”)?")


@contextmanager
def speaking(code: str | None) -> Iterator[None]:
    """Say what is said within in this language; in English, if there is no phrasebook for it."""
    token = _spoken.set(_BOOKS.get(code or "", english.PHRASES))
    try:
        yield
    finally:
        _spoken.reset(token)


def book() -> Phrasebook:
    """Of the language that is spoken."""
    return _spoken.get()


def say(sentence: str, **values: object) -> str:
    """The sentence with its values, in the language that is spoken."""
    if "table" in values:
        values["table"] = _place(str(values["table"]))
    return book().sentences.get(sentence, sentence).format(**values)


def _place(table: str) -> str:
    """The name of a table within a document: 'stock.xlsx, sheet “May”' is 'stock.xlsx, Blatt „May“' in German."""
    places = book().places

    def placed(found: re.Match[str]) -> str:
        title = f" {say('“{said}”', said=found[2])}" if found[2] else ""
        return f", {places.get(found[1], found[1])}{title}"

    return _IN_DOCUMENT.sub(placed, table)


def listed(items: Iterable[str], last: str = "and") -> str:
    """'a, b and c'."""
    return joined(items, say(last))


def in_notation(number: str) -> str:
    """A number that is shown the English way, or a text of such numbers, as the language writes them."""
    marks = str.maketrans(dict(zip(",.", book().marks, strict=True)))
    return _NUMBER.sub(lambda found: found.group().translate(marks), number)


def dated(text: str) -> str:
    """A date, a month or a season that is named in English."""
    spoken = book()
    for season, name in spoken.seasons.items():
        text = re.sub(rf"\b{season}\b", name, text)
    text = text.replace(" and ", f" {say('and')} ")
    return _DATE.sub(_day_and_month, text)


def _day_and_month(found: re.Match[str]) -> str:
    spoken = book()
    day = spoken.first if found[1] == "1" else found[1]
    month = spoken.months[MONTHS.index(found[2].lower())]
    return f"{spoken.day.format(day=day)}{month}" if found[1] else month
