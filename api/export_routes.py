"""A session as a file."""

from collections.abc import Callable, Iterator
from typing import Literal

from flask import Response, request
from pydantic import Field

from api.access.audit import note
from api.access.identity import principal, readable
from api.blueprints import view_group
from api.bodies.errors import ErrorBody
from api.bodies.parameters import QueryModel, SessionPath
from api.errors import not_found
from api.exports.csv_table import csv_table
from api.exports.deadline import in_time
from api.exports.file_name import content_disposition
from api.exports.json_document import json_document
from api.exports.markdown_document import markdown_document
from api.services import services
from utils.sessions.snapshot import SessionSnapshot

blueprint = view_group("export", "Sessions", "/api/sessions/<session_id>/export")
Format = Literal["json", "markdown", "csv"]
_PIECE_BYTES = 64 * 1024
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
    response = _streamed(makers[query.format](snapshot), f"{session.named} as {query.format}")
    response.content_type = content_type
    response.headers["Content-Disposition"] = content_disposition(snapshot.session.title, ending)
    return response


def _streamed(pieces: Iterator[bytes], subject: str) -> Response:
    """A thread is busy until the client has taken all of it, so that only some may be at once, and not for ever."""
    slot = services().export_slots.take(principal().user.key)
    response = Response(in_time(_gathered(pieces), slot))
    response.call_on_close(slot.close)
    try:
        if request.method == "GET":
            note("session exported", subject)
        else:
            slot.close()  # for the export itself, which may be asked for before this answer is closed
    except BaseException:
        response.close()
        raise
    return response


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same in larger ones."""
    some: list[bytes] = []
    size = 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size >= _PIECE_BYTES:
            yield b"".join(some)
            some.clear()
            size = 0
    if some:
        yield b"".join(some)
