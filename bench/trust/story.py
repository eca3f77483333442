"""Prose: sentences that state facts, in sections, and the questions that they answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bench.trust.notation import MONTHS, Notation, day
from bench.trust.question import Day, Every, Expected, Nothing, Number, Question, Words

_HEADINGS = {
    "en": (
        ["What is the title of the document?", "What is the document called?"],
        ["Which sections does the document have?", "What are the headings of the document?"],
    ),
    "de": (
        ["Wie lautet der Titel des Dokuments?", "Welchen Titel hat das Dokument?"],
        ["Welche Abschnitte hat das Dokument?", "Welche Überschriften gibt es?"],
    ),
    "fr": (
        ["Quel est le titre du document ?"],
        ["Quelles sont les sections du document ?", "Quels sont les titres des sections ?"],
    ),
}
Ask = tuple[str, Sequence[str], Expected]  # kind, phrasings, right answer


@dataclass(frozen=True, slots=True)
class Fact:
    """``label`` and ``value``: the same as a line of a form or of a table of two columns."""

    sentence: str
    asks: Sequence[Ask] = ()
    label: str = ""
    value: str = ""

    def questions(self, rng: Random, language: str, false: tuple[Number | Words, ...] = ()) -> list[Question]:
        return [Question(rng.choice(list(texts)), kind, right, language, false) for kind, texts, right in self.asks]


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    facts: Sequence[Fact]
    bullets: Sequence[str] = ()
    asks: Sequence[Ask] = ()


@dataclass(frozen=True, slots=True)
class Story:
    language: str
    stem: str
    title: str
    sections: Sequence[Section]
    missing: Sequence[str] = field(default_factory=tuple)  # questions that it does not answer

    @property
    def facts(self) -> list[Fact]:
        return [fact for section in self.sections for fact in section.facts]

    def questions(self, rng: Random, missing: int = 3) -> list[Question]:
        """One for each fact and list, and some that the story does not answer."""
        asked = [question for fact in self.facts for question in fact.questions(rng, self.language)]
        for section in self.sections:
            asked += [
                Question(rng.choice(list(texts)), kind, right, self.language) for kind, texts, right in section.asks
            ]
        return asked + self.unanswered(rng, missing)

    def about_headings(self, rng: Random) -> Question:
        """For a file that shows them."""
        title, sections = _HEADINGS[self.language]
        if rng.random() < 0.5:
            return Question(rng.choice(title), "heading", words(self.title), self.language)
        return Question(
            rng.choice(sections), "heading", every(*(section.heading for section in self.sections)), self.language
        )

    def unanswered(self, rng: Random, number: int) -> list[Question]:
        asked = rng.sample(list(self.missing), min(number, len(self.missing)))
        return [Question(text, "unanswerable", Nothing(), self.language) for text in asked]


def some_day(rng: Random, first: int = 2021, last: int = 2026) -> date:
    return date(first, 1, 1) + timedelta(days=rng.randrange((last - first) * 365))


def past_day(rng: Random) -> date:
    return some_day(rng, 1921, 1996)


def on(value: date, language: str = "en") -> tuple[str, Day]:
    """A date as prose has it, and as an answer."""
    written = day(value, "long", language)
    return written, Day(value, written)


def american(value: date) -> tuple[str, Day]:
    written = f"{MONTHS['en'][value.month - 1]} {value.day}, {value.year}"
    return written, Day(value, written)


def money(rng: Random, notation: Notation, low: int, high: int, step: int = 10) -> tuple[str, Number]:
    value = Decimal(rng.randrange(low, high, step))
    return notation.write(value, 0), Number(value)


def number(value: int) -> Number:
    return Number(Decimal(value))


def words(*forms: str) -> Words:
    return Words(forms)


def every(*parts: str) -> Every:
    return Every(tuple(Words((part,)) for part in parts))
