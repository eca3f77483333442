"""Foreign systems repeat what was sent to them, headers and all: what is told of theirs must hold no secret of ours."""

from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr

_MASK = "•••"


class Mask:
    def __init__(self, secrets: Iterable[SecretStr | None]) -> None:
        self._words = [secret.get_secret_value() for secret in secrets if secret is not None]

    def text(self, text: str) -> str:
        for word in self._words:
            text = text.replace(word, _MASK)
        return text

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
