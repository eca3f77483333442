"""Sentences in the language of the question.

They are written in English, and translated by a catalogue of whole sentences, as gettext does it. What the catalogue
does not have stays English; a test compares it with the code.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from agents.tables.dates import MONTHS
from agents.tables.german import MONTH_NAMES, SEASON_NAMES, SENTENCES
from agents.text.language import joined
from agents.text.lexicon import Code

_spoken: ContextVar[Code] = ContextVar("spoken", default="en")
_SWAPPED = str.maketrans(",.", ".,")
_DATE = re.compile(rf"(?:\b(\d{{1,2}}) )?\b({'|'.join(MONTHS)})\b", re.I)
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


class Said(str):
    """A text in the language that is spoken."""

    __slots__ = ()


@contextmanager
def speaking(code: Code | None) -> Iterator[None]:
    """Say what is said within in this language, if there is a catalogue for it."""
    token = _spoken.set("de" if code == "de" else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


def speaks_german() -> bool:
    return _spoken.get() == "de"


def say(sentence: str, **values: object) -> Said:
    """The sentence with its values, in the language that is spoken."""
    template = SENTENCES[sentence] if speaks_german() and sentence in SENTENCES else sentence
    return Said(template.format(**values))


def listed(items: Iterable[str], last: str = "and") -> str:
    """'a, b and c'."""
    return joined(items, say(last))


def in_notation(number: str) -> str:
    """A number that is shown the English way, or a text of such numbers, as the language writes them."""
    if not speaks_german():
        return number
    return _NUMBER.sub(lambda found: found.group().translate(_SWAPPED), number)


def dated(text: str) -> str:
    """A date, a month or a season that is named in English."""
    if not speaks_german():
        return text
    for season, name in SEASON_NAMES.items():
        text = re.sub(rf"\b{season}\b", name, text)
    text = text.replace(" and ", f" {say('and')} ")
    return _DATE.sub(lambda found: f"{found[1]}. " * bool(found[1]) + MONTH_NAMES[MONTHS.index(found[2].lower())], text)
