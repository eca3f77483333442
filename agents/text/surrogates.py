"""Text that can be stored: halves of a character are joined, and one that stands alone is told as U+FFFD."""

from typing import Any


def well_formed(text: str) -> str:
    """The text with halves of characters joined, and those that stand alone replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def well_formed_value(value: Any) -> Any:
    """The same for all texts within a JSON value."""
    match value:
        case str():
            return well_formed(value)
        case list():
            return [well_formed_value(one) for one in value]
        case dict():
            return {well_formed(name): well_formed_value(one) for name, one in value.items()}
    return value


class WholeCharacters:
    """Text that comes in pieces: the first half of a character is held back until the second is there."""

    def __init__(self) -> None:
        self._half = ""

    def add(self, piece: str) -> str:
        text = self._half + piece
        self._half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        return well_formed(text[: len(text) - len(self._half)])

    def rest(self) -> str:
        rest, self._half = well_formed(self._half), ""
        return rest
