"""Messages and the runs that answer them."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import has_request_context, request
from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Metadata
from utils.log.events import Citation, Delivery, FromStep, RunStatus
from utils.validation_words import worded

_MESSAGE_ID = worded(
    r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$",
    "must begin with a letter or digit and have at most 80 letters, digits, dots, colons, _ and -",
)
_MOST_INPUT = 64 * 1024
AgentId = Annotated[str, StringConstraints(max_length=80)]


class Run(ResponseBody):
    id: str
    session_id: str
    reported: bool = Field(
        description="An agent outside Ringside works on it and tells of it: the id is that agent's, and another "
        "session may have a run with the same one."
    )
    status: RunStatus
    question: str
    attempt: int = Field(description="0 until a process has claimed it.")
    cancel_requested: bool = Field(description="Somebody asked to stop it.")
    paused_at: datetime | None = Field(
        description="When somebody paused it, and `reason` says who; a running one is asked to pause at its next safe "
        "point. null: it is not paused."
    )
    reason: str | None = Field(
        description="Why it failed, waits or was stopped; of a queued one, what it waits for once that takes longer."
    )
    retry_of: str | None = Field(
        description="The id of the run whose question it asks again, as it was or edited. That run and its answer are "
        "replaced: who answers later is not given them."
    )
    first_seq: int = Field(description="The seq of the run's first event.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RunDetail(Run):
    metadata: dict[str, Any] = Field(description="Of its message, on top of what the session had then.")
    from_step: FromStep | None = Field(
        description="The step of the run `retry_of` from which it begins. null: it begins at its beginning."
    )


class RestartPoint(ResponseBody):
    """Whether another run can begin from a step of a run that has ended, and with what."""

    possible: bool
    words: str = Field(description="What is kept and what is done again, or why it is not possible.")
    takes_input: bool = Field(description="Whether the step can be given another input.")
    fixed: str | None = Field(description="Why it cannot.")


class RunPage(ResponseBody):
    runs: list[Run]
    next_cursor: str | None


class SnippetPart(ResponseBody):
    text: str
    match: bool = Field(description="Whether this is what was looked for.")


class Snippet(ResponseBody):
    """The piece of a message, or of a step that an agent elsewhere reported, that a search found."""

    message_id: str
    run_id: str | None
    role: Literal["user", "assistant", "step"]
    created_at: datetime
    parts: list[SnippetPart]


Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class NewMessage(RequestBody):
    content: Question
    agent_id: AgentId | None = Field(
        default=None, description="Who answers this message; left out, the session's agent."
    )
    metadata: Metadata = Field(
        default_factory=dict,
        description="A JSON object of at most 16 KiB that a system outside gets with the question, on top of the "
        "session's.",
    )


class NewRunMessage(RequestBody):
    text: Question
    id: Annotated[str, StringConstraints(pattern=_MESSAGE_ID)] | None = Field(
        default=None, description="Yours, unique in the session: sent again with it, the message counts once."
    )


class RunMessage(ResponseBody):
    """What a person said to the agents of a run that is at work."""

    id: str
    run_id: str
    author: str | None = Field(description="null: the account does not exist any more.")
    text: str
    delivery: Delivery = Field(
        description="queued: it waits to be read; steered: the agents have read it; next-turn: it is the question of "
        "another run of the session; refused: nobody reads it."
    )
    reason: str | None = Field(description="Why it was not read in this run.")
    created_at: datetime
    settled_at: datetime | None


class RunMessagePage(ResponseBody):
    messages: list[RunMessage]
    next_cursor: str | None


class StartingStep(RequestBody):
    """From which step of a run another one begins."""

    activity_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    input: Any = Field(default=None, description="What it is given instead, at most 64 KB; left out, the same.")

    @field_validator("input")
    @classmethod
    def _is_small(cls, given: Any) -> Any:
        if len(json.dumps(given, ensure_ascii=False)) > _MOST_INPUT:
            raise ValueError(f"input: at most {_MOST_INPUT:,} characters of JSON")
        return given


class NewTry(RequestBody):
    question: Question | None = Field(default=None, description="What to ask instead; left out, the same.")
    from_step: StartingStep | None = Field(
        default=None, description="Begin from this step of the run, instead of at the beginning."
    )

    @model_validator(mode="after")
    def _has_one_edit(self) -> "NewTry":
        if self.question is not None and self.from_step is not None:
            raise ValueError("question: what begins from a step answers the question of its run; leave it out")
        return self

    @model_validator(mode="before")
    @classmethod
    def _may_be_left_out(cls, given: Any) -> Any:
        """A request without a body; one with a body that is no JSON is refused."""
        return {} if given is None and has_request_context() and not request.get_data() else given


class QueueOrder(RequestBody):
    runs: list[Annotated[str, StringConstraints(max_length=80)]] = Field(
        min_length=1, max_length=200, description="The ids of their runs."
    )


class Message(ResponseBody):
    id: str
    role: Literal["user", "assistant"]
    run_id: str | None
    content: str = Field(description="Markdown; [1] refers to the citation with that number.")
    citations: Annotated[list[Citation], BeforeValidator(json.loads)]  # a record keeps them as JSON
    created_at: datetime


class AcceptedMessage(ResponseBody):
    message: Message
    run: Run


class AnsweredMessage(AcceptedMessage):
    """The run has ended within the time that was given."""

    answer: Message | None = Field(description="null when the run failed or was stopped; its reason says why.")


class MessagePage(ResponseBody):
    messages: list[Message]
    next_cursor: str | None
