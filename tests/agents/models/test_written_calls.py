"""Tool calls in text, as models of different families write them."""

from typing import Any

import pytest

from agents.models.written_calls import written_calls

OFFERED = ("search", "choose")
ENGINE: list[tuple[str, Any]] = [("search", {"query": "engine"})]


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "search", "arguments": {"query": "engine"}}\n</tool_call>',
        '[TOOL_CALLS] [{"name": "search", "arguments": {"query": "engine"}}]',
        '[TOOL_CALLS]search{"query": "engine"}',
        '[TOOL_CALLS]search[ARGS]{"query": "engine"}',
        '[TOOL_CALLS]search[CALL_ID]a1B2c3D4e[ARGS]{"query": "engine"}',
        '<|python_tag|>{"name": "search", "parameters": {"query": "engine"}}',
        '<function=search>{"query": "engine"}</function>',
        "<tool_call>\n<function=search>\n<parameter=query>\nengine\n</parameter>\n</function>\n</tool_call>",
        "I look it up.\n\n<function=search>\n<parameter=query>\nengine\n</parameter>\n</function>\n</tool_call>",
        '<minimax:tool_call>\n<invoke name="search">\n<parameter name="query">engine</parameter>\n</invoke>\n'
        "</minimax:tool_call>",
        "<tool_call>search\n<arg_key>query</arg_key>\n<arg_value>engine</arg_value>\n</tool_call>",
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n{"query": "engine"}\n```'
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search<｜tool▁sep｜>{"query": "engine"}<｜tool▁call▁end｜>',
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>"
        '{"query": "engine"}<|tool_call_end|><|tool_calls_section_end|>',
        '<|channel|>commentary to=functions.search <|constrain|>json<|message|>{"query": "engine"}<|call|>',
        '[search(query="engine")]',
        "```tool_code\nsearch(query='engine')\n```",
    ],
)
def test_a_call_is_known_by_the_form_of_its_model(text: str) -> None:
    assert written_calls(text, OFFERED) == ENGINE


def test_several_calls_are_told_and_lists_are_lists() -> None:
    text = (
        "<function=search><parameter=query>2024</parameter></function>"
        "<function=choose><parameter=passage_ids>[3, 5]</parameter></function>"
    )
    assert written_calls(text, OFFERED) == [("search", {"query": "2024"}), ("choose", {"passage_ids": [3, 5]})]
    assert written_calls('[search(query="a"), search(query="b")]', OFFERED) == [
        ("search", {"query": "a"}), ("search", {"query": "b"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "I would search for the engine.",
        "To search (query) is enough {as I said}.",
        '<function=delete>{"query": "engine"}</function>',
        "[TOOL_CALLS]search{broken",
        "<function=search><parameter=query>engine",
        "[delete(query='engine')]",
        "search(open('x'))",
        "<tool_call>" * 20_000,
        "<function=search>" * 20_000,
        "[" * 50_000,
    ],
)
def test_nothing_else_is_a_call(text: str) -> None:
    assert written_calls(text, OFFERED) == []


@pytest.mark.parametrize(
    ("begin", "repeated", "end"),
    [
        ("to=search", "<|constrain|>  ", ""),
        ("to=search", "<|constrain|>json ", ""),
        ("[TOOL_CALLS]", " ", ""),
        ("", "to=search ", ""),
        ("<tool_call>search", " ", ""),
        ("", "<function=search>", "</function>"),
        ("<function=search><parameter=query>", " ", "</function>"),
        ("", "<function=search><parameter=query>", "</function>"),
        ("<tool_call>search<arg_key>", "query ", "</tool_call>"),
        ("", "<tool_call>search<arg_key>query</arg_key><arg_value>", "</tool_call>"),
        ("```tool_code\n", " ", "x"),
        ("", "\n```", "x"),
        ("<|python_tag|>", "(", ""),
        ("", '{"name": ', ""),
    ],
)
def test_a_text_that_only_begins_calls_is_read_in_time(begin: str, repeated: str, end: str) -> None:
    text = begin + repeated * ((100_000 - len(begin) - len(end)) // len(repeated)) + end
    assert written_calls(text, OFFERED) == []


def test_blanks_around_python_are_none_of_it() -> None:
    assert written_calls(' \n<|python_start|> [search(query="engine")] \n<|python_end|>\n', OFFERED) == ENGINE
