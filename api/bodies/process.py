"""One prompt, one answer: a script's way, in the shape that page-driven model servers have."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.parameters import LONGEST_WAIT

Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Processing(RequestBody):
    """Of those servers' other fields (`stream`, `temperature`) nothing is known here."""

    model_config = ConfigDict(extra="ignore")

    prompt: Prompt
    model: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = Field(
        default=None,
        description="The name or id of an agent. Any other name is the model that the team's first agent in people's "
        "browsers is to use; left out, that agent chooses.",
    )
    wait: int = Field(default=60, ge=0, le=LONGEST_WAIT, description="For how many seconds.")


class Processed(ResponseBody):
    status: Literal["success"] = "success"
    result: str = Field(description="Markdown.")
    run_id: str


class InProcess(ResponseBody):
    """There is no answer yet. It is at `/api/sessions/{session_id}/messages` when `/api/runs/{run_id}` has ended."""

    status: Literal["pending"] = "pending"
    run_id: str
    session_id: str
