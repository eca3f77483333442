"""The doorbell: a hint between processes that something moved. It may be lost; the log may not.

Ringing never blocks and never fails. Listeners keep a slow poll behind it. Between the processes of one machine it is
utils/doorbell/pipe.py, between machines that share a PostgreSQL database utils/doorbell/postgres.py.
"""

from typing import NamedTuple, Protocol

SESSIONS = "sessions"  # the hint is a session's key: its log has grown, or it is gone
RUNS = "runs"  # the hint is a run's id: it was queued, or shall be cancelled
MOST_NEWS = 4000  # bytes; more would not come along
ANYTHING = "*"  # the hint of a listener that knows it has missed some: look at everything


class Ring(NamedTuple):
    """``news`` is what moved itself, if it was given and came along: it saves the listener from looking."""

    hint: str
    news: bytes = b""


class DoorbellListener(Protocol):
    """Hears the rings of one topic."""

    def fileno(self) -> int:
        """For an epoll or an event loop: readable when rings wait. It stays the same until it is closed."""
        ...

    def rings(self) -> list[Ring]:
        """What has come since the last call, news of one ringer in their order. A hint may be ``ANYTHING``."""
        ...

    def close(self) -> None: ...


class Doorbell(Protocol):
    """Rings. Safe to use from several threads."""

    def ring(self, topic: str, hint: str, news: bytes = b"") -> None:
        """Tell every listener of ``topic``. A listener that is full or gone misses it, and any may miss its news."""
        ...

    def listen(self, topic: str) -> DoorbellListener: ...

    def listeners(self, topic: str) -> int:
        """How many live processes listen to ``topic``."""
        ...

    def close(self) -> None: ...
