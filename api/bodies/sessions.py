"""Sessions and their tags."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Metadata, Name
from api.bodies.findings import SessionFinding
from api.bodies.messages import AgentId, Run, Snippet
from utils.log.events import RunStatus, SessionId
from utils.sessions.sessions import Priority
from utils.sessions.tags import MAX_TAG_LENGTH, MAX_TAGS, clean_tag

Title = Name
Tag = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TAG_LENGTH), AfterValidator(clean_tag)]
_METADATA = "A JSON object of at most 16 KiB that systems outside get with each question of the session."
TagSet = Annotated[list[Tag], Field(max_length=MAX_TAGS, description="Kept in lower case.")]


class SessionAgent(ResponseBody):
    """Who answers in a session."""

    id: str | None = Field(description="null when it was deleted.")
    name: str
    avatar: str | None
    state: Literal["ready", "disabled", "deleted"] = Field(description="Only one that is ready can be asked.")


class Session(ResponseBody):
    id: str
    title: str
    archived: bool
    head: int = Field(description="The seq of the newest event; 0 when nothing has happened.")
    created_at: datetime
    updated_at: datetime
    last_run: Run | None
    status: RunStatus | None = Field(
        description="Of what is most in need: `waiting` if a run or an approval waits, else `running` or `queued`, "
        "else that of `last_run`. null: nothing has run."
    )
    owner: str | None = Field(description="The owner's name; null when an emitter made it.")
    owner_is_service: bool = Field(description="Whether the owner is a service account: a program, and no person.")
    mine: bool = Field(description="Whether you are the owner.")
    shared: bool = Field(description="Whether the owner's team may watch it.")
    may_change: bool = Field(
        description="Whether you may ask, rename, share, delete; or only watch. A key needs `manage` for the last two."
    )
    agent: SessionAgent
    tags: list[str] = Field(description="Empty for who has a spectator link: they are the team's own matter.")
    priority: Priority = Field(description="Normal for who has a spectator link.")
    metadata: dict[str, Any] = Field(description="Empty for who has a spectator link.")
    kept: bool = Field(description="It stays, whatever its age. False for who has a spectator link.")
    removed_at: datetime | None = Field(
        description="When it is removed because of its age if nothing happens in it; null: never, or you are a guest."
    )
    findings: list[SessionFinding] = Field(description="What makes its runs look stuck now; mostly nothing.")
    snippets: list[Snippet] = Field(description="Of a list that was asked with `query`: its newest messages found.")
    watchable_until: datetime | None = Field(description="When your spectator link expires; null if you need none.")


class SessionPage(ResponseBody):
    sessions: list[Session]
    next_cursor: str | None = Field(description="Pass as ?cursor= for the next page; null on the last.")


class NewSession(RequestBody):
    id: SessionId | None = Field(default=None, description="Made by the server when left out.")
    title: Title | None = None
    agent_id: AgentId | None = Field(default=None, description="Who answers; left out, the team's first agent.")
    tags: TagSet = Field(default_factory=list)
    priority: Priority = "normal"
    metadata: Metadata = Field(default_factory=dict, description=_METADATA)


class SessionChange(RequestBody):
    title: Title | None = None
    archived: StrictBool | None = None
    agent_id: AgentId | None = Field(default=None, description="Who answers from the next question on.")
    shared: StrictBool | None = Field(
        default=None, description="Whether the team may watch it. Only its owner may say."
    )
    tags: TagSet | None = Field(default=None, description="All that it has from now on.")
    priority: Priority | None = None
    kept: StrictBool | None = Field(default=None, description="Whether it stays, whatever its age.")
    metadata: Metadata | None = Field(default=None, description=f"All of it from now on. {_METADATA}")


class TagCount(ResponseBody):
    tag: str
    sessions: int


class TagList(ResponseBody):
    tags: list[TagCount]


class Sample(ResponseBody):
    """A session with sample documents, and a question to ask them."""

    session: Session
    question: str
