"""The response that is a stream of a session's events."""

import sys

from flask import Response, request

from api.access.identity import reader_of
from api.errors import ApiError, not_found
from api.services import Services, services
from utils.accounts.permits import Permit
from utils.accounts.principal import Ownership, Principal, Spectator
from utils.streams.event_stream import HEADERS, EventStream
from utils.streams.stream_loop import StreamLoop


def stream_response(session: Ownership, cursor: int, run_id: str | None = None) -> Response:
    """The session's events after ``cursor``. 204 when the run's last one was already seen: a browser then stops."""
    own, session_id, reader = services(), session.id, reader_of(session)
    assert reader is not None, "a stream is for whoever was found to be allowed to read"
    position = own.log.position(session_id)
    if position is None:
        raise not_found("session")
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
    )
    return Response(stream, headers=HEADERS, direct_passthrough=True)


def _subjects(reader: Principal | Spectator) -> tuple[str, ...]:
    user = (f"user {reader.user.key}",) if isinstance(reader, Principal) else ()
    return (*user, f"address {request.remote_addr}")


def require_room(session: Ownership) -> None:
    """Raises ApiError if no further stream may be opened. Call it before anything is done for a stream's sake."""
    streams: StreamLoop | None = request.environ.get("ringside.streams")
    if streams is None:
        return
    if streams.full:
        raise ApiError(503, "too_many_streams", "This server has as many streams as it can open. Try again later.")
    settings, reader = services().settings, reader_of(session)
    assert reader is not None, "a stream is for whoever was found to be allowed to read"
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


def requested_cursor(from_query: str | None) -> int:
    """Where to resume: the header that browsers send by themselves, else ``?last_event_id=``, else the beginning."""
    given = request.headers.get("Last-Event-ID") or from_query or "0"
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise ApiError(
            400,
            "invalid_cursor",
            "Last-Event-ID must be the id of an event: a whole number. Leave it out for all events.",
        )
    return int(given)
