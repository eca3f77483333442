"""Records as response bodies."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from flask import Response
from pydantic import BaseModel

from api.bodies import schemas
from utils.accounts.api_keys import ApiKeyRecord
from utils.accounts.audit import AuditRecord
from utils.accounts.error_log import ErrorRecord
from utils.accounts.invitations import InvitationRecord
from utils.accounts.principal import Principal, Scope, Spectator, TeamRecord, UserRecord
from utils.accounts.spectator_links import SpectatorLinkRecord
from utils.registry.agent_registry import AgentRecord
from utils.sessions.documents import DocumentRecord
from utils.sessions.message_search import Snippet
from utils.sessions.messages import MessageRecord
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import SessionAgent, SessionRecord


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


def session_body(
    session: SessionRecord, reader: Principal | Spectator, snippets: Sequence[Snippet] = ()
) -> schemas.Session:
    """As ``reader`` may see it."""
    of_the_team = isinstance(reader, Principal)
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
        agent=_session_agent(session.agent, isinstance(reader, Principal)),
        tags=list(session.tags) if of_the_team else [],
        priority=session.priority if of_the_team else "normal",
        snippets=[snippet_body(one) for one in snippets],
        watchable_until=_moment(reader.expires_at) if isinstance(reader, Spectator) else None,
    )


def snippet_body(snippet: Snippet) -> schemas.Snippet:
    return schemas.Snippet(
        message_id=snippet.message_id,
        run_id=snippet.run_id,
        role=snippet.role,
        created_at=_moment(snippet.created_at),
        parts=[schemas.SnippetPart(text=part.text, match=part.match) for part in snippet.parts],
    )


def _session_agent(agent: SessionAgent, shows_avatar: bool) -> schemas.SessionAgent:
    """Whoever has a link to the session may not fetch pictures."""
    avatar = _avatar(agent.id, agent.avatar_id) if shows_avatar and agent.id is not None else None
    return schemas.SessionAgent(id=agent.id, name=agent.name, avatar=avatar, state=agent.state)


def agent_body(agent: AgentRecord) -> schemas.Agent:
    return schemas.Agent(
        id=agent.id,
        name=agent.name,
        description=agent.description,
        kind=agent.configuration.kind,
        enabled=agent.enabled,
        built_in=agent.built_in,
        avatar=_avatar(agent.id, agent.avatar_id),
    )


def agent_detail(agent: AgentRecord) -> schemas.AgentDetail:
    return schemas.AgentDetail(
        **agent_body(agent).model_dump(),
        configuration=agent.configuration,
        system_prompt=agent.system_prompt,
        secrets=sorted(agent.sealed),
        created_at=_moment(agent.created_at),
        updated_at=_moment(agent.updated_at),
    )


def _avatar(agent_id: str, avatar_id: str | None) -> str | None:
    return f"/api/agents/{agent_id}/avatar?v={avatar_id}" if avatar_id is not None else None


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
