"""Foreign systems repeat what was sent to them, headers and all: what is told of theirs must hold no secret of ours."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr

_MASK = "•••"
_SHORTEST = 4  # characters: what is shorter is part of so many words that no text could be read


class Mask:
    def __init__(self, secrets: Iterable[SecretStr | None]) -> None:
        given = {secret.get_secret_value() for secret in secrets if secret is not None}
        self.words = sorted((one for one in given if len(one) >= _SHORTEST), key=len, reverse=True)  # longest first
        self._any = re.compile("|".join(map(re.escape, self.words)) or r"(?!)")

    def text(self, text: str) -> str:
        return self._any.sub(_MASK, text)

    def first(self, text: str, at: int) -> re.Match[str] | None:
        """The first secret at or after this place."""
        return self._any.search(text, at)

    def value(self, value: Any) -> Any:
        """The JSON value with each secret in its texts and names replaced."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(one) for one in value]
            case dict():
                return {self.text(str(name)): self.value(one) for name, one in value.items()}
        return value


class MaskedText:
    """Text that comes in pieces: an end that may be the beginning of a secret is held back until more is there."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held = ""

    def add(self, piece: str) -> str:
        text, told, at = self._held + piece, "", 0
        while True:
            begins, found = self._begins(text, at), self._mask.first(text, at)
            if found is None or found.start() >= begins:
                break
            told, at = told + text[at : found.start()] + _MASK, found.end()
        self._held = text[begins:]
        return told + text[at:begins]

    def rest(self) -> str:
        """What was held back, when no more comes."""
        rest, self._held = self._mask.text(self._held), ""
        return rest

    def _begins(self, text: str, at: int) -> int:
        """Where at the end a secret begins that has not come whole; the text's length where none does."""
        words = self._mask.words
        earliest = max(at, len(text) - len(words[0]) + 1) if words else len(text)
        for place in range(earliest, len(text)):
            end = text[place:]
            if any(len(word) > len(end) and word.startswith(end) for word in words):
                return place
        return len(text)
