"""Sessions: create, list, read, change, delete."""

from contextlib import ExitStack

from flask import Response
from pydantic import Field

from agents.sample import SAMPLE_QUESTION, SAMPLE_TITLE, sample_files
from api.access.audit import note
from api.access.identity import changeable, lacks, principal, reader_of, usable_agent
from api.access.once import once
from api.blueprints import ViewGroup
from api.bodies.answers import answer, session_body
from api.bodies.errors import ErrorBody
from api.bodies.parameters import PageQuery, SessionPath
from api.bodies.sessions import NewSession, Sample, Session, SessionChange, SessionPage, Tag
from api.errors import ApiError, not_found
from api.services import services
from utils.accounts.kept_answers import Keep
from utils.sessions.search_query import SearchQuery
from utils.sessions.sessions import Priority, SessionRecord

blueprint = ViewGroup("sessions", "Sessions", "/api/sessions")


class SessionQuery(PageQuery):
    query: str = Field(
        default="",
        max_length=200,
        description="Words that all occur in one message, or in the title; "
        'in "quotation marks" next to each other. The last word may be the beginning of one.',
    )
    archived: bool = False
    tag: Tag | None = None
    priority: Priority | None = None


@blueprint.post(
    "",
    summary="Create a session",
    description="Programs may choose the id. Ids are the whole server's: one that is taken answers 409, whoever has it "
    "and whether or not you may see that session; no more is told of it. One that the server makes is random.",
    responses={201: Session, 404: ErrorBody, 409: ErrorBody},
)
def create_session(body: NewSession) -> Response:
    chosen, who = usable_agent(body.agent_id), principal()
    return once(
        lambda keep: services().sessions.create(
            body.id,
            body.title,
            who.user,
            chosen,
            tags=body.tags,
            priority=body.priority,
            metadata=body.metadata,
            keep=keep,
        ),
        lambda session: session.key,
        lambda session: answer(session_body(session, who), 201),
    )


@blueprint.post("/sample", summary="Create a session with sample documents", responses={201: Sample})
def create_sample() -> Response:
    who = principal()
    return once(
        _sample,
        lambda session: session.key,
        lambda session: answer(Sample(session=session_body(session, who), question=SAMPLE_QUESTION), 201),
    )


def _sample(keep: Keep[SessionRecord] | None) -> SessionRecord:
    """With its documents; if they cannot be stored, none at all. A process that is killed may leave it without them."""
    session = services().sessions.create(title=SAMPLE_TITLE, owner=principal().user)
    try:
        with ExitStack() as stack:
            files = [(path.name, stack.enter_context(path.open("rb"))) for path in sample_files()]
            services().documents.add_all(session.id, files, keep and (lambda connection, _: keep(connection, session)))
    except BaseException:
        services().deletion.delete(session.id)
        raise
    return session


@blueprint.get("", summary="List sessions, newest activity first", responses={200: SessionPage})
def list_sessions(query: SessionQuery) -> Response:
    who, wanted = principal(), SearchQuery.parse(query.query)
    page = services().sessions.page(
        who.user, wanted, query.archived, query.cursor, query.limit, tag=query.tag, priority=query.priority
    )
    snippets = services().message_search.snippets(wanted, [item.key for item in page.items])
    stuck = services().findings.of_sessions([item.key for item in page.items])
    found = [session_body(item, who, snippets.get(item.key, ()), stuck.get(item.key, ())) for item in page.items]
    return answer(SessionPage(sessions=found, next_cursor=page.next_cursor))


@blueprint.get("/<session_id>", summary="Read a session", responses={200: Session, 404: ErrorBody})
def read_session(path: SessionPath) -> Response:
    session = services().sessions.get(path.session_id)
    reader = reader_of(session.ownership) if session else None
    if session is None or reader is None:
        raise not_found("session")
    stuck = services().findings.of_sessions([session.key])
    return answer(session_body(session, reader, findings=stuck.get(session.key, ())))


@blueprint.patch(
    "/<session_id>",
    summary="Rename, archive, share or tag a session, say how urgent it is, or choose its agent",
    description="An API key needs `manage` for `shared`, and `run` for all else. 204 for one without the scope read.",
    responses={200: Session, 204: None, 404: ErrorBody, 409: ErrorBody},
)
def change_session(path: SessionPath, body: SessionChange) -> Response:
    _require_scopes(body)
    own = changeable(path.session_id)
    if body.shared is not None and own.owner_key != principal().user.key:
        raise ApiError(403, "forbidden", "Only its owner may share a session or make it private.")
    changed = services().sessions.change(
        own.id,
        body.title,
        body.archived,
        body.shared,
        usable_agent(body.agent_id),
        tags=body.tags,
        priority=body.priority,
        metadata=body.metadata,
        kept=body.kept,
    )
    if changed is None:
        raise not_found("session")
    session, revoked = changed
    if body.shared is not None and body.shared != own.shared:
        named = session.ownership.named
        told = f"{named}: revoked links of others: {revoked}" if revoked else named
        note("session shared" if body.shared else "session made private", told)
    if not principal().has("read"):
        return Response(status=204)
    stuck = services().findings.of_sessions([session.key])
    return answer(session_body(session, principal(), findings=stuck.get(session.key, ())))


def _require_scopes(body: SessionChange) -> None:
    """Raises ApiError for a key that may change a session, but not like this."""
    who, wanted = principal(), body.model_dump(exclude_none=True)
    if "shared" in wanted and not who.has("manage"):
        raise lacks("manage")
    if wanted.keys() - {"shared"} and not who.has("run"):
        raise lacks("run")


@blueprint.delete("/<session_id>", summary="Delete a session for good", responses={204: None, 404: ErrorBody})
def delete_session(path: SessionPath) -> Response:
    session = changeable(path.session_id)
    if not services().deletion.delete(session.id):
        raise not_found("session")
    note("session deleted", session.id)  # its title may not outlive it
    return Response(status=204)
