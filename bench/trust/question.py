"""A question with its right answer, and a file with the questions that are asked about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

# What is answered by adding up rows. A row that is merely quoted does not answer it, even if the right number is in it.
SUMMARIES = frozenset({"count", "distinct", "sum", "average", "share", "without"})


@dataclass(frozen=True, slots=True)
class Number:
    """``rounded``: fewer decimals than the exact value has are right, too. ``share``: in percent, or as a fraction.
    ``signless``: with or without a minus, as money that was spent."""

    value: Decimal
    rounded: bool = False
    share: bool = False
    signless: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """One of the forms, as words of their own. Case and spacing do not matter, digits must be the same."""

    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    written: str = ""  # as the file writes it


@dataclass(frozen=True, slots=True)
class Every:
    """A list, of which nothing may be missing."""

    parts: tuple["Words | Number", ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """The question has several answers: all of them, or one with how it was read. ``reasons``: words of the reason why
    there is no answer; an answer that gives it instead is right."""

    values: tuple["Number | Words | Every | Day", ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nothing:
    """The documents don't say. ``zero``: that there are 0 is true, too. ``unreadable``: they might, where nothing could
    be read; this has to be said."""

    zero: bool = False
    unreadable: bool = False


Expected = Number | Words | Day | Every | Readings | Nothing


@dataclass(frozen=True, slots=True)
class Question:
    """``false``: values that are wrong wherever they are asserted. ``rivals``: those of other rows, which must not come
    before the right one. ``apart``: what must not stand in one sentence with it, for it is about something else.
    ``because``: the number for which the right one is chosen; if numbers are given with it, this must be among them."""

    text: str
    kind: str
    right: Expected
    language: str = "en"
    false: tuple[Number | Words, ...] = ()
    rivals: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    because: Number | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody uploads it. ``kind`` is the kind of file, ``notation`` how it writes numbers; ``beside``: the names
    and contents of others in the same session."""

    name: str
    kind: str
    content: bytes
    questions: Sequence[Question] = field(default_factory=tuple)
    notation: str = ""
    beside: tuple[tuple[str, bytes], ...] = ()
