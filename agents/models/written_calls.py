"""Tool calls that a model wrote into its text, in the forms of the models that write them so. No I/O.

A server that does not know the form of its model passes them on as text.
"""

import ast
import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from agents.models.json_reading import objects_in

_MOST_READ = 100_000  # characters
# What stands before the name, and between it and its arguments: Mistral, Llama 3, DeepSeek, Kimi, Harmony.
_BEFORE = (
    r"(?:\[TOOL_CALLS\]\s*|<function=|<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?|<\|tool_call_begin\|>\s*|"
    r"\bto=|<tool_call>\s*)(?:functions\.)?"
)
_BETWEEN = (
    r"(?::\d+)?(?:\[CALL_ID\]\w+)?(?:\s|\[ARGS\]|<｜tool▁sep｜>|<\|tool_call_argument_begin\|>|>|```(?:json)?|"
    r"<\|constrain\|>\w*|<\|message\|>)*(?=\{)"
)
# Each argument in an element of its own: Qwen 3 Coder, MiniMax, GLM 4.5.
_ELEMENTS = (
    (r"<function=({names})>", "</function>"),
    (r"<invoke name=\"({names})\">", "</invoke>"),
    (r"<tool_call>\s*({names})\s*(?=<arg_key>)", "</tool_call>"),
)
_ARGUMENTS = (
    (r"<parameter(?:=| name=\")([\w-]+)\"?>", "</parameter>"),
    (r"<arg_key>\s*([\w-]+)\s*</arg_key>\s*<arg_value>", "</arg_value>"),
)
_AROUND_PYTHON = re.compile(r"\A(?:<\|python_(?:start|tag)\|>|```\w*\n)|(?:<\|python_end\|>|\n```)\Z")


def written_calls(text: str, offered: Collection[str]) -> list[tuple[str, Any]]:
    """(name, arguments) of each call of an offered tool, in the first form that has one."""
    text = text[:_MOST_READ]
    names = "|".join(map(re.escape, offered))
    forms = (_objects(text, offered), _named_objects(text, names), _elements(text, names), _python(text, offered))
    return next((found for form in forms if (found := list(form))), [])


def _objects(text: str, offered: Collection[str]) -> Iterator[tuple[str, Any]]:
    """``{"name": "search", "arguments": {…}}``, with or without marks around it."""
    for found in objects_in(text):
        inner = found.get("function")
        function = inner if isinstance(inner, dict) else found
        arguments = function.get("arguments", function.get("parameters"))
        if function.get("name") in offered and isinstance(arguments, dict | str):
            yield function["name"], arguments


def _named_objects(text: str, names: str) -> Iterator[tuple[str, Any]]:
    """``[TOOL_CALLS]search{…}``."""
    for match in re.finditer(f"{_BEFORE}({names}){_BETWEEN}", text):
        try:
            arguments, _ = json.JSONDecoder(strict=False).raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        yield match[1], arguments


def _elements(text: str, names: str) -> Iterator[tuple[str, Any]]:
    """``<function=search><parameter=query>…</parameter></function>``."""
    for begin, end in _ELEMENTS:
        for name, inner in _enclosed(text, begin.replace("{names}", names), end):
            found = [argument for form in _ARGUMENTS for argument in _enclosed(inner, *form)]
            if found:
                yield name, {key: _value(value.strip()) for key, value in found}


def _enclosed(text: str, begin: str, end: str) -> Iterator[tuple[str, str]]:
    """(name, content) of each element. Each letter is looked at once, however many begin and do not end."""
    opening, at = re.compile(begin), 0
    while match := opening.search(text, at):
        closed = text.find(end, match.end())
        if closed < 0:
            return
        yield match[1], text[match.end() : closed]
        at = closed + len(end)


def _value(written: str) -> Any:
    """A list or an object; anything else is the text that stands there."""
    if written.startswith(("[", "{")):
        try:
            return json.loads(written)
        except (ValueError, RecursionError):
            pass
    return written


def _python(text: str, offered: Collection[str]) -> Iterator[tuple[str, Any]]:
    """``[search(query="engine")]``, if there is nothing else."""
    try:
        tree = ast.parse(_AROUND_PYTHON.sub("", text.strip()).strip(), mode="eval").body
        for call in tree.elts if isinstance(tree, ast.List) else [tree]:
            if not isinstance(call, ast.Call) or call.args or not isinstance(call.func, ast.Name):
                return
            if call.func.id in offered:
                yield call.func.id, {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return
