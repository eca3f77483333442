"""Work for programs and browsers outside: they claim runs, tell of them, and end them."""

import time
from dataclasses import asdict

from flask import Response, request

from agents.assignments import Assignment as Claimed
from agents.assignments import EmptyAnswerError, GapError, lease_of, worker_of
from api.access.identity import claimant, principal, require_colleagues, workable_run, works_for
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.assignments import (
    AfterQuery,
    Assignment,
    Claim,
    Held,
    Records,
    Told,
    WorkDecision,
    WorkEnd,
    WorkEnded,
    WorkFromStep,
    WorkGoesOn,
    WorkMessages,
    WorkQuestion,
    WorkState,
)
from api.bodies.errors import ErrorBody
from api.bodies.parameters import RunPath
from api.errors import ApiError, not_found, plainly
from api.services import services
from api.waits import found_within, wait_for_decision
from utils.registry.agent_registry import AgentRecord
from utils.sessions.restart import Restart
from utils.sessions.run_queue import Wishes
from utils.sessions.runs import RunRecord

blueprint = ViewGroup("assignments", "Assignments", "/api/assignments")
_ASK_AGAIN_SECONDS = 2
_MAX_RECORDS_BYTES = 8 * 1024 * 1024


@blueprint.post(
    "/claim",
    summary="Claim a run to work on",
    description="204: there is none. If the answer has a `Retry-After`, wait so long before you ask again.",
    responses={200: Assignment, 204: None, 404: ErrorBody},
)
def claim(body: Claim) -> Response:
    own, agents = services(), _agents(body.agents)
    worker, right, began = body.worker or principal().user.name[:100], claimant(), time.monotonic()
    own.workers.seen([agent.key for agent in agents], worker)
    claimed = found_within(body.wait, lambda: own.assignments.claim(agents, worker, right), own.work_slots)
    if claimed is not None:
        return answer(_assignment(claimed))
    nothing = Response(status=204)
    if time.monotonic() - began < max(1, body.wait):
        nothing.retry_after = _ASK_AGAIN_SECONDS
    return nothing


@blueprint.post(
    "/runs/<run_id>/beat", summary="Keep a run", responses={200: WorkGoesOn, 404: ErrorBody, 409: ErrorBody}
)
def beat(path: RunPath, body: Held) -> Response:
    """Any of the other requests about the run keeps it, too."""
    run, _ = held(path.run_id, body)
    return answer(goes_on(services().run_queue.beat(run)))


@blueprint.post(
    "/runs/<run_id>/records",
    summary="Tell what is done in a run",
    responses={200: Told, 404: ErrorBody, 409: ErrorBody, 413: ErrorBody},
)
def tell(path: RunPath, body: Records) -> Response:
    run, agent = held(path.run_id, body)
    records = [one.record(agent.name) for one in body.records]
    try:
        told, wishes = services().assignments.tell(run, agent, body.first, records)
    except GapError as error:
        raise ApiError(409, "records_missing", str(error)) from error
    return answer(Told(told=told, cancel_requested=wishes.stop, pause_requested=wishes.pause))


@blueprint.post(
    "/runs/<run_id>/messages",
    summary="Take what people say to you while you work",
    description="All of the run so far, oldest first; people see that you have read them. Whoever goes on with the run "
    "gets them again. With `after`, the `id` of the last one that you have, only later ones.",
    responses={200: WorkMessages, 404: ErrorBody, 409: ErrorBody},
)
def take_messages(path: RunPath, query: AfterQuery, body: Held) -> Response:
    run, _ = held(path.run_id, body)
    wishes = goes_on(services().run_queue.beat(run))
    found = services().run_messages.take(run, query.after)
    return answer(WorkMessages.model_validate({"messages": found, **dict(wishes)}))


@blueprint.put(
    "/runs/<run_id>/state",
    summary="Keep something for whoever goes on with a run",
    responses={200: WorkGoesOn, 404: ErrorBody, 409: ErrorBody, 413: ErrorBody},
)
def keep(path: RunPath, body: WorkState) -> Response:
    run, _ = held(path.run_id, body)
    try:
        services().run_queue.keep(run, body.state)
    except ValueError as error:
        raise ApiError(413, "too_large", str(error)) from error
    return answer(goes_on(services().run_queue.beat(run)))


@blueprint.post(
    "/runs/<run_id>/ask",
    summary="Ask a person in a run, or wait for the decision",
    description="Asked again under the same key, it is asked once. If the answer has a `Retry-After`, wait so long "
    "before you ask again.",
    responses={200: WorkDecision, 404: ErrorBody, 409: ErrorBody},
)
def ask_in_run(path: RunPath, body: WorkQuestion) -> Response:
    run, agent = held(path.run_id, body)
    require_colleagues(body.deciders)
    with plainly():
        question = body.asked()
    own, began = services(), time.monotonic()
    approval = own.assignments.ask(run, agent, body.key, question)
    if body.wait and not approval.is_over:
        wait_for_decision(body.wait, approval.id, run.id)
        approval = own.approvals.get(approval.id) or approval
    wishes = goes_on(own.run_queue.beat(run))
    told = answer(WorkDecision(**asdict(approval.decision), **dict(wishes)))
    if not (approval.is_over or wishes.cancel_requested) and time.monotonic() - began < body.wait:
        told.retry_after = _ASK_AGAIN_SECONDS
    return told


@blueprint.post(
    "/runs/<run_id>/end",
    summary="End a run",
    description="Sent again, it gets the same answer.",
    responses={200: WorkEnded, 404: ErrorBody, 409: ErrorBody},
)
def end(path: RunPath, body: WorkEnd) -> Response:
    run, agent = held(path.run_id, body)
    if body.status == "cancelled" and not (run.cancel_requested or run.ended):
        raise ApiError(409, "not_cancelled", "Nobody has asked to stop this run. Release it, or end it as failed.")
    if body.status == "paused":
        if run.paused_at is None:
            raise ApiError(409, "not_paused", "Nobody has asked to pause this run, or it was resumed. Go on with it.")
        services().assignments.pause(run, agent)
        return answer(WorkEnded(status=body.status))
    try:
        services().assignments.end(run, agent, body.status, body.answer, body.citations, body.error or "")
    except EmptyAnswerError as error:
        raise ApiError(400, "no_answer", "Give an answer, or tell it as the text of the message answer.") from error
    return answer(WorkEnded(status=body.status))


@blueprint.post(
    "/runs/<run_id>/release", summary="Give a run back", responses={204: None, 404: ErrorBody, 409: ErrorBody}
)
def release(path: RunPath, body: Held) -> Response:
    """Another worker goes on with it, or this one when it asks again."""
    run, _ = held(path.run_id, body)
    services().assignments.release(run)
    return Response(status=204)


@blueprint.before_request
def allow_many_records() -> None:
    if request.endpoint == "assignments.tell":
        request.max_content_length = _MAX_RECORDS_BYTES


def goes_on(wishes: Wishes) -> WorkGoesOn:
    return WorkGoesOn(cancel_requested=wishes.stop, pause_requested=wishes.pause)


def held(run_id: str, body: Held) -> tuple[RunRecord, AgentRecord]:
    run, agent = workable_run(run_id, body.attempt)
    services().workers.seen([agent.key], worker_of(run))
    return run, agent


def _agents(wanted: list[str]) -> list[AgentRecord]:
    """Those that are wanted, or all, of the agents that this request may work for. Raises 404 for an unknown one."""
    found = [agent for agent in services().agents.of_team(principal().team.key).items if _works_for(agent)]
    if not wanted:
        return [agent for agent in found if agent.enabled]
    named = {name: agent for agent in found for name in (agent.name, agent.id)}
    if any(name not in named for name in wanted):
        raise not_found("agent to work for")
    return [agent for name, agent in named.items() if name in wanted and agent.enabled]


def _works_for(agent: AgentRecord) -> bool:
    return agent.configuration.kind in works_for()


def _assignment(claimed: Claimed) -> Assignment:
    run, kept, lease_seconds = claimed.run, claimed.kept, services().settings.work_lease_seconds
    return Assignment.model_validate({
        "run_id": run.id, "attempt": run.attempt, "lease_seconds": lease_of(run, lease_seconds),
        "agent": claimed.agent, "session_id": run.session_id, "question": run.question,
        "history": claimed.history, "instructions": claimed.agent.system_prompt.strip(),
        "metadata": dict(kept.metadata), "state": kept.state, "earlier": kept.earlier,
        "from_step": _from_step(kept.from_step),
    })  # fmt: skip


def _from_step(restart: Restart | None) -> WorkFromStep | None:
    if restart is None:
        return None
    return WorkFromStep.model_validate({
        "run_id": restart.former, "agent": restart.agent_name, "action": restart.action, "kind": restart.kind,
        "input": restart.input, "edited": restart.edited,
        "state": dict(restart.state) if restart.state is not None else None,
    })  # fmt: skip
