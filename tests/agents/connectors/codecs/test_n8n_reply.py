"""What webhooks of n8n answer, read byte by byte. The recordings are of n8n 1.123.81."""

import json
from typing import Any

import pytest

from agents.connectors.codecs import n8n_reply
from agents.connectors.codecs.n8n_reply import N8nReply
from agents.connectors.codecs.n8n_said import NodeBegun, NodeEnded, NodeFailed, OnlyStarted, Piece, Recovered, Said
from agents.outgoing.decoders import StreamError
from tests.support.recorded import at_every_cut, body

JSON = "application/json; charset=utf-8"
TEXT = "text/html; charset=utf-8"  # what n8n calls a text
SSE = "text/event-stream"


def said(data: bytes, media_type: str = JSON) -> list[Said]:
    """Neighbouring pieces as one, for where the bytes are cut decides of them."""

    def read(pieces: list[bytes]) -> list[Said]:
        reply = N8nReply(media_type)
        found = [one for piece in pieces for one in reply.feed(piece)] + reply.end()
        joined: list[Said] = []
        for one in found:
            if isinstance(one, Piece) and joined and isinstance(joined[-1], Piece):
                joined[-1] = Piece(joined[-1].text + one.text)
            else:
                joined.append(one)
        return joined

    return at_every_cut(data, read)


def text(data: str | bytes, media_type: str = JSON) -> str:
    found = said(data.encode() if isinstance(data, str) else data, media_type)
    return "".join(one.text for one in found if isinstance(one, Piece))


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def line(kind: str, content: Any = None, node: str = "AI Agent", item: int = 0, run: int = 0) -> dict[str, Any]:
    metadata = {"nodeId": node, "nodeName": node, "itemIndex": item, "runIndex": run, "timestamp": 1795622292052}
    return {"type": kind, "metadata": metadata} | ({"content": content} if content is not None else {})


def turns(found: list[Said]) -> list[tuple[str, str]]:
    return [(type(one).__name__, one.turn) for one in found if isinstance(one, NodeBegun | NodeEnded)]


def test_a_turn_that_only_calls_a_tool_is_empty() -> None:
    found = said(body("n8n/agent-stream"))
    assert [type(one) for one in found] == [NodeBegun, NodeEnded, NodeBegun, Piece, NodeEnded]
    assert found[3] == Piece("The engine was rebuilt by Ada. ")
    assert [name for name, _ in turns(found)] == ["NodeBegun", "NodeEnded"] * 2
    assert len({turn for _, turn in turns(found)}) == 2


def test_the_output_of_a_node_is_unwrapped_and_several_items_stand_apart() -> None:
    assert text(body("n8n/code-stream")) == "Hello Who rebuilt the engine?\n\nsecond item: äöü \n newline"


def test_an_error_has_a_node_and_no_reason() -> None:
    assert said(body("n8n/error-stream")) == [NodeFailed("Code", "")]


def test_an_error_after_pieces_leaves_its_node_open() -> None:
    reply = N8nReply(JSON)
    reply.feed(lines(line("begin"), line("item", "The "), line("error")))
    reply.end()
    assert reply.open_nodes == ["AI Agent"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"output": "x"}', "x"),
        ('[{"output": "x"}, {"text": "y"}]', "x\n\ny"),
        ({"response": "x"}, "x"),
        ('{"a": 1}', '{"a": 1}'),
        ("{", "{"),
        ("[1]", "[1]"),
        ("{x}", "{x}"),
        (" ", " "),
        (7, "7"),
        (None, ""),
    ],
)
def test_only_json_with_an_answer_in_it_is_unwrapped(content: Any, told: str) -> None:
    assert text(lines(line("begin"), line("item", content), line("end"))) == told


def test_halves_of_a_character_in_two_pieces_are_joined() -> None:
    assert text(lines(line("item", "\ud83d"), line("item", "\ude00"))) == "😀"
    assert text(lines(line("item", "x\ud83d"))) == "x\ufffd"
    begun = said(lines(line("begin", node="AI \ud83d"), {"executionStarted": True, "executionId": "7\ud83d"}))
    assert begun == [NodeBegun("AI \ufffd", "0", "AI \ufffd/0/0/1"), OnlyStarted("7\ufffd")]


def test_lines_need_no_line_ends() -> None:
    data = lines(line("begin"), line("item", "a"), line("item", "b"), line("end")).replace(b"\n", b"")
    assert text(data) == "ab"


def test_items_that_are_worked_on_at_the_same_time_do_not_mix() -> None:
    both = [
        line("begin"), line("begin", item=1), line("item", "A1 "), line("item", "B1 ", item=1), line("item", "A2"),
        line("item", "B2", item=1), line("end", item=1), line("end"),
    ]  # fmt: skip
    assert text(lines(*both)) == "A1 A2\n\nB1 B2"
    assert text(lines(*both[:-1])) == "A1 A2\n\nB1 B2"


def test_an_agents_answer_that_the_last_node_repeats_is_said_once() -> None:
    last = "Respond to Webhook"
    streamed = [line("begin"), line("item", "The "), line("item", "answer"), line("end")]
    repeated = [line("begin", node=last), line("item", '{"output": "The answer"}', node=last), line("end", node=last)]
    assert text(lines(*streamed, *repeated)) == "The answer"
    assert text(lines(*streamed, *streamed)) == "The answer\n\nThe answer"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ('{"output": "x"}', "x"),
        ('{"text": "x", "usage": {"text": "no"}}', "x"),
        ('{"response": "x"}', "x"),
        ('{"output": "", "text": "x"}', "x"),
        ('{"output": {"answer": "x"}}', "x"),
        ('{\n  "message": "x"\n}\n', "x"),
        ('[{"output": "x"}, {"output": "y"}]', "x\n\ny"),
        ('[{"json": {"output": "x"}}]', "x"),
        ('{"success": true, "data": [{"text": "x"}]}', "x"),
        ('{"choices": [{"message": {"role": "assistant", "content": "x"}}]}', "x"),
        ('{"choices": [{"message": {"content": [{"type": "text", "text": "x"}]}}]}', "x"),
        ('{"choices": [{"text": "x"}]}', "x"),
        (
            '[{"type": "reasoning", "summary": []}, {"type": "message", "content": [{"type": "output_text", '
            '"text": "x"}]}]',
            "x",
        ),
        ('{"content": [{"type": "thinking", "thinking": "no"}, {"type": "text", "text": "x"}]}', "x"),
        ('{"output": "x", "error": null, "token": "no"}', "x"),
        ('{"status": "failed"}', '```json\n{\n  "status": "failed"\n}\n```'),
        ('{"output": 42}', "42"),
        ('"x"', "x"),
        ("42", "42"),
        ('{"total": 3}', '```json\n{\n  "total": 3\n}\n```'),
        ("{}", ""),
        ("[]", ""),
        ("null", ""),
        ("", ""),
        ('{"output": null}', ""),
    ],
)
@pytest.mark.parametrize("media_type", [JSON, TEXT, ""])
def test_one_document_holds_the_answer_under_some_name(document: str, told: str, media_type: str) -> None:
    assert text(document, media_type) == told


@pytest.mark.parametrize("told", ["x", "Hello there", "[1] The engine", "{curly} is", '"Yes," she said.', "<b>Yes</b>"])
def test_a_text_may_begin_like_anything(told: str) -> None:
    assert text(told, TEXT) == told
    assert text(f"\n{told}\n", "text/plain") == told


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"<!DOCTYPE html><html>Sign in</html>", TEXT),
        (b"\n<HTML><body>no", JSON),
        (b"It works", JSON),
        (b'{"output": "half', JSON),
        (b'{"output": "half', TEXT),
        (b'{"output": "x"} and more', JSON),
        (b"\x89PNG\x00\x01", ""),
        (b"\xff\xfe\x00binary", "application/octet-stream"),
    ],
)
def test_what_is_no_answer_is_refused(data: bytes, media_type: str) -> None:
    with pytest.raises(StreamError):
        said(data, media_type)


def test_server_sent_events_are_pieces_until_they_are_done() -> None:
    data = (
        'data: {"output": "The "}\n\n: working\n\nevent: ping\ndata: 1\n\ndata: "engi"\n\ndata: ne\n\ndata: [DONE]\n\n'
    )
    for media_type in (SSE, JSON, TEXT, ""):
        assert text(data + "data: more\n\n", media_type) == "The engine"
    reply = N8nReply(SSE)
    reply.feed(data.encode())
    assert reply.is_done


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (['{"type":"item","content":"a"}', '{"type":"item","content":"b"}'], "ab"),
        (['{"choices":[{"delta":{"content":"a"}}]}', '{"choices":[{"delta":{},"finish_reason":"stop"}]}'], "a"),
        (["a", " b", "12"], "a b12"),
        (['{"id": 7}', '{"text": "a"}'], "a"),
    ],
)
def test_server_sent_events_hold_what_n8n_or_a_model_sends(events: list[str], told: str) -> None:
    assert text("".join(f"data: {event}\n\n" for event in events), SSE) == told


# As their documentation has them, shortened.
STREAMS = {
    "plain": [{"delta": "Hel"}, {"delta": "lo"}],
    "token": [{"token": "Hel"}, {"token": {"id": 5, "text": "lo", "special": False}}],
    "chunk": [{"chunk": "Hel"}, {"chunk": {"content": "lo"}}],
    "vercel": [
        {"type": "start", "messageId": "m"}, {"type": "start-step"}, {"type": "reasoning-delta", "delta": "Hm"},
        {"type": "tool-input-available", "toolName": "x", "input": {"text": "no"}},
        {"type": "tool-output-available", "output": {"text": "no"}}, {"type": "text-start", "id": "t"},
        {"type": "text-delta", "id": "t", "delta": "Hel"}, {"type": "text-delta", "id": "t", "textDelta": "lo"},
        {"type": "text-end", "id": "t"}, {"type": "finish-step"}, {"type": "finish"},
    ],
    "anthropic": [
        {"type": "message_start", "message": {"id": "m", "content": [], "role": "assistant"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}, {"type": "ping"},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "Hm", "text": "Hm"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hel"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "lo"}},
        {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": "{"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ],
    "responses": [
        {"type": "response.created", "response": {"id": "r", "output": []}},
        {"type": "response.reasoning_summary_text.delta", "delta": "Hm"},
        {"type": "response.function_call_arguments.delta", "delta": "{"},
        {"type": "response.output_text.delta", "delta": "Hel"}, {"type": "response.output_text.delta", "delta": "lo"},
        {"type": "response.output_text.done", "text": "Hello"},
        {"type": "response.completed", "response": {"output": [
            {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}]}},
    ],
    "completed only": [
        {"type": "response.completed", "response": {"output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}]}},
    ],
    "langchain": [
        {"event": "on_tool_end", "data": {"output": "no"}},
        {"event": "on_chat_model_stream", "data": {"chunk": {"content": "Hel"}}},
        {"event": "on_chat_model_stream", "data": {"chunk": {"content": [{"type": "text", "text": "lo"}]}}},
        {"event": "on_chat_model_end", "data": {"output": {"content": "Hello"}}},
        {"event": "on_chain_end", "data": {"output": "Hello"}},
    ],
    "dify": [
        {"event": "workflow_started", "data": {"id": "w"}}, {"event": "agent_thought", "thought": "Hm", "answer": "Hm"},
        {"event": "message", "answer": "Hel"}, {"event": "message", "answer": "lo"},
        {"event": "workflow_finished", "data": {"outputs": {"answer": "Hello"}}}, {"event": "message_end", "id": "m"},
    ],
    "flowise": [
        {"event": "start", "data": ""}, {"event": "token", "data": "Hel"}, {"event": "token", "data": "lo"},
        {"event": "sourceDocuments", "data": [{"text": "no"}]}, {"event": "end", "data": "[DONE]"},
    ],
    "ollama": [
        {"message": {"role": "assistant", "content": "Hel"}, "done": False}, {"response": "lo", "done": False},
        {"response": "", "done": True},
    ],
    "gemini": [
        {"candidates": [{"content": {"parts": [{"text": "Hm", "thought": True}, {"text": "Hel"}]}}]},
        {"candidates": [{"content": {"parts": [{"text": "l"}, {"text": "o"}]}}]},
    ],
    "cohere": [
        {"type": "message-start", "delta": {"message": {"role": "assistant", "content": []}}},
        {"type": "content-delta", "delta": {"message": {"content": {"text": "Hel"}}}},
        {"type": "content-delta", "delta": {"message": {"content": {"text": "lo"}}}}, {"type": "message-end"},
    ],
    "status": [
        {"type": "status", "message": "Searching"}, {"type": "tool_result", "content": "no"},
        {"type": "text", "content": "Hel"}, {"type": "text", "content": "lo"}, {"type": "final", "answer": "Hello"},
    ],
    "whole at the end": [{"text": "H"}, {"text": "el"}, {"text": "lo"}, {"output": "Hello"}],
    "question": [{"role": "user", "content": "no"}, {"role": "assistant", "content": "Hello"}],
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_pieces_are_read_in_the_shapes_in_which_others_stream(name: str) -> None:
    assert text("".join(f"data: {json.dumps(one)}\n\n" for one in STREAMS[name]), SSE) == "Hello"


@pytest.mark.parametrize("name", ["plain", "token", "chunk", "ollama"])
def test_lines_of_json_that_are_pieces_make_one_text(name: str) -> None:
    assert text(lines(*STREAMS[name])) == "Hello"


def test_the_names_of_events_say_what_is_no_answer() -> None:
    told = "event: thinking\ndata: Hm\n\nevent: tool_call\ndata: no\n\nevent: token\ndata: Ada\n\n"
    assert text(told + 'event: final\ndata: {"output": "Ada"}\n\n', SSE) == "Ada"
    assert text('event: status\ndata: "Hm"\n\nevent: final\ndata: {"output": "Ada"}\n\n', SSE) == "Ada"


def test_a_repeated_word_is_no_repeated_answer() -> None:
    assert text('data: "ha"\n\ndata: "ha"\n\n', SSE) == "haha"


@pytest.mark.parametrize(
    "other",
    [
        {"type": "keepalive"},
        {"type": "ping", "content": "ping"},
        {"type": "tool-call-start", "toolName": "weather", "input": {"text": "no"}},
        {"type": "tool-call-end", "toolName": "weather", "output": "no"},
        {"keepalive": True},
    ],
)
def test_lines_of_other_types_are_no_answer(other: dict[str, Any]) -> None:
    assert text(lines(line("begin"), other, line("item", "A"), other, line("item", "da"), line("end"), other)) == "Ada"


@pytest.mark.parametrize("sign", ["ping", "keepalive", "heartbeat"])
def test_a_sign_of_life_before_the_first_line_is_no_answer(sign: str) -> None:
    assert text(lines({"type": sign}, line("begin"), line("item", "Ada"), line("end"))) == "Ada"


def test_an_end_mark_after_lines_of_json_ends_them() -> None:
    for media_type in (JSON, TEXT):
        assert text(lines(line("begin"), line("item", "Ada"), line("end")) + b"[DONE]\n", media_type) == "Ada"


def test_what_a_node_says_that_begins_after_a_failure_recovers_from_it() -> None:
    again = [line("begin"), line("error"), line("begin"), line("item", "Hi"), line("end")]
    kinds = [type(one) for one in said(lines(*again))]
    assert kinds == [NodeBegun, NodeFailed, NodeEnded, NodeBegun, Piece, NodeEnded, Recovered]
    bare = [{key: value for key, value in one.items() if key != "metadata"} for one in again]
    assert [type(one) for one in said(lines(*bare))] == [NodeFailed, Piece, Recovered]
    other = [line("begin"), line("error"), line("begin", node="B"), line("item", "Hi", node="B"), line("end", node="B")]
    assert isinstance(said(lines(*other))[-1], Recovered)


@pytest.mark.parametrize(
    "then",
    [
        [],
        [line("begin"), line("error")],
        [line("begin"), line("end")],
        [line("begin"), line("item", "Hi")],
        [line("begin"), line("item", "Hi"), line("error")],
        [line("item", "late", item=1), line("end", item=1)],
    ],
)
def test_a_failure_that_nothing_follows_stays_one(then: list[dict[str, Any]]) -> None:
    found = said(lines(line("begin", item=1), line("begin"), line("error"), *then))
    assert not [one for one in found if isinstance(one, Recovered)]


def test_whether_a_node_works_again_is_known() -> None:
    reply = N8nReply(JSON)
    reply.feed(lines(line("begin", item=1), line("begin"), line("error")))
    assert not reply.works_again
    reply.feed(lines(line("begin")))
    assert reply.works_again
    reply.feed(lines(line("error")))
    assert not reply.works_again


def test_the_last_event_is_the_answer_where_no_piece_was() -> None:
    assert text('event: done\ndata: {"output": "x"}\n\n', SSE) == "x"
    assert text('data: x\n\nevent: done\ndata: {"output": "x"}\n\n', SSE) == "x"


@pytest.mark.parametrize(
    ("data", "media_type", "reason"),
    [
        ('{"error": "no credit"}', JSON, "no credit"),
        ('{"error": {"message": "no credit"}}', JSON, "no credit"),
        ('{"type": "error", "content": "no credit"}', JSON, "no credit"),
        ('{"error": "Bad", "message": "no credit"}', JSON, "no credit"),
        ('[{"error": {"message": "no credit"}}]', JSON, "no credit"),
        ('{"success": false, "message": "no credit"}', JSON, "no credit"),
        ('{"status": "error", "message": "no credit"}', JSON, "no credit"),
        ('{"errorMessage": "no credit", "errorDetails": {}}', JSON, "no credit"),
        ('data: {"type": "error", "error": {"type": "overloaded", "message": "no credit"}}\n\n', SSE, "no credit"),
        ('data: {"type": "error", "errorText": "no credit"}\n\n', SSE, "no credit"),
        ('event: error\ndata: {"message": "no credit"}\n\n', SSE, "no credit"),
        ("event: error\ndata: no credit\n\n", SSE, "no credit"),
    ],
)
def test_a_failure_may_have_a_reason(data: str, media_type: str, reason: str) -> None:
    assert said(data.encode(), media_type) == [NodeFailed("", reason)]


def test_a_workflow_that_answers_before_it_ran_has_only_started() -> None:
    assert said(b'{"message":"Workflow was started"}') == [OnlyStarted(None)]
    assert said(b'[{"message":"Workflow was started."}]') == [OnlyStarted(None)]
    assert said(b'{"executionStarted":true,"executionId":"12"}') == [OnlyStarted("12")]


@pytest.mark.parametrize("media_type", [JSON, TEXT])
def test_more_than_can_be_meant_is_not_kept(monkeypatch: pytest.MonkeyPatch, media_type: str) -> None:
    monkeypatch.setattr(n8n_reply, "_MOST_TEXT", 100)
    monkeypatch.setattr("agents.connectors.codecs.json_values._MOST_BUFFERED", 100)
    with pytest.raises(StreamError):
        N8nReply(media_type).feed((b"{" if media_type == JSON else b"x") * 101)
