"""An OpenAI-compatible model server for tests, spoken to over real HTTP: scripted answers, scripted failures.

    with ModelServer() as server:
        server.answer("text", Text("In winter she may carry 84 [1]."))
        model = ChatModel(api_key="test", model="scripted", base_url=server.url)

Calls are told apart by what they ask for: ``text``, ``tools``, ``json`` (a schema in words) or the name of the JSON
schema in ``response_format``. A call nobody scripted gets an honest tiny model, which quotes the passages it is given.
By hand:

    python -m tests.model_server --port 8390
    OPENAI_API_KEY=any OPENAI_BASE_URL=http://127.0.0.1:8390/v1 OPENAI_MODEL=tiny ./startup.sh
"""

import argparse
import json
import re
import threading
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from agents.text.language import content_words, numbers, sentences, stem

Request = dict[str, Any]


@dataclass(frozen=True)
class Text:
    """Streamed text, a few characters at a time, with a pause of some seconds after each."""

    text: str
    piece: int = 7
    pause: float = 0
    usage: bool = True
    finish: str = "stop"
    hangs_up: bool = False  # the connection is closed although its head promises to keep it


@dataclass(frozen=True)
class Calls:
    """Tool calls: (name, arguments). A string as arguments is sent as it is, sense or not."""

    calls: list[tuple[str, Any]]


@dataclass(frozen=True)
class Status:
    """An HTTP error."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None
    message: str = "scripted; key sk-secret-123"
    param: str | None = None  # what the server does not take
    body: bytes | None = None  # instead of the usual error object


@dataclass(frozen=True)
class Garbage:
    """200 with bytes that are no answer: ``body`` as it is."""

    body: bytes = b"<html>It works!</html>"
    media_type: str = "text/event-stream"


@dataclass(frozen=True)
class Pieces:
    """200 with these bytes, one piece after the other with a pause of some seconds between them."""

    pieces: list[bytes]
    pause: float = 0
    media_type: str = "text/event-stream"
    stays_open: bool = False  # after the last piece nothing more comes, and no end either


@dataclass(frozen=True)
class Half:
    """Part of a text, then a broken connection."""

    text: str = ""
    clean: bool = False  # The stream ends in good order, but the answer is not finished.


@dataclass(frozen=True)
class Silence:
    """Part of a text, then nothing until the server stops or the client goes away."""

    text: str = ""


@dataclass(frozen=True)
class StreamError:
    """An error object in the middle of the stream."""

    code: str = "server_error"


Stream = Text | Calls | Garbage | Pieces | Half | Silence | StreamError
Answer = Stream | Status


def structure(value: Any) -> Text:
    """The answer to a call for structured output."""
    return Text(json.dumps(value), piece=40)


class ModelServer:
    """The server, in threads of this process.

    ``requests`` are the bodies of all calls, ``headers`` their headers with names in small letters, ``kinds`` what
    they were, ``clients`` the other ends of all connections. ``refuses``: a connection is closed without a word.
    """

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.headers: list[dict[str, str]] = []
        self.kinds: list[str] = []
        self.clients: list[tuple[str, int]] = []
        self.refuses = False
        self.called = threading.Event()
        self.gone = threading.Event()  # A client left in the middle of a silence.
        self.stopping = threading.Event()
        self._script: dict[str, deque[Answer]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def answer(self, kind: str, *answers: Answer) -> None:
        """Answer the next calls of this kind so, one after the other."""
        self._script[kind].extend(answers)

    def next(self, request: Request, headers: dict[str, str]) -> Answer:
        kind = kind_of(request)
        with self._lock:
            self.requests.append(request)
            self.headers.append(headers)
            self.kinds.append(kind)
            self.called.set()
            scripted = self._script[kind]
            return scripted.popleft() if scripted else tiny_model(request, kind)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def kind_of(request: Request) -> str:
    if request.get("tools"):
        return "tools"
    if schema := request.get("response_format", {}).get("json_schema"):
        return str(schema["name"])
    return "json" if "JSON schema" in _last_user(request) else "text"


def tiny_model(request: Request, kind: str) -> Answer:
    """Understands nothing, invents nothing: it plans one part, searches its words and quotes what it was given."""
    asked = _last_user(request)
    if kind == "AnswerPlan":
        question = asked.rsplit("Question: ", 1)[-1]
        part = {"question": question, "needs_research": True, "needs_arithmetic": "(table)" in asked}
        return structure({"parts": [part]})
    if kind == "Calculations":
        return structure({"calculations": []})
    if kind == "Verdicts":
        sources, _, claims = asked.rpartition("Sentences:")
        listed = re.findall(r"^(\d+)\. (.*?)(?: \(cites .*\))?$", claims, re.M)
        verdicts = [
            {"sentence": int(at), "supported": numbers(claim) <= numbers(sources), "reason": "a number differs"}
            for at, claim in listed
        ]
        return structure({"verdicts": verdicts})
    if kind == "tools":
        ids = [
            int(one) for message in request["messages"] for one in re.findall(r'<passage id="(\d+)"', _text(message))
        ]
        searched = any(message["role"] == "tool" for message in request["messages"])
        if searched or not content_words(asked):
            return Calls([("choose", {"passage_ids": ids[:8]})])
        return Calls([("search", {"query": " ".join(content_words(asked.split("Found so far:")[0])[:12])})])
    return Text(_quotes(asked))


def _quotes(asked: str) -> str:
    listed, _, question = asked.rpartition("Question:")
    wanted = {stem(word) for word in content_words(question or asked)}
    found = []
    for number, text in re.findall(r'<source n="(\d+)"[^>]*>\n(.*?)\n</source>', listed, re.S):
        best = max(sentences(text), key=lambda one: len(wanted & {stem(word) for word in content_words(one)}))
        shared = len(wanted & {stem(word) for word in content_words(best)})
        found.append((shared, -int(number), f"{best.rstrip('.')} [{number}]."))
    quoted = [text for shared, _, text in sorted(found, reverse=True)[:3] if shared]
    return " ".join(quoted) or "The documents don't say."


def _last_user(request: Request) -> str:
    return next((_text(one) for one in reversed(request["messages"]) if one["role"] == "user"), "")


def _text(message: Request) -> str:
    return str(message.get("content") or "")


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            server.clients.append(self.client_address)
            if not server.refuses:
                with suppress(ConnectionResetError):  # a client that was killed
                    super().handle()

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                self._send_error(Status(404))
                return
            answer = server.next(request, {name.lower(): value for name, value in self.headers.items()})
            if isinstance(answer, Status):
                self._send_error(answer)
                return
            try:
                self._stream(answer, request)
            except (BrokenPipeError, ConnectionResetError):
                server.gone.set()
                self.close_connection = True

        def _send_error(self, answer: Status) -> None:
            usual = {"error": {"message": answer.message, "code": answer.code, "param": answer.param}}
            body = answer.body if answer.body is not None else json.dumps(usual).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, answer: Stream, request: Request) -> None:
            self.send_response(200)
            media_type = answer.media_type if isinstance(answer, Garbage | Pieces) else "text/event-stream"
            self.send_header("Content-Type", media_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if isinstance(answer, Garbage):
                self._chunk(answer.body)
            elif isinstance(answer, Pieces):
                for piece in answer.pieces:
                    self._chunk(piece)
                    server.stopping.wait(answer.pause)
                if answer.stays_open:
                    self._wait()
            elif isinstance(answer, StreamError):
                self._event({"error": {"message": "scripted", "code": answer.code}})
            elif isinstance(answer, Calls):
                self._calls(answer)
                self._end("tool_calls", request, usage=True)
            else:
                piece = answer.piece if isinstance(answer, Text) else 7
                for at in range(0, len(answer.text), piece):
                    self._delta({"content": answer.text[at : at + piece]})
                    if isinstance(answer, Text) and answer.pause and server.stopping.wait(answer.pause):
                        break
                if isinstance(answer, Silence):
                    self._wait()
                if isinstance(answer, Text):
                    self._end(answer.finish, request, usage=answer.usage)
                elif isinstance(answer, Half) and not answer.clean:
                    self.close_connection = True
                    return
            self._chunk(b"")
            self.close_connection = self.close_connection or (isinstance(answer, Text) and answer.hangs_up)

        def _wait(self) -> None:
            """Nothing more, until the server stops or the client is seen to leave."""
            self.connection.settimeout(0.05)
            while not server.stopping.is_set():
                try:
                    if not self.connection.recv(1):
                        raise BrokenPipeError
                except TimeoutError:
                    continue

        def _calls(self, answer: Calls) -> None:
            for index, (name, arguments) in enumerate(answer.calls):
                written = arguments if isinstance(arguments, str) else json.dumps(arguments)
                first = {"index": index, "id": f"call-{index}", "type": "function"}
                self._delta({"tool_calls": [first | {"function": {"name": name, "arguments": ""}}]})
                for at in range(0, len(written), 9):
                    function = {"arguments": written[at : at + 9]}
                    self._delta({"tool_calls": [{"index": index, "function": function}]})

        def _end(self, finish: str, request: Request, *, usage: bool) -> None:
            self._delta({}, finish)
            if usage and request.get("stream_options", {}).get("include_usage"):
                used = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}
                self._event({"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": used})
            self._chunk(b"data: [DONE]\n\n")

        def _delta(self, delta: Request, finish: str | None = None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            self._event({"id": "c", "object": "chat.completion.chunk", "model": "scripted", "choices": [choice]})

        def _event(self, data: Request) -> None:
            self._chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Tests have nothing to log."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="An honest tiny model behind an OpenAI-compatible address.")
    parser.add_argument("--port", type=int, default=8390)
    with ModelServer(parser.parse_args().port) as server:
        print(f"OPENAI_BASE_URL={server.url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
