"""The doorbell between machines that share a PostgreSQL database: LISTEN and NOTIFY, outside of any append.

One thread with one connection of its own sends and receives for the whole process. A NOTIFY takes a lock of the whole
server at its commit, so hints that come within two milliseconds are sent together. Listeners in the ringing process are
called directly. While the server is away, the listeners' slow poll replaces the rings; when it is back, they are told
to look at everything, because rings were lost meanwhile.
"""

import atexit
import contextlib
import logging
import os
import random
import select
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import text

from utils.database.outage import Outage
from utils.database.postgres import PostgresDatabase
from utils.database.postgres_connection import words
from utils.doorbell.base import ANYTHING, Ring

_TOGETHER_SECONDS = 0.002
_AGAIN_SECONDS = (0.1, 1.0)
_LAST_WORDS_SECONDS = 1.0
_MOST_HINTS = 10_000  # kept for a server that is away, or for a listener that does not listen
_CHANNEL = "ringside_"
_HEARS = "ringside hears "  # and the topics: the connection's application_name, by which listeners are counted
_COUNT_LISTENERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE :name"
)
_log = logging.getLogger(__name__)


class PostgresDoorbell:
    """Its thread starts with the first ring or listener, so never carry it over a fork."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._pending: set[tuple[str, str]] = set()
        self._listeners: dict[str, set[PostgresListener]] = {}
        self._outage = Outage(_log, "The doorbell is out of order and streams are polled", "doorbell")
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread: threading.Thread | None = None
        self._closing = False

    def ring(self, topic: str, hint: str, news: bytes = b"") -> None:  # a NOTIFY carries the hint alone
        with self._guard:
            for listener in self._listeners.get(topic, ()):
                listener.hear(hint)
            if len(self._pending) < _MOST_HINTS:
                self._pending.add((topic, hint))
        self._rouse()

    def listen(self, topic: str) -> "PostgresListener":
        listener = PostgresListener(self, topic)
        with self._guard:
            self._listeners.setdefault(topic, set()).add(listener)
        self._rouse()
        return listener

    @property
    def works(self) -> bool:
        return not self._outage.open

    def listeners(self, topic: str) -> int:
        """On all machines. Raises DatabaseLostError."""
        with self._database.read() as connection:
            return int(connection.scalar(_COUNT_LISTENERS, {"name": f"{_HEARS}%{topic}%"}) or 0)

    def forget(self, listener: "PostgresListener") -> None:
        with self._guard:
            self._listeners.get(listener.topic, set()).discard(listener)
        self._rouse()

    def close(self) -> None:
        """Send what is still to be sent, if the server is there, and end."""
        atexit.unregister(self.close)
        self._closing = True
        if self._thread is not None:
            os.eventfd_write(self._wake, 1)
            self._thread.join(_LAST_WORDS_SECONDS)

    def _rouse(self) -> None:
        if self._thread is None:
            with self._guard:
                if self._thread is None and not self._closing:
                    thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                    with contextlib.suppress(RuntimeError):  # no thread can be started now: the next ring tries again
                        thread.start()
                        self._thread = thread
                        atexit.register(self.close)
        os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        shortest, longest = _AGAIN_SECONDS
        pause = shortest
        while True:
            served = False
            try:
                with closing(self._database.connect()) as raw:
                    for _ in self._serve(raw):
                        self._outage.is_over()
                        served = True
                    return
            except psycopg.Error as error:
                self._outage.goes_on(words(error))
            if self._closing:
                return
            pause = shortest if served else min(longest, pause * 2)
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311

    def _serve(self, raw: "psycopg.Connection[Any]") -> Iterator[None]:
        """Send and hear until the doorbell is closed. Yields after each turn, and raises when the connection breaks."""
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        poller.register(raw.fileno(), select.POLLIN)
        heard_topics: set[str] = set()
        sent_at = 0.0
        while True:
            closing_now = self._closing
            heard_topics = self._attune(raw, heard_topics)
            early = sent_at + _TOGETHER_SECONDS - time.monotonic()
            if self._pending and (early <= 0 or closing_now):
                self._send(raw)
                sent_at = time.monotonic()
            if closing_now:
                return
            self._hear(raw)
            yield
            poller.poll(max(0.0, early) * 1000 if self._pending else None)
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)

    def _attune(self, raw: "psycopg.Connection[Any]", heard: set[str]) -> set[str]:
        """Listen to the topics that somebody here listens to; returns them."""
        with self._guard:
            wanted = {topic for topic, listeners in self._listeners.items() if listeners}
        if wanted != heard:
            for topic in wanted - heard:
                raw.execute(f'LISTEN "{_CHANNEL}{topic}"')
                self._tell(topic, ANYTHING)
            for topic in heard - wanted:
                raw.execute(f'UNLISTEN "{_CHANNEL}{topic}"')
            name = _HEARS + ",".join(sorted(wanted)) if wanted else "ringside"
            raw.execute("SELECT set_config('application_name', %s, false)", (name,))
        return wanted

    def _send(self, raw: "psycopg.Connection[Any]") -> None:
        with self._guard:
            rings, self._pending = self._pending, set()
        try:
            raw.execute(
                "SELECT pg_notify(channel, hint) FROM unnest(%s::text[], %s::text[]) AS rings(channel, hint)",
                ([_CHANNEL + topic for topic, _ in rings], [hint for _, hint in rings]),
            )
        except psycopg.Error:
            with self._guard:
                self._pending |= rings
            raise

    def _hear(self, raw: "psycopg.Connection[Any]") -> None:
        for notify in raw.notifies(timeout=0):
            if notify.pid == raw.info.backend_pid:
                continue  # our own: told already
            self._tell(notify.channel.removeprefix(_CHANNEL), notify.payload)

    def _tell(self, topic: str, hint: str) -> None:
        with self._guard:
            for listener in self._listeners.get(topic, ()):
                listener.hear(hint)


class PostgresListener:
    """Hears the rings of one topic; the doorbell's thread tells it."""

    def __init__(self, doorbell: PostgresDoorbell, topic: str) -> None:
        self.topic = topic
        self._doorbell = doorbell
        self._guard = threading.Lock()
        self._heard: set[str] = set()
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        return self._fd

    def hear(self, hint: str) -> None:
        with self._guard:
            if len(self._heard) < _MOST_HINTS:
                self._heard.add(hint)
            else:
                self._heard = {ANYTHING}
        os.eventfd_write(self._fd, 1)

    def rings(self) -> list[Ring]:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._fd)
        with self._guard:
            heard, self._heard = self._heard, set()
        return [Ring(hint) for hint in heard]

    def close(self) -> None:
        self._doorbell.forget(self)
        os.close(self._fd)
