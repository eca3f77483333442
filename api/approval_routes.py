"""Approvals: questions of agents to people, and their decisions."""

import time

from flask import Response, g, request
from pydantic import BaseModel

from api.access.identity import changeable, decidable_approval, principal, readable_approval, require_colleagues
from api.blueprints import ViewGroup
from api.bodies.answers import answer, approval_body
from api.bodies.approvals import (
    Approval,
    ApprovalListQuery,
    ApprovalPage,
    ApprovalQuery,
    ApprovalQuestion,
    NewDecision,
    Snooze,
)
from api.bodies.errors import ErrorBody
from api.bodies.parameters import SessionPath
from api.errors import ApiError, not_found, plainly
from api.services import services
from api.waits import wait_for_decision
from utils.sessions.approval import DASHBOARD, ApprovalRecord, NewApproval
from utils.sessions.approvals import Decider

blueprint = ViewGroup("approvals", "Approvals", "/api")
_ASK_AGAIN_SECONDS = 2


class ApprovalPath(BaseModel):
    approval_id: str


@blueprint.post(
    "/sessions/<session_id>/approvals",
    summary="Ask a person about a step (for agents outside Ringside)",
    description="200: this was asked before, and the answer may be there already.",
    responses={200: Approval, 201: Approval, 404: ErrorBody, 409: ErrorBody},
)
def ask(path: SessionPath, body: ApprovalQuestion) -> Response:
    own, session = services(), changeable(path.session_id)
    if body.run_id is not None and own.runs.own_among([body.run_id]):
        raise ApiError(409, "own_run", f"{body.run_id} is a run of Ringside's own agents, and they alone ask in it.")
    require_colleagues(body.deciders)
    team = principal().team.key
    own.event_meter.require(team)
    with plainly():
        asked = NewApproval(body.activity_id, body.agent_name, body.asked(), body.run_id, body.parent_id)
    approval, is_new = own.approvals.ask(session.id, session.key, asked)
    own.event_meter.count(team, int(is_new))
    return answer(_body(approval), 201 if is_new else 200)


@blueprint.get("/approvals", summary="List approvals, oldest first", responses={200: ApprovalPage})
def list_approvals(query: ApprovalListQuery) -> Response:
    who = principal()
    own = services()
    page = own.approvals.page(who.user, query.status, query.session_id, query.cursor, query.limit)
    snoozed = own.snoozes.of(who.user, page.items)
    waits_for = own.addressees.of(page.items)
    found = [approval_body(one, who, waits_for[one.key], snoozed.get(one.key)) for one in page.items]
    return answer(ApprovalPage(approvals=found, next_cursor=page.next_cursor))


@blueprint.get(
    "/approvals/<approval_id>",
    summary="Read an approval, or wait for its decision",
    description="If the answer has a `Retry-After`, wait so long before you ask again.",
    responses={200: Approval, 404: ErrorBody},
)
def read_approval(path: ApprovalPath, query: ApprovalQuery) -> Response:
    approval, began = readable_approval(path.approval_id), time.monotonic()
    if query.wait and not approval.is_over:
        wait_for_decision(query.wait, approval.id)
        approval = readable_approval(path.approval_id)
    told = answer(_body(approval))
    if not approval.is_over and time.monotonic() - began < query.wait:
        told.retry_after = _ASK_AGAIN_SECONDS
    return told


@blueprint.post(
    "/approvals/<approval_id>/decision",
    summary="Decide",
    description="The first decision counts. Sent again by the same person, it gets the same answer. 204 instead for a "
    "key without the scope *read*.",
    responses={200: Approval, 204: None, 404: ErrorBody, 409: ErrorBody},
)
def decide(path: ApprovalPath, body: NewDecision) -> Response:
    who, approval = principal(), decidable_approval(path.approval_id)
    decider = Decider(who.user, _via(), request.remote_addr, g.get("request_id"))
    with plainly():
        decided = services().approvals.decide(approval.id, decider, body.choice, body.values, body.comment)
    if decided is None:
        raise not_found("approval")
    return answer(_body(decided)) if who.has("read") else Response(status=204)


@blueprint.put(
    "/approvals/<approval_id>/snooze",
    summary="Not now: leave it out of your inbox for a while",
    description="It decides nothing: the approval waits, and everybody else is asked as before.",
    responses={204: None, 404: ErrorBody},
)
def snooze(path: ApprovalPath, body: Snooze) -> Response:
    services().snoozes.set(decidable_approval(path.approval_id), principal().user, body.until)
    return Response(status=204)


@blueprint.delete("/approvals/<approval_id>/snooze", summary="Ask me again", responses={204: None, 404: ErrorBody})
def end_snooze(path: ApprovalPath) -> Response:
    services().snoozes.end(decidable_approval(path.approval_id), principal().user)
    return Response(status=204)


def _body(approval: ApprovalRecord) -> Approval:
    return approval_body(approval, principal(), services().addressees.of([approval])[approval.key])


def _via() -> str:
    grant = principal().grant
    return services().api_keys.name_of(grant.key) if grant.kind == "key" else DASHBOARD
