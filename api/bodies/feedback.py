"""What people think of answers and steps."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.parameters import QueryModel, RunQuery
from utils.feedback.feedback_data import Agreement, DataFilter
from utils.feedback.opinion import MAX_COMMENT, Verdict

_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_COMMENT)]
_STEP = "A step of the run; without one, it is about the run's answer."


class SubjectQuery(RunQuery):
    activity_id: str | None = Field(default=None, min_length=1, max_length=200, description=_STEP)


class NewJudgement(RequestBody):
    verdict: Verdict


class NewComment(RequestBody):
    text: _Words


class Judgement(ResponseBody):
    by: str = Field(description="The name of whoever judged.")
    mine: bool
    verdict: Verdict
    at: datetime


class Comment(ResponseBody):
    id: str
    by: str = Field(description="The name of its author, who alone may change or delete it.")
    mine: bool
    text: str = Field(description="Plain text.")
    created_at: datetime
    changed_at: datetime | None = Field(description="Null: as it was written.")


class Opinions(ResponseBody):
    """What is thought of one answer or step, each oldest first."""

    id: str
    run_id: str
    activity_id: str | None = Field(description="Null: it is about the run's answer.")
    judgements: list[Judgement]
    comments: list[Comment]


class OpinionsPage(ResponseBody):
    opinions: list[Opinions]
    next_cursor: str | None


_When = Annotated[AwareDatetime | None, Field(description="Of the last change. Like `2026-01-31T00:00:00Z`.")]


class FeedbackExportQuery(QueryModel):
    format: Literal["jsonl", "csv"] = Field(default="jsonl", description="jsonl: a JSON object a line.")
    since: _When = None
    until: _When = None
    verdict: Agreement | None = Field(
        default=None, description="up or down: of all who have judged. mixed: they do not agree."
    )
    agent: str | None = Field(default=None, max_length=200, description="The name of the agent, in full.")
    names: bool = Field(default=True, description="Whether it says who judged and commented.")

    @property
    def which(self) -> DataFilter:
        return DataFilter(self.since, self.until, self.verdict, self.agent)
