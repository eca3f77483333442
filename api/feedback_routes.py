"""Feedback: what people think of answers and steps."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response

from api.access.identity import principal, readable, readable_run
from api.blueprints import ViewGroup
from api.bodies.answers import answer, comment_body, opinions_page
from api.bodies.errors import ErrorBody
from api.bodies.feedback import (
    Comment,
    FeedbackExportQuery,
    NewComment,
    NewJudgement,
    OpinionsPage,
    SubjectQuery,
)
from api.bodies.parameters import PageQuery, RunPageQuery, RunPath, RunQuery, SessionPath
from api.downloads import streamed
from api.errors import ApiError, not_found
from api.exports.feedback_lines import feedback_csv, feedback_json_lines
from api.exports.file_name import content_disposition
from api.services import services
from utils.feedback.opinion import FeedbackError, NotTheAuthorError, Subject

blueprint = ViewGroup("feedback", "Feedback", "/api")
_FORMATS = {
    "csv": (feedback_csv, "text/csv; charset=utf-8; header=present"),
    "jsonl": (feedback_json_lines, "application/jsonl"),
}
_TEXT = {"schema": {"type": "string"}}


class CommentPath(RunPath):
    comment_id: str


@blueprint.get(
    "/sessions/<session_id>/feedback",
    summary="What people think of the answers and steps of a session",
    responses={200: OpinionsPage, 404: ErrorBody},
)
def list_feedback(path: SessionPath, query: PageQuery) -> Response:
    page = services().feedback.page(readable(path.session_id).key, None, query.cursor, query.limit)
    return answer(opinions_page(page, principal()))


@blueprint.get(
    "/runs/<run_id>/feedback",
    summary="What people think of the answer and the steps of a run",
    responses={200: OpinionsPage, 404: ErrorBody},
)
def list_feedback_of_run(path: RunPath, query: RunPageQuery) -> Response:
    subject = _subject(path.run_id, query)
    page = services().feedback.page(subject.session_key, subject.run_id, query.cursor, query.limit)
    return answer(opinions_page(page, principal()))


@blueprint.put(
    "/runs/<run_id>/feedback",
    summary="Judge an answer or a step",
    description="Instead of your judgement before. Whoever may read the session may judge, viewers as well.",
    responses={204: None, 404: ErrorBody},
)
def judge(path: RunPath, query: SubjectQuery, body: NewJudgement) -> Response:
    if not services().feedback.judge(_subject(path.run_id, query), principal().user, body.verdict):
        raise not_found("step")
    return Response(status=204)


@blueprint.delete("/runs/<run_id>/feedback", summary="Take your judgement back", responses={204: None, 404: ErrorBody})
def withdraw_judgement(path: RunPath, query: SubjectQuery) -> Response:
    services().feedback.withdraw(_subject(path.run_id, query), principal().user)
    return Response(status=204)


@blueprint.post(
    "/runs/<run_id>/feedback/comments",
    summary="Comment an answer or a step",
    responses={201: Comment, 404: ErrorBody, 409: ErrorBody},
)
def add_comment(path: RunPath, query: SubjectQuery, body: NewComment) -> Response:
    try:
        comment = services().feedback.comment(_subject(path.run_id, query), principal().user, body.text)
    except FeedbackError as error:
        raise ApiError(409, "too_many_comments", str(error)) from error
    if comment is None:
        raise not_found("step")
    return answer(comment_body(comment, principal()), 201)


@blueprint.patch(
    "/runs/<run_id>/feedback/comments/<comment_id>",
    summary="Change a comment of yours",
    responses={200: Comment, 404: ErrorBody},
)
def change_comment(path: CommentPath, query: RunQuery, body: NewComment) -> Response:
    who, subject = principal(), _subject(path.run_id, query)
    with _by_its_author():
        comment = services().feedback.change_comment(subject, path.comment_id, who.user, body.text)
    if comment is None:
        raise not_found("comment")
    return answer(comment_body(comment, who))


@blueprint.delete(
    "/runs/<run_id>/feedback/comments/<comment_id>",
    summary="Delete a comment of yours",
    responses={204: None, 404: ErrorBody},
)
def delete_comment(path: CommentPath, query: RunQuery) -> Response:
    with _by_its_author():
        deleted = services().feedback.delete_comment(_subject(path.run_id, query), path.comment_id, principal().user)
    if not deleted:
        raise not_found("comment")
    return Response(status=204)


@blueprint.get(
    "/feedback/export",
    summary="Export judged answers and steps as a data set",
    description="One line for each, of all sessions that you may see, in the order of their last change. Begin with "
    "`since` where the export before ended: a line with the id of another one replaces it, and `withdrawn` says that "
    "nothing is left of it. A cell of the CSV that begins like a formula has an apostrophe before it.",
    responses={
        200: {"description": "The file.", "content": {"application/jsonl": _TEXT, "text/csv": _TEXT}},
        503: ErrorBody,
    },
)
def export_feedback(query: FeedbackExportQuery) -> Response:
    make, content_type = _FORMATS[query.format]
    things = services().feedback_data.things(principal().user, query.which)
    told = ", ".join(f"{name}: {value}" for name, value in query.model_dump(exclude_none=True, mode="json").items())
    name = content_disposition("Feedback", f".{query.format}")
    return streamed(make(things, query.names), "feedback exported", told, content_type, name)


@contextmanager
def _by_its_author() -> Iterator[None]:
    try:
        yield
    except NotTheAuthorError as error:
        raise ApiError(403, "forbidden", str(error)) from error


def _subject(run_id: str, query: RunQuery) -> Subject:
    """Of a run whose session may be read. Raises 404."""
    run = readable_run(run_id, query.session_id)
    session = readable(run.session_id)
    return Subject(session.id, session.key, run.id, getattr(query, "activity_id", None))
