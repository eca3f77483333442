"""A server with OpenAI's chat completions: it calls the first tool once, then answers; streamed when asked to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = "The engine was rebuilt by Ada."
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["model"] == "broken":
            self._reply(400, "application/json", json.dumps({"error": {"message": "no such model"}}).encode())
            return
        message = self._message(asked)
        finish = "tool_calls" if "tool_calls" in message else "stop"
        head = {"id": "chatcmpl-1", "created": 1, "model": asked["model"]}
        if not asked.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": finish}
            body = {**head, "object": "chat.completion", "choices": [choice], "usage": USAGE}
            self._reply(200, "application/json", json.dumps(body).encode())
            return
        pieces: list[dict[str, Any]] = [{"role": "assistant"}]
        if finish == "stop":
            pieces += [{"content": f"{word} "} for word in message["content"].split()]
        else:
            pieces.append({"tool_calls": [{**call, "index": 0} for call in message["tool_calls"]]})
        chunks = [{"choices": [{"index": 0, "delta": piece, "finish_reason": None}]} for piece in pieces]
        chunks += [{"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}, {"choices": [], "usage": USAGE}]
        lines = [f"data: {json.dumps({**head, 'object': 'chat.completion.chunk', **chunk})}\n\n" for chunk in chunks]
        self._reply(200, "text/event-stream", "".join([*lines, "data: [DONE]\n\n"]).encode())

    def _message(self, asked: dict[str, Any]) -> dict[str, Any]:
        tools = asked.get("tools") or []
        if tools and not any(message["role"] == "tool" for message in asked["messages"]):
            function = tools[0]["function"]
            names = function.get("parameters", {}).get("properties", {})
            call = {"name": function["name"], "arguments": json.dumps(dict.fromkeys(names, "engine"))}
            return {
                "role": "assistant", "content": None,
                "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
            }  # fmt: skip
        final = any("Final Answer" in str(message.get("content")) for message in asked["messages"])
        return {"role": "assistant", "content": f"Thought: I know it\nFinal Answer: {ANSWER}" if final else ANSWER}

    def _reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def model_server() -> Iterator[str]:
    """Its address, as OPENAI_BASE_URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/v1"
        httpd.shutdown()
