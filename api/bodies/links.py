"""Spectator links."""

from datetime import datetime

from pydantic import Field, StrictBool

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Token, ValidHours


class SpectatorLink(ResponseBody):
    id: str
    hides_tool_data: bool
    made_by: str | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute: when a browser last asked for something with it.")


class SpectatorLinkList(ResponseBody):
    links: list[SpectatorLink]


class TeamLink(SpectatorLink):
    """Of a session that you may not read, no more than whose it is."""

    made_by_id: str | None
    session_id: str | None
    session_title: str | None
    session_owner: str | None = Field(description="The owner's name; null when an emitter made the session.")


class TeamLinkPage(ResponseBody):
    links: list[TeamLink]
    next_cursor: str | None


class SpectatorLinkWish(RequestBody):
    valid_hours: ValidHours = 24
    hides_tool_data: StrictBool = Field(
        default=False, description="Leave out what tools were given and what they answered."
    )


class NewSpectatorLink(ResponseBody):
    link: SpectatorLink
    token: str = Field(description="The link is /watch#token. Nobody can read it again.")


class SpectatorToken(RequestBody):
    token: Token = Field(description="What follows the # of the link.")


class Spectating(ResponseBody):
    session_id: str
    expires_at: datetime
