"""Approvals: what agents ask people, and what these decide."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, field_validator

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.parameters import PageQuery, QueryModel
from utils.database.moment import now
from utils.log.events import ShortText
from utils.sessions.approval import (
    APPROVE_OR_REJECT,
    LONGEST_LABEL,
    LONGEST_NAME,
    LONGEST_WORDS,
    MOST_CHOICES,
    MOST_DECIDERS,
    MOST_SECONDS,
    ApprovalStatus,
    Choice,
    Question,
)
from utils.sessions.plain_line import plain_line

LONGEST_DECISION_WAIT = 25  # seconds
_LONGEST_SNOOZE = timedelta(days=30)


def _storable(words: str) -> str:
    if "\0" in words:
        raise ValueError("must not contain the character NUL")
    return words


_Words = Annotated[str, StringConstraints(max_length=LONGEST_WORDS), AfterValidator(_storable)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(plain_line)]
_Label = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_LABEL), AfterValidator(plain_line)]
_Line = Annotated[ShortText, AfterValidator(_storable)]


class ApprovalChoice(ResponseBody):
    id: _Id
    label: _Label
    form: bool = Field(default=True, description="Whether the form, if there is one, is filled in with it.")


class QuestionBody(RequestBody):
    action: _Line = Field(description="What the step is about, in a few words.")
    question: Annotated[_Words, StringConstraints(min_length=1)]
    context: Any = Field(
        default=None, description="What is to be approved, such as the arguments of a tool: any JSON of at most 64 KiB."
    )
    choices: list[ApprovalChoice] = Field(
        default_factory=lambda: [ApprovalChoice.model_validate(one) for one in APPROVE_OR_REJECT],
        min_length=1,
        max_length=MOST_CHOICES,
        description="Left out: `approve` and `reject`.",
    )
    form: dict[str, Any] | None = Field(
        default=None,
        description="What may be filled in: the JSON schema (draft 2020-12) of an object, at most 16 KiB, without "
        "`$ref`.",
    )
    deciders: list[_Id] = Field(
        default_factory=list,
        max_length=MOST_DECIDERS,
        description="The ids of the users who may decide, beside administrators who may read the session. They "
        "see this approval, also where they may not read the session. While none of them is there any more, "
        "administrators do. Left out: who may ask in the session.",
    )
    expires_in: int | None = Field(
        default=None, ge=1, le=MOST_SECONDS, description="Seconds until the time is over. Left out: never."
    )
    on_expiry: _Id | None = Field(
        default=None, description="The choice that counts then. Left out: nobody has decided, and the step has failed."
    )

    def asked(self) -> Question:
        """Raises ValueError, in words that name the field, for what does not fit together."""
        return Question(
            self.action, self.question, [Choice(one.id, one.label, one.form) for one in self.choices], self.form,
            self.context, self.deciders, self.expires_in, self.on_expiry,
        )  # fmt: skip


class ApprovalQuestion(QuestionBody):
    """Asked again about the same step, with the same words, it is asked once."""

    activity_id: _Line = Field(description="The step that waits: one of its own.")
    agent_name: _Line
    run_id: _Line | None = None
    parent_id: _Line | None = None


class Addressee(ResponseBody):
    id: str
    name: str


class Approval(ResponseBody):
    id: str
    session_id: str
    session_title: str | None = Field(description="null: the session is private, and you may see this approval alone.")
    run_id: str | None
    activity_id: str
    parent_id: str | None
    agent_name: str
    action: str
    question: str
    context: Any
    choices: Sequence[ApprovalChoice]
    form: Mapping[str, Any] | None
    deciders: Sequence[str]
    administrators: bool = Field(description="Whether administrators of the team decide instead, whoever these are.")
    expires_at: datetime | None
    on_expiry: str | None
    status: ApprovalStatus = Field(
        description="`expired`: nobody decided in time. `withdrawn`: what asked has ended."
    )  # fmt: skip
    choice: str | None
    values: Mapping[str, Any] | None
    comment: str | None
    decided_by: str | None = Field(description="Their name; null: the choice was set for when the time is over.")
    via: str | None = Field(description="`dashboard`, `expiry`, or the name of the API key.")
    decided_at: datetime | None
    created_at: datetime
    may_decide: bool = Field(description="Whether you may.")
    waits_for: Sequence[Addressee] = Field(
        description="The people who may decide while it is open, beside administrators. Empty: administrators alone."
    )
    snoozed_until: datetime | None = Field(description="Until when you do not want to be asked. It waits all the same.")


class ApprovalPage(ResponseBody):
    approvals: list[Approval]
    next_cursor: str | None


class ApprovalListQuery(PageQuery):
    status: ApprovalStatus = "open"
    session_id: str | None = Field(default=None, max_length=100, description="Of one session.")


class ApprovalQuery(QueryModel):
    wait: int = Field(
        default=0,
        ge=0,
        le=LONGEST_DECISION_WAIT,
        description="For how many seconds the request may wait until it is no longer open.",
    )


class Snooze(RequestBody):
    until: AwareDatetime = Field(description="In the future, at most 30 days away.")

    @field_validator("until")
    @classmethod
    def _soon(cls, until: datetime) -> datetime:
        if not now() < until <= now() + _LONGEST_SNOOZE:
            raise ValueError("must be in the future, and at most 30 days away")
        return until


class NewDecision(RequestBody):
    """It counts once, for ever. Sent again by the same person, it gets the same answer."""

    choice: str = Field(max_length=LONGEST_NAME, description="The id of one of the choices.")
    values: dict[str, Any] | None = Field(default=None, description="What was filled into the form, at most 64 KiB.")
    comment: _Words | None = None
