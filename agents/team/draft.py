"""A draft of the answer, which the user reads as it is written."""

from typing import Any

from agents.telling.steps import TextRecord, write
from utils.log.events import Citation


class Draft:
    """``agent`` writes it; ``replaces`` is the key of the draft whose place it takes."""

    def __init__(self, key: str, agent: str, replaces: str | None = None) -> None:
        self.key = key
        self.text = ""
        self._agent = agent
        self._replaces = replaces

    def add(self, text: str) -> None:
        if text:
            self.text += text
            write(TextRecord(self.key, self._agent, delta=text, replaces=self._replaces))

    def finish(self, citations: list[dict[str, Any]]) -> None:
        write(TextRecord(self.key, self._agent, final=True, replaces=self._replaces, citations=as_citations(citations)))

    def begin_again(self) -> None:
        """What is written so far is no answer, of a call that broke for example: the user's view starts over."""
        if self.text:
            self.key, self._replaces, self.text = f"{self.key}-again", self.key, ""


def as_citations(listed: list[dict[str, Any]]) -> tuple[Citation, ...]:
    return tuple(Citation.model_validate(one) for one in listed)
