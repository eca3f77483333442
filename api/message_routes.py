"""Messages and the runs that answer them."""

import json

from flask import Response, request

from api.access.identity import changeable, principal, readable, readable_run
from api.access.once import once
from api.blueprints import view_group
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.messages import AcceptedMessage, MessagePage, NewMessage, Run, RunPage
from api.bodies.parameters import PageQuery, RunPath, RunQuery, SessionPath
from api.errors import ApiError, not_found
from api.services import services
from api.streams import require_room, stream_response
from utils.accounts.kept_answers import Keep
from utils.accounts.principal import Ownership
from utils.sessions.run_queue import Asked
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
    accepted = _accepted(session, body.content)
    if streamed:
        run = json.loads(accepted.get_data())["run"]
        return stream_response(session, run["first_seq"] - 1, run["id"])
    return accepted


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
def read_run(path: RunPath, query: RunQuery) -> Response:
    return answer(Run.model_validate(readable_run(path.run_id, query.session_id)))


@blueprint.post(
    "/runs/<run_id>/cancel",
    summary="Stop a run",
    description="The program that reports a run of its own is asked to stop it: see `stop_requested` of `…/events`.",
    responses={202: Run, 404: ErrorBody},
)
def cancel_run(path: RunPath, query: RunQuery) -> Response:
    """A queued run is cancelled at once, a running one within a second; an ended one stays as it is."""
    run = readable_run(path.run_id, query.session_id)
    session = changeable(run.session_id)
    if run.reported:
        services().reported_runs.ask_to_stop(run)
        return answer(Run.model_validate(readable_run(run.id, session.id)), 202)
    stopped = services().run_queue.cancel(path.run_id)
    if stopped is None or stopped.session_id != session.id:
        raise not_found("run")
    return answer(Run.model_validate(stopped), 202)


@blueprint.post(
    "/runs/<run_id>/again",
    summary="Ask the question of a run again",
    description="The answer is that of asking it as a new message: another run, of the agent that is chosen by then.",
    responses={202: AcceptedMessage, 404: ErrorBody, 409: ErrorBody},
)
def ask_again(path: RunPath, query: RunQuery) -> Response:
    run = readable_run(path.run_id, query.session_id)
    session = changeable(run.session_id)
    if not run.ended:
        raise ApiError(409, "not_ended", "This run has not ended yet. Stop it before you ask its question again.")
    return _accepted(session, run.question)


def _accepted(session: Ownership, question: str) -> Response:
    return once(
        lambda keep: _asked(session.id, question, keep),
        lambda _: session.key,
        lambda asked: answer(AcceptedMessage(message=asked[0], run=asked[1]), 202),
    )


def _asked(session_id: str, question: str, keep: Keep[Asked] | None) -> Asked:
    asked = services().run_queue.request(session_id, question, title_from(question), keep)
    if asked is None:
        raise not_found("session")
    return asked
