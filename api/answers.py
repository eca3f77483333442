"""Records as response bodies."""

import json
from datetime import UTC, datetime

from flask import Response
from pydantic import BaseModel

from api import schemas
from utils.documents import DocumentRecord
from utils.messages import MessageRecord
from utils.runs import RunRecord
from utils.sessions import SessionRecord


def answer(body: BaseModel, status: int = 200) -> Response:
    return Response(body.model_dump_json(), status, content_type="application/json")


def run_body(run: RunRecord) -> schemas.Run:
    return schemas.Run(
        id=run.id,
        session_id=run.session_id,
        status=run.status,
        question=run.question,
        attempt=run.attempt,
        reason=run.reason,
        first_seq=run.first_seq,
        created_at=_moment(run.created_at),
        started_at=_moment(run.started_at) if run.started_at is not None else None,
        finished_at=_moment(run.finished_at) if run.finished_at is not None else None,
    )


def session_body(session: SessionRecord) -> schemas.Session:
    return schemas.Session(
        id=session.id,
        title=session.title,
        archived=session.archived,
        head=session.head,
        created_at=_moment(session.created_at),
        updated_at=_moment(session.updated_at),
        last_run=run_body(session.last_run) if session.last_run else None,
    )


def message_body(message: MessageRecord) -> schemas.Message:
    return schemas.Message(
        id=message.id,
        role=message.role,
        run_id=message.run_id,
        content=message.content,
        citations=json.loads(message.citations),
        created_at=_moment(message.created_at),
    )


def document_body(document: DocumentRecord) -> schemas.Document:
    return schemas.Document(
        id=document.id,
        name=document.name,
        media_type=document.media_type,
        size=document.size,
        status=document.status,
        error=document.error,
        pages=document.pages,
        rows=document.rows,
        created_at=document.created_at,
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
