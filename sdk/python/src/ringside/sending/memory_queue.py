"""Events that wait in memory."""

import logging
import os
from collections import deque
from itertools import islice

from ringside import events
from ringside.sending.queue import MOST_BYTES, MOST_EVENTS, Batch

_log = logging.getLogger("ringside")
_MOST_LOST = 1_000  # sessions that have lost events and are still to be told


class MemoryQueue:
    """Bounded: when it is full the oldest events are dropped, and each session is told how many it has lost.

    The oldest of the session that has waited longest, so that it costs the same for any number of sessions.
    """

    durable = False

    def __init__(self, most_events: int = 20_000, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._most_events, self._most_bytes = most_events, most_bytes
        self._waiting: dict[str, deque[bytes]] = {}  # in the order in which they have waited
        self._titles: dict[str, str] = {}
        self._lost: dict[str, int] = {}
        self._told = False  # the warning, once until something is sent again
        self._count = self._bytes = 0
        self._sending: Batch | None = None

    def put(self, session: str, title: str | None, body: bytes) -> None:
        if title is not None:
            self._titles[session] = title
        waiting = self._waiting.get(session)
        if waiting is None:
            waiting = self._waiting[session] = deque()
        waiting.append(body)
        self._count += 1
        self._bytes += len(body)
        while (self._count > self._most_events or self._bytes > self._most_bytes) and self._count > 1:
            self._drop_oldest()

    def take(self) -> Batch | None:
        if self._sending is None and self._waiting:
            session = next(iter(self._waiting))
            waiting, bodies, size = self._waiting[session], list[bytes](), 0
            if lost := self._lost.pop(session, 0):
                bodies.append(lost_events(session, lost))
            for body in islice(waiting, MOST_EVENTS - 1):
                if bodies and size + len(body) > MOST_BYTES:
                    break
                bodies.append(body)
                size += len(body)
            for _ in range(len(bodies) - bool(lost)):
                self._forget(session)
            if waiting:
                self._waiting[session] = self._waiting.pop(session)  # the others first
            self._sending = Batch(session, tuple(bodies), os.urandom(16).hex())
        return self._sending

    def done(self, batch: Batch) -> None:
        self._sending, self._told = None, False
        if batch.session not in self._waiting:
            self._titles.pop(batch.session, None)  # the session is made

    def close(self) -> None:
        pass

    def title(self, session: str) -> str | None:
        return self._titles.get(session)

    def __len__(self) -> int:
        return self._count + (len(self._sending.bodies) if self._sending else 0)

    def _drop_oldest(self) -> None:
        session = next(iter(self._waiting))
        self._forget(session)
        if session not in self._waiting and (self._sending is None or self._sending.session != session):
            self._titles.pop(session, None)  # it comes again with the next event
        if session not in self._lost and len(self._lost) >= _MOST_LOST:
            self._lost.pop(next(iter(self._lost)))
        self._lost[session] = self._lost.get(session, 0) + 1
        if not self._told:
            self._told = True
            _log.warning(
                "Ringside cannot be reached and %s events wait for it: from now on the oldest are dropped. "
                "The sessions will say how many.",
                f"{self._most_events:,}",
            )

    def _forget(self, session: str) -> None:
        waiting = self._waiting[session]
        body = waiting.popleft()
        self._count -= 1
        self._bytes -= len(body)
        if not waiting:
            del self._waiting[session]


def lost_events(session: str, count: int) -> bytes:
    words = "1 event is missing here: it" if count == 1 else f"{count:,} events are missing here: they"
    return events.error(
        session, None, "events_lost", f"{words} happened while the server could not be reached, and did not fit into "
        "the sender's memory. Give the sender a folder (spool=…) to keep more.",
    )  # fmt: skip
