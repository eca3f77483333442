"""Messages and the runs that answer them."""

import json
import secrets
from typing import Any

from flask import Response, request

from agents.backends.kinds import KINDS
from api.access.audit import note
from api.access.identity import changeable, principal, readable, readable_run, reader_of, usable_agent
from api.access.once import once
from api.blueprints import ViewGroup
from api.bodies.answers import answer, run_body
from api.bodies.errors import ErrorBody
from api.bodies.messages import (
    AcceptedMessage,
    AnsweredMessage,
    Message,
    MessagePage,
    NewMessage,
    NewRunMessage,
    NewTry,
    QueueOrder,
    RestartPoint,
    Run,
    RunDetail,
    RunMessage,
    RunMessagePage,
    RunPage,
)
from api.bodies.parameters import LONGEST_WAIT, PageQuery, RunPageQuery, RunPath, RunQuery, SessionPath, StepPath
from api.errors import ApiError, not_found
from api.restarts import restart, restart_body, restart_point
from api.services import services
from api.streams import require_room, stream_response
from api.waits import ended_within, preferred_wait
from utils.accounts.kept_answers import Keep
from utils.accounts.principal import Ownership
from utils.sessions.asking import Asked
from utils.sessions.restart import Restart
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import title_from

blueprint = ViewGroup("messages", "Messages and runs", "/api")


@blueprint.post(
    "/sessions/<session_id>/messages",
    summary="Ask: store a message and queue a run that answers it",
    description="With `Accept: text/event-stream` the answer is the stream of that run's events instead. With "
    f"`Prefer: wait=60`, at most {LONGEST_WAIT}, it is 200 with what was answered if the run ends within so many "
    "seconds; 202 comes sooner where too many others wait.",
    responses={200: AnsweredMessage, 202: AcceptedMessage, 404: ErrorBody, 409: ErrorBody},
)
def post_message(path: SessionPath, body: NewMessage) -> Response:
    session = changeable(path.session_id)
    streamed = request.accept_mimetypes.best_match(["application/json", "text/event-stream"]) == "text/event-stream"
    if streamed and not principal().has("read"):
        raise ApiError(403, "forbidden", "This API key lacks the scope read. Accept application/json, or take another.")
    if streamed:
        require_room(principal())  # what is refused later would be asked twice
    accepted = _accepted(session, body.content, usable_agent(body.agent_id), body.metadata)
    run = json.loads(accepted.get_data())["run"]
    if streamed:
        return stream_response(session, run["first_seq"] - 1, run["id"])
    accepted.headers["Location"] = f"/api/runs/{run['id']}"
    return _answered(accepted, run["id"]) or accepted


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
    session = readable(path.session_id)
    page, reader = services().runs.page(session.key, query.cursor, query.limit), reader_of(session)
    return answer(RunPage(runs=[run_body(run, reader) for run in page.items], next_cursor=page.next_cursor))


@blueprint.put(
    "/sessions/<session_id>/queue",
    summary="Put the questions that wait in another order",
    description="Those that are named go before the others, in this order. What has begun meanwhile is passed over.",
    responses={204: None, 404: ErrorBody},
)
def reorder_queue(path: SessionPath, body: QueueOrder) -> Response:
    services().run_queue.reorder(changeable(path.session_id).id, body.runs)
    return Response(status=204)


@blueprint.get("/runs/<run_id>", summary="Read a run", responses={200: RunDetail, 404: ErrorBody})
def read_run(path: RunPath, query: RunQuery) -> Response:
    run, own = readable_run(path.run_id, query.session_id), services().runs
    more = {"metadata": own.metadata_of(run), "from_step": own.from_step_of(run)}
    return answer(RunDetail(**dict(Run.model_validate(run)), **more))


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
    "/runs/<run_id>/messages",
    summary="Tell the agents of a run something while they work",
    description="They read it at their next safe point, if they can (`steer` of the agent's kind). What they cannot "
    "read, or have not read when the run completes, becomes the next question of the session; `delivery` and events of "
    "the type `userMessage` tell which.",
    responses={202: RunMessage, 404: ErrorBody, 409: ErrorBody},
)
def send_into_run(path: RunPath, query: RunQuery, body: NewRunMessage) -> Response:
    run = readable_run(path.run_id, query.session_id)
    changeable(run.session_id)
    message_id = body.id or f"message-{secrets.token_hex(8)}"
    sent = services().run_messages.send(run, message_id, body.text, principal().user, reads=_reads_messages(run))
    if sent is None:
        raise not_found("run")
    return answer(RunMessage.model_validate(sent), 202)


@blueprint.get(
    "/runs/<run_id>/messages",
    summary="What the agents of a run were told while they worked, oldest first",
    responses={200: RunMessagePage, 404: ErrorBody},
)
def list_run_messages(path: RunPath, query: RunPageQuery) -> Response:
    page = services().run_messages.page(readable_run(path.run_id, query.session_id), query.cursor, query.limit)
    return answer(RunMessagePage(messages=page.items, next_cursor=page.next_cursor))


@blueprint.post(
    "/runs/<run_id>/pause",
    summary="Pause a run",
    description="A queued or waiting run is paused at once, a running one at its next safe point, if its agent has one "
    "(`pause` of its kind). Nothing wakes it until it is resumed.",
    responses={202: Run, 404: ErrorBody, 409: ErrorBody},
)
def pause_run(path: RunPath, query: RunQuery) -> Response:
    run = _controllable(path.run_id, query.session_id)
    if run.ended or run.cancel_requested:
        raise ApiError(409, "run_over", "This run has ended, or is about to: there is nothing to pause.")
    paused = services().run_queue.pause(run.id, principal().user)
    if paused is None:
        raise not_found("run")
    if paused.paused_at is not None and run.paused_at is None:
        note("run paused", run.id)
    return answer(Run.model_validate(paused), 202)


@blueprint.post(
    "/runs/<run_id>/resume",
    summary="Resume a paused run",
    description="It sees what has come for it meanwhile. One that is not paused stays as it is.",
    responses={202: Run, 404: ErrorBody, 409: ErrorBody},
)
def resume_run(path: RunPath, query: RunQuery) -> Response:
    run = _controllable(path.run_id, query.session_id)
    resumed = services().run_queue.resume(run.id, principal().user)
    if resumed is None:
        raise not_found("run")
    if run.paused_at is not None:
        note("run resumed", run.id)
    return answer(Run.model_validate(resumed), 202)


@blueprint.post(
    "/runs/<run_id>/again",
    summary="Ask the question of a run again",
    description="As it was or edited, in another run of the same agent, with the same metadata and `retry_of`. The old "
    "run stays in the log, and who answers from here on is not given its question and its answer. What an agent "
    "outside did is asked of the session's agent. With `from_step`, what was done before that step is kept, if the "
    "agent can do so (`rerun` of its kind).",
    responses={202: AcceptedMessage, 404: ErrorBody, 409: ErrorBody},
)
def ask_again(path: RunPath, query: RunQuery, body: NewTry) -> Response:
    run = readable_run(path.run_id, query.session_id)
    session = changeable(run.session_id)
    if not run.ended:
        raise ApiError(409, "not_ended", "This run has not ended yet. Stop it before you ask its question again.")
    begins = restart(run, body.from_step) if body.from_step is not None else None
    metadata = services().runs.metadata_of(run)
    return _accepted(session, body.question or run.question, run.agent_key, metadata, run.id, begins)


@blueprint.get(
    "/runs/<run_id>/steps/<activity_id>/restart",
    summary="Ask whether another run can begin from a step",
    description="What `POST /api/runs/{run_id}/again` with `from_step` would do, in words.",
    responses={200: RestartPoint, 404: ErrorBody},
)
def read_restart(path: StepPath, query: RunQuery) -> Response:
    run = readable_run(path.run_id, query.session_id)
    changeable(run.session_id)
    return answer(restart_body(restart_point(run, path.activity_id)))


def _reads_messages(run: RunRecord) -> bool:
    """Whether its agent may read them. Of a program that reports a run nobody knows before."""
    if run.reported:
        return True
    agent = services().agents.with_key(run.agent_key) if run.agent_key is not None else None
    kind = KINDS.get(agent.configuration.kind if agent is not None else "documents")
    return kind is not None and kind.can.steer != "no"


def _controllable(run_id: str, session_id: str | None) -> RunRecord:
    """A run of this server's queue, in a session that may be changed."""
    run = readable_run(run_id, session_id)
    changeable(run.session_id)
    if run.reported:
        words = "A program outside Ringside works on this run, and nothing here can pause it. Pause it there."
        raise ApiError(409, "cannot_pause", words)
    return run


def _accepted(
    session: Ownership,
    question: str,
    agent_key: int | None,
    metadata: dict[str, Any],
    retry_of: str | None = None,
    from_step: Restart | None = None,
) -> Response:
    def ask(keep: Keep[Asked] | None) -> Asked:
        title = title_from(question)
        asked = services().run_queue.request(
            session.id,
            question,
            title,
            keep,
            agent_key=agent_key,
            metadata=metadata,
            asked_by=principal().user.key,
            retry_of=retry_of,
            from_step=from_step,
        )
        if asked is None:
            raise not_found("session")
        return asked

    return once(ask, lambda _: session.key, lambda asked: answer(AcceptedMessage(message=asked[0], run=asked[1]), 202))


def _answered(accepted: Response, run_id: str) -> Response | None:
    """What is answered to who would wait, and may read it: the run as it is by then, with its answer if it ended."""
    seconds, own = preferred_wait(), services()
    if not seconds or not principal().has("read"):
        return None
    run = ended_within(seconds, run_id, own.wait_slots) or own.runs.get(run_id)
    if run is None:
        return None
    body = {**accepted.get_json(), "run": Run.model_validate(run).model_dump(mode="json")}
    if not run.ended:
        accepted.set_data(json.dumps(body, ensure_ascii=False))
        return accepted
    found = own.messages.answer_of(run_id)
    body["answer"] = Message.model_validate(found).model_dump(mode="json") if found is not None else None
    told = Response(json.dumps(body, ensure_ascii=False), content_type="application/json")
    told.headers["Preference-Applied"] = f"wait={seconds}"
    return told
