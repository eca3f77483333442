"""Request and response bodies of the HTTP API. The OpenAPI document and the Angular client come from these."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from utils.activity_events import Citation, LoggedEvent, RunStatus, SessionId

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorDetail(_Body):
    code: str = Field(description="A stable name for programs.")
    message: str = Field(description="Plain words: what is wrong and what to do.")


class ErrorBody(_Body):
    """Every failed request answers with this shape."""

    error: ErrorDetail


class Info(_Body):
    """What this server is."""

    version: str
    mode: Literal["model", "built-in"] = Field(description="Who answers: a model server, or built-in extraction.")
    model: str | None = Field(description="The model's name, in model mode.")
    max_document_bytes: int
    document_types: list[str] = Field(description="File name extensions that can be read, with the dot.")
    heartbeat_seconds: float


class Run(_Body):
    id: str
    session_id: str
    status: RunStatus
    question: str
    attempt: int = Field(description="0 until a process has claimed it.")
    reason: str | None
    first_seq: int = Field(description="The seq of the run's first event.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Session(_Body):
    id: str
    title: str
    archived: bool
    head: int = Field(description="The seq of the newest event; 0 when nothing has happened.")
    created_at: datetime
    updated_at: datetime
    last_run: Run | None


class SessionPage(_Body):
    sessions: list[Session]
    next_cursor: str | None = Field(description="Pass as ?cursor= for the next page; null on the last.")


class NewSession(_Body):
    id: SessionId | None = Field(default=None, description="Made by the server when left out.")
    title: Title | None = None


class SessionChange(_Body):
    title: Title | None = None
    archived: bool | None = None


class Sample(_Body):
    """A session with sample documents, and a question to ask them."""

    session: Session
    question: str


class Document(_Body):
    id: str
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    status: Literal["uploaded", "read", "failed"]
    error: str | None = Field(description="Why it could not be read, in plain words.")
    pages: int | None
    rows: int | None
    created_at: datetime


class DocumentList(_Body):
    documents: list[Document]


class Passage(_Body):
    """A piece of a document, with its neighbours for context."""

    id: int
    document_id: str
    document_name: str
    reference: str = Field(description="'page 12', 'rows 2-41', 'Section 3'.")
    text: str
    before: str | None
    after: str | None


class NewMessage(_Body):
    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Message(_Body):
    id: str
    role: Literal["user", "assistant"]
    run_id: str | None
    content: str = Field(description="Markdown; [1] refers to the citation with that number.")
    citations: list[Citation]
    created_at: datetime


class AcceptedMessage(_Body):
    message: Message
    run: Run


class MessagePage(_Body):
    messages: list[Message]
    next_cursor: str | None


class RunPage(_Body):
    runs: list[Run]
    next_cursor: str | None


class ActivityPage(_Body):
    """Events that follow ``after``: at most ``limit``, fewer where they are large; the log goes on up to ``head``."""

    events: list[LoggedEvent]
    first: int = Field(description="The oldest seq still kept.")
    head: int = Field(description="The newest seq.")


class Health(_Body):
    status: Literal["ok"]


class Readiness(_Body):
    """``ok``, or in plain words what is wrong. A runner ``elsewhere`` is on other machines."""

    status: Literal["ready", "not ready"]
    database: str
    log: str
    runner: str
