"""What workers outside send and are sent: docs/work.md describes it for programs in any language."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from agents.telling.steps import PhaseRecord, Record, StepRecord, TextRecord, TroubleRecord
from api.bodies.approvals import LONGEST_DECISION_WAIT, QuestionBody
from api.bodies.base import RequestBody, ResponseBody
from api.bodies.parameters import LARGEST, QueryModel
from utils.log.events import ActivityKind, ActivityStatus, Citation, Link, RunStatus, ShortText, Usage
from utils.sessions.approval import ApprovalStatus

Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
WorkerName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
LONGEST_CLAIM = 30  # seconds


class Claim(RequestBody):
    agents: list[Key] = Field(
        default_factory=list, max_length=100, description="Ids or names; left out, all that you may work for."
    )
    worker: WorkerName | None = Field(default=None, description="How people see it; left out, the name of the user.")
    wait: int = Field(default=0, ge=0, le=LONGEST_CLAIM, description="For how many seconds, if there is nothing yet.")


class WorkTurn(ResponseBody):
    role: Literal["user", "assistant"]
    content: str


class WorkAgent(ResponseBody):
    id: str
    name: str


class WorkFromStep(ResponseBody):
    """The step of an earlier run of the session from which a person wants this one to begin."""

    run_id: str = Field(description="Of the earlier run.")
    agent: str = Field(description="Who did the step.")
    action: str
    kind: ActivityKind
    input: Any = Field(description="What the step was given; if edited, what it is to be given instead.")
    edited: bool
    state: dict[str, Any] | None = Field(description="What the earlier run kept last.")


class Assignment(ResponseBody):
    """A run that is yours as long as you send something within ``lease_seconds``."""

    run_id: str
    attempt: int = Field(description="Send it with all that you say of the run: a later one takes the run from you.")
    lease_seconds: float
    agent: WorkAgent
    session_id: str
    question: str
    history: list[WorkTurn] = Field(description="The earlier messages of the session, oldest first.")
    instructions: str = Field(description="Of the agent, by its administrator.")
    metadata: dict[str, Any] = Field(description="Of the message, on top of the session's.")
    state: dict[str, Any] | None = Field(description="What an earlier attempt of this run has kept.")
    earlier: dict[str, Any] | None = Field(description="What the agent's run before this one in the session has kept.")
    from_step: WorkFromStep | None = Field(
        description="Begin with this step, if you can; what you do not do again is yours to decide. null: begin at the "
        "beginning."
    )


class _OfStep(RequestBody):
    agent: ShortText | None = Field(default=None, description="Who does it; left out, the registered agent.")


class StepToTell(_OfStep):
    """A step began, moved or ended. All records of one step have its key."""

    type: Literal["step"]
    key: Key
    parent: Key | None = Field(default=None, description="The key of the step around it.")
    action: ShortText
    kind: ActivityKind = "step"
    status: ActivityStatus
    details: str | None = None
    progress: float | None = Field(default=None, ge=0, le=1)
    input: Any = None
    output: Any = None
    usage: Usage | None = None
    link: Link | None = None
    ago: float = Field(default=0, ge=0, le=3600, description="How many seconds before this request it happened.")

    def record(self, agent: str) -> Record:
        return StepRecord(
            key=_step_key(self.key),
            parent=_step_key(self.parent) if self.parent is not None else None,
            agent=self.agent or agent,
            action=self.action,
            kind=self.kind,
            status=self.status,
            details=self.details,
            progress=self.progress,
            input=self.input,
            output=self.output,
            usage=self.usage,
            link=self.link,
            time=datetime.now(UTC) - timedelta(seconds=self.ago),
        )


class TextToTell(_OfStep):
    """A piece of a text for the user. That with the message ``answer`` is the answer."""

    type: Literal["text"]
    message: Key = "answer"
    delta: str = ""
    final: bool = Field(default=False, description="Nothing follows. The end of the run says it of the answer.")
    replaces: Key | None = Field(default=None, description="The message whose place it takes.")

    def record(self, agent: str) -> Record:
        return TextRecord(self.message, self.agent or agent, self.delta, self.final, self.replaces)


class ReasoningToTell(_OfStep):
    """A piece of what a model thinks in a step. It is shown folded and is no part of an answer."""

    type: Literal["reasoning"]
    step: Key
    delta: str = ""
    final: bool = False

    def record(self, agent: str) -> Record:
        step = _step_key(self.step)
        return TextRecord(
            f"{step}/reasoning", self.agent or agent, self.delta, self.final, channel="reasoning", step=step
        )


class PhaseToTell(RequestBody):
    """What the run does as a whole, and how far it is."""

    type: Literal["phase"]
    phase: ShortText
    progress: float = Field(ge=0, le=1)

    def record(self, agent: str) -> Record:
        del agent
        return PhaseRecord(self.phase, self.progress)


class TroubleToTell(_OfStep):
    """Something went wrong, and the run goes on without it."""

    type: Literal["trouble"]
    code: ShortText
    message: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    step: Key | None = None

    def record(self, agent: str) -> Record:
        step = _step_key(self.step) if self.step is not None else None
        return TroubleRecord(self.agent or agent, self.code, self.message, step)


ToTell = Annotated[StepToTell | TextToTell | ReasoningToTell | PhaseToTell | TroubleToTell, Field(discriminator="type")]


class Held(RequestBody):
    attempt: int = Field(ge=1, le=LARGEST, description="As the claim has told it.")


class Records(Held):
    """Records in their order. They are numbered from 0 in each attempt; what is sent again counts once."""

    first: int = Field(ge=0, le=LARGEST, description="The number of the first of them.")
    records: list[ToTell] = Field(max_length=1000)


class WorkState(Held):
    state: dict[str, Any] = Field(description="All of it, at most 64 KB as JSON.")


class WorkQuestion(Held, QuestionBody):
    """Asked again under the same key, with the same words, it is asked once."""

    key: Key
    wait: int = Field(
        default=0, ge=0, le=LONGEST_DECISION_WAIT, description="For how many seconds, if there is no decision yet."
    )


class WorkEnd(Held):
    status: Literal["completed", "failed", "cancelled", "paused"] = Field(
        description="paused, as was asked: the run is yours no more, and can be claimed again once it is resumed."
    )
    answer: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)] | None = Field(
        default=None, description="Markdown; left out, the text that was told as the message `answer`."
    )
    citations: list[Citation] = Field(default_factory=list, max_length=1000)
    error: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)] | None = Field(
        default=None, description="Why it failed, in plain words for the person who asked."
    )

    @model_validator(mode="after")
    def _fits(self) -> "WorkEnd":
        if (self.error is not None) != (self.status == "failed"):
            raise ValueError("error: the status failed needs it, and no other has it")
        if self.status != "completed" and (self.answer is not None or self.citations):
            raise ValueError("answer: only the status completed has an answer and citations")
        return self


class WorkGoesOn(ResponseBody):
    cancel_requested: bool = Field(description="Stop, and end the run as cancelled.")
    pause_requested: bool = Field(
        description="Somebody has paused the run. Keep what you need to go on, and end it as paused; or go on."
    )


class Told(WorkGoesOn):
    told: int = Field(description="How many records are told: the number of the next one.")


class WorkMessage(ResponseBody):
    id: str
    author: str | None
    text: str
    created_at: datetime


class AfterQuery(QueryModel):
    after: str | None = Field(
        default=None, max_length=200, description="The `id` of the last message that you have: only later ones."
    )


class WorkMessages(WorkGoesOn):
    messages: list[WorkMessage]


class WorkDecision(WorkGoesOn):
    """What became of the question. `open`: nobody has decided yet; `expired`: nobody decided in time."""

    status: ApprovalStatus
    choice: str | None
    values: Mapping[str, Any] | None
    comment: str | None
    decided_by: str | None
    via: str | None
    decided_at: datetime | None


class WorkEnded(ResponseBody):
    status: RunStatus | Literal["paused"]


def _step_key(key: str) -> str:
    """Apart from the keys of whoever answers for the whole, and of texts."""
    return f"step:{key}"
