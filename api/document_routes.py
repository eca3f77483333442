"""Documents of a session, and the passages that answers cite."""

from dataclasses import replace
from pathlib import PurePosixPath

from flask import Response, request
from flask_openapi3.models.file import FileStorage
from pydantic import ConfigDict

from api.access.identity import changeable, readable, reader_of
from api.access.once import once
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.documents import DocumentList, Passage
from api.bodies.errors import ErrorBody
from api.bodies.parameters import DocumentPath, PassagePath, QueryModel, SessionPath
from api.errors import ApiError, not_found
from api.exports.deadline import in_time
from api.exports.file_name import content_disposition
from api.services import services
from utils.accounts.principal import Spectator
from utils.sessions.documents import DocumentRecord

blueprint = ViewGroup("documents", "Documents", "/api/sessions/<session_id>")


class Upload(QueryModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    files: list[FileStorage]


@blueprint.post(
    "/documents",
    summary="Add documents (multipart/form-data, field `files`)",
    responses={
        201: DocumentList,
        404: ErrorBody,
        413: ErrorBody,
        415: ErrorBody,
    },
)
def add_documents(path: SessionPath, form: Upload) -> Response:
    """All of them are kept, or none."""
    session = changeable(path.session_id)
    files = [(file.filename or "unnamed", file.stream) for file in form.files]
    return once(
        lambda keep: services().documents.add_all(session.id, files, keep, to_be_checked=True),
        lambda _: session.key,
        lambda added: answer(DocumentList(documents=added), 201),
    )


@blueprint.get("/documents", summary="List documents", responses={200: DocumentList, 404: ErrorBody})
def list_documents(path: SessionPath) -> Response:
    found = services().documents.list(readable(path.session_id).id)
    return answer(DocumentList(documents=found))


@blueprint.get(
    "/documents/<document_id>/content",
    summary="Download a document",
    description="The file as it was uploaded, to be saved and not shown: a browser runs nothing of it.",
    responses={
        200: {
            "description": "The file.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        404: ErrorBody,
    },
)
def download_document(path: DocumentPath) -> Response:
    document, own = _document(readable(path.session_id).id, path.document_id), services()
    response = Response(in_time(own.documents.chunks(document.id)), content_type="application/octet-stream")
    response.content_length = document.size
    name = PurePosixPath(document.name)
    response.headers["Content-Disposition"] = content_disposition(name.stem, name.suffix)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.delete("/documents/<document_id>", summary="Delete a document", responses={204: None, 404: ErrorBody})
def delete_document(path: DocumentPath) -> Response:
    session = changeable(path.session_id)
    document = _document(session.id, path.document_id)
    services().documents.delete(document.id)
    services().checkpoints.forget_ended(session.key)  # they hold what it says
    return Response(status=204)


@blueprint.get(
    "/passages/<passage_id>",
    summary="Read a passage that an answer cites",
    description="A guest with a spectator link reads what an answer cites, without its neighbours, and nothing else.",
    responses={200: Passage, 404: ErrorBody},
)
def read_passage(path: PassagePath) -> Response:
    own, session = services(), readable(path.session_id)
    passage, is_guest = own.passages.get(session.id, path.passage_id), isinstance(reader_of(session), Spectator)
    if passage is None or (is_guest and not own.citations.cites(session.key, passage.id)):
        raise not_found("passage")
    if is_guest:
        passage = replace(passage, before=None, after=None)
    return answer(Passage.model_validate(passage))


def _document(session_id: str, document_id: str) -> DocumentRecord:
    """One of the session's."""
    found = next((one for one in services().documents.list(session_id) if one.id == document_id), None)
    if found is None:
        raise not_found("document")
    return found


@blueprint.before_request
def refuse_too_large() -> None:
    """Before a byte of the body is read: the limit leaves room for the form around one document.

    What is announced is the size of all files together, so a request holds no more than the largest document may.
    """
    limit = services().settings.max_document_bytes
    if (request.content_length or 0) > limit + 64 * 1024:
        raise ApiError(
            413,
            "too_large",
            f"One upload may hold {limit // 1024 // 1024} MB, and so may one document. Send several files one at a "
            "time; split a single file that is larger.",
        )
    request.max_content_length = limit + 64 * 1024
