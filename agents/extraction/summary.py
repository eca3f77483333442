"""Tells what documents are about: the sentences that say most, or how each begins."""

import math
from collections import Counter

from agents.extraction.extracts import Extract
from agents.extraction.statements import Document, Statement
from agents.text.language import words

_SUBJECTS = ("subject", "betreff", "objet")
_SHORTEST, _LONGEST = 7, 45  # Words.


def key_sentences(document: Document, most: int) -> list[Extract]:
    """The sentences that say most of what a document is about, in reading order."""
    listed = [one for one in document.statements if not (one.is_row or one.label or one.asks or one.older)]
    spread = Counter(stem for one in listed for stem in _content(one))
    found: list[tuple[float, Statement]] = []
    topic = [one for one in document.statements[:12] if one.label.lower() in _SUBJECTS]
    for at, one in enumerate(listed):
        if not _SHORTEST <= len(words(one.text)) <= _LONGEST or one.lead is not None or not _is_prose(one.text):
            continue
        meant = _content(one)
        centrality = sum(math.log1p(spread[stem] - 1) for stem in meant) / (4 + len(meant))
        found.append((centrality + (0.25 if at <= 1 else 0.0), one))
    found.sort(key=lambda one: -one[0])
    chosen: list[Statement] = topic[:1]
    for _, one in found:
        if len(chosen) < most and not any(_alike(one, other) for other in chosen):
            chosen.append(one)
    chosen.sort(key=lambda one: one.at)
    return [Extract(one.text, one.evidence, 1.0, 1.0) for one in chosen]


def labels(document: Document, most: int) -> list[Extract]:
    """The first labels with their values: what a form or the head of a letter is about."""
    found = [one for one in document.statements if one.label and not one.older]
    return [Extract(one.text, one.evidence, 1.0, 1.0) for one in found[:most]]


def _content(one: Statement) -> frozenset[str]:
    return frozenset(token.stem for token in one.tokens if token.plain not in one.lexicon.stop_words)


def _is_prose(text: str) -> bool:
    """Not a diagram, a formula or a line of code."""
    return sum(letter.isalpha() or letter.isspace() for letter in text) >= 0.8 * len(text)


def _alike(one: Statement, other: Statement) -> bool:
    first, second = _content(one), _content(other)
    return len(first & second) > 0.6 * min(len(first), len(second)) if first and second else True
