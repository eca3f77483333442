"""Where the team is told of things: web hooks and chats. Addresses and secrets come in and never go out."""

import asyncio
from threading import BoundedSemaphore
from urllib.parse import urlsplit

from flask import Response
from pydantic import BaseModel

from agents.errors import AgentError
from agents.notices.chat import check_address
from api.access.audit import note
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.notices import (
    NewNoticeRule,
    NewNoticeRuleAnswer,
    NoticeDelivery,
    NoticeDeliveryPage,
    NoticeRule,
    NoticeRuleChange,
    NoticeRuleList,
    NoticeRuleSecret,
)
from api.bodies.parameters import PageQuery
from api.errors import ApiError, not_found
from api.services import services
from utils.doorbell.base import NOTICES
from utils.notices.rules import RuleChannel, RuleRecord, TooManyRulesError
from utils.notices.trial import try_rule

blueprint = ViewGroup("notice_rules", "Notices of the team", "/api/team/notice-rules")
_checks = BoundedSemaphore(2)  # of this process: each starts another and holds a thread


class RulePath(BaseModel):
    rule_id: str


class DeliveryPath(RulePath):
    notice_id: str


@blueprint.get("", summary="List where the team is told of things", responses={200: NoticeRuleList})
def list_rules() -> Response:
    rules = services().notice_rules.of_team(principal().team.key)
    return answer(NoticeRuleList(rules=[NoticeRule.model_validate(one) for one in rules]))


@blueprint.post("", summary="Have the team told of things", responses={201: NewNoticeRuleAnswer, 409: ErrorBody})
def add_rule(body: NewNoticeRule) -> Response:
    team = principal().team.key
    _require_address(body.channel, body.url)
    _require_agent(body.agent_id)
    try:
        rule, secret = services().notice_rules.add(
            team, body.name, body.channel, body.url, body.kinds, body.agent_id or None
        )
    except TooManyRulesError as error:
        raise ApiError(409, "too_many_rules", str(error)) from error
    note("notice rule made", f"{rule.name}: {', '.join(rule.kinds)} to {rule.place}")
    return answer(NewNoticeRuleAnswer(rule=NoticeRule.model_validate(rule), secret=secret), 201)


@blueprint.patch("/<rule_id>", summary="Change a rule, or switch it off", responses={200: NoticeRule, 404: ErrorBody})
def change_rule(path: RulePath, body: NoticeRuleChange) -> Response:
    rule, changes = _rule(path), body.model_dump(exclude_none=True)
    if body.url is not None:
        _require_address(rule.channel, body.url)
    if body.agent_id is not None:
        _require_agent(body.agent_id)
        changes["agent_id"] = body.agent_id or None
    changed = _known(services().notice_rules.change(rule.team_key, rule.id, **changes))
    if changes:
        note("notice rule changed", f"{changed.name}: {', '.join(sorted(changes))}")
    services().doorbell.ring(NOTICES, "")
    return answer(NoticeRule.model_validate(changed))


@blueprint.delete("/<rule_id>", summary="Delete a rule", responses={204: None, 404: ErrorBody})
def delete_rule(path: RulePath) -> Response:
    """What waits to be sent by it goes with it."""
    rule = _known(services().notice_rules.remove(principal().team.key, path.rule_id))
    note("notice rule deleted", rule.name)
    return Response(status=204)


@blueprint.post(
    "/<rule_id>/secret",
    summary="Sign a web hook's requests with a new secret",
    responses={200: NoticeRuleSecret, 404: ErrorBody, 409: ErrorBody},
)
def renew_secret(path: RulePath) -> Response:
    rule = _rule(path)
    if rule.channel != "webhook":
        raise ApiError(409, "nothing_signed", "Only the requests to a web hook are signed.")
    secret = services().notice_rules.new_secret(rule)
    note("notice rule's secret renewed", rule.name)
    return answer(NoticeRuleSecret(secret=secret))


@blueprint.post("/<rule_id>/test", summary="Send a test", responses={202: None, 404: ErrorBody})
def test_notice_rule(path: RulePath) -> Response:
    """As all notices are sent; what became of it is among the deliveries. A rule that is off sends it, too."""
    try_rule(services().notices, _rule(path))
    services().doorbell.ring(NOTICES, "")
    return Response(status=202)


@blueprint.get(
    "/<rule_id>/deliveries",
    summary="What a rule has sent, or could not send, newest first",
    responses={200: NoticeDeliveryPage, 404: ErrorBody},
)
def list_deliveries(path: RulePath, query: PageQuery) -> Response:
    page = services().notices.of_rule(_rule(path).key, query.cursor, query.limit)
    found = [NoticeDelivery.model_validate(one) for one in page.items]
    return answer(NoticeDeliveryPage(deliveries=found, next_cursor=page.next_cursor))


@blueprint.post(
    "/<rule_id>/deliveries/<notice_id>/again",
    summary="Send a notice again, now",
    description="With the same `webhook-id`, so that a receiver that has got it can tell.",
    responses={202: NoticeDelivery, 404: ErrorBody},
)
def send_notice_again(path: DeliveryPath) -> Response:
    rule = _rule(path)
    notice = services().notices.again(rule.team_key, rule.id, path.notice_id)
    if notice is None:
        raise not_found("notice")
    note("notice sent again", rule.name)
    services().doorbell.ring(NOTICES, "")
    return answer(NoticeDelivery.model_validate(notice), 202)


def _rule(path: RulePath) -> RuleRecord:
    return _known(services().notice_rules.get(principal().team.key, path.rule_id))


def _known(rule: RuleRecord | None) -> RuleRecord:
    if rule is None:
        raise not_found("rule")
    return rule


def _require_agent(agent_id: str | None) -> None:
    if agent_id and services().agents.get(principal().team.key, agent_id) is None:
        raise not_found("agent")


def _require_address(channel: RuleChannel, url: str) -> None:
    """Raises ApiError for what nothing can be sent to."""
    settings = services().settings
    if channel == "chat":
        _check_chat(url, settings.agent_hosts)
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ApiError(400, "invalid_request", "url: must begin with https:// or http:// and name a host.")
    if not settings.allows_agents_at(url):
        words = "This server sends nothing to that address. Its operator can name the host in AGENT_HOSTS."
        raise ApiError(400, "address_not_allowed", words)


def _check_chat(url: str, hosts: str | None) -> None:
    if not _checks.acquire(blocking=False):
        raise ApiError(503, "crowded", "Other addresses are being looked at. Try again in a moment.", 5)
    try:
        asyncio.run(check_address(url, hosts))
    except AgentError as error:
        raise ApiError(400, "invalid_request", f"url: {error.message}") from error
    finally:
        _checks.release()
