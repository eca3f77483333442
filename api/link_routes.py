"""Spectator links: an outsider may watch one session."""

from datetime import timedelta

from flask import Response
from pydantic import BaseModel, Field

from api.access.audit import note
from api.access.cookies import set_cookie
from api.access.failures import count_failure
from api.access.identity import changeable, link_cookie, principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer, team_link_body
from api.bodies.errors import ErrorBody
from api.bodies.links import (
    NewSpectatorLink,
    Spectating,
    SpectatorLinkList,
    SpectatorLinkWish,
    SpectatorToken,
    TeamLinkPage,
)
from api.bodies.parameters import PageQuery, SessionPath
from api.errors import ApiError, not_found
from api.services import services
from utils.database.moment import now

blueprint = ViewGroup("links", "Spectator links", "/api")


class LinkPath(SessionPath):
    link_id: str


class TeamLinkPath(BaseModel):
    link_id: str


class TeamLinkQuery(PageQuery):
    made_by: str | None = Field(default=None, max_length=80, description="The id of the user who made them.")


@blueprint.get(
    "/sessions/<session_id>/links",
    summary="List a session's spectator links",
    responses={200: SpectatorLinkList, 404: ErrorBody},
)
def list_links(path: SessionPath) -> Response:
    found = services().spectator_links.of_session(changeable(path.session_id).key)
    return answer(SpectatorLinkList(links=found))


@blueprint.post(
    "/sessions/<session_id>/links",
    summary="Make a spectator link, which is shown once",
    responses={201: NewSpectatorLink, 404: ErrorBody},
)
def create_link(path: SessionPath, body: SpectatorLinkWish) -> Response:
    session = changeable(path.session_id)
    record, secret = services().spectator_links.create(
        session.key, principal().user.key, timedelta(hours=body.valid_hours), body.hides_tool_data
    )
    note("spectator link made", session.named)
    return answer(NewSpectatorLink(link=record, token=secret), 201)


@blueprint.delete(
    "/sessions/<session_id>/links/<link_id>",
    summary="Take a spectator link back: who watches by it is cut off",
    responses={204: None, 404: ErrorBody},
)
def revoke_link(path: LinkPath) -> Response:
    session = changeable(path.session_id)
    if not services().spectator_links.revoke(session.key, path.link_id):
        raise not_found("link")
    note("spectator link taken back", session.named)
    return Response(status=204)


@blueprint.get(
    "/team/links",
    summary="List the spectator links to all sessions of the team, newest first",
    description="Of a session that you may not read, it tells no more than whose it is.",
    responses={200: TeamLinkPage},
)
def list_team_links(query: TeamLinkQuery) -> Response:
    who = principal()
    page = services().spectator_links.of_team(who.team.key, query.made_by, query.cursor, query.limit)
    return answer(TeamLinkPage(links=[team_link_body(one, who) for one in page.items], next_cursor=page.next_cursor))


@blueprint.delete(
    "/team/links/<link_id>",
    summary="Take any spectator link of the team back",
    responses={204: None, 404: ErrorBody},
)
def revoke_team_link(path: TeamLinkPath) -> Response:
    revoked = services().spectator_links.revoke_of_team(principal().team.key, path.link_id)
    if revoked is None:
        raise not_found("link")
    note("spectator link taken back", f"{revoked.session.named}, made by {revoked.link.made_by}")
    return Response(status=204)


@blueprint.post(
    "/watch",
    summary="Open a spectator link: a cookie then lets this browser watch its session",
    responses={200: Spectating, 404: ErrorBody},
)
def open_link(body: SpectatorToken) -> Response:
    link = services().spectator_links.find(body.token)
    if link is None:
        count_failure("spectator_link")
        raise ApiError(404, "not_found", "This link has expired or was taken back. Ask for a new one.")
    response = answer(Spectating.model_validate(link))
    set_cookie(response, link_cookie(link.session_id), body.token, max(link.expires_at - now(), timedelta(0)))
    return response
