"""What agents do: the live stream of a session's activity, and its history."""

from flask import Response
from pydantic import Field

from api.access.identity import changeable, readable, reader_of
from api.blueprints import view_group
from api.bodies.activity import ActivityPage, Emitted, NewEvents
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.parameters import LARGEST, QueryModel, SessionPath
from api.errors import ApiError, not_found
from api.services import services
from api.streams import requested_cursor, require_room, stream_response
from utils.accounts.principal import Spectator
from utils.log.frames import without_tool_data

blueprint = view_group("activity", "Activity")


_PAGE_BYTES = 4 * 1024 * 1024  # a page of large events is shorter than its limit


class StreamQuery(QueryModel):
    last_event_id: str | None = Field(default=None, description="Resume after this event, where no header can be set.")
    run_id: str | None = Field(default=None, max_length=100, description="Only this run's events; ends after its last.")


class ActivityQuery(QueryModel):
    after: int = Field(default=0, ge=0, le=LARGEST)
    limit: int = Field(default=500, ge=1, le=5000)


@blueprint.get(
    "/sse/agent-activity/<session_id>",
    summary="Watch a session (text/event-stream)",
    description="Replays what follows `Last-Event-ID`, then stays and streams live. Every `data` is one StreamEvent.",
    responses={
        200: {"description": "Server-sent events.", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
        400: ErrorBody,
        404: ErrorBody,
    },
)
def watch_session(path: SessionPath, query: StreamQuery) -> Response:
    session = readable(path.session_id)
    require_room(session)
    return stream_response(session, requested_cursor(query.last_event_id), query.run_id)


@blueprint.get(
    "/api/sessions/<session_id>/activity",
    summary="Read the log",
    responses={200: ActivityPage, 404: ErrorBody},
)
def read_activity(path: SessionPath, query: ActivityQuery) -> Response:
    """An ActivityPage, put together from the bytes of the log without decoding them."""
    log, session = services().log, readable(path.session_id)
    position = log.position(session.id)
    if position is None:
        raise not_found("session")
    found = log.read(position.key, query.after, query.limit, max_bytes=_PAGE_BYTES)
    reader = reader_of(session)
    if isinstance(reader, Spectator) and reader.hides_tool_data:
        found = [without_tool_data(event) for event in found]
    events = b",".join([event.data() for event in found])
    body = b'{"events":[%b],"first":%d,"head":%d}' % (events, position.first, position.head)
    return Response(body, content_type="application/json")


@blueprint.post(
    "/api/sessions/<session_id>/events",
    summary="Tell what agents outside Ringside do",
    description="All of the events are stored together, or none.",
    responses={201: Emitted, 404: ErrorBody, 409: ErrorBody},
)
def emit_events(path: SessionPath, body: NewEvents) -> Response:
    own, session = services(), changeable(path.session_id)
    for event in body.events:
        if event.session_id != session.id or event.seq is not None:
            raise ApiError(400, "invalid_request", "Every event must name the session of the address, and no seq.")
    for run_id in {event.run_id for event in body.events} - {None}:
        if own.runs.get(str(run_id)) is not None:
            raise ApiError(409, "own_run", f"{run_id} is a run of Ringside's own agents, and they alone tell of it.")
    return answer(Emitted(seq=own.emitter.emit_all(body.events, key=session.key)), 201)
