"""The connection of a program to one Ringside server."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
import weakref
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringside.sending.memory_queue import MemoryQueue
from ringside.sending.queue import Queue
from ringside.sending.sender import Sender
from ringside.sending.spool import Spool, SpoolError
from ringside.sending.transport import Stored, Transport
from ringside.settings import Settings, SettingsError, find_settings
from ringside.telling.scope import process
from ringside.telling.session import Session
from ringside.telling.user_message import UserMessage
from ringside.values import words_of

if TYPE_CHECKING:
    from ringside.telling.asking import Looking
    from ringside.telling.guarding import Guard, WhenAway

_log = logging.getLogger("ringside")
_clients: weakref.WeakSet[Client] = weakref.WeakSet()
_MOST_TITLES = 10_000  # of sessions; the oldest were made long ago
_REMEMBERED = 1_000  # runs that somebody wants to end
_MOST_HEARD = 10_000  # messages; the server holds far fewer that are not read


class Client:
    """Without an address or a key it does nothing, and says so once: a program runs where no server is."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        spool: str | Path | None = None,
        agent: str | None = None,
        exit_seconds: float = 5.0,
    ) -> None:
        """``agent``: who does the steps that name nobody; ``exit_seconds``: how long the program's end may wait."""
        self.agent = agent or _program()
        self.settings: Settings | None = None
        self._sender: Sender | None = None
        self._titles: dict[str, str] = {}
        self._stopped: deque[str] = deque(maxlen=_REMEMBERED)
        self._unread: list[tuple[str, str, UserMessage]] = []
        # By session, run and id; an answer names the oldest unread ones only, so absence from it says nothing.
        self._heard: dict[tuple[str, str, str], None] = {}
        self._thread = threading.local()
        self._opening = threading.Lock()
        self._default: Session | None = None
        self._default_of = ""
        self._complaints: set[type[Exception] | str] = set()
        try:
            settings = self.settings = find_settings(url, key, spool, exit_seconds)
            self._sender = Sender(lambda: _queue(settings), lambda: Transport(settings), self._note)
        except SettingsError as error:
            _log.warning("Nothing is sent to Ringside. %s", error)
        _clients.add(self)

    def session(self, name: str, title: str | None = None, *, agent: str | None = None) -> Session:
        """A session by its id, or by any name from which the id is made."""
        return Session(self, name, title, agent or self.agent)

    def default_session(self) -> Session:
        """Of steps that are in no session: one for each process."""
        with self._opening:
            if self._default is None or self._default_of != process.name:
                begun = time.strftime("%Y-%m-%d %H:%M")
                self._default_of = process.name
                self._default = self.session(f"{self.agent}-{process.name}", f"{self.agent}, {begun}")
            return self._default

    @property
    def is_silent(self) -> bool:
        """Whether it has no server to tell."""
        return self._sender is None

    def put(self, session: str, body: bytes) -> None:
        if self._sender is not None:
            self._sender.put(session, self._titles.get(session), body)

    def name_session(self, session: str, title: str) -> None:
        """Its title, should the session not be there yet."""
        if len(self._titles) >= _MOST_TITLES:
            self._titles.pop(next(iter(self._titles)), None)
        self._titles[session] = title

    def asking(self, session: str, question: dict[str, Any]) -> Looking:
        """What was told before the question is sent before it, if the server is there. Raises SettingsError."""
        from ringside.telling.asking import Asking

        settings = self.settings or find_settings()
        self.flush()
        return Asking(settings, session, self._titles.get(session), question)

    def guarding(
        self,
        session: str,
        call: dict[str, Any],
        *,
        timeout: float | None,
        patience: float,
        when_away: WhenAway | None,
    ) -> Guard:
        """What was told before the call is sent before it, if the server is there. Raises SettingsError."""
        from ringside.telling.guarding import Guarding

        settings = self.settings or find_settings()
        self.flush(min(5.0, patience))
        return Guarding(
            settings, session, self._titles.get(session), call, timeout=timeout, patience=patience, when_away=when_away
        )

    def complain(self, error: Exception) -> None:
        """Something is wrong with us or with the disk. The program goes on; the log says it once for each kind."""
        kind = type(error)
        if kind not in self._complaints:
            self._complaints.add(kind)
            told = f"{kind.__name__}: {error}".rstrip(".")
            _log.warning("Ringside could not take or send an event: %s. The program goes on.", told, exc_info=error)

    def leave_out(self, field: str, error: Exception) -> None:
        """The program's value is none that the field takes. The log says it once for each field."""
        if field not in self._complaints:
            self._complaints.add(field)
            _log.warning("Ringside leaves out %s: %s.", field, words_of(error).rstrip("."))

    def flush(self, seconds: float = 5.0) -> bool:
        """Wait until everything is sent, at most so long. Whether it is."""
        try:
            return self._sender is None or self._sender.flush(seconds)
        except Exception as error:
            self.complain(error)
            return False

    def close(self, seconds: float | None = None) -> bool:
        """Flush, and end the background thread."""
        if self._sender is None or self.settings is None:
            return True
        try:
            return self._sender.close(self.settings.exit_seconds if seconds is None else seconds)
        except Exception as error:
            self.complain(error)
            return False

    def is_stopped(self, run: str) -> bool:
        return run in self._stopped

    def take_messages(self, session: str, run: str) -> list[UserMessage]:
        """What people have said to a run, as the server's answers told, each once."""
        with self._opening:
            found = [one for one in self._unread if one[:2] == (session, run)]
            self._unread = [one for one in self._unread if one not in found]
        return [one[2] for one in found]

    def has_told(self, error: BaseException | None) -> None:
        """A step or run has ended with this exception: what encloses it need not tell of it again."""
        self._thread.told = None if error is None else id(error)

    def was_told(self, error: BaseException | None) -> bool:
        return getattr(self._thread, "told", None) == id(error)

    def _note(self, answer: Stored) -> None:
        self._stopped.extend(run for run in answer.stop_requested if run not in self._stopped)
        with self._opening:
            for session, run, body in answer.unread:
                message = UserMessage.of(body)
                if (session, run, message.id) not in self._heard:
                    self._heard[session, run, message.id] = None
                    self._unread.append((session, run, message))
            for oldest in list(self._heard)[: max(0, len(self._heard) - _MOST_HEARD)]:
                del self._heard[oldest]


def _queue(settings: Settings) -> Queue:
    if settings.spool is not None:
        try:
            return Spool(settings.spool)
        except SpoolError as error:
            _log.warning("%s Events wait in memory.", error)
    return MemoryQueue()


def _program() -> str:
    name = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] not in ("", "-c", "-m") else ""
    return name if name and name != "__main__" else "Program"


@atexit.register
def _at_exit() -> None:
    for client in list(_clients):
        client.close()


def _before_fork() -> None:
    """A process that multiprocessing forks ends without atexit; its own way of saying goodbye is told of us."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None and not getattr(util, "_ringside", False):
        util._ringside = True  # type: ignore[attr-defined]
        util.register_after_fork(_clients, lambda _: util.Finalize(None, _at_exit, exitpriority=0))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)
