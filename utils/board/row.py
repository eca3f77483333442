"""The events of the board's stream. They tell how things are, not what happened: a newer one replaces an older one."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from utils.log.events import ActivityKind, Moment, RunStatus


class _BoardEvent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NowStep(_BoardEvent):
    """The step that began last of those that go on."""

    action: str
    agent_name: str
    kind: ActivityKind
    since: Moment


class NowPerson(_BoardEvent):
    id: str
    name: str


class NowRow(_BoardEvent):
    """One run as it is now; or one session whose agents tell of steps and of no run."""

    type: Literal["nowRow"] = "nowRow"
    row_id: str = Field(description="Stays the same for as long as the run is told of.")
    session_id: str
    session_title: str
    owner_id: str | None = Field(default=None, description="The user whose session it is. Absent: an emitter made it.")
    run_id: str | None = Field(default=None, description="Absent: steps without a run.")
    reported: bool = Field(default=False, description="An agent outside Ringside works on it and tells of it.")
    status: RunStatus
    reason: str | None = Field(default=None, description="Why it failed, waits or was cancelled.")
    since: Moment = Field(description="Since when it has this status.")
    created_at: Moment
    started_at: Moment | None = None
    ended_at: Moment | None = None
    stopping: bool = Field(default=False, description="Somebody asked to stop it.")
    agent_id: str | None = Field(default=None, description="The registered agent that was asked.")
    agent_name: str | None = None
    agent_avatar: str | None = Field(default=None, description="The address of its picture.")
    kind: str | None = Field(default=None, description="The kind of its backend.")
    step: NowStep | None = None
    input_tokens: int = Field(default=0, description="Of all model calls so far.")
    output_tokens: int = 0
    cost: int | None = Field(
        default=None, description="Millionths of the currency, so far. Absent: no price is known of what it used."
    )
    currency: str | None = Field(default=None, description="That of the cost; of several, the one with the most.")
    finding: str | None = Field(default=None, description="What makes it look stuck, in a sentence.")
    over_budget: bool = Field(
        default=False, description="It has used up a budget of its own or of its session: GET /api/runs/{id}/spending."
    )
    approvals: int = Field(default=0, description="How many questions of it wait for a person.")
    waits_for: list[NowPerson] = Field(
        default_factory=list,
        description="The people who may decide them, beside administrators. Empty: administrators alone.",
    )


class NowGone(_BoardEvent):
    """The row is to be forgotten: it ended a while ago, or you may not see it any more."""

    type: Literal["nowGone"] = "nowGone"
    row_id: str


class NowReady(_BoardEvent):
    """All rows have been told. After a `reset`, those that were not told since are gone."""

    type: Literal["nowReady"] = "nowReady"


class NowReset(_BoardEvent):
    """What changed since the cursor is not known: all rows follow, and then `nowReady`."""

    type: Literal["reset"] = "reset"


class NowHeartbeat(_BoardEvent):
    """Sent every HEARTBEAT_SECONDS, without an id."""

    type: Literal["heartbeat"] = "heartbeat"
    time: Moment = Field(default_factory=lambda: datetime.now(UTC))


NowEvent = Annotated[NowRow | NowGone | NowReady | NowReset | NowHeartbeat, Field(discriminator="type")]
now_event: TypeAdapter[NowEvent] = TypeAdapter(NowEvent)


def encode(event: NowEvent, event_id: str | None = None) -> bytes:
    """As one server-sent event."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {event.type}\ndata: {event.model_dump_json(exclude_none=True)}\n\n".encode()
