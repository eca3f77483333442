"""The responses that are streams: of a session's events, and of the board's rows."""

import sys

from flask import Response, request

from api.access.identity import reader_of
from api.errors import ApiError, not_found
from api.services import Services, services
from utils.accounts.permits import BoardPermit, Permit
from utils.accounts.principal import Ownership, Principal, Spectator
from utils.streams.board_stream import BoardStream
from utils.streams.event_stream import HEADERS, EventStream
from utils.streams.stream_loop import StreamLoop


def stream_response(
    session: Ownership, cursor: int | None, run_id: str | None = None, tail: int | None = None
) -> Response:
    """The session's events after ``cursor``; without one, its newest ``tail`` ones and what follows, or all.

    204 when the run's last one was already seen: a browser then stops.
    """
    own, session_id, reader = services(), session.id, reader_of(session)
    assert reader is not None, "a stream is for whoever was found to be allowed to read"
    position = own.log.position(session_id)
    if position is None:
        raise not_found("session")
    skips = cursor is None and tail is not None and position.head - tail >= position.first
    if cursor is None:
        cursor = position.head - tail if skips and tail is not None else 0
    if run_id is not None and _is_over(own, session_id, position.key, run_id, cursor):
        return Response(status=204)
    stream = EventStream(
        own.streams,
        session_id,
        position,
        cursor,
        run_id,
        Permit(reader.grant, position.key, isinstance(reader, Spectator) and reader.hides_tool_data),
        _subjects(reader),
        skips=skips,
    )
    return Response(stream, headers=HEADERS, direct_passthrough=True)


def board_response(who: Principal, last_event_id: str | None) -> Response:
    """The rows that they may see; what changed since ``last_event_id`` alone, where that is known."""
    permit, subjects = BoardPermit(who.grant, who.reader), _subjects(who)
    stream = BoardStream(services().streams, who.reader, last_event_id, permit, subjects)
    return Response(stream, headers=HEADERS, direct_passthrough=True)


def _subjects(reader: Principal | Spectator) -> tuple[str, ...]:
    user = (f"user {reader.user.key}",) if isinstance(reader, Principal) else ()
    return (*user, f"address {request.remote_addr}")


def require_room(reader: Principal | Spectator | None) -> None:
    """Raises ApiError if no further stream may be opened. Call it before anything is done for a stream's sake."""
    streams: StreamLoop | None = request.environ.get("ringside.streams")
    if streams is None:
        return
    if streams.full:
        raise ApiError(503, "too_many_streams", "This server has as many streams as it can open. Try again later.")
    assert reader is not None, "a stream is for whoever was found to be allowed to read"
    settings = services().settings
    limits = {"user": settings.max_streams_per_user, "address": settings.max_streams_per_ip}
    for subject in _subjects(reader):
        limit = limits[subject.partition(" ")[0]]
        if limit and streams.count(subject) >= limit:
            raise ApiError(
                429, "too_many_streams", f"You have {limit} streams open, and no more are allowed. Close one first.", 30
            )


def _is_over(own: Services, session_id: str, key: int, run_id: str, cursor: int) -> bool:
    """Whether nothing of the run follows ``cursor``: its last event was seen, or is no longer kept."""
    run = own.runs.get(run_id)
    # A run of ours, or one that an agent outside Ringside tells of.
    if not (run.session_id == session_id if run is not None else own.log.knows_run(key, run_id)):
        raise not_found("run")
    if own.log.run_ended(key, run_id, cursor):
        return True
    return run is not None and run.ended and not own.log.run_ended(key, run_id, sys.maxsize)


def requested_cursor(from_query: str | None) -> int | None:
    """Where to resume: the header that browsers send by themselves, else ``?last_event_id=``. None: nowhere."""
    given = request.headers.get("Last-Event-ID") or from_query
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise ApiError(
            400,
            "invalid_cursor",
            "Last-Event-ID must be the id of an event: a whole number. Leave it out for all events.",
        )
    return int(given)
