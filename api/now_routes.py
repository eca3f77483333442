"""What runs, waits and has just ended, over all sessions that one may see."""

from flask import Response, request
from pydantic import Field

from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.parameters import QueryModel
from api.streams import board_response, require_room

blueprint = ViewGroup("now", "Activity")


class NowQuery(QueryModel):
    last_event_id: str | None = Field(
        default=None, max_length=100, description="Resume after this event, where no header can be set."
    )


@blueprint.get(
    "/sse/now",
    summary="Watch all runs of now (text/event-stream)",
    description="Tells what runs, waits and has ended within 15 minutes, then stays and tells what changes. Every "
    "`data` is one NowEvent.",
    responses={
        200: {"description": "Server-sent events.", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
)
def watch_now(query: NowQuery) -> Response:
    who = principal()
    require_room(who)
    return board_response(who, request.headers.get("Last-Event-ID") or query.last_event_id)
