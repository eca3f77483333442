"""Records as response bodies."""

import json
from collections.abc import Collection
from datetime import UTC, datetime

from flask import Response
from pydantic import BaseModel

from api import schemas
from utils.accounts.api_keys import ApiKeyRecord
from utils.accounts.audit import AuditRecord
from utils.accounts.error_log import ErrorRecord
from utils.accounts.invitations import InvitationRecord
from utils.accounts.principal import Principal, Scope, Spectator, TeamRecord, UserRecord
from utils.accounts.spectator_links import SpectatorLinkRecord
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


def session_body(session: SessionRecord, reader: Principal | Spectator) -> schemas.Session:
    """As ``reader`` may see it."""
    mine = isinstance(reader, Principal) and reader.user.key == session.owner_key
    may_change = isinstance(reader, Principal) and reader.may_change(session.ownership) and reader.has("run")
    return schemas.Session(
        id=session.id,
        title=session.title,
        archived=session.archived,
        head=session.head,
        created_at=_moment(session.created_at),
        updated_at=_moment(session.updated_at),
        last_run=run_body(session.last_run) if session.last_run else None,
        owner=session.owner_name,
        shared=session.shared,
        mine=mine,
        may_change=may_change,
        watchable_until=_moment(reader.expires_at) if isinstance(reader, Spectator) else None,
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


def user_body(user: UserRecord) -> schemas.User:
    return schemas.User(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        active=user.active,
        created_at=_moment(user.created_at),
    )


def me_body(user: UserRecord, team: TeamRecord, scopes: Collection[Scope] | None = None) -> schemas.Me:
    return schemas.Me(
        user=user_body(user),
        team=schemas.Team(id=team.id, name=team.name),
        scopes=sorted(scopes) if scopes is not None else None,
    )


def invitation_body(invitation: InvitationRecord) -> schemas.Invitation:
    return schemas.Invitation(
        id=invitation.id,
        role=invitation.role,
        invited_by=invitation.invited_by,
        created_at=_moment(invitation.created_at),
        expires_at=_moment(invitation.expires_at),
    )


def audit_body(entry: AuditRecord) -> schemas.AuditEntry:
    return schemas.AuditEntry(
        at=_moment(entry.at),
        action=entry.action,
        actor=entry.actor,
        subject=entry.subject,
        address=entry.address,
        request_id=entry.request_id,
    )


def error_body(entry: ErrorRecord) -> schemas.ErrorEntry:
    return schemas.ErrorEntry(
        at=_moment(entry.at),
        severity=entry.severity,
        code=entry.code,
        message=entry.message,
        user_id=entry.user_id,
        session_id=entry.session_id,
        session_readable=entry.session_readable,
        run_id=entry.run_id,
        request_id=entry.request_id,
    )


def key_body(key: ApiKeyRecord) -> schemas.ApiKey:
    return schemas.ApiKey(
        id=key.id,
        name=key.name,
        scopes=list(key.scopes),
        hint=key.hint,
        user_id=key.user_id,
        user_name=key.user_name,
        created_at=_moment(key.created_at),
        last_used_at=_moment(key.last_used_at) if key.last_used_at is not None else None,
    )


def link_body(link: SpectatorLinkRecord) -> schemas.SpectatorLink:
    return schemas.SpectatorLink(
        id=link.id,
        hides_tool_data=link.hides_tool_data,
        made_by=link.made_by,
        created_at=_moment(link.created_at),
        expires_at=_moment(link.expires_at),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
