"""What agents do: the live stream of a session's activity, and its history."""

from flask import Response, request
from pydantic import Field

from api.access import stream_tickets
from api.access.identity import changeable, principal, readable, reader_of
from api.access.once import once
from api.blueprints import ViewGroup
from api.bodies.activity import ActivityPage, Emitted, NewEvents, StreamTicket
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.messages import RunMessage
from api.bodies.parameters import LARGEST, QueryModel, SessionPath
from api.errors import ApiError, not_found
from api.services import services
from api.streams import requested_cursor, require_room, stream_response
from utils.accounts.kept_answers import Keep
from utils.accounts.principal import Spectator
from utils.log.events import AgentActivity, LoggedEvent, UserMessage
from utils.log.frames import without_tool_data
from utils.sessions.reported_runs import Stored

blueprint = ViewGroup("activity", "Activity")


# Of one request: an event of the largest size may be three times as long with its letters as escapes (\\u00e9).
_MAX_EVENTS_BYTES = 8 * 1024 * 1024
_LONGEST_TAIL = 10_000
_PAGE_BYTES = 4 * 1024 * 1024  # a page of large events is shorter than its limit


class StreamQuery(QueryModel):
    last_event_id: str | None = Field(default=None, description="Resume after this event, where no header can be set.")
    run_id: str | None = Field(default=None, max_length=100, description="Only this run's events; ends after its last.")
    ticket: str | None = Field(
        default=None, description="Instead of a key or a cookie, for pages of other web sites: from `…/stream-ticket`."
    )
    tail: int | None = Field(
        default=None,
        ge=0,
        le=_LONGEST_TAIL,
        description="Without a cursor: begin with so many of the newest events. If there are older ones, a `reset` "
        "tells with `first` where the stream begins.",
    )


class ActivityQuery(QueryModel):
    after: int = Field(default=0, ge=0, le=LARGEST)
    limit: int = Field(default=500, ge=1, le=5000)
    newest: int | None = Field(
        default=None,
        ge=1,
        le=LARGEST,
        description="Instead of `after`: begin with so many of the newest events, and as many more as it takes for no "
        "run to be cut and nothing that has not ended to be left out. `start` tells where that is; go on with `after`.",
    )
    before: int | None = Field(
        default=None, ge=1, le=LARGEST, description="With `newest`: the newest of those before this event."
    )


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
    require_room(reader_of(session))
    return stream_response(session, requested_cursor(query.last_event_id), query.run_id, query.tail)


@blueprint.post(
    "/api/sessions/<session_id>/stream-ticket",
    summary="A ticket with which a page of another web site can watch a session",
    description="It opens the stream of this session for one minute. The stream ends with the sign-in, key or link "
    "that the ticket was made with.",
    responses={201: StreamTicket, 404: ErrorBody},
)
def make_ticket(path: SessionPath) -> Response:
    session = readable(path.session_id)
    reader = reader_of(session)
    assert reader is not None, "it is readable"
    ticket, expires_at = stream_tickets.make_ticket(reader, session)
    return answer(StreamTicket(ticket=ticket, expires_at=expires_at), 201)


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
    start, after = None, query.after
    if query.newest is not None:
        start = log.beginning(position, min(position.head + 1, query.before or LARGEST) - query.newest)
        after = start.seq - 1
    found = log.read(position.key, after, query.limit, max_bytes=_PAGE_BYTES)
    reader = reader_of(session)
    if isinstance(reader, Spectator) and reader.hides_tool_data:
        found = [without_tool_data(event) for event in found]
    events = b",".join([event.data() for event in found])
    place = b"" if start is None else b',"start":%d,"runs_before":%d' % (start.seq, start.runs_before)
    body = b'{"events":[%b],"first":%d,"head":%d%b}' % (events, position.first, position.head, place)
    return Response(body, content_type="application/json")


@blueprint.post(
    "/api/sessions/<session_id>/events",
    summary="Tell what agents outside Ringside do",
    description="All of the events are stored together, or none. A request has at most 8 MiB, an event 2 MiB.",
    responses={201: Emitted, 404: ErrorBody, 409: ErrorBody},
)
def emit_events(path: SessionPath, body: NewEvents) -> Response:
    own, session = services(), changeable(path.session_id)
    for event in body.events:
        if event.session_id != session.id or event.seq is not None:
            raise ApiError(400, "invalid_request", "Every event must name the session of the address, and no seq.")
    for run_id in own.runs.own_among({event.run_id for event in body.events if event.run_id is not None}):
        raise ApiError(409, "own_run", f"{run_id} is a run of Ringside's own agents, and they alone tell of it.")
    _require_untold_by_approvals(session.key, body.events)
    _require_receipts(session.key, body.events)
    team = principal().team.key
    own.event_meter.require(team)

    def store(keep: Keep[Stored] | None) -> Stored:
        told = own.reported_runs.append(session.id, session.key, body.events, keep)
        own.event_meter.count(team, len(body.events))
        return told

    return once(
        store,
        lambda _: session.key,
        lambda stored: answer(_emitted(stored), 201),
    )


def _emitted(stored: Stored) -> Emitted:
    unread = [RunMessage.model_validate(one) for one in stored.unread]
    return Emitted(seq=stored.seq, stop_requested=stored.to_stop, messages=unread)


def _require_receipts(session_key: int, events: list[LoggedEvent]) -> None:
    """Of people's words a program tells no more than that its agent has read them."""
    for event in events:
        if not isinstance(event, UserMessage):
            continue
        sent = services().run_messages.find(session_key, event.message_id)
        if sent is None or sent.run_id != event.run_id or event.delivery != "steered":
            words = "Ringside tells what people say. Tell only that your run has read it: with the delivery steered."
            raise ApiError(409, "own_message", words)


def _require_untold_by_approvals(session_key: int, events: list[LoggedEvent]) -> None:
    """Or a program could tell of a decision that nobody made."""
    steps = {event.activity_id for event in events if isinstance(event, AgentActivity)}
    for activity_id in services().approvals.steps_among(session_key, steps) if steps else ():
        words = f"The step {activity_id} is an approval: it is told as it is asked and decided, and by nobody else."
        raise ApiError(409, "own_approval", words)


@blueprint.before_request
def allow_large_events() -> None:
    if request.endpoint == "activity.emit_events":
        request.max_content_length = _MAX_EVENTS_BYTES
