"""Response bodies that have computed fields; others are validated from records directly."""

from collections.abc import Collection, Sequence
from datetime import datetime

from flask import Response
from pydantic import BaseModel

from agents.backends.kinds import KINDS
from api.bodies.accounts import Me
from api.bodies.agents import Agent, AgentDetail, AgentWorkers
from api.bodies.approvals import Approval
from api.bodies.feedback import Comment, Judgement, Opinions, OpinionsPage
from api.bodies.findings import Finding, SessionFinding
from api.bodies.links import SpectatorLink, TeamLink
from api.bodies.messages import Run
from api.bodies.sessions import Session, SessionAgent
from api.bodies.team import TeamUser, User
from utils.accounts.principal import Principal, Scope, Spectator, TeamRecord, UserRecord
from utils.accounts.spectator_links import TeamLinkRecord
from utils.database.paging import Page
from utils.feedback.opinion import Comment as FeedbackComment
from utils.feedback.opinion import Opinions as FeedbackOpinions
from utils.findings.finding_rows import FindingRecord
from utils.registry.agent_registry import AgentRecord
from utils.registry.workers import Worker
from utils.sessions.addressees import Addressee
from utils.sessions.approval import ApprovalRecord
from utils.sessions.message_search import Snippet
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import SessionRecord


def answer(body: BaseModel, status: int = 200) -> Response:
    return Response(body.model_dump_json(), status, content_type="application/json")


def session_body(
    session: SessionRecord,
    reader: Principal | Spectator,
    snippets: Sequence[Snippet] = (),
    findings: Sequence[FindingRecord] = (),
) -> Session:
    """The session as ``reader`` may see it: guests get no tags, priority and pictures."""
    member = reader if isinstance(reader, Principal) else None
    agent = session.agent
    return Session(
        id=session.id,
        title=session.title,
        archived=session.archived,
        head=session.head,
        created_at=session.created_at,
        updated_at=session.updated_at,
        last_run=run_body(session.last_run, reader) if session.last_run is not None else None,
        status=session.status,
        owner=session.owner_name,
        owner_is_service=session.owner_is_service,
        shared=session.shared,
        mine=member is not None and member.user.key == session.owner_key,
        may_change=member is not None and member.may_change(session.ownership) and member.has("run"),
        agent=SessionAgent(
            id=agent.id,
            name=agent.name,
            avatar=_avatar(agent.id, agent.avatar_id) if member is not None else None,
            state=agent.state,
        ),
        tags=session.tags if member is not None else [],
        priority=session.priority if member is not None else "normal",
        metadata=session.metadata if member is not None else {},
        kept=session.kept if member is not None else False,
        removed_at=session.removed_at if member is not None else None,
        snippets=snippets,
        findings=[_session_finding(one, reader) for one in findings],
        watchable_until=reader.expires_at if isinstance(reader, Spectator) else None,
    )


def _session_finding(finding: FindingRecord, reader: Principal | Spectator) -> SessionFinding:
    body = SessionFinding.model_validate(finding)
    hidden = isinstance(reader, Spectator) and reader.hides_tool_data
    return body.model_copy(update={"sentence": finding.general}) if hidden else body


def run_body(run: RunRecord, reader: Principal | Spectator | None) -> Run:
    """The run as ``reader`` may see it. Its reason is that of its last event, which may tell what a tool has said."""
    body = Run.model_validate(run)
    hidden = isinstance(reader, Spectator) and reader.hides_tool_data
    return body.model_copy(update={"reason": None}) if hidden else body


def approval_body(
    approval: ApprovalRecord,
    reader: Principal,
    waits_for: Sequence[Addressee],
    snoozed_until: datetime | None = None,
) -> Approval:
    may_decide = approval.may_be_decided_by(reader) and reader.has("run")
    title = approval.session_title if reader.may_read(approval.session) else None
    own = {
        "session_title": title, "may_decide": may_decide, "waits_for": waits_for, "snoozed_until": snoozed_until
    }  # fmt: skip
    return Approval(**{name: getattr(approval, name) for name in Approval.model_fields if name not in own}, **own)


def finding_body(finding: FindingRecord, reader: Principal) -> Finding:
    made = {"session_id", "session_title", "may_dismiss", "stoppable"}
    return Finding(
        **{name: getattr(finding, name) for name in Finding.model_fields if name not in made},
        session_id=finding.session.id,
        session_title=finding.session.title,
        may_dismiss=reader.may_change(finding.session) and reader.has("run"),
        stoppable=finding.run_id is not None and finding.reported is not None,
    )


def team_link_body(found: TeamLinkRecord, reader: Principal) -> TeamLink:
    readable = reader.may_read(found.session)
    return TeamLink(
        **dict(SpectatorLink.model_validate(found.link)),
        made_by_id=found.made_by_id,
        session_id=found.session.id if readable else None,
        session_title=found.session.title if readable else None,
        session_owner=found.session_owner,
    )


def agent_bodies(agents: Sequence[AgentRecord], workers: Sequence[Worker], administrator: bool) -> list[Agent]:
    """``workers`` are those of the agents that work outside; ``administrator``: for one."""
    return [
        agent_body(agent, administrator).model_copy(
            update={"workers": _workers([one for one in workers if one.agent_key == agent.key])}
            if agent.configuration.kind in KINDS.outside
            else {}
        )
        for agent in agents
    ]


def agent_body(agent: AgentRecord, administrator: bool = False) -> Agent:
    """``administrator``: for one."""
    return Agent(
        id=agent.id,
        name=agent.name,
        description=agent.description,
        kind=agent.configuration.kind,
        enabled=agent.enabled,
        built_in=agent.built_in,
        avatar=_avatar(agent.id, agent.avatar_id),
        unavailable=agent.problem,
        can=KINDS[agent.configuration.kind].can if agent.configuration.kind in KINDS else None,
        configuration=agent.configuration if administrator and agent.problem is None else None,
    )


def _workers(seen: Sequence[Worker]) -> AgentWorkers:
    return AgentWorkers(
        connected=[one.name for one in seen if one.connected], last_seen_at=seen[0].seen_at if seen else None
    )


def agent_detail(agent: AgentRecord) -> AgentDetail:
    return AgentDetail(
        **dict(agent_body(agent, administrator=True)),
        system_prompt=agent.system_prompt,
        secrets=sorted(agent.sealed.keys() & KINDS.secrets.keys()),
        created_at=agent.created_at,
        updated_at=agent.updated_at,
    )


def team_user(user: UserRecord, having: Collection[str] | None) -> TeamUser:
    """``having``: the ids of those who have a second factor; None where the reader may not know."""
    known = user.id in having if having is not None else None
    return TeamUser(**dict(User.model_validate(user)), second_factor=known)


def me_body(
    user: UserRecord,
    team: TeamRecord,
    *,
    has_password: bool,
    provider: str | None,
    scopes: Collection[Scope] | None = None,
) -> Me:
    found = sorted(scopes) if scopes is not None else None
    return Me(user=user, team=team, scopes=found, has_password=has_password, provider=provider)


def _avatar(agent_id: str | None, avatar_id: str | None) -> str | None:
    return f"/api/agents/{agent_id}/avatar?v={avatar_id}" if avatar_id is not None else None


def comment_body(comment: FeedbackComment, who: Principal) -> Comment:
    return Comment(
        id=comment.id, by=comment.by, mine=comment.user_id == who.user.id, text=comment.text,
        created_at=comment.created_at, changed_at=comment.changed_at,
    )  # fmt: skip


def opinions_page(page: Page[FeedbackOpinions], who: Principal) -> OpinionsPage:
    return OpinionsPage(opinions=[_opinions(one, who) for one in page.items], next_cursor=page.next_cursor)


def _opinions(opinions: FeedbackOpinions, who: Principal) -> Opinions:
    return Opinions(
        id=opinions.id,
        run_id=opinions.run_id,
        activity_id=opinions.activity_id,
        judgements=[
            Judgement(by=one.by, mine=one.user_id == who.user.id, verdict=one.verdict, at=one.at)
            for one in opinions.judgements
        ],
        comments=[comment_body(one, who) for one in opinions.comments],
    )
