"""Chunks of replies, put together."""

from typing import Any

import pytest

from agents.models.reply import Reply
from agents.models.reply_reader import NoReplyError, ReplyReader, ServerSaidError


def chunk(delta: Any = None, finish: Any = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish} | fields]}


def read(*chunks: Any) -> Reply:
    """The reply of these chunks; what was handed on as it came says the same."""
    texts: list[str] = []
    reasoning: list[str] = []
    reader = ReplyReader("m", texts.append, reasoning.append, texts.clear, {"search"})
    for one in chunks:
        reader.take(one)
    reply = reader.finish()
    assert ("".join(texts), "".join(reasoning)) == (reply.text, reply.reasoning)
    return reply


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "84", "reasoning_content": "Hm."},
        {"content": "84", "reasoning": "Hm.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"content": "84", "reasoning": {"content": "Hm."}},
        {"content": "84", "reasoning_details": [{"type": "reasoning.summary", "summary": "Hm."}]},
        {"content": "<think>Hm.</think>84"},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"text": "84"}]},
        {"content": [{"type": "text", "text": "<think>Hm."}, {"type": "text", "text": "</think>84"}]},
        {"content": [{"type": "reasoning", "text": "Hm."}, "8", {"type": "output_text", "text": {"value": "4"}}]},
        {"content": {"type": "text", "text": "84"}, "thinking": "Hm."},
        {"content": [{"type": "image_url", "image_url": {"url": "x"}}, {"text": "Hm.</think>84"}]},
    ],
)  # fmt: skip
def test_answer_and_reasoning_are_found_wherever_they_stand(delta: dict[str, Any]) -> None:
    for reply in (read(chunk(delta), chunk(None, "stop")), read({"choices": [{"message": delta}]})):
        assert (reply.text, reply.reasoning) == ("84", "Hm.")


def test_chunks_that_say_nothing_are_nothing() -> None:
    reply = read(
        {}, {"choices": []}, {"choices": None}, {"type": "ping"}, chunk({"role": "assistant", "content": None}),
        chunk({"content": ""}), chunk({"content": "84"}, error=None), chunk(None, "Stop"),
        {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": None}, "error": None},
    )  # fmt: skip
    assert (reply.text, reply.finish) == ("84", "stop")
    assert reply.usage is not None
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (7, 0)


@pytest.mark.parametrize(
    "usage", ["many", {"prompt_tokens": "7"}, {"prompt_tokens": -1}, {"total_tokens": 3}, [], 1e400]
)
def test_a_usage_that_means_nothing_is_none(usage: Any) -> None:
    assert read(chunk({"content": "84"}), {"usage": usage}).usage is None


def test_the_whole_message_at_the_end_is_not_read_twice() -> None:
    assert read(chunk({"content": "84"}), chunk({}, "stop", message={"content": "84"})).text == "84"


def test_an_object_that_the_server_has_read_for_us_is_written_again() -> None:
    assert read(chunk({"content": {"parts": [1]}}, "stop")).text == '{"parts": [1]}'


def test_of_several_choices_the_first_is_read() -> None:
    both = {"choices": [{"index": 1, "delta": {"content": "84"}}, {"index": 0, "delta": {"content": "90"}}]}
    assert read(both, both).text == "8484"


def test_a_text_completion_is_read() -> None:
    assert read({"choices": [{"text": "84", "finish_reason": "stop"}]}).text == "84"


def test_halves_of_characters_are_joined_or_replaced() -> None:
    reply = read(chunk({"content": "a \ud83d"}), chunk({"content": "\ude00 b \udcaf c \ud83d"}))
    assert reply.text == "a 😀 b \ufffd c \ufffd"


def test_a_refusal_is_text_and_known() -> None:
    reply = read(chunk({"refusal": "I can't "}), chunk({"refusal": "say."}, "stop"))
    assert (reply.text, reply.refused) == ("I can't say.", True)


def test_a_function_call_of_old_is_a_tool_call() -> None:
    reply = read(chunk({"function_call": {"name": "search", "arguments": '{"query"'}}),
                 chunk({"function_call": {"arguments": ': "x"}'}}, "function_call"))  # fmt: skip
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("search", '{"query": "x"}')]


@pytest.mark.parametrize(
    "delta",
    [
        {"content": '<|channel|>commentary to=functions.search <|message|>{"query": "x"}<|call|>'},
        {"reasoning_content": 'Hm. <tool_call>{"name": "search", "arguments": {"query": "x"}}</tool_call>'},
    ],
)
def test_a_call_is_found_where_the_text_is_not_for_people(delta: dict[str, Any]) -> None:
    assert [call.name for call in read(chunk(delta), chunk(None, "stop")).tool_calls] == ["search"]


def test_a_call_that_the_model_only_thought_of_is_none() -> None:
    thought = '<tool_call>{"name": "search", "arguments": {"query": "x"}}</tool_call>'
    assert not read(chunk({"reasoning_content": thought, "content": "84"})).tool_calls


def test_ollamas_own_form_is_read() -> None:
    reply = read({"message": {"content": "8"}, "done": False}, {"message": {"content": "4"}, "done_reason": "stop"})
    assert (reply.text, reply.finish) == ("84", "stop")


def test_a_reason_for_the_end_that_comes_with_every_chunk_means_nothing() -> None:
    reader = ReplyReader("m")
    reader.take(chunk({"content": "8"}, "stop"))
    assert reader.has_ended
    reader.take(chunk({"content": "4"}, "stop"))
    assert not reader.has_ended


@pytest.mark.parametrize(
    "said",
    [
        {"error": {"message": "no"}}, {"error": "no"}, {"object": "error", "message": "no"}, {"detail": "no"},
        {"message": "no", "code": 400}, chunk({"content": ""}, "error", error={"code": 429, "message": "no"}),
    ],
)  # fmt: skip
def test_an_error_in_the_stream_is_one(said: Any) -> None:
    with pytest.raises(ServerSaidError):
        read(chunk({"content": "8"}), said)


@pytest.mark.parametrize("value", [7, "text", {"choices": 7}, {"choices": [7]}, chunk("text"), chunk([1])])
def test_what_has_another_form_is_no_reply(value: Any) -> None:
    with pytest.raises(NoReplyError):
        read(value)
