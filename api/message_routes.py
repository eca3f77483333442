"""Messages and the runs that answer them."""

from flask import Response, request

from api.access.identity import changeable, principal, readable, readable_run
from api.blueprints import view_group
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.messages import AcceptedMessage, MessagePage, NewMessage, Run, RunPage
from api.bodies.parameters import PageQuery, RunPath, SessionPath
from api.errors import ApiError, not_found
from api.services import services
from api.streams import require_room, stream_response
from utils.sessions.sessions import title_from

blueprint = view_group("messages", "Messages and runs", "/api")


@blueprint.post(
    "/sessions/<session_id>/messages",
    summary="Ask: store a message and queue a run that answers it",
    description="With `Accept: text/event-stream` the answer is the stream of that run's events instead.",
    responses={202: AcceptedMessage, 404: ErrorBody, 409: ErrorBody},
)
def post_message(path: SessionPath, body: NewMessage) -> Response:
    session = changeable(path.session_id)
    streamed = request.accept_mimetypes.best_match(["application/json", "text/event-stream"]) == "text/event-stream"
    if streamed and not principal().has("read"):
        raise ApiError(403, "forbidden", "This API key lacks the scope read. Accept application/json, or take another.")
    if streamed:
        require_room(session)  # what is refused later would be asked twice
    requested = services().run_queue.request(session.id, body.content, title_from(body.content))
    if requested is None:
        raise not_found("session")
    message, run = requested
    if streamed:
        return stream_response(session, run.first_seq - 1, run.id)
    return answer(AcceptedMessage(message=message, run=run), 202)


@blueprint.get(
    "/sessions/<session_id>/messages",
    summary="Read messages, oldest first",
    responses={200: MessagePage, 404: ErrorBody},
)
def list_messages(path: SessionPath, query: PageQuery) -> Response:
    page = services().messages.page(readable(path.session_id).key, query.cursor, query.limit)
    return answer(MessagePage(messages=page.items, next_cursor=page.next_cursor))


@blueprint.get(
    "/sessions/<session_id>/runs",
    summary="List runs, newest first",
    responses={200: RunPage, 404: ErrorBody},
)
def list_runs(path: SessionPath, query: PageQuery) -> Response:
    page = services().runs.page(readable(path.session_id).key, query.cursor, query.limit)
    return answer(RunPage(runs=page.items, next_cursor=page.next_cursor))


@blueprint.get("/runs/<run_id>", summary="Read a run", responses={200: Run, 404: ErrorBody})
def read_run(path: RunPath) -> Response:
    return answer(Run.model_validate(readable_run(path.run_id)))


@blueprint.post("/runs/<run_id>/cancel", summary="Stop a run", responses={202: Run, 404: ErrorBody})
def cancel_run(path: RunPath) -> Response:
    """A queued run is cancelled at once, a running one within a second; an ended one stays as it is."""
    session = changeable(readable_run(path.run_id).session_id)
    run = services().run_queue.cancel(path.run_id)
    if run is None or run.session_id != session.id:
        raise not_found("run")
    return answer(Run.model_validate(run), 202)
