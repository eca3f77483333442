"""Which calls of tools ask a person, and which are refused."""

from typing import Any

from flask import Response
from pydantic import BaseModel

from api.access.audit import note
from api.access.identity import principal, require_colleagues
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.approval_rules import (
    ApprovalRule,
    ApprovalRuleChange,
    ApprovalRuleList,
    NewApprovalRule,
    RuleTrial,
    RuleTrialAnswer,
)
from api.bodies.errors import ErrorBody
from api.errors import ApiError, not_found, plainly
from api.services import services
from utils.sessions.approval_rule import ApprovalRule as RuleRecord
from utils.sessions.approval_rule import ToolUse, check
from utils.sessions.approval_rules import TooManyApprovalRulesError

blueprint = ViewGroup("approval_rules", "Approval rules", "/api/team/approval-rules")
_OUTCOMES = {"ask": "asks", "refuse": "refused"}


class RulePath(BaseModel):
    approval_rule_id: str


@blueprint.get("", summary="List the rules about calls of tools", responses={200: ApprovalRuleList})
def list_approval_rules() -> Response:
    rules = services().approval_rules.of_team(principal().team.key)
    return answer(ApprovalRuleList(rules=[ApprovalRule.model_validate(one) for one in rules]))


@blueprint.post(
    "", summary="Add a rule, as the last one", responses={201: ApprovalRule, 404: ErrorBody, 409: ErrorBody}
)
def add_approval_rule(body: NewApprovalRule) -> Response:
    who, values = principal(), body.model_dump()
    with plainly():
        check(values)
    _require(values)
    try:
        rule = services().approval_rules.add(who.team.key, who.user, values)
    except TooManyApprovalRulesError as error:
        raise ApiError(409, "too_many_rules", str(error)) from error
    note("approval rule made", f"{rule.name}: {rule.tool} {_OUTCOMES[rule.effect]}")
    return answer(ApprovalRule.model_validate(rule), 201)


@blueprint.patch(
    "/<approval_rule_id>",
    summary="Change a rule, move it, or switch it off",
    responses={200: ApprovalRule, 404: ErrorBody},
)
def change_approval_rule(path: RulePath, body: ApprovalRuleChange) -> Response:
    """What it has asked before is asked on, as it was."""
    rule, values = _rule(path), body.model_dump(exclude_unset=True)
    _require(values)
    position = values.pop("position", None)
    with plainly():
        changed = _known(services().approval_rules.change(rule.team_key, rule.id, values, position))
    told = sorted([*values, *(["position"] if position is not None else [])])
    if told:
        note("approval rule changed", f"{changed.name}: {changed.tool} {_OUTCOMES[changed.effect]}; {', '.join(told)}")
    return answer(ApprovalRule.model_validate(changed))


@blueprint.delete("/<approval_rule_id>", summary="Delete a rule", responses={204: None, 404: ErrorBody})
def delete_approval_rule(path: RulePath) -> Response:
    """What it has asked is asked on."""
    rule = _known(services().approval_rules.remove(principal().team.key, path.approval_rule_id))
    note("approval rule deleted", f"{rule.name}: {rule.tool}")
    return Response(status=204)


@blueprint.post("/try", summary="See what would become of a call", responses={200: RuleTrialAnswer, 404: ErrorBody})
def try_approval_rules(body: RuleTrial) -> Response:
    """Nothing is asked, and nothing is told."""
    team, registered = principal().team.key, None
    if body.agent_id is not None:
        agent = services().agents.get(team, body.agent_id)
        if agent is None:
            raise not_found("agent")
        registered = agent.name
    use = ToolUse(body.tool, None, body.agent_name or registered or "", body.agent_id, registered)
    rule = services().approval_rules.about(team, use)
    shown = ApprovalRule.model_validate(rule) if rule is not None else None
    return answer(RuleTrialAnswer(outcome=_OUTCOMES[rule.effect] if rule is not None else "passes", rule=shown))


def _require(values: dict[str, Any]) -> None:
    """Raises ApiError for people and agents that the team does not have. What a rule has already may be gone since."""
    require_colleagues(values.get("deciders", ()))
    agent_id = values.get("agent_id")
    if agent_id is not None and services().agents.get(principal().team.key, agent_id) is None:
        raise not_found("agent")


def _rule(path: RulePath) -> RuleRecord:
    return _known(services().approval_rules.get(principal().team.key, path.approval_rule_id))


def _known(rule: RuleRecord | None) -> RuleRecord:
    if rule is None:
        raise not_found("rule")
    return rule
