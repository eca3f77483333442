"""A session's log."""

from datetime import datetime

from pydantic import Field

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.messages import RunMessage
from utils.log.events import LoggedEvent
from utils.sessions.run_message import MOST_GIVEN


class ActivityPage(ResponseBody):
    """Events that follow ``after``: at most ``limit``, fewer where they are large; the log goes on up to ``head``."""

    events: list[LoggedEvent]
    first: int = Field(description="The oldest seq still kept.")
    head: int = Field(description="The newest seq.")
    start: int | None = Field(default=None, description="With `newest`: the seq from which on every run is whole.")
    runs_before: int | None = Field(default=None, description="With `newest`: how many runs ended before it.")


class StreamTicket(ResponseBody):
    """Lets a page of another web site open the stream of a session, once or again, until it expires."""

    ticket: str = Field(description="For the parameter `ticket` of the stream's address.")
    expires_at: datetime = Field(description="An open stream goes on.")


class NewEvents(RequestBody):
    """Events of the one session that the address names, in their order. Without `time` they happen now."""

    events: list[LoggedEvent] = Field(min_length=1, max_length=1000)


class Emitted(ResponseBody):
    seq: int = Field(
        description="Of the session's newest event, once they are stored: the last of them, unless it is a `runUpdate` "
        "that says nothing new. That is a sign of life, and is not stored."
    )
    stop_requested: list[str] = Field(
        description="The ids of the session's reported runs that somebody asked to stop and that have not ended."
    )
    messages: list[RunMessage] = Field(
        description="What people say to the session's reported runs and these have not read yet, oldest first, at most "
        f"{MOST_GIVEN}: above all to the runs of these events. More come once these are read. Tell a `userMessage` "
        "with the same `run_id`, `message_id` and text and the delivery `steered` once your agent has it."
    )
