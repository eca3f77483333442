"""Asking a server over HTTP, and noting when what it tells of a run arrives."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Queue
from typing import Any

from bench.server import Server

_WAIT_SECONDS = 60
_READY_SECONDS = 30


class Watch:
    """Notes in a thread of its own when events of runs arrive from ``source``."""

    def __init__(self, source: Iterator[dict[str, Any]]) -> None:
        self._source = source
        self._arrived: Queue[tuple[str, str, float]] = Queue()  # run, status, moment
        threading.Thread(target=self._note, daemon=True).start()

    def moment(self, run_id: str, statuses: frozenset[str]) -> float:
        """When the run was first said to have one of ``statuses``."""
        while True:
            run, status, moment = self._arrived.get(timeout=_WAIT_SECONDS)
            if run == run_id and status in statuses:
                return moment

    def _note(self) -> None:
        for event in self._source:
            self._arrived.put((event["run_id"], event["status"], time.monotonic()))


def in_stream(server: Server, session: str) -> Iterator[dict[str, Any]]:
    """The run updates on a stream of the session."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", f"/sse/agent-activity/{session}", headers={"Authorization": server.authorization})
    for line in connection.getresponse():
        if line.startswith(b'data: {"seq"') and b'"type":"runUpdate"' in line:
            yield json.loads(line[len("data: ") :])


def until_ready(server: Server) -> None:
    """Until the agent processes listen."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        with suppress(RuntimeError):
            if request(server, "GET", "/readyz")["status"] == "ready":
                return
        time.sleep(0.1)
    raise RuntimeError("No agent process is ready.")


def request(server: Server, method: str, path: str, body: object = None) -> dict[str, Any]:
    """The answer's JSON. Raises RuntimeError for a status of 400 or more."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_WAIT_SECONDS)
    content = json.dumps(body) if body is not None else None
    headers = {"Content-Type": "application/json", "Authorization": server.authorization}
    connection.request(method, path, content, headers)
    response = connection.getresponse()
    said = response.read()
    connection.close()
    if response.status >= 400:
        raise RuntimeError(f"{method} {path} was answered with {response.status}: {said.decode()}")
    answer: dict[str, Any] = json.loads(said)
    return answer
