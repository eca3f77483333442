"""Findings: runs that look stuck."""

from flask import Response
from pydantic import BaseModel, Field

from api.access.audit import note
from api.access.identity import dismissible_finding, principal, readable
from api.blueprints import ViewGroup
from api.bodies.answers import answer, finding_body
from api.bodies.errors import ErrorBody
from api.bodies.findings import Finding, FindingList
from api.bodies.parameters import QueryModel
from api.errors import not_found
from api.services import services

blueprint = ViewGroup("findings", "Findings", "/api")


class FindingPath(BaseModel):
    finding_id: str


class FindingQuery(QueryModel):
    session_id: str | None = Field(default=None, max_length=100, description="Of one session.")


@blueprint.get(
    "/findings", summary="List what is found now, oldest first", responses={200: FindingList, 404: ErrorBody}
)
def list_findings(query: FindingQuery) -> Response:
    who, own = principal(), services().findings
    if query.session_id is None:
        found = own.seen_by(who.user)
    else:
        session = readable(query.session_id)
        found = own.of_sessions([session.key]).get(session.key, [])
    return answer(FindingList(findings=[finding_body(one, who) for one in found]))


@blueprint.post(
    "/findings/<finding_id>/dismiss",
    summary="Say that it is fine",
    description="Nobody is told of it any more in this run. 204 instead for a key without the scope *read*.",
    responses={200: Finding, 204: None, 404: ErrorBody},
)
def dismiss(path: FindingPath) -> Response:
    who, finding = principal(), dismissible_finding(path.finding_id)
    dismissed = services().findings.dismiss(finding.id, who.user)
    if dismissed is None:
        raise not_found("finding")
    note("finding dismissed", f"{finding.code}: {finding.id} in {finding.session.named}")
    return answer(finding_body(dismissed, who)) if who.has("read") else Response(status=204)
