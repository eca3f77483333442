"""What somebody types into the search: words that must all be there, "in quotation marks" next to each other.

The last word without quotation marks may be the beginning of one, for it is looked for while it is typed. Nothing else
is syntax: punctuation parts words, as in the index, so that "e-mail" is a phrase of two.

Of the messages, at most 16 different phrases are looked for, and the first 16 words of each; what else was typed counts
in titles only. Whoever types that much has found it by then, and each word costs in every message.
"""

import re
from dataclasses import dataclass

from utils.database.plain_words import words_of

_QUOTATION_MARKS = str.maketrans("“”„«»\0", '""""" ')  # no database takes a NUL
_PART = re.compile(r'"([^"]*)("|$)|[^\s"]+')
# While "rebuilding" is typed, "rebuildi" must go on finding what has the stem "rebuild".
_ENDINGS = ("ing", "ings", "ed", "er", "ers", "es", "ies", "ness", "ments", "ations", "ly")
_MOST_PHRASES = _MOST_WORDS = 16
_SHORTEST = 3  # of what stands before an ending


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand next to each other. ``open``: the last of them may go on."""

    words: tuple[str, ...]
    open: bool = False

    @property
    def completions(self) -> tuple[str, ...]:
        """What the last word may become whose stem is shorter than the word already is."""
        if not self.open:
            return ()
        word = self.words[-1]
        doubled = word[-2:-1] == word[-1]  # as in "herr" of "herring", whose stem is "her"
        return tuple(
            word[: len(word) - typed] + ending
            for ending in _ENDINGS
            for typed in range(0 if doubled else 1, len(ending))
            if word.endswith(ending[:typed]) and len(word) - typed >= _SHORTEST
        )


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """``phrases`` must all occur in one message; ``literals``, as they were typed, in a title."""

    phrases: tuple[Phrase, ...]
    literals: tuple[str, ...]

    @classmethod
    def parse(cls, typed: str) -> "SearchQuery":
        phrases: list[Phrase] = []
        literals: list[str] = []
        last: int | None = None
        typed = typed.translate(_QUOTATION_MARKS)
        for part in _PART.finditer(typed):
            quoted, loose = part[1], part[1] is None or not part[2]
            words = words_of(part[0])
            if words:
                last = len(phrases) if loose else last
                phrases.append(Phrase(tuple(words)))
                literals.append(" ".join((part[0] if quoted is None else quoted).split()))
        if last is not None:
            phrases[last] = Phrase(phrases[last].words, open=True)
        bounded = list(dict.fromkeys(map(_bounded, phrases)))[:_MOST_PHRASES]
        whole = " ".join(typed.split())
        return cls(tuple(bounded), tuple(literals) or ((whole,) if whole else ()))

    def __bool__(self) -> bool:
        return bool(self.literals)

    def fts5(self) -> str:
        """As an expression of FTS5, which makes stems of the words by itself."""
        return " AND ".join(_fts5(phrase) for phrase in self.phrases)

    def tsquery(self) -> str:
        """For PostgreSQL's to_tsquery(), which does the same."""
        return " & ".join(_tsquery(phrase) for phrase in self.phrases)


def _bounded(phrase: Phrase) -> Phrase:
    return phrase if len(phrase.words) <= _MOST_WORDS else Phrase(phrase.words[:_MOST_WORDS])


def _fts5(phrase: Phrase) -> str:
    *before, last = phrase.words
    ends = [f'{last}"*' if phrase.open else f'{last}"', *(f'{word}"' for word in phrase.completions)]
    return "(" + " OR ".join('"' + " ".join([*before, end]) for end in ends) + ")"


def _tsquery(phrase: Phrase) -> str:
    *before, last = phrase.words
    ends = " | ".join([last + (":*" if phrase.open else ""), *phrase.completions])
    return " <-> ".join([*before, f"({ends})"])
