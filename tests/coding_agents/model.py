"""A model for coding agents, spoken to over real HTTP: what it does is written in the prompt's script.

Speaks Anthropic's Messages API, which Claude Code uses (https://platform.claude.com/docs/en/api/messages), and OpenAI's
Responses API, which Codex uses (https://platform.openai.com/docs/api-reference/responses), both as streams.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Use:
    """A call of one of the agent's tools."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Refuse:
    """An HTTP error."""

    status: int
    words: str


Turn = Say | Use | Refuse
Scripts = Mapping[str, Sequence[Turn]]


@contextmanager
def model(scripts: Scripts) -> Iterator[str]:
    """Its address. A conversation whose prompt has the words of a script gets its turns, one for each request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(scripts))
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def _turn(scripts: Scripts, messages: Sequence[Mapping[str, Any]]) -> Turn:
    """Which turn it is follows from how many tools have answered; what nobody scripted (a title) gets a word."""
    prompts = json.dumps([one for one in messages if one.get("role") != "assistant"])
    for words, turns in scripts.items():
        if words in prompts:
            return turns[min(_answered(messages), len(turns) - 1)]
    return Say("Nothing.")


def _answered(messages: Sequence[Mapping[str, Any]]) -> int:
    parts = [part for one in messages if isinstance(one.get("content"), list) for part in one["content"]]
    return sum(part.get("type") in ("tool_result", "function_call_output") for part in [*messages, *parts])


def _handler(scripts: Scripts) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._json(200, {"data": [], "models": []})

        def do_HEAD(self) -> None:
            self._json(200, {})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            path = self.path.partition("?")[0]
            if path == "/v1/messages":
                self._answer(_turn(scripts, asked["messages"]), _anthropic)
            elif path == "/v1/responses":
                self._answer(_turn(scripts, asked["input"]), _openai)
            else:  # counts of tokens, telemetry
                self._json(200, {"input_tokens": 1})

        def _answer(self, turn: Turn, events: Any) -> None:
            if isinstance(turn, Refuse):
                error = {"type": "invalid_request_error", "message": turn.words}
                self._json(turn.status, {"type": "error", "error": error})
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for event in events(turn):
                self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            self.close_connection = True

        def _json(self, status: int, value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _anthropic(turn: Say | Use) -> Iterator[dict[str, Any]]:
    begun = {"id": "msg_1", "type": "message", "role": "assistant", "model": "tiny", "content": [], "stop_reason": None}
    yield {"type": "message_start", "message": begun | {"usage": {"input_tokens": 10, "output_tokens": 1}}}
    if isinstance(turn, Say):
        block: dict[str, Any] = {"type": "text", "text": ""}
        delta: dict[str, Any] = {"type": "text_delta", "text": turn.text}
    else:
        block = {"type": "tool_use", "id": _id(turn), "name": turn.tool, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(turn.arguments)}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    reason = "end_turn" if isinstance(turn, Say) else "tool_use"
    yield {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 5}}
    yield {"type": "message_stop"}


def _openai(turn: Say | Use) -> Iterator[dict[str, Any]]:
    if isinstance(turn, Say):
        content = [{"type": "output_text", "text": turn.text}]
        item: dict[str, Any] = {"type": "message", "role": "assistant", "id": "msg_1", "content": content}
    else:
        arguments = json.dumps(turn.arguments)
        item = {"type": "function_call", "call_id": _id(turn), "name": turn.tool, "arguments": arguments}
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    yield {"type": "response.created", "response": {"id": "resp_1"}}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    yield {"type": "response.completed", "response": {"id": "resp_1", "output": [item], "usage": usage}}


def _id(turn: Use) -> str:
    """Of the call: the agents take two calls with the same id for one."""
    return f"call_{abs(hash((turn.tool, json.dumps(turn.arguments)))):x}"
