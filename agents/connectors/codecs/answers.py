"""The answer within the JSON that a foreign system returned. No I/O."""

import json
from typing import Any

BETWEEN = "\n\n"  # several answers
# Under which name nodes of n8n, states of graphs and people's own code put the answer: the first that is there.
_NAMES = ("output", "text", "response", "answer", "content", "result", "reply", "message", "data", "json", "body")
_REASONS = ("message", "error", "detail", "description", "reason", "msg", "errorMessage", "error_message", "errorText")


def answer_text(value: Any) -> str:
    """The answer in what was returned. Where nothing in it has a name that is known, all of it as JSON."""
    text = named_text(value)
    if text is None and value not in ({}, []):
        return f"```json\n{json.dumps(value, ensure_ascii=False, indent=2)}\n```"
    return text or ""


def named_text(value: Any) -> str | None:
    """The text in a value, or of the first of the known names in it that has some; None: no such name."""
    match value:
        case None | str():
            return value or ""
        case bool() | int() | float():
            return json.dumps(value)
        case list():
            texts = [named_text(one) for one in value]
            return None if not texts or None in texts else BETWEEN.join(text for text in texts if text)
        case {"choices": [{"message": dict(message)} | {"delta": dict(message)}, *_]}:
            return str(message.get("content") or "")
        case dict():
            found = [text for name in _NAMES if name in value and (text := named_text(value[name])) is not None]
            return next((text for text in found if text), "" if found else None)
    return None


def reason_text(value: Any) -> str:
    """What is said of a failure: a text, or an object or a list with one; "" where nothing is said."""
    match value:
        case str():
            return value.strip()
        case list():
            return "; ".join(text for one in value if (text := reason_text(one)))
        case dict():
            return next((text for name in _REASONS if (text := reason_text(value.get(name)))), "")
    return ""
