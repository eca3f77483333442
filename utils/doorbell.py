"""The doorbell: a hint between processes that something moved. It may be lost; the log may not.

Ringing never blocks and never fails. Listeners keep a slow poll behind it. Between the processes of one machine it is
utils/socket_doorbell.py, between machines that share a PostgreSQL database utils/postgres_doorbell.py.
"""

from typing import Protocol

SESSIONS = "sessions"  # the hint is a session's key: its log has grown, or it is gone
RUNS = "runs"  # the hint is a run's id: it was queued, or shall be cancelled
ANYTHING = "*"  # the hint of a listener that knows it has missed some: look at everything


class DoorbellListener(Protocol):
    """Hears the rings of one topic."""

    def fileno(self) -> int:
        """For an epoll or an event loop: readable when hints wait. It stays the same until it is closed."""
        ...

    def hints(self) -> set[str]:
        """The hints that have come since the last call, each once. ``ANYTHING`` may be among them."""
        ...

    def close(self) -> None: ...


class Doorbell(Protocol):
    """Rings. Safe to use from several threads."""

    def ring(self, topic: str, hint: str) -> None:
        """Tell every listener of ``topic``. A listener that is full or gone misses it."""
        ...

    def listen(self, topic: str) -> DoorbellListener: ...

    def listeners(self, topic: str) -> int:
        """How many live processes listen to ``topic``."""
        ...

    def close(self) -> None: ...
