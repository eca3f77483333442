"""The team: its people, who is invited, and what was done."""

from flask import Response
from pydantic import BaseModel

from api.access.audit import note
from api.access.identity import principal
from api.blueprints import view_group
from api.bodies import schemas
from api.bodies.answers import answer, audit_body, error_body, invitation_body, user_body
from api.bodies.parameters import PageQuery
from api.errors import not_found
from api.services import services

blueprint = view_group("team", "Team", "/api/team")
_HOUR_MS = 3600 * 1000


class UserPath(BaseModel):
    user_id: str


class InvitationPath(BaseModel):
    invitation_id: str


@blueprint.get("/users", summary="List the team's users", responses={200: schemas.UserList})
def list_users() -> Response:
    users = services().users.of_team(principal().team.key)
    return answer(schemas.UserList(users=[user_body(user) for user in users]))


@blueprint.patch(
    "/users/<user_id>",
    summary="Change a user's name or role, or deactivate them",
    responses={200: schemas.User, 404: schemas.ErrorBody, 409: schemas.ErrorBody},
)
def change_user(path: UserPath, body: schemas.UserChange) -> Response:
    user = services().users.change(
        principal().team.key, path.user_id, name=body.name, role=body.role, active=body.active
    )
    if user is None:
        raise not_found("user")
    changes = ", ".join(f"{name}: {value}" for name, value in body.model_dump(exclude_none=True).items())
    note("user changed", f"{user.name} <{user.email}>: {changes}")
    return answer(user_body(user))


@blueprint.post(
    "/users/<user_id>/password-link",
    summary="Let a user set a forgotten password, by a link that is shown once",
    description="An earlier link of theirs no longer works.",
    responses={201: schemas.NewPasswordLink, 404: schemas.ErrorBody, 409: schemas.ErrorBody},
)
def make_password_link(path: UserPath) -> Response:
    made = services().password_links.make(principal().team.key, path.user_id)
    if made is None:
        raise not_found("user")
    user, secret = made
    note("password link made", f"{user.name} <{user.email}>")
    return answer(schemas.NewPasswordLink(token=secret), 201)


@blueprint.post(
    "/users/<user_id>/hand-over",
    summary="Give the sessions of a deactivated user to somebody else",
    responses={200: schemas.HandedOver, 404: schemas.ErrorBody, 409: schemas.ErrorBody},
)
def hand_over(path: UserPath, body: schemas.HandOver) -> Response:
    done = services().users.hand_over(principal().team.key, path.user_id, body.to)
    if done is None:
        raise not_found("user")
    user, to, count = done
    note("sessions handed over", f"{count} of {user.name} <{user.email}> to {to.name} <{to.email}>")
    return answer(schemas.HandedOver(sessions=count))


@blueprint.patch("", summary="Rename the team", responses={200: schemas.Team})
def change_team(body: schemas.TeamChange) -> Response:
    services().users.rename_team(principal().team.key, body.name)
    note("team renamed", body.name)
    return answer(schemas.Team(id=principal().team.id, name=body.name))


@blueprint.get("/invitations", summary="List open invitations", responses={200: schemas.InvitationList})
def list_invitations() -> Response:
    found = services().invitations.open(principal().team.key)
    return answer(schemas.InvitationList(invitations=[invitation_body(one) for one in found]))


@blueprint.post(
    "/invitations",
    summary="Invite somebody by a link, which is shown once",
    responses={201: schemas.NewInvitation},
)
def invite(body: schemas.InvitationWish) -> Response:
    who = principal()
    record, secret = services().invitations.invite(who.team, who.user, body.role, body.valid_hours * _HOUR_MS)
    note("invited", body.role)
    return answer(schemas.NewInvitation(invitation=invitation_body(record), token=secret), 201)


@blueprint.delete(
    "/invitations/<invitation_id>", summary="Withdraw an invitation", responses={204: None, 404: schemas.ErrorBody}
)
def withdraw_invitation(path: InvitationPath) -> Response:
    if not services().invitations.withdraw(principal().team.key, path.invitation_id):
        raise not_found("invitation")
    note("invitation withdrawn")
    return Response(status=204)


@blueprint.get("/audit", summary="Read the audit trail, newest first", responses={200: schemas.AuditPage})
def read_audit(query: PageQuery) -> Response:
    page = services().audit.page(principal().team.key, query.cursor, query.limit)
    return answer(schemas.AuditPage(entries=[audit_body(one) for one in page.items], next_cursor=page.next_cursor))


@blueprint.get("/errors", summary="Read the error log, newest first", responses={200: schemas.ErrorPage})
def read_errors(query: PageQuery) -> Response:
    page = services().error_log.page(principal().user, query.cursor, query.limit)
    return answer(schemas.ErrorPage(entries=[error_body(one) for one in page.items], next_cursor=page.next_cursor))
