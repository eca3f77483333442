"""Pauses of an agent, or of everything of a team."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.bodies.base import RequestBody, ResponseBody


class NewPause(RequestBody):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] | None = Field(
        default=None, description="For whoever asks meanwhile, in whole sentences."
    )
    at_work: bool = Field(
        default=False,
        description="Whether runs that have begun are paused, too: at their next safe point. Otherwise they go on to "
        "their end.",
    )


class Pause(ResponseBody):
    agent_id: str | None = Field(description="null: everything of the team.")
    agent_name: str | None
    by: str | None = Field(description="null: Ringside itself, or somebody who is no longer there.")
    reason: str | None
    at: datetime


class PauseList(ResponseBody):
    pauses: list[Pause] = Field(description="That of the team first.")
