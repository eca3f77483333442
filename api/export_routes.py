"""A session as a file."""

from collections.abc import Callable, Iterator
from typing import Literal

from flask import Response
from pydantic import Field

from api.access.identity import principal, readable
from api.blueprints import ViewGroup
from api.bodies.errors import ErrorBody
from api.bodies.parameters import QueryModel, SessionPath
from api.downloads import streamed
from api.errors import not_found
from api.exports.csv_table import csv_table
from api.exports.file_name import content_disposition
from api.exports.json_document import json_document
from api.exports.markdown_document import markdown_document
from api.services import services
from utils.sessions.snapshot import SessionSnapshot

blueprint = ViewGroup("export", "Sessions", "/api/sessions/<session_id>/export")
Format = Literal["json", "markdown", "csv"]
_Maker = Callable[[SessionSnapshot], Iterator[bytes]]


class ExportQuery(QueryModel):
    format: Format = Field(
        default="json",
        description="json: all of it, with the whole log. markdown: the conversation. csv: the activities, a row each.",
    )


_TYPES: dict[Format, tuple[str, str]] = {
    "json": ("application/json", ".json"),
    "markdown": ("text/markdown; charset=utf-8", ".md"),
    "csv": ("text/csv; charset=utf-8; header=present", " activities.csv"),
}
_TEXT = {"schema": {"type": "string"}}


@blueprint.get(
    "",
    summary="Export a session as a file",
    description="As it is when it is asked for: what happens meanwhile is left out. JSON says with `first` from which "
    "event on the log is kept. A cell of the CSV that begins like a formula has an apostrophe before it.",
    responses={
        200: {
            "description": "The file.",
            "content": {
                "application/json": {"schema": {"type": "object"}}, "text/markdown": _TEXT, "text/csv": _TEXT
            },
        },
        404: ErrorBody,
        503: ErrorBody,
    },
)  # fmt: skip
def export_session(path: SessionPath, query: ExportQuery) -> Response:
    session, who = readable(path.session_id), principal()
    snapshot = services().snapshots.take(session.id)
    if snapshot is None:
        raise not_found("session")
    makers: dict[Format, _Maker] = {
        "json": lambda taken: json_document(taken, who), "markdown": markdown_document, "csv": csv_table
    }  # fmt: skip
    content_type, ending = _TYPES[query.format]
    return streamed(
        makers[query.format](snapshot),
        "session exported",
        f"{session.named} as {query.format}",
        content_type,
        content_disposition(snapshot.session.title, ending),
    )
