"""From asking to the first event that an agent process writes: the run is `running`."""

import http.client
import json
import select
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from queue import Queue
from statistics import median
from typing import Any

from bench.measure import percentile
from bench.report import Figure
from bench.server import Server, data_directory, ringside
from utils.database.opening import open_database
from utils.doorbell.base import SESSIONS
from utils.doorbell.opening import open_doorbell
from utils.log.events import ENDED_RUN
from utils.log.opening import open_log
from utils.sessions.new_session import emitted_session
from utils.settings import Settings

_GOAL_MILLIS = 50
_SESSION = "bench-first-event"
_WAIT_SECONDS = 60
_READY_SECONDS = 30


def figures(quick: bool) -> Iterator[Figure]:
    questions = 20 if quick else 50
    with ExitStack() as stack:
        data = stack.enter_context(data_directory())
        server = stack.enter_context(ringside(data, agent_processes=2))
        until_ready(server)
        request(server, "POST", "/api/sessions", {"id": _SESSION})
        stream, log = Watch(in_stream(server, _SESSION)), Watch(_in_log(server))
        for _ in range(4):  # the first run of each agent process loads what later ones find loaded
            _ask(server, stream, log)
        accepted, written, seen = zip(*(_ask(server, stream, log) for _ in range(questions)), strict=True)
    for where, millis in (("on a stream", seen), ("in the log", written)):
        yield Figure(
            f"POST to the run's first event by an agent, median, {where}",
            f"{median(millis):.1f} ms (p99 {percentile(millis, 0.99):.1f} ms)",
            f"< {_GOAL_MILLIS} ms",
            median(millis) / _GOAL_MILLIS,
        )
    yield Figure("  POST to its answer, median", f"{median(accepted):.1f} ms")


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
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", f"/sse/agent-activity/{session}", headers={"Authorization": server.authorization})
    for line in connection.getresponse():
        if line.startswith(b'data: {"seq"') and b'"type":"runUpdate"' in line:
            yield json.loads(line[len("data: ") :])


def _in_log(server: Server) -> Iterator[dict[str, Any]]:
    """The same from a process that reads the log by itself."""
    database = open_database(Settings(data_dir=server.data))
    doorbell = open_doorbell(database)
    listener, log = doorbell.listen(SESSIONS), open_log(database, doorbell, emitted_session)
    position, seq = log.position(_SESSION), 0
    assert position is not None
    poller = select.poll()
    poller.register(listener.fileno(), select.POLLIN)
    while True:
        for event in log.read(position.key, seq):
            seq = event.seq
            if event.type == "runUpdate":
                yield json.loads(event.body)
        poller.poll(1000)
        listener.rings()


def _ask(server: Server, stream: Watch, log: Watch) -> tuple[float, float, float]:
    """Ask, and wait until the run has ended. Milliseconds to the answer, to `running` in the log and on the stream."""
    began = time.monotonic()
    answer = request(server, "POST", f"/api/sessions/{_SESSION}/messages", {"content": "What do the documents say?"})
    accepted = time.monotonic()
    run_id, running = answer["run"]["id"], frozenset({"running"})
    moments = (accepted, log.moment(run_id, running), stream.moment(run_id, running))
    for watch in (log, stream):
        watch.moment(run_id, ENDED_RUN)
    accepted_ms, written_ms, seen_ms = ((moment - began) * 1000 for moment in moments)
    return accepted_ms, written_ms, seen_ms


def until_ready(server: Server) -> None:
    """Until the agent processes listen."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        with suppress(RuntimeError):
            request(server, "GET", "/readyz")
            return
        time.sleep(0.1)
    raise RuntimeError("No agent process is ready.")


def request(server: Server, method: str, path: str, body: object = None) -> dict[str, Any]:
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
