"""What waits to be sent."""

from typing import NamedTuple, Protocol

MOST_EVENTS = 500  # of one request
MOST_BYTES = 512 * 1024  # of one request; an event that is larger goes alone


class Batch(NamedTuple):
    """Events of one session that are stored together. ``key`` makes it harmless to send them again."""

    session: str
    bodies: tuple[bytes, ...]
    key: str

    def halves(self) -> tuple["Batch", "Batch"]:
        """The same events in two batches, whose keys are always the same."""
        middle = len(self.bodies) // 2
        return (
            Batch(self.session, self.bodies[:middle], f"{self.key}.0"),
            Batch(self.session, self.bodies[middle:], f"{self.key}.1"),
        )


class Queue(Protocol):
    """Keeps events until they are sent. A sender uses it under its lock."""

    durable: bool  # whether what is in it outlives the process

    def put(self, session: str, title: str | None, body: bytes) -> None: ...

    def take(self) -> Batch | None:
        """The next events to send, or the same ones as before as long as they are not done."""

    def done(self, batch: Batch) -> None: ...

    def close(self) -> None:
        """Another process may send what is in it. It can be used again."""

    def title(self, session: str) -> str | None: ...

    def __len__(self) -> int:
        """The number of events that wait, or another number above 0."""
