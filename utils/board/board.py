"""The board of a process: there while somebody watches it, and a minute longer.

What is on it, and how that is kept up to date, is in utils/board/state.py; what streams are given, in entries.py.
"""

import logging
import os
import select
import threading
import time
from collections.abc import Callable

from utils.accounts.principal import Reader
from utils.board.entries import Entries
from utils.board.row import NowHeartbeat, encode
from utils.board.state import BoardState
from utils.database.base import Database, DatabaseLostError
from utils.database.outage import Outage
from utils.doorbell.base import SESSIONS, Doorbell
from utils.doorbell.news import Frame
from utils.log.activity_log import ActivityLog

_LINGER_SECONDS = 60.0  # after the last reader has left: one who comes back goes on where it was
_AGAIN_SECONDS = 1.0
_TOGETHER_SECONDS = 0.05  # what happens within is taken together
_MOST_BUSY = 4  # it rests so many times as long as it has worked
_LONGEST_REST_SECONDS = 1.0
_log = logging.getLogger(__name__)


class NowBoard:
    """One for a process, safe to use from several threads. Each start of it numbers its rows anew."""

    def __init__(self, database: Database, log: ActivityLog, doorbell: Doorbell) -> None:
        self._database = database
        self._log = log
        self._doorbell = doorbell
        self._guard = threading.Lock()
        self._watching: list[Callable[[], None]] = []
        self._left_at = 0.0
        self._entries = Entries()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closing = False
        self._thread: threading.Thread | None = None
        self._outage = Outage(_log, "The board cannot be read", "board")

    # For streams

    def watch(self, moved: Callable[[], None]) -> None:
        """``moved`` is called from the board's thread whenever rows have changed."""
        with self._guard:
            self._watching.append(moved)
            if self._thread is None:
                self._entries = Entries()
                self._thread = threading.Thread(target=self._run, name="board", daemon=True)
                self._thread.start()

    def leave(self, moved: Callable[[], None]) -> None:
        with self._guard:
            self._watching.remove(moved)
            self._left_at = time.monotonic()

    def resume(self, last_event_id: str | None) -> tuple[int, bytes]:
        return self._entries.resume(last_event_id)

    def changes(self, reader: Reader, cursor: int, most_bytes: int | None = None) -> tuple[list[Frame], int]:
        return self._entries.changes(reader, cursor, most_bytes)

    def ready(self, version: int) -> Frame:
        return self._entries.ready(version)

    @property
    def version(self) -> int:
        return self._entries.version

    def heartbeat(self) -> bytes:
        return encode(NowHeartbeat())

    def close(self) -> None:
        self._closing = True
        os.eventfd_write(self._wake, 1)
        thread = self._thread
        if thread is not None:
            thread.join()

    # The thread

    def _run(self) -> None:
        state = BoardState(self._database, self._log, self._entries, self._doorbell.listen(SESSIONS))
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        poller.register(state.rung, select.POLLIN)
        try:
            while not self._is_over():
                began = time.monotonic()
                try:
                    if state.turn():
                        self._tell()
                    self._outage.is_over()
                    rest = max(_TOGETHER_SECONDS, _MOST_BUSY * (time.monotonic() - began))
                    self._rest(min(rest, _LONGEST_REST_SECONDS))
                    poller.poll(state.idle_seconds() * 1000)
                except DatabaseLostError as error:  # what is shown stays, and is mended when the database is back
                    self._outage.goes_on(error)
                    self._rest(_AGAIN_SECONDS)
                except Exception:
                    _log.exception("The board stumbled; it reads everything anew")
                    state.look_everywhere()
                    self._rest(_AGAIN_SECONDS)
        finally:
            state.close()

    def _rest(self, seconds: float) -> None:
        """Rings that come meanwhile are taken together afterwards."""
        poller = select.poll()  # select() takes no descriptor above 1023, and a worker has thousands of streams
        poller.register(self._wake, select.POLLIN)
        poller.poll(seconds * 1000)

    def _tell(self) -> None:
        with self._guard:
            watching = list(self._watching)
        for moved in watching:
            moved()

    def _is_over(self) -> bool:
        with self._guard:
            lingers = time.monotonic() < self._left_at + _LINGER_SECONDS
            if self._closing or not (self._watching or lingers):
                self._thread = None
                return True
            return False
