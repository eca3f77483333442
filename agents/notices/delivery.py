"""What becomes of an attempt to deliver a message, as each channel says it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from utils.notices.outbox import Message
from utils.notices.words import Words


@dataclass(frozen=True, slots=True)
class Delivery:
    """``arrived``; ``later``: it may be tried again, after ``wait`` seconds at the earliest; ``refused``: it may not.

    ``gone``: there is nobody any more, and nothing will ever arrive. ``error`` says in words why it did not arrive.
    """

    result: Literal["arrived", "later", "refused", "gone"]
    error: str | None = None
    status: int | None = None
    answer: str | None = None
    wait: float | None = None


class ChannelSender(Protocol):
    """One way to somebody. What goes wrong outside is a Delivery and no exception."""

    async def send(self, message: Message, words: Words) -> Delivery: ...

    async def close(self) -> None: ...
