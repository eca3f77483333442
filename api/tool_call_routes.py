"""Calls of tools that programs are about to make: allowed, refused, or put to a person, as the team's rules say.

What was asked about a call once is what counts for it, whatever becomes of the rules.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from flask import Response

from api.access.identity import changeable, principal
from api.assignment_routes import goes_on, held
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.approval_rules import ToolCall, ToolCallAnswer, WorkToolCall, WorkToolCallAnswer
from api.bodies.errors import ErrorBody
from api.bodies.parameters import RunPath, SessionPath
from api.errors import ApiError, plainly
from api.services import services
from api.waits import wait_for_decision
from utils.sessions.approval import ApprovalError, ApprovalRecord, NewApproval, Question
from utils.sessions.approval_rule import ApprovalRule, ToolUse, verdict_of

blueprint = ViewGroup("tool_calls", "Approvals", "/api")
_ASK_AGAIN_SECONDS = 2
_DESCRIPTION = (
    "Send it before each call, and make the call only if it is `allowed`. Where a rule of the team asks, the answer is "
    "`asks` until somebody has decided: send the same again. If the answer has a `Retry-After`, wait so long before."
)


@blueprint.post(
    "/sessions/<session_id>/tool-calls",
    summary="Ask whether a tool may be called (for agents outside Ringside)",
    description=_DESCRIPTION,
    responses={200: ToolCallAnswer, 404: ErrorBody, 409: ErrorBody},
)
def ask_about_call(path: SessionPath, body: ToolCall) -> Response:
    own, session, team = services(), changeable(path.session_id), principal().team.key
    if body.run_id is not None and own.runs.own_among([body.run_id]):
        raise ApiError(409, "own_run", f"{body.run_id} is a run of Ringside's own agents, which heed the rules anyway.")
    step = uuid5(NAMESPACE_OID, f"{session.id}/{body.run_id or ''}/tool-call/{body.call_id}").hex
    use, began = ToolUse(body.tool, body.input, body.agent_name), time.monotonic()

    def ask(question: Question) -> ApprovalRecord:
        own.event_meter.require(team)
        asked = NewApproval(step, body.agent_name, question, body.run_id, body.parent_id)
        approval, is_new = own.approvals.ask(session.id, session.key, asked)
        own.event_meter.count(team, int(is_new))
        return approval

    rule, approval = _asked(team, use, own.approvals.of_step(session.key, step), ask)
    if approval is not None and body.wait and not approval.is_over:
        wait_for_decision(body.wait, approval.id)
        approval = own.approvals.get(approval.id)
        if approval is None:
            changeable(path.session_id)  # raises the 404: it was deleted
    return _answer(ToolCallAnswer(**_told(use, rule, approval)), began, body.wait)


@blueprint.post(
    "/assignments/runs/<run_id>/tool-calls",
    summary="Ask whether a tool may be called in a run that you have claimed",
    description=_DESCRIPTION,
    responses={200: WorkToolCallAnswer, 404: ErrorBody, 409: ErrorBody},
)
def ask_about_call_in_run(path: RunPath, body: WorkToolCall) -> Response:
    own, (run, agent), began = services(), held(path.run_id, body), time.monotonic()
    use, key = ToolUse(body.tool, body.input, body.agent_name or agent.name, agent.id, agent.name), _key(body.call_id)
    session = own.sessions.ownership(run.session_id)
    before = own.approvals.named(session.key, run.id, key) if session is not None else None
    rule, approval = _asked(agent.team_key, use, before, lambda asked: own.assignments.ask(run, agent, key, asked))
    if approval is not None and body.wait and not approval.is_over:
        wait_for_decision(body.wait, approval.id, run.id)
        approval = own.approvals.get(approval.id) or approval
    wishes = goes_on(own.run_queue.beat(run))
    told = WorkToolCallAnswer(**_told(use, rule, approval), **dict(wishes))
    return _answer(told, began, 0 if wishes.cancel_requested else body.wait)


def _asked(
    team: int, use: ToolUse, before: ApprovalRecord | None, ask: Callable[[Question], ApprovalRecord]
) -> tuple[ApprovalRule | None, ApprovalRecord | None]:
    """The rule that fits, and what was asked because of it, or before. Raises ApprovalError for another call."""
    with plainly():
        context = use.context
    if before is not None:
        if before.context != context:
            words = "Another call was asked about under this id. Give each call an id of its own."
            raise ApprovalError("approval_differs", words)
        return None, before
    rule = services().approval_rules.about(team, use)
    question = services().approval_rules.question(rule, use) if rule is not None and rule.effect == "ask" else None
    return rule, ask(question) if question is not None else None


def _told(use: ToolUse, rule: ApprovalRule | None, approval: ApprovalRecord | None) -> dict[str, Any]:
    told = {
        "rule": rule.name if rule is not None else None,
        "approval_id": approval.id if approval is not None else None,
        "decided_by": approval.decided_by if approval is not None else None,
    }
    if approval is None:
        words = rule.refusal(use) if rule is not None else None
        return {**told, "status": "refused" if rule else "allowed", "words": words}
    if not approval.is_over:
        return {**told, "status": "asks", "words": approval.question}
    verdict = verdict_of(use.tool, approval.decision)
    return {**told, "status": "allowed" if verdict.allowed else "refused", "words": verdict.words}


def _answer(body: ToolCallAnswer, began: float, wait: int) -> Response:
    told = answer(body)
    if body.status == "asks" and time.monotonic() - began < wait:
        told.retry_after = _ASK_AGAIN_SECONDS
    return told


def _key(call_id: str) -> str:
    """What the run's approval is called: apart from what its worker asks by itself, and as short as it must be."""
    return f"tool-call/{uuid5(NAMESPACE_OID, call_id).hex}"
