"""A person's words to the agents of a run that is at work."""

from dataclasses import dataclass
from datetime import datetime

from utils.log.events import Delivery, UserMessage

MOST_UNREAD = 50  # that wait in a run at a time: its end settles them in one transaction
MOST_CHARACTERS = 200_000  # of all that the agents of a run are told: who goes on with it is given all of it again
MOST_GIVEN = 10  # to a program with one answer; what it has read makes room for the next


class RunMessageError(ValueError):
    """It cannot be sent. ``code`` is for clients, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class RunMessageRecord:
    """``author`` is the person's name; ``reason`` says why the run's agents did not read it."""

    key: int
    id: str
    run_id: str
    run_key: int
    message_key: int
    author: str | None
    author_key: int | None
    text: str
    delivery: Delivery
    reason: str | None
    created_at: datetime
    settled_at: datetime | None

    def event(self, session_id: str) -> UserMessage:
        """What the log says of it as it is."""
        return UserMessage(
            session_id=session_id, run_id=self.run_id, message_id=self.id, author=self.author, text=self.text,
            delivery=self.delivery, reason=self.reason,
        )  # fmt: skip
