"""The answer within the JSON that a foreign system returned. No I/O."""

import json
import re
from typing import Any

BETWEEN = "\n\n"  # several answers
# Under which name nodes of n8n, states of graphs and people's own code put the answer: the first that is there.
_NAMES = (
    "output", "text", "response", "answer", "content", "result", "reply", "message", "data", "json", "body", "outputs",
)  # fmt: skip
# The same of a piece of one. No name of an answer: a "token" is often one that opens something.
PIECES = ("delta", "textDelta", "text_delta", "token", "chunk", "contentDelta", "content_delta", "piece")
_TEXTS = {"text", "output_text"}  # types of the parts of a message that are its text
_NO_TEXTS = re.compile(r"reason|think|tool|function|_call")  # types of items that are none of its text
_OF_OTHERS = {"user", "human", "system", "tool", "developer"}  # roles
_REASONS = ("message", "error", "detail", "description", "reason", "msg", "errorMessage", "error_message", "errorText")


def answer_text(value: Any) -> str:
    """The answer in what was returned. Where nothing in it has a name that is known, all of it as JSON."""
    text = named_text(value)
    if text is None and value not in ({}, []):
        return f"```json\n{json.dumps(value, ensure_ascii=False, indent=2)}\n```"
    return text or ""


def named_text(value: Any) -> str | None:
    """The text in a value, or of the first of the known names in it that has some; None: no such name."""
    return _named(value, ())


def piece_text(value: Any) -> str:
    """The same of an object that is one of many in a stream; "" for nothing."""
    return _named(value, PIECES) or ""


def _named(value: Any, pieces: tuple[str, ...]) -> str | None:
    match value:
        case None | str():
            return value or ""
        case bool() | int() | float():
            return json.dumps(value)
        case list():
            return _of_list(value, pieces)
        case dict():
            return _of_object(value, pieces)
    return None


def _of_object(value: dict[str, Any], pieces: tuple[str, ...]) -> str | None:
    match value:
        case {"choices": [dict(choice), *_]} if {"message", "delta", "text"} & choice.keys():
            said = next((choice[name] for name in ("message", "delta") if isinstance(choice.get(name), dict)), None)
            return _named(said.get("content") if said is not None else choice.get("text"), pieces) or ""
        case {"candidates": [{"content": content}, *_]}:
            return _named(content, pieces) or ""
        case {"role": str(role)} if pieces and role in _OF_OTHERS:
            return ""
    for name in pieces:
        if isinstance(value.get(name), str | list | dict):
            return "" if _is_aside(value[name]) else _named(value[name], pieces) or ""
    found = [text for name in _NAMES if name in value and (text := _named(value[name], pieces)) is not None]
    if not found and isinstance(parts := value.get("parts"), list):
        found = ["".join(_named(one, pieces) or "" for one in parts if not _is_aside(one))]
    return next((text for text in found if text), "" if found else None)


def _of_list(values: list[Any], pieces: tuple[str, ...]) -> str | None:
    """Several answers, or the parts of one message, of which some are no text."""
    kinds = [str(one.get("type") or "") if isinstance(one, dict) else "" for one in values]
    if not _TEXTS.isdisjoint(kinds) and all(kinds):
        texts = [one.get("text") for one, kind in zip(values, kinds, strict=True) if kind in _TEXTS]
        return "".join(one if isinstance(one, str) else _named(one, pieces) or "" for one in texts)
    told = [_named(one, pieces) for one in values]
    told = [text for text, one in zip(told, values, strict=True) if text is not None or not _is_aside(one)]
    return None if not told or None in told else BETWEEN.join(text for text in told if text)


def _is_aside(value: Any) -> bool:
    """Whether an item is what a model thought, or a tool it called."""
    if not isinstance(value, dict):
        return False
    return value.get("thought") is True or bool(_NO_TEXTS.search(str(value.get("type") or "")))


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
