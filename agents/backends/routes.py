"""Rules by which a question finds its agent: words that it contains."""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from agents.text.folding import folded
from utils.registry.configuration import ConfigurationPart

AgentId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
_WORD = re.compile(r"\w+\*?")


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

    def phrase_in(self, question: str) -> str | None:
        """The first of its phrases that the question contains, whatever the case of its letters."""
        asked = _words(question)
        phrases = (phrase.strip() for phrase in self.words.split(","))
        return next((phrase for phrase in phrases if _contains(asked, _words(phrase))), None)


def matched(routes: Iterable[Route], question: str) -> tuple[Route, str] | None:
    """The first route with a phrase that the question contains, and that phrase."""
    found = ((route, route.phrase_in(question)) for route in routes)
    return next(((route, phrase) for route, phrase in found if phrase is not None), None)


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text).casefold())


def _contains(asked: Sequence[str], phrase: Sequence[str]) -> bool:
    if not phrase:
        return False
    windows = (asked[start : start + len(phrase)] for start in range(len(asked) - len(phrase) + 1))
    return any(all(map(_fits, window, phrase)) for window in windows)


def _fits(word: str, pattern: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
