"""The piece of a message that shows why a search found it: about 160 characters, with the words looked for."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, Protocol

from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.porter_stemmer import PorterStemmer

from utils.database.plain_words import DIACRITICS, LETTER, plain
from utils.sessions.search_query import Phrase, SearchQuery

_LENGTH, _BEFORE = 160, 30  # characters; how many of them stand before the first word found
_EDGE = 20  # so far an edge is moved not to cut a word
_SEARCHED = 100_000  # characters, as many as PostgreSQL's index has
# What one search may spend on its excerpts, counted in words compared: a fraction of a second, while streams wait.
_BUDGET = 200_000
_PER_STEM = 40  # and one for each letter
_PER_ALIGNED, _PLAIN_PER_ONE = 2, 10  # for a letter that had to be aligned; letters of plain text for one
_SPACE = re.compile(r"\s+")
_WORD = re.compile(f"{LETTER}+")
STEMMERS = {"sqlite": PorterStemmer, "postgresql": EnglishStemmer}


class Part(NamedTuple):
    """``match``: this is what was looked for."""

    text: str
    match: bool


class _Span(NamedTuple):
    start: int
    end: int
    phrase: int


class Stemmer(Protocol):
    """Has a state: not for two threads at once."""

    def stemWord(self, word: str) -> str: ...  # noqa: N802


class Highlighter:
    """Finds the words of one search in texts, as the database with that stemmer does. For one thread.

    Its budget is for all texts together. Once that is spent, an excerpt is the beginning of its text, without marks.
    """

    def __init__(self, query: SearchQuery, stemmer: Stemmer) -> None:
        self._stemmer = stemmer
        self._stems: dict[str, str] = {}
        self._left = _BUDGET
        self._phrases = [self._terms(phrase) for phrase in query.phrases]
        begins = sorted({_begin(terms[0].stem) for terms in self._phrases})
        self._first = re.compile(f"(?<!{LETTER})(?:{'|'.join(begins)}){LETTER}*")

    def excerpt(self, message: str) -> list[Part]:
        """White space is one space; "…" stands for what was cut off."""
        searched = message[: _SEARCHED if self._left > 0 else _LENGTH + _EDGE]
        bare, places = _aligned(searched)
        self._left -= len(searched) // _PLAIN_PER_ONE if places is None else len(searched) * _PER_ALIGNED
        spans, best = self._together(self._spans(bare))
        start, end = _window(bare, best)
        cut = [
            _Span(_at(places, at, searched), _at(places, to, searched), 0) for at, to, _ in spans if start <= at < end
        ]
        return _parts(message, _at(places, start, searched), _at(places, end, searched), cut)

    def _terms(self, phrase: Phrase) -> list["_Term"]:
        *whole, last = phrase.words
        completed = frozenset(map(self._stem, phrase.completions))
        return [_Term(self._stem(word), False) for word in whole] + [_Term(self._stem(last), phrase.open, completed)]

    def _spans(self, bare: str) -> Iterator[_Span]:
        """Where the phrases are, in their order; where two overlap, the first."""
        at = 0
        while self._phrases and self._left > 0 and (first := self._first.search(bare, at)):
            at = first.end()
            for number, terms in enumerate(self._phrases):
                end = self._end(terms, chain((first,), _WORD.finditer(bare, first.end())))
                if end is not None:
                    at = end
                    yield _Span(first.start(), end, number)
                    break

    def _end(self, terms: list["_Term"], words: Iterator[re.Match[str]]) -> int | None:
        """Where the terms end if the words begin with them; no word is taken beyond the first that does not fit."""
        end = None
        for term in terms:
            word = next(words, None)
            self._left -= 1
            if word is None or not self._fits(term, word):
                return None
            end = word.end()
        return end

    def _together(self, spans: Iterable[_Span]) -> tuple[list[_Span], _Span | None]:
        """The spans as far as they are needed, and the first of those among which most of the phrases are."""
        seen: list[_Span] = []
        near: deque[_Span] = deque()
        phrases: Counter[int] = Counter()
        best, most = None, 0
        for span in spans:
            if best and most == len(self._phrases) and span.start >= best.start + _LENGTH:
                break  # no other place can be better, and nothing more of this one will be shown
            seen.append(span)
            near.append(span)
            phrases[span.phrase] += 1
            while near[0].start <= span.start - (_LENGTH - _BEFORE):
                gone = near.popleft().phrase
                phrases[gone] -= 1
                if not phrases[gone]:
                    del phrases[gone]
            if len(phrases) > most:
                best, most = near[0], len(phrases)
        return seen, best

    def _fits(self, term: "_Term", word: re.Match[str]) -> bool:
        return term.fits(self._stem(word.group()))

    def _stem(self, word: str) -> str:
        known = self._stems.get(word)
        if known is None:
            known = word
            if len(word) > 2 and word.isascii():  # no stemmer changes others
                self._left -= _PER_STEM + len(word)
                known = self._stemmer.stemWord(word)
            self._stems[word] = known
        return known


@dataclass(frozen=True, slots=True)
class _Term:
    stem: str
    open: bool
    completed: frozenset[str] = frozenset()

    def fits(self, stem: str) -> bool:
        return stem == self.stem or (self.open and (stem.startswith(self.stem) or stem in self.completed))


def _begin(stem: str) -> str:
    """With what every word of the stem begins: longer ones change at the end only."""
    return stem[:3] if len(stem) > 3 else stem[:1]


def _aligned(text: str) -> tuple[str, list[int] | None]:
    """The plain text, and from where in the text each of its letters is; None: from the same place."""
    bare = plain(text)
    if len(bare) == len(text) and not DIACRITICS.search(text):  # no letter became none, so that none became two
        return bare, None
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        for one in letter if letter.isascii() else plain(letter):
            letters.append(one)
            places.append(at)
    return "".join(letters).lower(), places


def _at(places: list[int] | None, at: int, text: str) -> int:
    """The place in the text; diacritics belong to the letter before them."""
    if places is None:
        return at
    return places[at] if at < len(places) else len(text)


def _window(bare: str, best: _Span | None) -> tuple[int, int]:
    """About the span where most of the phrases stand together."""
    if best is None:
        return 0, _edge(bare, _LENGTH)
    start = max(0, min(best.start - _BEFORE, len(bare) - _LENGTH))
    if start:
        gap = bare.find(" ", start, min(start + _EDGE, best.start))
        start = gap + 1 if gap >= 0 else start
    return start, max(_edge(bare, start + _LENGTH), min(best.end, best.start + _LENGTH))


def _edge(bare: str, end: int) -> int:
    if end >= len(bare):
        return len(bare)
    gap = bare.rfind(" ", end - _EDGE, end + 1)
    return gap if gap >= 0 else end


def _parts(message: str, start: int, end: int, spans: Iterable[_Span]) -> list[Part]:
    pieces = [Part("…" if start else "", False)]
    at = start
    for span in spans:
        stop = min(span.end, end)
        pieces += [Part(message[at : span.start], False), Part(message[span.start : stop], True)]
        at = stop
    pieces += [Part(message[at:end], False), Part("…" if end < len(message) else "", False)]
    return _joined(pieces)


def _joined(pieces: Iterable[Part]) -> list[Part]:
    """Without empty ones, and without white space at the ends and beside the cuts."""
    joined: list[Part] = []
    for piece in pieces:
        before = joined.pop().text if joined and joined[-1].match == piece.match else ""
        if before + piece.text:
            joined.append(Part(_SPACE.sub(" ", before + piece.text), piece.match))
    if joined:
        joined[0] = Part(joined[0].text.replace("… ", "…").lstrip(), joined[0].match)
        joined[-1] = Part(joined[-1].text.replace(" …", "…").rstrip(), joined[-1].match)
    return [piece for piece in joined if piece.text]
