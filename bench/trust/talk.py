"""Uploading files and asking about them, over HTTP, as a user does."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

from bench.asking import request
from bench.server import Server
from bench.trust.judge import Reply, Verdict, judge
from bench.trust.question import Question, Upload

_ENDED = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what the product replied, and what that is worth."""

    upload: Upload
    question: Question
    reply: Reply
    verdict: Verdict


def talk(server: Server, uploads: Sequence[Upload], *, at_once: int, wait_seconds: float) -> Iterator[Asked]:
    """All questions about all files: a session for each file, several sessions at a time, in each one question after the
    other."""
    with ThreadPoolExecutor(at_once) as pool:
        for asked in pool.map(lambda upload: _session(server, upload, wait_seconds), uploads):
            yield from asked


def _session(server: Server, upload: Upload, wait_seconds: float) -> list[Asked]:
    session = request(server, "POST", "/api/sessions", {})["id"]
    refused = None
    for name, content in (*upload.beside, (upload.name, upload.content)):
        refused = _send(server, session, name, content)
    asked = []
    for question in upload.questions:
        reply = refused or _ask(server, session, question.text, wait_seconds)
        names = (upload.name, *(name for name, _ in upload.beside))
        asked.append(Asked(upload, question, reply, judge(question, reply, *names)))
    return asked


def _send(server: Server, session: str, name: str, content: bytes) -> Reply | None:
    """Upload the file. Returns the refusal, if it is refused."""
    boundary = uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Authorization": server.authorization}
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", f"/api/sessions/{session}/documents", body, headers)
    response = connection.getresponse()
    said = json.loads(response.read())
    connection.close()
    if response.status < 400:
        return None
    if response.status >= 500:
        raise RuntimeError(f"{name} was answered with {response.status}: {said}")
    return Reply(said["error"]["message"], failure=said["error"]["code"])


def _ask(server: Server, session: str, text: str, wait_seconds: float) -> Reply:
    """Ask, watch the run until its end, and read the message that it left."""
    run, status, failure = "", "", {}
    for event in _run(server, session, text, wait_seconds):
        if event["type"] == "runUpdate":
            run, status = event["run_id"], event["status"]
        if event["type"] == "error":
            failure = event
    if status not in _ENDED:
        request(server, "POST", f"/api/runs/{run}/cancel")
        return Reply("The run did not end in time.", failure="did_not_end")
    found = request(server, "GET", f"/api/sessions/{session}/messages?limit=200")["messages"]
    answers = [message for message in found if message["run_id"] == run and message["role"] == "assistant"]
    if status != "completed" or not answers:
        return Reply(failure.get("message", "The run has no answer."), failure=failure.get("code", "no_answer"))
    return Reply(answers[-1]["content"], len(answers[-1]["citations"]))


def _run(server: Server, session: str, text: str, wait_seconds: float) -> Iterator[dict[str, Any]]:
    """The events of the run that the question starts."""
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream", "Authorization": server.authorization}
    connection = HTTPConnection("127.0.0.1", server.port, timeout=wait_seconds)
    connection.request("POST", f"/api/sessions/{session}/messages", json.dumps({"content": text}), headers)
    opened = connection.sock
    response = connection.getresponse()
    if response.status >= 400:
        raise RuntimeError(f"The question was answered with {response.status}: {response.read().decode()}")
    deadline = threading.Timer(wait_seconds, _shut, [opened])
    deadline.start()
    try:
        for line in response:
            if line.startswith(b"data: {"):
                yield json.loads(line[len("data: ") :])
    except (OSError, ValueError):  # closed because it took too long; the run's status says so
        pass
    finally:
        deadline.cancel()
        connection.close()


def _shut(opened: socket.socket) -> None:
    """So that who reads from it, reads its end; closing it would not wake them."""
    with suppress(OSError):  # it has ended
        opened.shutdown(socket.SHUT_RDWR)
