"""What is wrong with a value that pydantic refuses, in words for people: pydantic's own speak of its types.

https://docs.pydantic.dev/latest/errors/validation_errors/ lists the kinds of errors. A new one, or one that no field of
ours can have, gets the words of ``_OTHER``.
"""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_MISSING, _OBJECT, _LIST, _TEXT = "is missing", "must be an object", "must be a list", "must be text"
_NUMBER, _WHOLE, _SWITCH = "must be a number", "must be a whole number", "must be true or false"
_MOMENT = "must be a time such as 2026-03-14T09:26:53Z"
_DAY = "must be a date, such as 2026-03-14"
_WORDS: dict[str, str] = {
    "missing": _MISSING,
    "union_tag_not_found": "{discriminator} is missing",
    "union_tag_invalid": "{discriminator} must be one of {expected_tags}",
    "extra_forbidden": "is not a known field",
    "json_invalid": "is not valid JSON",
    "json_type": "must be JSON",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "list_type": _LIST,
    "sequence_str": _LIST,
    "too_short": "must have at least {min_length} {entries}",
    "too_long": "must have at most {max_length} {entries}",
    "string_type": _TEXT,
    "string_unicode": "must be text without half characters",
    "string_too_short": "must have at least {min_length} {characters}",
    "string_too_long": "must have at most {max_length} {characters}",
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "must be a smaller number",
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_from_datetime_parsing": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "is_instance_of": "must be a file",
}
_OTHER = "has a value that cannot be used here"
_patterns: dict[str, str] = {}


def worded(pattern: str, words: str) -> str:
    """The pattern of a field; ``words`` say what it asks for: "must be an e-mail address"."""
    _patterns[pattern] = words
    return pattern


def validation_words(problem: ErrorDetails) -> str:
    """Without the name of the field, and without what was given: "must have at least 10 characters"."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])  # raised by one of our own validators, in our words
    if kind == "string_pattern_mismatch":
        return _patterns.get(context["pattern"], _OTHER)
    if context.get("min_length") == 1:
        return "must not be empty"
    return _WORDS.get(kind, _OTHER).format_map({**context, **_counted(context)})


def _counted(context: Mapping[str, Any]) -> dict[str, str]:
    """Quotation marks around the name of a member are pydantic's."""
    one = 1 in (context.get("min_length"), context.get("max_length"))
    counted = {"entries": "entry" if one else "entries", "characters": "character" if one else "characters"}
    return counted | {"discriminator": str(context.get("discriminator", "")).strip("'")}
