"""What an operator sees of the work: the queue, and who works on what."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.bodies.base import ResponseBody
from utils.log.events import RunStatus


class OpenRun(ResponseBody):
    """A run that has not ended. Of a session that you may not read there is no title."""

    id: str
    status: RunStatus
    session_id: str | None
    title: str | None
    team_name: str | None
    agent_name: str | None
    attempt: int
    losses: int = Field(description="How many processes were lost at it.")
    owner: str | None = Field(description="Who holds it: host/pid/token of an agent process, or a worker outside.")
    stopping: bool = Field(description="It was asked to stop.")
    waits_for: str | None = Field(description="Of one that nobody works on, in plain words.")
    created_at: datetime
    started_at: datetime | None


class AgentProcess(ResponseBody):
    owner: str
    started_at: datetime
    seen_at: datetime = Field(description="Its last beat, to ten seconds.")
    silent: bool = Field(description="It has not been seen for a minute.")
    slots: int
    used: int


class DatabaseConnections(ResponseBody):
    """Of the PostgreSQL server that all machines share."""

    allowed: int = Field(description="How many it has for all programs, without those reserved for superusers.")
    taken: int
    machine: int = Field(description="How many this machine opens at most.")
    scarce: bool = Field(description="Less than a tenth is left.")


class RetentionRule(ResponseBody):
    """Until `begins_at`, `former_days` are in force."""

    what: Literal["sessions", "documents", "audit"]
    days: int | None = Field(description="How long they are kept; null: for ever.")
    begins_at: datetime
    former_days: int | None


class Operations(ResponseBody):
    """For administrators of the first team: of all teams. For those of another: the runs of that team alone."""

    runs: list[OpenRun] = Field(description="The oldest first, at most 500.")
    processes: list[AgentProcess]
    streams: int | None = Field(description="Open streams of this machine.")
    watched_sessions: int | None = Field(description="Sessions that they watch.")
    connections: DatabaseConnections | None = Field(description="None: SQLite, or the database does not say.")
    retention: list[RetentionRule] = Field(description="What has been set at any time.")
    cannot: list[str] = Field(description="As in `/readyz`.")
    now: datetime


class Freed(ResponseBody):
    status: RunStatus
