"""The audit trail of the team."""

from flask import Response

from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.audit import AuditChainCheck, AuditCheckQuery, AuditExportQuery, AuditPage, AuditQuery
from api.bodies.errors import ErrorBody
from api.downloads import streamed
from api.errors import ApiError
from api.exports.audit_lines import audit_csv, audit_json_lines
from api.exports.file_name import content_disposition
from api.services import services

blueprint = ViewGroup("audit", "Team", "/api/team/audit")
_FORMATS = {
    "csv": (audit_csv, "text/csv; charset=utf-8; header=present"),
    "jsonl": (audit_json_lines, "application/jsonl"),
}
_TEXT = {"schema": {"type": "string"}}


@blueprint.get("", summary="Read the audit trail, newest first", responses={200: AuditPage})
def read_audit(query: AuditQuery) -> Response:
    page = services().audit.page(principal().team.key, query.cursor, query.limit, query.which)
    return answer(AuditPage(entries=page.items, next_cursor=page.next_cursor))


@blueprint.get(
    "/export",
    summary="Export the audit trail as a file, oldest first",
    description="With the filters of the page. A cell of the CSV that begins like a formula has an apostrophe before "
    "it. JSON Lines have what is needed to verify the chain.",
    responses={
        200: {"description": "The file.", "content": {"text/csv": _TEXT, "application/jsonl": _TEXT}},
        503: ErrorBody,
    },
)
def export_audit(query: AuditExportQuery) -> Response:
    team = principal().team
    make, content_type = _FORMATS[query.format]
    lines = services().audit.lines(team.key, services().audit.newest(team.key), query.which)
    told = ", ".join(f"{name}: {value}" for name, value in query.model_dump(exclude_none=True, mode="json").items())
    name = content_disposition(f"{team.name} audit trail", f".{query.format}")
    return streamed(make(lines), "audit trail exported", told, content_type, name)


@blueprint.get(
    "/check",
    summary="Verify that no line of the audit trail is missing, was changed or put in",
    description="With `seq` and `hash` of a line that you have kept, also that it is still the same.",
    responses={200: AuditChainCheck, 400: ErrorBody, 503: ErrorBody},
)
def check_audit(query: AuditCheckQuery) -> Response:
    if (query.seq is None) != (query.hash is None):
        raise ApiError(400, "invalid_request", "seq and hash belong together: give both, or none.")
    seen = (query.seq, query.hash) if query.seq is not None and query.hash is not None else None
    with services().export_slots.take(principal().user.key):
        found = services().audit_verification.check(principal().team.key, seen)
    head = found.head
    return answer(
        AuditChainCheck(
            whole=found.fault is None, lines=found.lines, seq=head.seq, hash=head.hash, cut_seq=head.cut_seq,
            cut_at=head.cut_at, fault_seq=found.fault_seq, fault=found.fault, remark=found.remark,
        )
    )  # fmt: skip
