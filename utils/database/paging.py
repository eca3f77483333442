"""A page of records, and the opaque cursor that leads to the next one."""

import base64
import binascii
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class CursorError(ValueError):
    """The cursor was not made by us."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: list[T]
    next_cursor: str | None


def encode_cursor(*numbers: int) -> str:
    return base64.urlsafe_b64encode(".".join(map(str, numbers)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, count: int) -> list[int]:
    """``count`` numbers; raises :class:`CursorError`."""
    try:
        numbers = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(".")
        found = [int(number) for number in numbers]
        if len(found) == count and all(abs(number) < 1 << 63 for number in found):  # what a database can compare
            return found
    except (ValueError, binascii.Error):
        pass
    raise CursorError("The cursor is not one of ours. Leave it out to begin at the first page.")
