"""Rules by which a question finds its agent: words that it contains."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Annotated

from pydantic import Field, StringConstraints

from agents.text.folding import folded
from utils.registry.configuration import ConfigurationPart

AgentId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
# Words, and names such as C++ and F#.
_WORD = re.compile(r"\b[^\W\d_][+#]{1,2}(?!\w)|[^\W_]+")
_PATTERN = re.compile(rf"(?:{_WORD.pattern})\*?")
# Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


class Route(ConfigurationPart):
    agent: AgentId = Field(title="Agent", json_schema_extra={"x-input": "agent"})
    words: str = Field(
        default="",
        max_length=2000,
        title="Words",
        description="Words and phrases, separated by commas. A question with one of them is for this agent. A star at "
        "the end of a word stands for any ending. Empty: only a model chooses this agent.",
        json_schema_extra={"x-placeholder": "invoice, payment*, bank account"},
    )

    def phrase_in(self, question: "WordsOf") -> str | None:
        """The first of its phrases that the question contains."""
        phrases = (phrase.strip() for phrase in self.words.split(","))
        return next((phrase for phrase in phrases if phrase and question.contain(phrase)), None)


class WordsOf:
    """The words of a text, in any case of their letters, so that looking for a phrase does not walk through all."""

    def __init__(self, text: str) -> None:
        self._text = folded(text).casefold()
        self._words = _WORD.findall(self._text)
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self._words):
            self._places[word].append(place)
        self._sorted = sorted(self._places)

    def contain(self, phrase: str) -> bool:
        """A phrase of a script without spaces is looked for within words, too."""
        wanted = folded(phrase).casefold()
        if _UNSPACED.search(wanted):
            return wanted.rstrip("*") in self._text
        first, *rest = _PATTERN.findall(wanted) or [""]
        return any(self._goes_on(place + 1, rest) for word in self._fitting(first) for place in self._places[word])

    def _fitting(self, pattern: str) -> Iterator[str]:
        if not pattern.endswith("*"):
            return iter([pattern] if pattern in self._places else [])
        beginning = pattern[:-1]
        following = islice(self._sorted, bisect_left(self._sorted, beginning), None)
        return takewhile(lambda word: word.startswith(beginning), following)

    def _goes_on(self, place: int, patterns: Sequence[str]) -> bool:
        words = self._words[place : place + len(patterns)]
        return len(words) == len(patterns) and all(map(_fits, words, patterns))


def matched(routes: Iterable[Route], question: str) -> tuple[Route, str] | None:
    """The first route with a phrase that the question contains, and that phrase."""
    words = WordsOf(question)
    found = ((route, route.phrase_in(words)) for route in routes)
    return next(((route, phrase) for route, phrase in found if phrase is not None), None)


def _fits(word: str, pattern: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
