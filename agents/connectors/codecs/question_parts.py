"""What a question to a person is made of, where another system asks: its words, its context, and a form. No I/O.

What was asked comes from outside: it may be of any size and shape, and what people see of it is without secrets.
"""

import json
from collections.abc import Mapping
from typing import Any

from utils.sessions.approval import LONGEST_WORDS, MAX_CONTEXT_BYTES, Decision
from utils.sessions.approval_form import MAX_FORM_BYTES, size_of

_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))
_FORM_ROOM = MAX_FORM_BYTES // 2  # what of the form may be about arguments


def argument_fields(args: Mapping[str, Any]) -> dict[str, Any]:
    """Of the form: the arguments that are a text, a number or a truth, as long as there is room. Others stay."""
    fields: dict[str, Any] = {}
    for name, value in args.items():
        kind = next((word for type_, word in _TYPES if isinstance(value, type_)), None)
        more = fields | {name: {"type": kind, "default": value}}
        if kind is not None and not name.startswith("$") and size_of(more) <= _FORM_ROOM:
            fields = more
    return fields


def edited_arguments(args: Mapping[str, Any], shown: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    """The arguments with what was changed in the form; what was only shown, perhaps without a secret, is as it was."""
    given = decision.values or {}
    return {**args, **{name: given[name] for name in shown if name in given and given[name] != shown[name]}}


def answered_words(decision: Decision, args: Mapping[str, Any]) -> str:
    """What was answered: in the form, or beside it."""
    return str((decision.values or {}).get(words_field(args)) or decision.comment or "")


def words_field(args: Mapping[str, Any]) -> str:
    name = "answer"
    while name in args:
        name += "_"
    return name


def question_words(value: Any, otherwise: str) -> str:
    words = value.replace("\0", "\N{REPLACEMENT CHARACTER}").strip() if isinstance(value, str) else ""
    words = words or otherwise
    return words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 1]}…"


def fitting(context: Any) -> Any:
    """Of very much, the beginning as text."""
    if size_of(context) <= MAX_CONTEXT_BYTES:
        return context
    return f"{json.dumps(context, ensure_ascii=False)[: MAX_CONTEXT_BYTES // 8]}…"
