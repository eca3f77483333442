"""Opinions: what people think of one answer or one step. Judgements are thumbs, up or down; comments have words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verdict = Literal["up", "down"]
MAX_COMMENT = 2000  # characters
MAX_COMMENTS = 100  # about one answer or step


class FeedbackError(ValueError):
    """What was asked for is not possible. The message is for the user."""


class NotTheAuthorError(FeedbackError):
    """Somebody else has written it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: a step of a run, or without an ``activity_id`` the run's answer."""

    session_id: str
    session_key: int
    run_id: str
    activity_id: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    by: str  # the name of the user
    user_id: str
    verdict: Verdict
    at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """``changed_at`` is None for one that is as it was written."""

    id: str
    by: str
    user_id: str
    text: str
    created_at: datetime
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opinions:
    """What is thought of one answer or step, each oldest first. ``activity_id`` is None for the answer."""

    key: int
    id: str
    run_id: str
    activity_id: str | None
    judgements: list[Judgement]
    comments: list[Comment]
