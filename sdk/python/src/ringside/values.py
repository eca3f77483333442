"""Any value of a program as JSON that a Ringside server stores."""

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

MOST_CHARACTERS = 200_000  # of one input or output; a server stores events of at most 2 MiB
_MOST_SHOWN = 1_000  # of a value that is shown as its repr
_DEEPEST = 40
_MOST_VISITS = 20_000  # values within a value: objects that know each other have no end


def json_of(value: Any) -> str:
    """The value's JSON, cut when it is too long. Never raises: what has no JSON is shown by its name."""
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return compact(_cut(value))
    text = whole_json_of(value)
    return text if len(text) <= MOST_CHARACTERS else compact(_cut(text))


def whole_json_of(value: Any) -> str:
    """The same, however long it is."""
    try:
        return _Quick().encode(value)
    except (ValueError, TypeError, RecursionError, RuntimeError):  # RuntimeError: it changes while it is read
        return compact(_Plain().of(value))


def text_of(value: Any, most: int) -> str:
    """The value as text of at most ``most`` characters."""
    text = value if isinstance(value, str) else _shown(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def said(value: Any) -> str:
    """What the value says of itself. Never raises, as its own __str__ may."""
    return value if type(value) is str else _shown_by(str, value)


def count_of(value: Any) -> int:
    """Raises ValueError and others for what is no number."""
    return max(0, int(value))


def fraction_of(value: Any) -> float:
    """From 0 to 1. Raises ValueError and others for what is no number."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no share of 1")
    return min(max(number, 0.0), 1.0)


def words_of(error: BaseException) -> str:
    """An exception in one line: its name and what it says."""
    said = _shown_by(str, error)
    return text_of(f"{type(error).__name__}: {said}" if said else type(error).__name__, 2_000)


def _cut(text: str) -> str:
    return f"{text[:MOST_CHARACTERS]}… (cut; {len(text):,} characters in all)"


def _default(value: Any) -> Any:
    """For what json does not know: one level of it, which json then goes on with."""
    fields = getattr(value, "__dataclass_fields__", None)
    if isinstance(fields, dict) and not isinstance(value, type):
        return {name: getattr(value, name, None) for name in fields}
    dump = getattr(value, "model_dump", None)  # pydantic
    if callable(dump) and not isinstance(value, type):
        try:
            return dump()
        except Exception:
            return _shown(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value):,} bytes>"
    if isinstance(value, BaseException):
        return words_of(value)
    if any(
        "__str__" in vars(base) for base in type(value).__mro__[:-1]
    ):  # dates, paths, decimals and the like say themselves best
        return text_of(_shown_by(str, value), _MOST_SHOWN)
    return _shown(value)


compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Quick:
    """The quick way. Raises ValueError and others for what json refuses, and for objects within objects without end."""

    def __init__(self) -> None:
        self._left = _MOST_VISITS

    def encode(self, value: Any) -> str:
        encoder = json.JSONEncoder(
            ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=self._default
        )  # fmt: skip
        return encoder.encode(value)

    def _default(self, value: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many objects")
        return _default(value)


class _Plain:
    """The slow way: what json refuses (nan, odd keys, circles, great depth) as something like it that has JSON."""

    def __init__(self) -> None:
        self._left = _MOST_VISITS
        self._around: set[int] = set()  # ids of what encloses the value

    def of(self, value: Any) -> Any:
        self._left -= 1
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, int):
            return value if abs(value) < 10**300 else "a very large number"
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if self._left < 0 or len(self._around) >= _DEEPEST or id(value) in self._around:
            return "…"
        self._around.add(id(value))
        try:
            return self._within(value)
        finally:
            self._around.discard(id(value))

    def _within(self, value: Any) -> Any:
        if isinstance(value, dict):
            pairs = {text_of(key, 200): self.of(one) for key, one in self._first(list(value.items()))}
            return pairs if self._left >= 0 else {**pairs, "…": "…"}
        if isinstance(value, (list, tuple)):
            found = [self.of(one) for one in self._first(list(value))]
            return found if len(found) == len(value) else [*found, "…"]
        return self.of(_default(value))

    def _first(self, values: list[T]) -> Iterator[T]:
        """As many as may still be visited."""
        return itertools.takewhile(lambda _: self._left >= 0, values)


def _shown(value: Any) -> str:
    return text_of(_shown_by(repr, value), _MOST_SHOWN)


def _shown_by(way: Any, value: Any) -> str:
    try:
        return str(way(value))
    except Exception:  # a broken __repr__ of the program is not ours to raise
        return f"<{type(value).__name__}>"
