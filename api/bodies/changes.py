"""Whether something has changed."""

from pydantic import Field

from api.bodies.base import ResponseBody


class Changes(ResponseBody):
    marker: str = Field(
        description="Another one when a list of sessions, a search, the tags, the agents of sessions, or your own role "
        "and name may have changed. It says nothing else."
    )
