"""The one thread of a process that reads the log for its streams, so that a slow disk never holds up the loop.

It reads what is new in the sessions that it is told to look at, and hands it to the loop; between those it reads
replays, one piece at a time. What it cannot read it tries again: the log is the truth and waits. A slow poll finds what
nobody told it of.
"""

import logging
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from utils.database.base import DatabaseLostError
from utils.database.outage import Outage
from utils.doorbell.news import Frame
from utils.log.activity_log import ActivityLog
from utils.log.frames import to_frame

CHUNK_BYTES = 64 * 1024  # what a reader of the log gets in one piece
_LIVE_ROWS, _LIVE_BYTES = 2000, 256 * 1024
_POLL_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Whom the reader tells. All calls come from the reader's thread."""

    def head(self, key: int) -> int:
        """The last seq that it has of a session, from wherever; 0 for one that it does not watch."""
        ...

    def moved(self, key: int, frames: Sequence[Frame]) -> None: ...
    def gone(self, key: int) -> None: ...


class LogReader:
    """Follows the heads of watched sessions and reads replays. Whoever asks it gets its answer from its thread."""

    def __init__(self, log: ActivityLog, listener: Listener) -> None:
        self._log = log
        self._listener = listener
        self._cursors: dict[int, int] = {}  # watched session → the last seq handed to the listener
        self._moved: set[int] = set()  # watched sessions that may have grown
        self._requests: deque[Callable[[], None]] = deque()
        self._replays: deque[Callable[[], None]] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._outage = Outage(_log, "The log cannot be read", "log")
        self._alive = True
        self._poll_at = 0.0
        self._changes: object = None
        self._thread = threading.Thread(target=self._run, name="log-reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._alive = False
        self._ask(lambda: None)
        self._thread.join()
        os.close(self._wake)

    def watch(self, key: int, after: int) -> None:
        """Hand over what follows ``after`` in the session, now and whenever it grows."""

        def begin() -> None:
            self._cursors[key] = after
            self._moved.add(key)

        self._ask(begin)

    def unwatch(self, key: int) -> None:
        def end() -> None:
            self._cursors.pop(key, None)

        self._ask(end)

    def look(self, keys: Iterable[int]) -> None:
        """These sessions may have grown, or be gone."""
        self._ask(lambda: self._moved.update(keys))

    def look_everywhere(self) -> None:
        """Any session may have."""

        def poll() -> None:
            self._poll_at = time.monotonic()

        self._ask(poll)

    def replay(self, key: int, after: int, answer: Callable[[int, Sequence[Frame]], None]) -> None:
        """Read the next piece after ``after`` and call ``answer`` from this thread with it and where the log goes on.

        The piece is empty when all that follows has been trimmed away.
        """

        def read() -> None:
            frames = [to_frame(event) for event in self._log.read(key, after, max_bytes=CHUNK_BYTES)]
            self._outage.is_over()
            if frames:
                answer(frames[0].seq, frames)
            elif position := self._log.positions([key]).get(key):
                answer(max(position.first, after + 1), [])
            # Else the session is gone, and its streams are about to end.

        self._ask(lambda: self._replays.append(read))

    def _ask(self, request: Callable[[], None]) -> None:
        self._requests.append(request)
        os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        self._poll_at = time.monotonic() + _POLL_SECONDS
        while self._alive:
            idle = not (self._replays or self._moved or self._requests)
            if poller.poll(max(0.0, self._poll_at - time.monotonic()) * 1000 if idle else 0):
                os.eventfd_read(self._wake)
            try:
                self._turn()
                if time.monotonic() >= self._poll_at:
                    began = time.monotonic()
                    self._poll()
                    # A 400th of the time where many sessions are watched; but a poll that was slow for another reason,
                    # a server that had just come back, must not put off the next one for long.
                    pause = 400 * (time.monotonic() - began)
                    self._poll_at = time.monotonic() + min(max(_POLL_SECONDS, pause), _LONGEST_PAUSE_SECONDS)
            except DatabaseLostError as error:
                self._outage.goes_on(error)
                time.sleep(_POLL_SECONDS)
            except Exception:
                # The streams stay open with their heartbeats, and nothing is lost: it is read when the log is back.
                _log.exception("The log cannot be read; trying again in a second")
                time.sleep(_POLL_SECONDS)

    def _turn(self) -> None:
        """Everything that is asked, everything that is new, and one piece of replay."""
        while self._requests:
            self._requests.popleft()()
        for key in list(self._moved):
            if self._advance(key):
                self._moved.discard(key)
        if self._replays:
            read = self._replays[0]
            read()
            self._replays.popleft()

    def _advance(self, key: int) -> bool:
        """Hand over what is new in one session; True when there is no more."""
        if key not in self._cursors:
            return True
        after = self._after(key)
        events = self._log.read(key, after, limit=_LIVE_ROWS, max_bytes=_LIVE_BYTES)
        self._outage.is_over()
        if events:
            self._cursors[key] = events[-1].seq
            self._listener.moved(key, [to_frame(event) for event in events])
            return len(events) < _LIVE_ROWS and sum(len(event.body) for event in events) < _LIVE_BYTES
        if key not in self._log.positions([key]):
            self._cursors.pop(key)
            self._listener.gone(key)
        return True

    def _after(self, key: int) -> int:
        """Where to read on: behind what was handed over, and behind what the listener heard of by itself."""
        return max(self._cursors[key], self._listener.head(key))

    def _poll(self) -> None:
        """The slow poll behind the doorbell: which watched sessions moved without a ring?"""
        changes = self._log.changes()
        self._outage.is_over()
        if changes == self._changes or not self._cursors:
            return
        known = {key: self._after(key) for key in self._cursors}
        positions = self._log.positions(list(known))
        for key, after in known.items():
            found = positions.get(key)
            if found is None or found.head > after:
                self._moved.add(key)
            elif found.head < after:
                # The log was put back, by a restored backup or a standby that took over: reconnects are told of it.
                self._cursors.pop(key)
                self._listener.gone(key)
        self._changes = changes
