"""The JSON in what a model wrote: with words or a fence around it, beside other objects, with a comma too many."""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

import pyjson5
from pydantic import BaseModel, ValidationError

from agents.text.surrogates import well_formed_value

Structure = TypeVar("Structure", bound=BaseModel)

_FENCED = re.compile(r"```[a-z0-9]*[ \t]*\n(.*?)```", re.S | re.I)
_MOST_OBJECTS = 50


def read_structure(text: str, structure: type[Structure]) -> Structure:
    """The object in the text that fits; of several, one in a fence before others, and the last before earlier ones.

    Raises pydantic's ValidationError: of the last object, or of the text where it has none.
    """
    failure: ValidationError | None = None
    for value in _preferred(text):
        try:
            return structure.model_validate_json(json.dumps(value))
        except ValidationError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return structure.model_validate_json(text.encode(errors="replace"))


def objects_in(text: str) -> list[dict[str, Any]]:
    """The outermost JSON objects of a text, in order. What is cut off is none."""
    found = []
    for written in _spans(text):
        value = _parsed(written)
        if isinstance(value, dict):
            found.append(value)
        if len(found) == _MOST_OBJECTS:
            break
    return found


def _preferred(text: str) -> Iterator[dict[str, Any]]:
    for fenced in reversed(_FENCED.findall(text)):
        yield from reversed(objects_in(fenced))
    yield from reversed(objects_in(text))
    value = _parsed(text)
    if isinstance(value, str) and value != text:  # JSON within a JSON string
        yield from reversed(objects_in(value))


_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*(?:"|(?P<open>\\?\Z))|[{}]', re.S)
_BRACE = re.compile(r"[{}]")
_OBJECT = re.compile(r"""\{\s*(?:["'}]|\w+\s*:)""")


def _spans(text: str) -> list[str]:
    """The outermost pieces of a text from a brace to the one that closes it.

    Within an object that is cut off there are none: what is complete inside it is not what was meant. A brace that
    begins no object is a word's.
    """
    closed: list[tuple[int, int]] = []  # outside of any brace
    open_braces: list[tuple[int, list[tuple[int, int]]]] = []  # where each is, and what is closed inside it
    tokens = _TOKEN
    at = text.find("{")
    while at >= 0:
        token = tokens.search(text, at)
        if token is None:
            break
        if token.lastgroup == "open":
            # A quotation mark that is not closed is a letter. So are those behind it, each of which is escaped.
            tokens, at = _BRACE, token.start() + 1
            continue
        at = token.end()
        if token.group() == "{":
            open_braces.append((token.start(), []))
        elif token.group() == "}":
            start, _ = open_braces.pop()
            (open_braces[-1][1] if open_braces else closed).append((start, at))
        if not open_braces:
            at = text.find("{", at)  # what stands between objects is prose, and its quotation marks mean nothing
    for start, inside in open_braces:
        if _OBJECT.match(text, start):
            break
        closed += inside
    return [text[start:end] for start, end in closed]


def _parsed(written: str) -> Any:
    try:
        return well_formed_value(json.loads(written, strict=False))
    except (ValueError, RecursionError):
        pass
    try:
        return well_formed_value(pyjson5.decode(written))
    except (pyjson5.Json5Exception, RecursionError):
        return None
