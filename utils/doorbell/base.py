"""The doorbell: a wake-up channel between processes. A ring says that something changed; it may be lost.

Ringing never blocks and never fails. Listeners also poll slowly, which finds what a lost ring did not announce. Between
the processes of one machine it is utils/doorbell/pipe.py, between machines utils/doorbell/postgres.py.
"""

from typing import NamedTuple, Protocol

SESSIONS = "sessions"  # the hint is a session's key: its log has grown, or it is gone
RUNS = "runs"  # the hint is a run's id: it was queued, or shall be cancelled
NOTICES = "notices"  # the hint is a session's key: its log has something that people may want to be told of
MOST_NEWS = 4000  # bytes, as utils/log/frames.py packs them; more would not come along
ANYTHING = "*"  # the hint of a listener that knows it has missed some: look at everything


class Ring(NamedTuple):
    """One wake-up. ``news`` is its payload, the new events, if the channel could carry them; else it is empty."""

    hint: str
    news: bytes = b""


class DoorbellListener(Protocol):
    """Hears the rings of one topic."""

    def fileno(self) -> int:
        """For an epoll or an event loop: readable when rings wait. It stays the same until it is closed."""
        ...

    def rings(self) -> list[Ring]:
        """The rings since the last call; those of one ringing process in their order. A hint may be ``ANYTHING``."""
        ...

    def close(self) -> None: ...


class Doorbell(Protocol):
    """Rings. Safe to use from several threads."""

    def ring(self, topic: str, hint: str, news: bytes = b"") -> None:
        """Wake every listener of ``topic``. One that is full or gone misses the ring; any may miss its news."""
        ...

    def listen(self, topic: str) -> DoorbellListener: ...

    @property
    def works(self) -> bool:
        """Whether rings reach others, as far as this process knows."""
        ...

    def listeners(self, topic: str) -> int:
        """How many live processes listen to ``topic``."""
        ...

    def close(self) -> None: ...
