"""Requests that wait for a run's end: ``Prefer: wait=60`` (RFC 7240, 4.3).

Each holds a thread, so that only few of a worker's may wait at the same time; whoever comes when all are taken is
answered at once, as without the header.
"""

import re
import select
import socket
import time
from threading import BoundedSemaphore

from flask import request

from api.services import services
from utils.sessions.runs import RunRecord
from utils.streams.stream_loop import StreamLoop

LONGEST = 120  # seconds
_FIRST_LOOK, _SLOWEST_LOOK = 0.05, 0.5  # seconds between two looks
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:$|[,;])", re.I)


def preferred_wait() -> int:
    """For how many seconds the client would wait; 0 without a wish. At most LONGEST."""
    wish = _WAIT.search(",".join(request.headers.getlist("Prefer")))
    return min(int(wish[1]), LONGEST) if wish else 0


def ended_within(seconds: float, run_id: str, slots: BoundedSemaphore) -> RunRecord | None:
    """The run, once it has ended; None when the time is over, the client gone, the server stopping or no slot free."""
    if not slots.acquire(blocking=False):
        return None
    try:
        return _ended_within(seconds, run_id)
    finally:
        slots.release()


def _ended_within(seconds: float, run_id: str) -> RunRecord | None:
    """Looked for in the database: the ring that tells of an end may be lost, and would want a listener for each."""
    until, pause = time.monotonic() + seconds, _FIRST_LOOK
    while True:
        run = services().runs.get(run_id)
        left = until - time.monotonic()
        if run is None or run.ended:
            return run
        if left <= 0 or _in_vain():
            return None
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _SLOWEST_LOOK)


def _in_vain() -> bool:
    client, streams = request.environ.get("gunicorn.socket"), request.environ.get("ringside.streams")
    return (isinstance(streams, StreamLoop) and streams.stopping) or (client is not None and _has_left(client))


def _has_left(client: socket.socket) -> bool:
    try:
        readable, _, _ = select.select([client], [], [], 0)
        return bool(readable) and not client.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):  # it was closed
        return True
