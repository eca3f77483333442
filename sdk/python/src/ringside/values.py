"""Any value of a program as JSON that a Ringside server stores."""

import json
import math
from collections.abc import Mapping
from typing import Any

MOST_CHARACTERS = 200_000  # of one input or output; a server stores events of at most 2 MiB
_MOST_SHOWN = 1_000  # of a value that is shown as its repr
_DEEPEST = 40


def json_of(value: Any) -> str:
    """The value's JSON, cut when it is too long. Never raises: what has no JSON is shown by its name."""
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return compact(_cut(value))
    try:
        text = _encode(value)
    except (ValueError, TypeError, RecursionError, RuntimeError):  # RuntimeError: it changes while it is read
        text = compact(_plain(value, 0))
    return text if len(text) <= MOST_CHARACTERS else compact(_cut(text))


def text_of(value: Any, most: int) -> str:
    """The value as text of at most ``most`` characters."""
    text = value if isinstance(value, str) else _shown(value)
    return text if len(text) <= most else text[: most - 1] + "…"


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


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default).encode
compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _plain(value: Any, depth: int) -> Any:
    """The slow way: what json refuses (nan, odd keys, circles, great depth) as something like it that has JSON."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**300 else "a very large number"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {text_of(key, 200): _plain(one, depth + 1) for key, one in list(value.items())}
    if isinstance(value, (list, tuple)):
        return [_plain(one, depth + 1) for one in list(value)]
    return _plain(_default(value), depth + 1)


def _shown(value: Any) -> str:
    return text_of(_shown_by(repr, value), _MOST_SHOWN)


def _shown_by(way: Any, value: Any) -> str:
    try:
        return str(way(value))
    except Exception:  # a broken __repr__ of the program is not ours to raise
        return f"<{type(value).__name__}>"
