"""A conversation as a service: one question, one answer, the history kept by its session."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.bodies.base import RequestBody, ResponseBody
from utils.log.events import RunStatus, SessionId


class ChatQuestion(RequestBody):
    """Other fields that callers send (`timestamp`, `user`) are ignored."""

    model_config = ConfigDict(extra="ignore")

    session_id: SessionId = Field(description="The caller's. It is made with the first question.")
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
    agent_id: str | None = Field(
        default=None, description="Who answers in a session that is made now; left out, the team's first agent."
    )


class ChatAnswer(ResponseBody):
    session_id: str
    run_id: str
    status: Literal["completed", "failed", "cancelled"]
    response: str | None = Field(description="Markdown; null where there is none.")
    reason: str | None = Field(description="Why there is none, in plain words.")


class ChatPending(ResponseBody):
    """There is no answer yet. Send the same request with the same Idempotency-Key again to wait on."""

    session_id: str
    run_id: str
    status: RunStatus
    response: None = None
    reason: str | None
