"""The events of a session's log: one class per type, one tagged union, one codec.

An event travels as one server-sent event (WHATWG HTML, section 9.2):

    id: <seq>
    event: <type>
    data: <one JSON object, snake_case>

The log stores the JSON object without its ``seq``, because the number is only known inside the
transaction that commits it; :func:`encode_frame` puts the two together. Absent fields are left out, never null.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticSerializationError

from utils.validation_words import worded

ActivityKind = Literal["step", "tool", "model", "handoff", "approval", "other"]
ActivityStatus = Literal["started", "in-progress", "completed", "failed", "cancelled", "waiting"]
AgentStatus = Literal["idle", "working", "waiting", "done", "failed"]
MessageChannel = Literal["reasoning"]
Delivery = Literal["queued", "steered", "next-turn", "refused"]
RunStatus = Literal["queued", "running", "waiting", "completed", "failed", "cancelled"]

MAX_EVENT_BYTES = 2 * 1024 * 1024  # of its JSON object: every watcher gets every event

ENDED_RUN: frozenset[str] = frozenset({"completed", "failed", "cancelled"})
ENDED_ACTIVITY: frozenset[str] = frozenset({"completed", "failed", "cancelled"})


def tells_late(status: str, time: datetime, ended_at: datetime | None) -> bool:
    """Whether an event of a step tells of what was before its end, and so does not open it again.

    Events of several threads or machines may arrive in another order than they happened. A step begins once; one that
    goes on after it ended says so with a later time.
    """
    return ended_at is not None and status not in ENDED_ACTIVITY and (status == "started" or time <= ended_at)


def _utc(moment: datetime) -> datetime:
    """Milliseconds of UTC: what every client can show and compare. A time without an offset is in UTC."""
    try:
        moment = moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999 in UTC") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _now() -> datetime:
    return _utc(datetime.now(UTC))


Moment = Annotated[datetime, AfterValidator(_utc)]
SessionId = Annotated[
    str,
    Field(
        pattern=worded(
            r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$",
            "must begin with a letter or digit and have at most 100 letters, digits, dots, colons, _ and -",
        )
    ),
]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[str, Field(pattern=worded(r"^[A-Z]{3}$", "must be three capital letters, such as EUR"))]
Link = Annotated[
    str,
    Field(
        max_length=2000,
        pattern=worded(
            r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@\\]+([/?#]\S*)?$",
            "must be an address that begins with http:// or https://, without a name or a password",
        ),
    ),
]


MOST_COST = 1e9  # of a step, in units of its currency: its micro-units and sums of them fit into an integer of SQL


class Usage(BaseModel):
    """What a model call took. Tokens are the server's own count.

    A step around others may tell their sum: it is not added to theirs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    cached_input_tokens: int | None = Field(
        default=None, ge=0, description="Those of the input tokens that the server had in its cache."
    )
    reasoning_tokens: int | None = Field(
        default=None, ge=0, description="Those of the output tokens that the model thought with."
    )
    cost: float | None = Field(
        default=None,
        ge=0,
        le=MOST_COST,
        description="In units of the currency; it counts instead of the team's prices.",
    )
    currency: Currency | None = Field(default=None, description="Of the cost: ISO 4217, such as EUR.")

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if (self.cost is None) != (self.currency is None):
            raise ValueError("cost and currency: give both, or neither")
        return self


class Citation(BaseModel):
    """The passage a sentence of an answer rests on; ``number`` is the ``[n]`` in the text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int = Field(ge=1)
    document_id: str
    document_name: str
    passage_id: int
    reference: str = Field(description="Where in the document: 'page 12', 'rows 2-41', 'Section 3'.")
    quote: str


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: SessionId
    run_id: str | None = None
    time: Moment = Field(default_factory=_now)


class _LoggedEvent(_Event):
    seq: int | None = Field(default=None, ge=1, description="Place in the session's log: 1, 2, 3 … without a hole.")


class AgentActivity(_LoggedEvent):
    """A step of an agent began, moved or ended. All events of one step share its activity_id."""

    type: Literal["agentActivity"] = "agentActivity"
    activity_id: ShortText
    parent_id: ShortText | None = None
    agent_name: ShortText
    action: ShortText
    kind: ActivityKind = "step"
    status: ActivityStatus
    details: str | None = Field(default=None, description="What is happening, or what went wrong, in plain words.")
    progress: float | None = Field(default=None, ge=0, le=1)
    input: Any = None
    output: Any = None
    usage: Usage | None = None
    link: Link | None = Field(
        default=None, description="Where a person finds what it stands for: a span, an execution, a crew."
    )


class AgentStatusUpdate(_LoggedEvent):
    """What an agent is, now."""

    type: Literal["agentStatusUpdate"] = "agentStatusUpdate"
    agent_name: ShortText
    status: AgentStatus
    details: str | None = None


class AgentMessage(_LoggedEvent):
    """Text for the user, as it is written: append ``delta`` to the message ``message_id``.

    The last event of a message is ``final`` and carries its citations. A message with ``replaces`` takes
    the place of an earlier one: a revised draft, or one begun again after its process was lost.

    With the channel ``reasoning`` it is what a model thought in the step ``activity_id``: it is never part of an
    answer, and left out for who may not see the data of tools.
    """

    type: Literal["agentMessage"] = "agentMessage"
    message_id: ShortText
    agent_name: ShortText
    delta: str = ""
    final: bool = False
    replaces: str | None = None
    citations: list[Citation] | None = None
    channel: MessageChannel | None = Field(default=None, description="Absent: the answer.")
    activity_id: ShortText | None = Field(default=None, description="The step in which it was thought.")


class FromStep(BaseModel):
    """The step of another run of the session from which a run begins again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    activity_id: ShortText
    action: ShortText
    edited: bool | None = Field(default=None, description="true: it is given another input than before.")


class RunUpdate(_LoggedEvent):
    """The life of a run. The first one, ``queued``, carries the user's question."""

    type: Literal["runUpdate"] = "runUpdate"
    status: RunStatus
    reason: str | None = Field(
        default=None, description="Why it failed, waits, was cancelled or runs again; what a queued one waits for."
    )
    question: str | None = None
    phase: str | None = Field(default=None, description="What the run is doing as a whole: 'Reading', 'Writing'.")
    progress: float | None = Field(default=None, ge=0, le=1)
    attempt: int | None = Field(default=None, ge=1)
    model: str | None = Field(default=None, description="Who answers: a model's name, or 'built-in'.")
    agent_id: ShortText | None = Field(
        default=None, description="With the status queued: the registered agent that is to answer from here on."
    )
    place: int | None = Field(
        default=None,
        ge=1,
        description="With the status queued: somebody has put the queue of the session in another order, and the "
        "question has this place in it. One that was asked later and has none is behind it.",
    )
    paused: bool | None = Field(
        default=None,
        description="true: it was paused, or, with the status running, is asked to pause at its next safe point; false:"
        " it was resumed. Absent: as before; a run that has ended is not paused.",
    )
    retry_of: str | None = Field(
        default=None,
        description="On the first one: the id of the run whose question is asked again, as it was or edited. That run "
        "and its answer are replaced.",
    )
    from_step: FromStep | None = Field(
        default=None,
        description="On the first one, with retry_of: the step of that run from which this one begins. What was done "
        "before it is kept.",
    )


class UserMessage(_LoggedEvent):
    """A person's words to the agents of a run that is at work. All events of one message share its message_id.

    It is told as ``queued`` while it waits for the agents to read it, and once more when it is settled.
    """

    type: Literal["userMessage"] = "userMessage"
    message_id: ShortText
    author: str | None = Field(default=None, description="Who wrote it. Absent: nobody that is known any more.")
    text: str
    delivery: Delivery = Field(
        description="queued: it waits to be read; steered: the agents have read it; next-turn: it is the question of "
        "another run of the session; refused: nobody reads it."
    )
    reason: str | None = Field(default=None, description="Why it was not read in this run, in plain words.")


class Error(_LoggedEvent):
    """Something went wrong, in plain words with what to do next."""

    type: Literal["error"] = "error"
    code: ShortText
    message: str
    agent_name: str | None = None
    activity_id: str | None = None
    retryable: bool = False


class Heartbeat(BaseModel):
    """Sent every HEARTBEAT_SECONDS, never stored, without an id: the log's head lets a client see that it is behind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["heartbeat"] = "heartbeat"
    session_id: SessionId
    time: Moment = Field(default_factory=_now)
    head: int = Field(ge=0)


class Reset(BaseModel):
    """The cursor could not be honoured: forget what you have, the log goes on at ``first``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["reset"] = "reset"
    session_id: SessionId
    first: int = Field(ge=1)
    head: int = Field(ge=0)


LoggedEvent = Annotated[
    AgentActivity | AgentStatusUpdate | AgentMessage | UserMessage | RunUpdate | Error, Field(discriminator="type")
]
StreamEvent = Annotated[
    AgentActivity | AgentStatusUpdate | AgentMessage | UserMessage | RunUpdate | Error | Heartbeat | Reset,
    Field(discriminator="type"),
]

logged_event: TypeAdapter[LoggedEvent] = TypeAdapter(LoggedEvent)
stream_event: TypeAdapter[StreamEvent] = TypeAdapter(StreamEvent)


def read_event(body: bytes) -> LoggedEvent | None:
    """What is in the log, also where a newer version beside this one has written it: of that, fields that only the
    newer one knows are left out. None: it has a type that only the newer one knows."""
    try:
        return logged_event.validate_json(body, extra="ignore")
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "union_tag_invalid":
            return None
        raise


class EventError(ValueError):
    """The event cannot be stored, whoever tries: its ``input`` or ``output`` has no JSON, or it is too large."""


class EventTooLargeError(EventError):
    """It has more bytes than MAX_EVENT_BYTES."""


def encode_body(event: LoggedEvent) -> bytes:
    """The event's JSON object without its seq, on one line, as the log stores it. Raises :class:`EventError`."""
    try:
        body = event.model_dump_json(exclude_none=True, exclude={"seq"}).encode()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise EventError(
            "Something in the event has no JSON. Give input and output as text, numbers, lists and dictionaries, "
            f"without lone surrogates. ({error})"
        ) from error
    if len(body) > MAX_EVENT_BYTES:
        raise EventTooLargeError(
            f"The event has {len(body):,} bytes; at most {MAX_EVENT_BYTES:,} are stored. Put less into its details, "
            "input and output."
        )
    return body


def encode_data(seq: int, body: bytes) -> bytes:
    """The whole JSON object of a stored event."""
    return b'{"seq":%d,%b' % (seq, body[1:])


def encode_frame(seq: int, event_type: str, body: bytes) -> bytes:
    """A stored event as the bytes of one server-sent event."""
    return b'id: %d\nevent: %b\ndata: {"seq":%d,%b\n\n' % (seq, event_type.encode(), seq, body[1:])


def encode_unlogged(event: Heartbeat | Reset) -> bytes:
    """A heartbeat or a reset as a server-sent event.

    A reset moves the client's cursor to just before ``first``, so that the next reconnect resumes there.
    """
    head = f"id: {event.first - 1}\n" if isinstance(event, Reset) else ""
    return f"{head}event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()
