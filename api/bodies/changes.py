"""Whether something has changed."""

from pydantic import Field

from api.bodies.base import ResponseBody


class Changes(ResponseBody):
    """Markers. They are compared with those of an earlier answer, and say nothing else."""

    sessions: str = Field(description="Another one when a list of sessions, a search or the tags may have changed.")
    account: str = Field(description="Another one when what /api/auth/me tells has changed.")
    feedback: str = Field(description="Another one when judgements or comments in the team's sessions have changed.")
