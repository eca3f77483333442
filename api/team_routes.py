"""The team: its people, who is invited, and what went wrong."""

from dataclasses import asdict
from datetime import timedelta

from flask import Response
from pydantic import BaseModel

from api.access.audit import note
from api.access.identity import principal
from api.access.notices import tell_owner
from api.blueprints import ViewGroup
from api.bodies.answers import answer, team_user
from api.bodies.errors import ErrorBody, ErrorPage
from api.bodies.parameters import PageQuery
from api.bodies.team import (
    ChangedUser,
    HandedOver,
    HandOver,
    InvitationList,
    InvitationWish,
    NewInvitation,
    NewPasswordLink,
    ServiceAccountWish,
    Team,
    TeamChange,
    UsageList,
    User,
    UserChange,
    UserList,
)
from api.errors import ApiError, not_found
from api.services import services
from utils.mail import letters

blueprint = ViewGroup("team", "Team", "/api/team")


class UserPath(BaseModel):
    user_id: str


class InvitationPath(BaseModel):
    invitation_id: str


@blueprint.get("/users", summary="List the team's users", responses={200: UserList})
def list_users() -> Response:
    who = principal()
    having = services().second_factors.of_team(who.team.key) if who.is_administrator else None
    users = services().users.of_team(who.team.key)
    return answer(UserList(users=[team_user(user, having) for user in users]))


@blueprint.get("/usage", summary="What the team uses, and how much it may", responses={200: UsageList})
def read_quotas() -> Response:
    return answer(UsageList(usage=services().quotas.usage(principal().team.key)))


@blueprint.patch(
    "/users/<user_id>",
    summary="Change a user's name or role, or deactivate them",
    description="Whoever is no administrator any more takes along the invitations and password links that they made.",
    responses={200: ChangedUser, 404: ErrorBody, 409: ErrorBody},
)
def change_user(path: UserPath, body: UserChange) -> Response:
    changed = services().users.change(
        principal().team.key, path.user_id, name=body.name, role=body.role, active=body.active
    )
    if changed is None:
        raise not_found("user")
    user, revoked = changed
    counts = {f"revoked_{name}": count for name, count in asdict(revoked).items()}
    told = body.model_dump(exclude_none=True) | revoked.told
    note("user changed", f"{user.named}: {', '.join(f'{name}: {value}' for name, value in told.items())}")
    return answer(ChangedUser(**dict(User.model_validate(user)), **counts))


@blueprint.post(
    "/service-accounts",
    summary="Make a service account: a program of the team",
    description="It cannot sign in. An administrator makes API keys for it, with `user_id`.",
    responses={201: User},
)
def make_service_account(body: ServiceAccountWish) -> Response:
    made = services().users.add_service(principal().team.key, body.name, body.role)
    note("service account made", f"{made.name}: {made.role}")
    return answer(User.model_validate(made), 201)


@blueprint.post(
    "/users/<user_id>/password-link",
    summary="Let a user set a forgotten password, by a link that is shown once",
    description="An earlier link of theirs no longer works. Where mail is set up, it is sent to them, too.",
    responses={201: NewPasswordLink, 404: ErrorBody, 409: ErrorBody},
)
def make_password_link(path: UserPath) -> Response:
    made = services().password_links.make(principal().team.key, path.user_id, principal().user)
    if made is None:
        raise not_found("user")
    user, secret = made
    note("password link made", user.named)
    url = services().mail_url
    if url is not None:
        letter = letters.password_link(user.name, principal().team.name, f"{url}/reset#{secret}")
        services().outbox.put(user.team_key, user.email, letter)
    return answer(NewPasswordLink(token=secret, mailed=url is not None), 201)


@blueprint.post(
    "/users/<user_id>/hand-over",
    summary="Give the sessions of a deactivated user to somebody else",
    responses={200: HandedOver, 404: ErrorBody, 409: ErrorBody},
)
def hand_over(path: UserPath, body: HandOver) -> Response:
    done = services().users.hand_over(principal().team.key, path.user_id, body.to)
    if done is None:
        raise not_found("user")
    user, to, count = done
    note("sessions handed over", f"{count} of {user.named} to {to.named}")
    return answer(HandedOver(sessions=count))


@blueprint.delete(
    "/users/<user_id>/second-factor",
    summary="Reset a user's second factor, for who has lost it; they are signed out everywhere",
    responses={204: None, 404: ErrorBody},
)
def reset_second_factor(path: UserPath) -> Response:
    user = services().second_factors.reset(principal().team.key, path.user_id, services().settings)
    if user is None:
        raise not_found("user")
    note("second factor reset", user.named)
    tell_owner(user, principal().team, "An administrator has reset your second factor.")
    return Response(status=204)


@blueprint.patch("", summary="Rename the team, or require a second factor", responses={200: Team})
def change_team(body: TeamChange) -> Response:
    changed = services().users.change_team(
        principal().team.key, name=body.name, second_factor_required=body.second_factor_required
    )
    if body.name is not None:
        note("team renamed", body.name)
    if body.second_factor_required is not None:
        note("second factor required" if body.second_factor_required else "second factor no longer required")
    return answer(Team.model_validate(changed))


@blueprint.get("/invitations", summary="List open invitations", responses={200: InvitationList})
def list_invitations() -> Response:
    found = services().invitations.open(principal().team.key)
    return answer(InvitationList(invitations=found))


@blueprint.post(
    "/invitations",
    summary="Invite somebody by a link, which is shown once, and sent by mail if an address is given",
    responses={201: NewInvitation, 409: ErrorBody},
)
def invite(body: InvitationWish) -> Response:
    who, url, valid = principal(), services().mail_url, timedelta(hours=body.valid_hours)
    if body.email is not None and url is None:
        raise ApiError(409, "mail_off", "This server sends no mail. Leave the address out, and copy the link.")
    record, secret = services().invitations.invite(who.team, who.user, body.role, valid, body.email)
    note("invited", f"{body.role}: {body.email}" if body.email is not None else body.role)
    if body.email is not None:
        letter = letters.invitation(who.team.name, who.user.name, f"{url}/join#{secret}", valid)
        services().outbox.put(who.team.key, body.email, letter)
    return answer(NewInvitation(invitation=record, token=secret, mailed=body.email is not None), 201)


@blueprint.delete(
    "/invitations/<invitation_id>", summary="Withdraw an invitation", responses={204: None, 404: ErrorBody}
)
def withdraw_invitation(path: InvitationPath) -> Response:
    role = services().invitations.withdraw(principal().team.key, path.invitation_id)
    if role is None:
        raise not_found("invitation")
    note("invitation withdrawn", role)
    return Response(status=204)


@blueprint.get("/errors", summary="Read the error log, newest first", responses={200: ErrorPage})
def read_errors(query: PageQuery) -> Response:
    page = services().error_log.page(principal().user, query.cursor, query.limit)
    return answer(ErrorPage(entries=page.items, next_cursor=page.next_cursor))
