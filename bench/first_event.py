"""From asking to the first events of the run: to `queued`, which another server's stream tells, and to `running`, which
an agent process writes."""

import json
import select
import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from typing import Any

from bench.asking import Watch, in_stream, request, until_ready
from bench.measure import percentile
from bench.report import Figure
from bench.server import Server, data_directory, ringside
from bench.two_servers import other_server
from utils.database.opening import open_database
from utils.doorbell.base import SESSIONS
from utils.doorbell.opening import open_doorbell
from utils.log.events import ENDED_RUN
from utils.log.opening import open_log
from utils.sessions.new_session import emitted_session
from utils.settings import Settings

_GOAL_MILLIS = 50
_SESSION = "bench-first-event"


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
    yield from other_server(questions)


def _in_log(server: Server) -> Iterator[dict[str, Any]]:
    """The run updates as a process sees them that reads the log by itself."""
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
