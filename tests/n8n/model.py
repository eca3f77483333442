"""A model for n8n, over real HTTP: it calls the first tool that it is offered, and answers when it has its result."""

import json
from collections.abc import Iterator
from typing import Any

from tests.support.foreign_server import ForeignServer, Received, head

ANSWER = "The engine was rebuilt by Ada."


def model_server() -> ForeignServer:
    return ForeignServer({("POST", "/v1/chat/completions"): _complete})


def _complete(call: Received) -> Iterator[bytes]:
    """Always streamed, as the agents of n8n ask for it."""
    request = call.json()
    tools = request.get("tools") or []
    called = any(message["role"] == "tool" for message in request["messages"])
    yield head(200, media_type="text/event-stream")
    yield _chunk({"role": "assistant", "content": ""})
    if tools and not called:
        function = tools[0]["function"]
        arguments = dict.fromkeys(function["parameters"].get("properties", {}), "engine")
        wanted = {"name": function["name"], "arguments": json.dumps(arguments)}
        yield _chunk({"tool_calls": [{"index": 0, "id": "call-1", "type": "function", "function": wanted}]})
    else:
        for word in ANSWER.split(" "):
            yield _chunk({"content": f"{word} "})
    yield _chunk({}, "tool_calls" if tools and not called else "stop")
    yield _event({**_REPLY, "choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}})
    yield b"data: [DONE]\n\n"


_REPLY: dict[str, Any] = {"id": "reply", "object": "chat.completion.chunk", "created": 1, "model": "tiny"}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _event({**_REPLY, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"
