"""The model client against a real HTTP server that does what model servers do on bad days."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from agents.errors import AgentError
from agents.models import llm, reply_reader
from agents.models.json_schema import strict_schema
from agents.models.llm import ChatModel, Tool
from agents.telling import steps
from agents.telling.steps import Record, StepRecord, TextRecord
from tests.model_server import Calls, Garbage, Half, ModelServer, Pieces, Silence, Status, StreamError, Text, structure
from utils.log.events import ENDED_ACTIVITY

pytestmark = pytest.mark.anyio

HELLO: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
KEY = "sk-secret-123"


class Colour(BaseModel):
    name: str
    shade: Literal["light", "dark"] = "light"
    parts: list["Colour"] = []


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
async def model(server: ModelServer) -> AsyncIterator[ChatModel]:
    model = ChatModel(api_key=KEY, model="scripted", base_url=server.url, timeout_seconds=5)
    yield model
    await model.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm, "_FIRST_WAIT", 0.01)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """The records of the steps, which stand alone here."""
    records: list[Record] = []
    monkeypatch.setattr(steps, "write", records.append)
    monkeypatch.setattr(llm, "step", partial(steps.step, agent="Test Agent", key="model"))
    return records


def model_steps(told: list[Record]) -> list[StepRecord]:
    return [record for record in told if isinstance(record, StepRecord) and record.kind == "model"]


def steps_within(told: list[Record]) -> list[tuple[str, str, str | None]]:
    """Action, status and details of the steps within a call, as they ended."""
    ends = [one for one in told if isinstance(one, StepRecord) and one.status in ENDED_ACTIVITY]
    return [(one.action, one.status, one.details) for one in ends if one.parent is not None]


async def failure(model: ChatModel) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await model.text("Say", HELLO, lambda text: None)
    assert KEY not in failed.value.message
    assert "scripted;" not in failed.value.message
    return failed.value


async def test_text_comes_as_it_is_written_with_its_usage(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", Text("Good morning, harbour.", piece=5))
    pieces: list[str] = []
    assert await model.text("Say", HELLO, pieces.append) == "Good morning, harbour."
    assert pieces == ["Good ", "morni", "ng, h", "arbou", "r."]
    done = model_steps(told)[-1]
    assert (done.action, done.status) == ("Say", "completed")
    assert done.usage is not None
    assert (done.usage.model, done.usage.input_tokens, done.usage.output_tokens) == ("scripted", 120, 30)
    assert server.requests[0]["stream_options"] == {"include_usage": True}


async def test_a_server_that_tells_no_usage_is_fine(model: ChatModel, server: ModelServer, told: list[Record]) -> None:
    server.answer("text", Text("Yes.", usage=False))
    assert await model.text("Say", HELLO, lambda text: None) == "Yes."
    assert model_steps(told)[-1].usage is None


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, None, "model_unauthorised"),
        (403, None, "model_forbidden"),
        (404, "model_not_found", "model_unknown"),
        (400, "context_length_exceeded", "model_too_long"),
        (429, "insufficient_quota", "model_quota"),
    ],
)
async def test_what_another_try_cannot_mend_fails_at_once(
    model: ChatModel, server: ModelServer, told: list[Record], status: int, code: str | None, expected: str
) -> None:
    server.answer("text", Status(status, code=code))
    error = await failure(model)
    assert (error.code, error.retryable) == (expected, False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("page", [b"<html>It works!</html>", b"\n<!DOCTYPE html><body>Sign in</body>"])
async def test_a_web_page_is_no_model_server(
    model: ChatModel, server: ModelServer, told: list[Record], page: bytes
) -> None:
    server.answer("text", Garbage(page, "text/html"))
    error = await failure(model)
    assert (error.code, error.message) == (
        "model_moved", "A web page answered instead of the model server. Check OPENAI_BASE_URL.",
    )  # fmt: skip
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("finish", "expected"),
    [
        ("content_filter: SPII", "model_filtered"),
        ("sensitive", "model_filtered"),
        ("guardrail_intervened", "model_filtered"),
        ("model_context_window_exceeded", "model_too_long"),
    ],
)
async def test_the_reason_for_an_empty_end_is_told_at_once(
    model: ChatModel, server: ModelServer, told: list[Record], finish: str, expected: str
) -> None:
    server.answer("text", Text("", finish=finish))
    assert (await failure(model)).code == expected
    assert len(server.requests) == 1


@pytest.mark.parametrize("finish", ["abort", "error", "network_error", "insufficient_system_resource"])
async def test_an_answer_that_the_server_broke_off_is_no_answer(
    model: ChatModel, server: ModelServer, told: list[Record], finish: str
) -> None:
    server.answer("text", Text("In winter she may", finish=finish))
    assert (await failure(model)).code == "model_cut_off"


async def test_what_a_server_refuses_to_pass_on_is_read(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    """Groq sends what the model wrote with its error."""
    error = {"code": "tool_use_failed", "failed_generation": '<function=search>{"query": "engine"}</function>'}
    server.answer("tools", Status(400, body=json.dumps({"error": error}).encode()))
    reply = await model.call_tools("Look", HELLO, [Tool("search", "Search.", Colour)])
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("search", '{"query": "engine"}')]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "words",
    [
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        "This model does not support function calling",
    ],
)
async def test_a_model_without_tools_is_not_asked_again(
    model: ChatModel, server: ModelServer, told: list[Record], words: str
) -> None:
    server.answer("tools", Status(400, message=words))
    with pytest.raises(AgentError) as failed:
        await model.call_tools("Look", HELLO, [Tool("search", "Search.", Colour)])
    assert (failed.value.code, len(server.requests)) == ("model_refused", 1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (Status(500), "model_server_error"),
        (Status(503), "model_server_error"),
        (Status(429), "model_busy"),
        (Garbage(b'{"hello": 1}', "application/json"), "model_empty"),
        (Garbage(b"data: {not json\n\n"), "model_garbage"),
        (Garbage(b'data: {"choices": 7}\n\n'), "model_garbage"),
        (Garbage(b'data: {"choices": [{"delta": "x"}]}\n\n'), "model_garbage"),
        (Garbage(b"data: [1, 2]\n\n"), "model_garbage"),
        (Half(), "model_cut_off"),
        (Half(clean=True), "model_empty"),
        (StreamError(), "model_server_error"),
        (StreamError("rate_limit_exceeded"), "model_busy"),
        (Text(""), "model_empty"),
    ],
    ids=str,
)
async def test_what_may_pass_is_tried_again_and_told(
    model: ChatModel, server: ModelServer, told: list[Record], bad: Any, expected: str
) -> None:
    server.answer("text", bad, bad, Text("At last."))
    assert await model.text("Say", HELLO, lambda text: None) == "At last."
    moved = [record.details or "" for record in model_steps(told) if record.status == "in-progress"]
    assert len(moved) == 2
    assert all("trying again in" in details for details in moved)

    server.answer("text", *[bad] * 4)
    error = await failure(model)
    assert (error.code, error.retryable) == (expected, True)
    assert len(server.requests) == 3 + 4


async def test_retry_after_is_obeyed(model: ChatModel, server: ModelServer, told: list[Record]) -> None:
    server.answer("text", Status(429, {"Retry-After": "0.3"}), Text("Now."))
    begun = time.monotonic()
    assert await model.text("Say", HELLO, lambda text: None) == "Now."
    assert 0.3 <= time.monotonic() - begun < 5


async def test_a_server_that_wants_an_hour_is_not_waited_for(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", Status(429, {"Retry-After": "3600"}))
    assert (await failure(model)).code == "model_busy"
    assert len(server.requests) == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("bad", [Half("Once upon"), Half("Once upon", clean=True)], ids=str)
async def test_text_that_was_shown_is_not_written_twice(
    model: ChatModel, server: ModelServer, told: list[Record], bad: Half
) -> None:
    server.answer("text", bad)
    shown: list[str] = []
    with pytest.raises(AgentError) as failed:
        await model.text("Say", HELLO, shown.append)
    assert (failed.value.code, "".join(shown)) == ("model_cut_off", "Once upon")
    assert len(server.requests) == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("bad", [Silence(), Silence("Once upon a")], ids=["from the start", "in the middle"])
async def test_silence_ends_after_the_timeout(server: ModelServer, told: list[Record], bad: Silence) -> None:
    model = ChatModel(api_key=KEY, model="scripted", base_url=server.url, timeout_seconds=0.2, retries=0)
    server.answer("text", bad)
    error = await failure(model)
    assert (error.code, error.retryable) == ("model_timeout", True)
    await model.close()


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_is_not_there_is_told(told: list[Record]) -> None:
    with ModelServer() as gone:
        pass
    model = ChatModel(api_key=KEY, model="scripted", base_url=gone.url, timeout_seconds=2)
    error = await failure(model)
    assert error.code == "model_unreachable"
    assert error.message.startswith("The model server cannot be reached: nothing accepts connections there (check")
    assert "OPENAI_BASE_URL" in error.message
    await model.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("url", "words"),
    [("http://nowhere.invalid/v1", "its host name is not known"), ("https{}", "no HTTPS is spoken there")],
)
async def test_why_it_cannot_be_reached_is_told(told: list[Record], server: ModelServer, url: str, words: str) -> None:
    address = url.format(server.url.removeprefix("http"))
    model = ChatModel(api_key=KEY, model="scripted", base_url=address, timeout_seconds=20)
    assert words in (await failure(model)).message
    await model.close()


async def test_cancelling_closes_the_connection(model: ChatModel, server: ModelServer, told: list[Record]) -> None:
    server.answer("text", Silence("Once"))
    begun = asyncio.Event()
    task = asyncio.create_task(model.text("Say", HELLO, lambda text: begun.set()))
    await asyncio.wait_for(begun.wait(), 5)
    task.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await asyncio.to_thread(server.gone.wait, 2)


async def test_structured_output_is_checked(model: ChatModel, server: ModelServer, told: list[Record]) -> None:
    server.answer("Colour", structure({"name": "red", "shade": "dark", "parts": []}))
    assert await model.structured("Pick", HELLO, Colour) == Colour(name="red", shade="dark")
    assert server.requests[0]["response_format"]["json_schema"]["strict"] is True


async def test_an_answer_that_does_not_fit_may_be_mended_once(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("Colour", structure({"name": 7, "shade": "odd"}), structure({"name": "red", "shade": "dark"}))
    assert (await model.structured("Pick", HELLO, Colour)).name == "red"
    assert "shade" in server.requests[1]["messages"][-1]["content"]
    server.answer("Colour", Text("red"), Text("still red"))
    with pytest.raises(AgentError) as failed:
        await model.structured("Pick", HELLO, Colour)
    assert failed.value.code == "model_garbage"


async def test_a_server_without_json_schema_is_asked_in_words_from_then_on(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("Colour", *[Status(400)] * 3)  # With all, without stream_options, with the limit's newer name.
    server.answer("json", Text('Sure:\n```json\n{"name": "red", "shade": "dark"}\n```'), structure({"name": "blue"}))
    assert (await model.structured("Pick", HELLO, Colour)).name == "red"
    assert (await model.structured("Pick", HELLO, Colour)).name == "blue"
    assert server.kinds == ["Colour", "Colour", "Colour", "json", "json"]


async def test_a_server_that_names_the_schema_as_what_it_does_not_take_is_asked_in_words_at_once(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("Colour", Status(400, message="'response_format' of type 'json_schema' is not supported"))
    server.answer("json", structure({"name": "red"}))
    assert (await model.structured("Pick", HELLO, Colour)).name == "red"
    assert server.kinds == ["Colour", "json"]
    assert [message["role"] for message in server.requests[1]["messages"]] == ["user"]  # some want roles in turn


async def test_a_server_without_stream_options_is_not_asked_for_usage(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", Status(400), Text("Yes."))
    assert await model.text("Say", HELLO, lambda text: None) == "Yes."
    assert "stream_options" not in server.requests[1]


async def test_a_refusal_of_another_cause_changes_nothing_for_the_next_call(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", Status(400), Status(400), Text("Yes."))
    assert (await failure(model)).code == "model_refused"
    assert await model.text("Say", HELLO, lambda text: None) == "Yes."
    assert "stream_options" in server.requests[2]
    assert model_steps(told)[-1].usage is not None
    server.answer("Colour", *[Status(400)] * 3, structure({"name": "red", "shade": "dark"}))
    server.answer("json", *[Status(400)] * 3)
    with pytest.raises(AgentError):
        await model.structured("Pick", HELLO, Colour)
    assert (await model.structured("Pick", HELLO, Colour)).name == "red"


async def test_tool_calls_are_put_together_from_their_pieces(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer(
        "tools", Calls([("paint", {"name": "deep blue"}), ("paint", {"name": "a very long name of a colour"})])
    )
    reply = await model.call_tools("Paint", HELLO, [Tool("paint", "Paint it.", Colour)])
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [
        ("paint", '{"name": "deep blue"}'),
        ("paint", '{"name": "a very long name of a colour"}'),
    ]
    assert [call["id"] for call in reply.as_message()["tool_calls"]] == ["call-0", "call-1"]


def calling(*indexes: int) -> Garbage:
    pieces = [{"index": at, "id": f"call-{at}", "function": {"name": "paint", "arguments": "{}"}} for at in indexes]
    choice = {"index": 0, "delta": {"tool_calls": pieces}, "finish_reason": "tool_calls"}
    return Garbage(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\ndata: [DONE]\n\n")


@pytest.mark.usefixtures("impatient")
async def test_more_tool_calls_than_anyone_can_mean_are_garbage(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    tools = [Tool("paint", "Paint it.", Colour)]
    server.answer("tools", calling(*range(65)), calling(6_000_000, *range(63)))  # a number is a name and no more
    assert len((await model.call_tools("Paint", HELLO, tools)).tool_calls) == 64
    server.answer("tools", *[calling(*range(65))] * 4)
    with pytest.raises(AgentError) as failed:
        await model.call_tools("Paint", HELLO, tools)
    assert (failed.value.code, len(server.requests)) == ("model_garbage", 2 + 4)


@pytest.mark.usefixtures("impatient")
async def test_a_tool_call_that_nobody_offered_is_garbage(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", *[calling(0)] * 4)
    assert (await failure(model)).code == "model_garbage"


async def test_an_answer_that_does_not_end_is_left_and_not_asked_for_again(
    model: ChatModel, server: ModelServer, told: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_reader, "_MOST_TEXT", 20)
    server.answer("text", Text("Just twenty letters.", piece=5), Text("On and on and on and on.", piece=5))
    assert await model.text("Say", HELLO, lambda text: None) == "Just twenty letters."
    shown: list[str] = []
    with pytest.raises(AgentError) as failed:
        await model.text("Say", HELLO, shown.append)
    assert (failed.value.code, failed.value.retryable) == ("model_too_much", False)
    assert (len(server.requests), "".join(shown)) == (2, "On and on and on and")
    server.answer("Colour", Text("[" * 21))
    with pytest.raises(AgentError) as failed:
        await model.structured("Pick", HELLO, Colour)
    assert (failed.value.code, len(server.requests)) == ("model_too_much", 3)


@pytest.mark.parametrize("call", [("paint", "x" * 21), ("paint" * 5, "")], ids=["arguments", "name"])
async def test_a_tool_call_that_does_not_end_is_left_and_not_asked_for_again(
    model: ChatModel, server: ModelServer, told: list[Record], monkeypatch: pytest.MonkeyPatch, call: tuple[str, str]
) -> None:
    monkeypatch.setattr(reply_reader, "_MOST_ARGUMENTS", 20)
    server.answer("tools", Calls([("paint", "x" * 15)] * 3), Calls([call]))
    tools = [Tool("paint", "Paint it.", Colour)]
    assert len((await model.call_tools("Paint", HELLO, tools)).tool_calls) == 3
    with pytest.raises(AgentError) as failed:
        await model.call_tools("Paint", HELLO, tools)
    assert (failed.value.code, len(server.requests)) == ("model_too_much", 2)


async def test_a_call_ends_even_if_its_server_is_never_silent_for_long(
    model: ChatModel, server: ModelServer, told: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    await model._connection.client()  # its import is not what takes time here
    monkeypatch.setattr(llm, "_LONGEST_CALL_SECONDS", 0.5)
    server.answer("text", Text("Drop by drop " * 100, piece=1, pause=0.05))
    error = await failure(model)
    assert (error.code, error.retryable, len(server.requests)) == ("model_too_slow", False, 1)
    assert "minutes" in error.message
    assert await asyncio.to_thread(server.gone.wait, 5)


# Servers as they are


DONE = b"data: [DONE]\n\n"


def said(delta: Any = None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def reasoning(told: list[Record]) -> list[tuple[str, str, bool]]:
    return [(one.key, one.delta, one.final) for one in told if isinstance(one, TextRecord) and one.channel]


def moves(told: list[Record]) -> list[str]:
    return [one.details or "" for one in model_steps(told) if one.status == "in-progress"]


@pytest.mark.parametrize(
    ("pieces", "details"),
    [
        ([said({"content": "Yes."}), DONE], None),
        ([said({"content": "Yes."}), said(None, "stop")], None),
        ([said({"content": "Yes."}), said(None, "stop"), b'data: {"usage": {"prompt_tokens": 7}}\n\n', DONE], None),
        ([json.dumps({"choices": [{"message": {"content": "Yes."}}]}).encode()], None),
        ([said({"content": "Yes."}), said({}, "length")], "The answer stops at the model's length limit."),
    ],
)
async def test_a_reply_is_whole_when_anything_says_so(
    model: ChatModel, server: ModelServer, told: list[Record], pieces: list[bytes], details: str | None
) -> None:
    server.answer("text", Pieces(pieces))
    assert await model.text("Say", HELLO, lambda text: None) == "Yes."
    assert (model_steps(told)[-1].details, len(server.requests)) == (details, 1)


async def test_a_server_that_never_says_that_its_reply_is_whole_is_believed_at_the_second_time(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", *[Pieces([said({"content": "Yes."})])] * 2)
    assert (await failure(model)).code == "model_cut_off"
    assert await model.text("Say", HELLO, lambda text: None) == "Yes."
    assert model_steps(told)[-1].details == "The model server did not say whether this answer is complete."
    server.answer("Colour", Pieces([said({"content": '{"name": "red"}'})]))
    other = ChatModel(api_key=KEY, model="scripted", base_url=server.url)
    assert (await other.structured("Pick", HELLO, Colour)).name == "red"  # a whole object is whole
    await other.close()


async def test_signs_of_life_keep_a_call_alive_and_an_end_is_not_waited_for(
    server: ModelServer, told: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "_AFTER_END_SECONDS", 0.1)
    model = ChatModel(api_key=KEY, model="scripted", base_url=server.url, timeout_seconds=0.5, retries=0)
    await model._connection.client()  # its import is not what takes time here
    alive = [b": working\n\n", b"\n\n", b"event: ping\n\n", b"data: {}\n\n"] * 2
    server.answer("text", Pieces([*alive, said({"content": "Yes."}), said(None, "stop")], pause=0.2, stays_open=True))
    begun = time.monotonic()
    assert await model.text("Say", HELLO, lambda text: None) == "Yes."
    assert 1.5 < time.monotonic() - begun < 4
    await model.close()


async def test_signs_of_life_are_not_enough_for_ever(
    model: ChatModel, server: ModelServer, told: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    await model._connection.client()
    monkeypatch.setattr(llm, "_LONGEST_CALL_SECONDS", 0.5)
    server.answer("text", Pieces([b": working\n\n"] * 100, pause=0.05))
    assert (await failure(model)).code == "model_too_slow"


async def test_reasoning_is_told_with_the_step_and_ends_where_the_answer_begins(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer(
        "text", Pieces([said({"reasoning": "Hm, "}), said({"reasoning": "84?"}), said({"content": "84."}), DONE])
    )
    shown: list[str] = []
    assert await model.text("Say", HELLO, shown.append) == "84."
    assert reasoning(told) == [
        ("model/reasoning", "Hm, ", False), ("model/reasoning", "84?", False), ("model/reasoning", "", True)
    ]  # fmt: skip
    assert (shown, model_steps(told)[-1].output) == (["84."], "84.")


async def test_what_turns_out_to_be_reasoning_is_taken_back(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", Text("Is it 84?</think>84."))
    shown: list[str] = []
    assert await model.text("Say", HELLO, shown.append, on_take_back=shown.clear) == "84."
    assert "".join(shown) == "84."
    assert "".join(delta for _, delta, _ in reasoning(told)) == "Is it 84?"


@pytest.mark.parametrize("finish", ["stop", "length"])
async def test_reasoning_without_an_answer_is_told_and_not_asked_for_again(
    model: ChatModel, server: ModelServer, told: list[Record], finish: str
) -> None:
    server.answer("text", Pieces([said({"reasoning": "Hm."}, finish), DONE]))
    assert (await failure(model)).code == "model_only_reasoning"
    server.answer("Colour", *[Pieces([said({"reasoning": "Hm."}, "stop"), DONE])] * 2)
    with pytest.raises(AgentError) as failed:
        await model.structured("Pick", HELLO, Colour)
    assert (failed.value.code, len(server.requests)) == ("model_only_reasoning", 3)


async def test_a_model_that_thinks_up_to_its_limit_is_given_more_from_then_on(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("Colour", Pieces([said({"reasoning": "Hm."}, "length"), DONE]), *[structure({"name": "red"})] * 2)
    for _ in range(2):
        assert (await model.structured("Pick", HELLO, Colour)).name == "red"
    assert [request["max_tokens"] for request in server.requests] == [4096, 16_384, 16_384]
    assert moves(told) == ["The model thought up to its length limit; asking again for 16,384 tokens"]


async def test_an_answer_that_comes_as_a_call_is_one(model: ChatModel, server: ModelServer, told: list[Record]) -> None:
    server.answer("Colour", Calls([("Colour", {"name": "red"})]))
    assert (await model.structured("Pick", HELLO, Colour)).name == "red"
    assert len(server.requests) == 1


async def test_a_bad_answer_is_never_sent_back_whole(model: ChatModel, server: ModelServer, told: list[Record]) -> None:
    server.answer("Colour", Text("x" * 50_000, piece=5000, finish="length"), structure({"name": "red"}))
    assert (await model.structured("Pick", HELLO, Colour)).name == "red"
    assert len(json.dumps(server.requests[1])) < len(json.dumps(server.requests[0])) + 1000
    assert "much shorter" in server.requests[1]["messages"][-1]["content"]
    server.answer("Colour", *[Text('{"name": "re', finish="length")] * 2)
    with pytest.raises(AgentError) as failed:
        await model.structured("Pick", HELLO, Colour)
    assert failed.value.code == "model_too_much"


async def test_a_plan_that_grows_says_so(
    model: ChatModel, server: ModelServer, told: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "_TELL_SECONDS", 0.05)
    server.answer("Colour", Text(json.dumps({"name": "r" * 1500}), piece=100, pause=0.02))
    await model.structured("Pick", HELLO, Colour)
    grown = [int(one.removesuffix(" characters so far").replace(",", "")) for one in moves(told)]
    assert grown == sorted(grown)
    assert 2 <= len(grown) <= 10


async def test_a_server_that_has_no_room_for_the_answer_is_asked_for_less(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    full = Status(400, message="This model's maximum context length is 2048 tokens. However, you requested 4596 "
                  "tokens (500 in the messages, 4096 in the completion).")  # fmt: skip
    server.answer("Colour", full, *[structure({"name": "red"})] * 2)
    for _ in range(2):
        await model.structured("Pick", HELLO, Colour)
    assert [request["max_tokens"] for request in server.requests] == [4096, 1024, 1024]
    server.answer("Colour", full, full, full)
    with pytest.raises(AgentError) as failed:
        await model.structured("Pick", HELLO, Colour)
    assert (failed.value.code, len(server.requests)) == ("model_too_long", 6)


@pytest.mark.parametrize(
    ("error", "code", "calls"),
    [
        ({"error": {"message": "context length exceeded", "code": 400}}, "model_too_long", 1),
        ({"error": {"message": "flagged by moderation"}}, "model_filtered", 1),
        ({"error": {"code": "429", "message": "slow down"}}, "model_busy", 4),
        ({"error": "out of memory"}, "model_server_error", 4),
    ],
)
@pytest.mark.usefixtures("impatient")
async def test_an_error_in_a_stream_means_what_it_says(
    model: ChatModel, server: ModelServer, told: list[Record], error: Any, code: str, calls: int
) -> None:
    server.answer("text", *[Pieces([b"data: " + json.dumps(error).encode() + b"\n\n"])] * 4)
    assert ((await failure(model)).code, len(server.requests)) == (code, calls)


@pytest.mark.parametrize("finish", ["content_filter", "SAFETY"])
async def test_a_filter_that_stops_an_answer_is_told(
    model: ChatModel, server: ModelServer, told: list[Record], finish: str
) -> None:
    server.answer("text", Text("Once upon", finish=finish))
    assert ((await failure(model)).code, len(server.requests)) == ("model_filtered", 1)


@pytest.mark.usefixtures("impatient")
async def test_each_try_and_each_wait_between_two_is_a_step(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", Status(500), Status(503), Text("Yes."))
    await model.text("Say", HELLO, lambda text: None)
    assert steps_within(told) == [
        ("Wait after try 1", "completed", "The model server failed (status 500)"),
        ("Try 2", "failed", "The model server failed (status 503). Ask again in a little while."),
        ("Wait after try 2", "completed", "The model server failed (status 503)"),
        ("Try 3", "completed", None),
    ]
    assert model_steps(told)[-1].status == "completed"


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_fails_each_time_is_seen_to(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer("text", *[Status(500)] * 4)
    assert (await failure(model)).code == "model_server_error"
    assert [(action, status) for action, status, _ in steps_within(told)] == [
        ("Wait after try 1", "completed"), ("Try 2", "failed"), ("Wait after try 2", "completed"), ("Try 3", "failed"),
        ("Wait after try 3", "completed"), ("Try 4", "failed"),
    ]  # fmt: skip
    assert model_steps(told)[-1].status == "failed"


async def test_tool_calls_that_nobody_offered_do_not_spoil_a_text(
    model: ChatModel, server: ModelServer, told: list[Record]
) -> None:
    server.answer(
        "text", Pieces([said({"content": "Yes.", "tool_calls": [{"function": {"name": "x"}}]}, "stop"), DONE])
    )
    assert await model.text("Say", HELLO, lambda text: None) == "Yes."


def test_a_strict_schema_requires_all_and_allows_no_more() -> None:
    schema = strict_schema(Colour)
    colour = schema["$defs"]["Colour"]
    assert colour["required"] == ["name", "shade", "parts"]
    assert colour["additionalProperties"] is False
    assert "default" not in colour["properties"]["shade"]


# How it shall write, and servers that do not take all of it


async def styled(server: ModelServer, told: list[Record], *answers: Status) -> ChatModel:
    model = ChatModel(api_key=KEY, model="scripted", base_url=server.url, temperature=0.5, max_tokens=40)
    server.answer("text", *answers, Text("Yes."), Text("Yes."))
    try:
        for _ in range(2):
            assert await model.text("Say", HELLO, lambda text: None) == "Yes."
    finally:
        await model.close()
    return model


STYLE = ("temperature", "max_tokens", "max_completion_tokens", "stream_options")


def asked(server: ModelServer) -> list[dict[str, Any]]:
    return [{name: request[name] for name in STYLE[:3] if name in request} for request in server.requests]


async def test_temperature_and_limit_are_sent_with_texts_and_plans_have_a_limit_of_their_own(
    server: ModelServer, told: list[Record]
) -> None:
    await styled(server, told)
    assert asked(server) == [{"temperature": 0.5, "max_tokens": 40}] * 2
    model = ChatModel(api_key=KEY, model="scripted", base_url=server.url, temperature=0.5, max_tokens=40)
    server.answer("Colour", structure({"name": "red"}))
    await model.structured("Choose", HELLO, Colour)
    assert asked(server)[-1] == {"max_tokens": 4096}
    await model.close()


async def test_a_model_that_wants_the_newer_name_of_the_limit_gets_it_from_then_on(
    server: ModelServer, told: list[Record]
) -> None:
    await styled(server, told, Status(400, code="unsupported_parameter", param="max_tokens"))
    newer = {"temperature": 0.5, "max_completion_tokens": 40}
    assert asked(server) == [{"temperature": 0.5, "max_tokens": 40}, newer, newer]
    assert all("stream_options" in request for request in server.requests)


async def test_a_model_that_takes_no_temperature_is_asked_without_and_the_step_says_so(
    server: ModelServer, told: list[Record]
) -> None:
    await styled(server, told, Status(400, code="unsupported_value", param="temperature"))
    assert asked(server) == [{"temperature": 0.5, "max_tokens": 40}, {"max_tokens": 40}, {"max_tokens": 40}]
    assert [one.details for one in model_steps(told) if one.status == "in-progress"] == [
        "The model server takes no temperature; asking without"
    ]


async def test_a_server_that_does_not_say_what_it_refuses_is_asked_with_less_and_less_but_never_without_the_limit(
    server: ModelServer, told: list[Record]
) -> None:
    await styled(server, told, Status(400), Status(400), Status(422))
    sent = [sorted(set(STYLE) & set(request)) for request in server.requests]
    assert sent == [
        ["max_tokens", "stream_options", "temperature"], ["max_tokens", "temperature"], ["max_tokens"],
        ["max_completion_tokens"], ["max_completion_tokens"],
    ]  # fmt: skip
    model = ChatModel(api_key=KEY, model="scripted", base_url=server.url, max_tokens=40)
    server.answer("text", Status(400), Status(400), Status(400))
    assert (await failure(model)).code == "model_refused"
    await model.close()


# Where key and question go


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("owner", ["server", "agent"])
async def test_a_redirect_is_not_followed(
    server: ModelServer, told: list[Record], status: int, owner: Literal["server", "agent"]
) -> None:
    with ModelServer() as elsewhere:
        moved = {"Location": f"{elsewhere.url}/chat/completions"}
        server.answer("text", Status(status, moved))
        model = ChatModel(api_key=KEY, model="scripted", base_url=server.url, owner=owner)
        error = await failure(model)
        assert error.code == "model_moved"
        assert ("the agent's address" if owner == "agent" else "OPENAI_BASE_URL") in error.message
        assert (len(server.requests), elsewhere.requests) == (1, [])
        await model.close()


async def test_an_agents_server_is_sent_nothing_that_the_environment_holds_for_another(
    server: ModelServer, told: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "sk-of-the-server"
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", canary)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Gateway: {canary}\nAuthorization: Bearer {canary}")
    with ModelServer() as other:
        monkeypatch.setenv("OPENAI_BASE_URL", other.url)
        for key, sent in ((KEY, KEY), ("none", "none")):
            model = ChatModel(api_key=key, model="scripted", base_url=server.url, owner="agent")
            await model.text("Say", HELLO, lambda text: None)
            await model.close()
            assert server.headers[-1]["authorization"] == f"Bearer {sent}"
        assert other.requests == []
    assert canary not in str(server.headers)
    assert canary not in str(server.requests)


async def test_openais_own_address_is_meant_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere/v1")
    model = ChatModel(api_key=KEY, model="scripted", owner="agent")
    assert str((await model._connection.client()).base_url) == "https://api.openai.com/v1/"
    await model.close()


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_what_is_wrong_with_an_agents_server_does_not_send_people_to_the_settings(
    server: ModelServer, told: list[Record], status: int
) -> None:
    server.answer("text", Status(status), Status(status))
    model = ChatModel(api_key=KEY, model="scripted", base_url=server.url, owner="agent")
    error = await failure(model)
    assert "the agent's" in error.message
    assert "OPENAI_" not in error.message
    await model.close()
