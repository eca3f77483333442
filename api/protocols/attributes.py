"""What an attribute of a span holds: a text, a number, or a structure, which is sent as JSON in a text."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import from_json

_WHOLE = re.compile(r"\s*(\d{1,15})(?:\.0*)?\s*")


def first(said: Mapping[str, Any], names: Iterable[str]) -> Any:
    """What the first of these attributes says that says anything."""
    found: Iterator[Any] = (said[name] for name in names if said.get(name) not in (None, ""))
    return next(found, None)


def parsed(value: Any) -> Any:
    """The structure, if that is what the text holds."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return from_json(value)
        except ValueError:
            return value
    return value


def text_of(value: Any) -> str:
    if value is None:
        return ""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).replace("\0", "").strip()


def count_of(value: Any) -> int | None:
    """A whole number of zero or more, also one in a text; None for what is no number."""
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        return int(whole[1]) if whole is not None else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return max(0, int(value))
