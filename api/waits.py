"""Requests that wait: for a run's end, by ``Prefer: wait=60`` (RFC 7240, 4.3), for a run to work on, or for a person.

Each holds a thread, so that only few of a worker's may wait at the same time; whoever comes when all are taken is
answered at once, as without the header.
"""

import re
import select
import socket
import time
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import TypeVar

from flask import request

from api.bodies.parameters import LONGEST_WAIT
from api.services import services
from utils.sessions.runs import RunRecord
from utils.streams.stream_loop import StreamLoop

T = TypeVar("T")
_FIRST_LOOK, _SLOWEST_LOOK = 0.05, 0.5  # seconds between two looks
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:$|[,;])", re.I)


def preferred_wait() -> int:
    """For how many seconds the client would wait; 0 without a wish. At most LONGEST_WAIT."""
    wish = _WAIT.search(",".join(request.headers.getlist("Prefer")))
    return min(int(wish[1]), LONGEST_WAIT) if wish else 0


def ended_within(seconds: float, run_id: str, slots: BoundedSemaphore) -> RunRecord | None:
    """The run, once it has ended.

    None when the time is over, the session deleted, the client gone, the server stopping or no slot free.
    """

    def ended() -> tuple[RunRecord | None] | None:
        run = services().runs.get(run_id)
        return (run,) if run is None or run.ended else None

    found = found_within(seconds, ended, slots)
    return found[0] if found is not None else None


def wait_for_decision(seconds: float, approval_id: str, run_id: str | None = None) -> None:
    """Until the approval is no longer open, or is gone; no longer than that, and sooner without a slot.

    ``run_id`` is of whoever waits: until its run shall stop.
    """

    def over() -> bool | None:
        found = services().approvals.get(approval_id)
        run = services().runs.get(run_id) if run_id is not None else None
        return True if found is None or found.is_over or (run is not None and run.cancel_requested) else None

    found_within(seconds, over, services().decision_slots)


def found_within(seconds: float, look: Callable[[], T | None], slots: BoundedSemaphore) -> T | None:
    """What ``look`` finds, at once or within the time; without a free slot it looks once.

    It asks the database: a ring may be lost, and would want a listener for each who waits.
    """
    if not slots.acquire(blocking=False):
        return look()
    try:
        until, pause = time.monotonic() + seconds, _FIRST_LOOK
        while True:
            found, left = look(), until - time.monotonic()
            if found is not None or left <= 0:
                return found
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _SLOWEST_LOOK)
            if _in_vain():
                return None
    finally:
        slots.release()


def _in_vain() -> bool:
    client, streams = request.environ.get("gunicorn.socket"), request.environ.get("ringside.streams")
    return (isinstance(streams, StreamLoop) and streams.stopping) or (client is not None and _has_left(client))


def _has_left(client: socket.socket) -> bool:
    if client.fileno() < 0:
        return True  # it was closed
    readable = select.poll()  # select() takes no descriptor above 1023
    try:
        readable.register(client, select.POLLIN)
        return bool(readable.poll(0)) and not client.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
    except ValueError:  # over TLS nothing can be looked at without taking it
        return False
