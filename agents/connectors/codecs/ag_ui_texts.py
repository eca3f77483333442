"""What the messages of an AG-UI agent say, from pieces. No I/O."""

from collections.abc import Mapping
from typing import Any

from agents.connectors.codecs.ag_ui_input import BETWEEN
from agents.text.surrogates import WholeCharacters

_OTHERS = {"user", "system", "developer", "tool"}  # who is nobody of these is the agent


class Pieces:
    """A text that comes in pieces, with whole characters."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._characters = WholeCharacters()

    def add(self, piece: str) -> None:
        self._told.append(self._characters.add(piece))

    def whole(self) -> str:
        return "".join([*self._told, self._characters.rest()])


class Texts:
    """Messages that are written one after the other, or at the same time: then the first is told until it ends."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}  # in the order in which they began
        self._characters: dict[str, WholeCharacters] = {}
        self._open: set[str] = set()
        self._told = ""
        self._chunk: str | None = None  # the message that is written in chunks
        self._of_others: set[str] = set()

    @property
    def whole(self) -> str:
        return BETWEEN.join(text for text in self._texts.values() if text)

    def messages(self) -> list[tuple[str, str]]:
        return [(id, text) for id, text in self._texts.items() if text]

    def take(self, kind: str, event: Mapping[str, Any]) -> str:
        """What can be told now."""
        id = event.get("messageId") or self._chunk
        if not isinstance(id, str):
            return ""
        if kind == "TEXT_MESSAGE_CHUNK":
            if self._chunk not in (None, id):
                self._complete(self._chunk)
            self._chunk = id
        if kind in ("TEXT_MESSAGE_START", "TEXT_MESSAGE_CHUNK"):
            if event.get("role") in _OTHERS:
                self._of_others.add(id)
            elif id not in self._of_others:
                self._texts.setdefault(id, "")
        if kind == "TEXT_MESSAGE_START":
            self._open.add(id)
        if id in self._texts:
            self._texts[id] += self._characters.setdefault(id, WholeCharacters()).add(
                delta if isinstance(delta := event.get("delta"), str) else ""
            )
        if kind == "TEXT_MESSAGE_END":
            self._complete(id)
            self._open.discard(id)
        return self._tellable()

    def rest(self) -> str:
        """What is left to tell when no more comes."""
        self._complete(self._chunk)
        return self._tellable()

    def _complete(self, id: str | None) -> None:
        """No more comes of this message."""
        if id in self._texts and id in self._characters:
            self._texts[id] += self._characters.pop(id).rest()

    def _tellable(self) -> str:
        """The texts up to the first that is still written, that one included."""
        ready = []
        for id, text in self._texts.items():
            ready.append(text)
            if id in self._open:
                break
        now = BETWEEN.join(text for text in ready if text)
        more, self._told = now[len(self._told) :], now
        return more
