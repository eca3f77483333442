"""Talking to a server: what is uploaded and asked, and what becomes of refusals, failures and runs without an end."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.server import Server
from bench.trust.question import Question, Upload, Words
from bench.trust.talk import talk

_TENANT = Question("Who is the tenant?", "who", Words(("Ada Abbott",)))


class _Ringside(ThreadingHTTPServer):
    """As much of the API as is used. How a run ends depends on the question's first word."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.uploaded: list[bytes] = []
        self.over = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: _Ringside

    def do_GET(self) -> None:
        message = {
            "run_id": "run-1",
            "role": "assistant",
            "content": "The tenant is Ada Abbott [1].",
            "citations": [{}],
        }
        self._answer(200, {"messages": [{"run_id": "run-1", "role": "user", "content": "?", "citations": []}, message]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/sessions":
            return self._answer(201, {"id": "session-1"})
        if self.path == "/api/runs/run-1/cancel":
            self.server.over.set()
            return self._answer(202, {})
        if self.path.endswith("/documents"):
            self.server.uploaded.append(body)
            if b'filename="old.wpd"' in body:
                return self._answer(415, {"error": {"code": "unsupported_type", "message": "old.wpd cannot be read."}})
            return self._answer(201, {})
        return self._run(json.loads(body)["content"])

    def _run(self, question: str) -> None:
        self.send_response(200)
        self.end_headers()
        self._event(type="runUpdate", run_id="run-1", status="running")
        if question.startswith("Fail"):
            self._event(type="error", code="model_cut_off", message="The model broke off.")
            self._event(type="runUpdate", run_id="run-1", status="failed")
        elif question.startswith("Wait"):
            while not self.server.over.wait(0.05):  # signs of life, and no end
                self._event(type="heartbeat")
        else:
            self._event(type="runUpdate", run_id="run-1", status="completed")

    def _event(self, **fields: Any) -> None:
        self.wfile.write(f"id: 1\ndata: {json.dumps(fields)}\n\n".encode())
        self.wfile.flush()

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def ringside() -> Iterator[_Ringside]:
    with _Ringside() as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            served.over.set()
            served.shutdown()
            thread.join()


@pytest.fixture
def server(ringside: _Ringside, tmp_path: Path) -> Server:
    (tmp_path / "bench.key").write_text("key")
    return Server(ringside.server_port, 0, tmp_path)


def test_a_question_gets_the_message_of_its_run(server: Server, ringside: _Ringside) -> None:
    upload = Upload("lease.txt", "txt", b"The tenant is Ada Abbott.", [_TENANT], beside=(("other.csv", b"1,2"),))
    (asked,) = talk(server, [upload], at_once=1, wait_seconds=20)
    assert (asked.reply.text, asked.reply.citations) == ("The tenant is Ada Abbott [1].", 1)
    assert asked.verdict.outcome == "right"
    assert [b"The tenant" in body for body in ringside.uploaded] == [False, True]


def test_each_file_has_its_questions(server: Server) -> None:
    uploads = [Upload(f"{at}.txt", "txt", b"x", [_TENANT] * at) for at in (1, 2, 3)]
    asked = list(talk(server, uploads, at_once=2, wait_seconds=20))
    assert [one.upload.name for one in asked] == ["1.txt", "2.txt", "2.txt", "3.txt", "3.txt", "3.txt"]


def test_a_refused_file_is_the_answer_to_all_its_questions(server: Server) -> None:
    (asked, again) = talk(server, [Upload("old.wpd", "wpd", b"x", [_TENANT, _TENANT])], at_once=1, wait_seconds=20)
    assert (asked.reply.failure, asked.reply.text) == ("unsupported_type", "old.wpd cannot be read.")
    assert asked.verdict.outcome == again.verdict.outcome == "honest"


@pytest.mark.parametrize(
    ("text", "wait", "failure"), [("Fail, please", 20, "model_cut_off"), ("Wait, please", 0.5, "did_not_end")]
)
def test_a_run_that_fails_or_does_not_end(
    server: Server, ringside: _Ringside, text: str, wait: float, failure: str
) -> None:
    upload = Upload("lease.txt", "txt", b"x", [Question(text, "who", Words(("Ada Abbott",)))])
    (asked,) = talk(server, [upload], at_once=1, wait_seconds=wait)
    assert asked.reply.failure == failure
    assert asked.verdict.outcome == "honest"
    assert ringside.over.is_set() == (failure == "did_not_end")  # cancelled, so that it keeps nobody waiting
