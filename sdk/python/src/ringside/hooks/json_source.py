"""Changes in a JSON file that somebody else wrote: only what is changed changes, every other byte stays."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


class Node(NamedTuple):
    """A value and where it stands: ``text[begin:end]``. ``items``: of an object or a list, with their keys."""

    begin: int
    end: int
    kind: str
    items: tuple[Item, ...] = ()

    def get(self, key: str) -> Node | None:
        """The value that counts: of several with one key, the last."""
        return next((item.value for item in reversed(self.items) if item.key == key), None)


class Item(NamedTuple):
    """``begin``: of its key in an object."""

    key: str | None
    begin: int
    value: Node


class SourceError(ValueError):
    """The text is not JSON; in plain words."""


def scan(text: str) -> Node:
    """Raises SourceError."""
    try:
        json.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise SourceError(f"it is not valid JSON ({error})") from error
    node, _ = _value(text, _skip(text, 1 if text.startswith("\ufeff") else 0))
    return node


def with_member(text: str, node: Node, key: str, value: Any) -> str:
    """The text with one more member at the end of an object."""
    return _with(text, node, lambda indent: f"{json.dumps(key)}: {_dumped(text, value, indent)}")


def with_element(text: str, node: Node, value: Any) -> str:
    """The text with one more element at the end of a list."""
    return _with(text, node, lambda indent: _dumped(text, value, indent))


def without_item(text: str, node: Node, index: int) -> str:
    """The text without a member or an element, its comma and its line."""
    items = node.items
    if len(items) == 1:
        return text[: node.begin + 1] + text[node.end - 1 :]
    if index == 0:
        return text[: items[0].begin] + text[items[1].begin :]
    return text[: items[index - 1].value.end] + text[items[index].value.end :]


def _with(text: str, node: Node, written: Any) -> str:
    line = "\r\n" if "\r\n" in text else "\n"
    outer = _indent(text, node.begin)
    if node.items:
        last = node.items[-1]
        on_one_line = "\n" not in text[node.begin : node.end]
        inner = _indent(text, last.begin)
        between = " " if on_one_line else f"{line}{inner}"
        return f"{text[: last.value.end]},{between}{written(inner)}{text[last.value.end :]}"
    inner = outer + _unit(text)
    return f"{text[: node.begin + 1]}{line}{inner}{written(inner)}{line}{outer}{text[node.end - 1 :]}"


def _dumped(text: str, value: Any, indent: str) -> str:
    line = "\r\n" if "\r\n" in text else "\n"
    return json.dumps(value, indent=_unit(text), ensure_ascii=False).replace("\n", line + indent)


def _indent(text: str, at: int) -> str:
    """The white space that the line of this place begins with."""
    begin = text.rfind("\n", 0, at) + 1
    found = re.match(r"[ \t]*", text[begin:])
    return found[0] if found else ""


def _unit(text: str) -> str:
    """One level of indentation, as the file has it."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else "  "


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> tuple[Node, int]:
    opening = text[at]
    if opening == '"':
        _, end = scanstring(text, at + 1)
        return Node(at, end, "text"), end
    if opening not in "{[":
        found = _SCALAR.match(text, at)
        end = found.end() if found else at
        return Node(at, end, "scalar"), end
    closing, items, here = "}" if opening == "{" else "]", list[Item](), _skip(text, at + 1)
    while text[here] != closing:
        begin, key = here, None
        if opening == "{":
            key, here = scanstring(text, here + 1)
            here = _skip(text, _skip(text, here) + 1)  # over the colon
        value, here = _value(text, here)
        items.append(Item(key, begin, value))
        here = _skip(text, here)
        if text[here] == ",":
            here = _skip(text, here + 1)
    return Node(at, here + 1, "object" if opening == "{" else "list", tuple(items)), here + 1
