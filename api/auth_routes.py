"""Accounts: the first visit, invitations, signing in and out."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import Response
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException, NoAuthorizationError
from jwt import ExpiredSignatureError, PyJWTError

from api.access.attempts import WrongPasswordError, attempted
from api.access.audit import note
from api.access.cookies import REFRESH_CLAIM, SIGN_IN_CLAIM, clear_cookies, set_cookies, verified_claims
from api.access.device_cookies import known_device, remember_device
from api.access.entering import browser_words, let_in, me_of, require_local_sign_in, signed_in
from api.access.failures import Kind, count_failure
from api.access.identity import principal, words_of_age, words_of_end
from api.access.notices import tell_owner
from api.access.proofs import require_password
from api.blueprints import ViewGroup
from api.bodies.accounts import (
    Credentials,
    InvitationToken,
    Invited,
    Me,
    PasswordChange,
    PasswordReset,
    Registration,
    SetUp,
    SignedOut,
    TeamChoice,
)
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody, ErrorDetail
from api.errors import ApiError
from api.services import services
from utils.accounts import passwords
from utils.accounts.guessable import refuse_guessable
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.users import AccountError

blueprint = ViewGroup("auth", "Accounts", "/api/auth")
_CHOOSE_TEAM = ErrorDetail(
    code="choose_team", message="This address belongs to several teams. Sign in once more, and name one of them."
)


@blueprint.post(
    "/setup",
    summary="The first visit: found the first team and become its administrator",
    responses={201: Me, 409: ErrorBody},
)
def set_up(body: SetUp) -> Response:
    with _counted_link("invitation"):
        user, team = services().invitations.found_team(body.token, body.email, body.name, body.password, body.team)
    note("team founded", team.name, user=user)
    return signed_in(user, team, 201)


@blueprint.post("/invitation", summary="What a link invites to", responses={200: Invited, 409: ErrorBody})
def read_invitation(body: InvitationToken) -> Response:
    with _counted_link("invitation"):
        invitation = services().invitations.find(body.token)
    return answer(
        Invited(
            team=invitation.team.name if invitation.team else None,
            role=invitation.role,
            invited_by=invitation.invited_by,
        )
    )


@blueprint.post(
    "/register",
    summary="Make an account with an invitation",
    description="Where the team requires a second factor, `401 second_factor_setup_needed`: the account is made.",
    responses={201: Me, 401: ErrorBody, 403: ErrorBody, 409: ErrorBody},
)
def register(body: Registration) -> Response:
    with _counted_link("invitation"):
        require_local_sign_in(services().invitations.find(body.token).role)
        user, team = services().invitations.accept(body.token, body.email, body.name, body.password)
    note("joined", user.role, user=user)
    return let_in(user, team, 201)


@blueprint.post(
    "/login",
    summary="Sign in",
    description="Where several teams know the address with this password, `409 choose_team` lists them. An account "
    "with a second factor is answered `401 second_factor_needed`; `POST /api/auth/step` goes on.",
    responses={200: Me, 401: ErrorBody, 403: ErrorBody, 409: TeamChoice},
)
def login(body: Credentials) -> Response:
    mine = _with_password(body.email, body.password)
    chosen = [one for one in mine if body.team in (None, one[1].id, one[1].name)]
    if len(chosen) != 1:
        teams = [team for _, team, _ in mine]
        return answer(TeamChoice(error=_CHOOSE_TEAM, teams=teams), 409)
    user, team, hashed = chosen[0]
    require_local_sign_in(user.role, user)
    services().users.renew_password(user.key, body.password, hashed)
    return let_in(user, team)


@blueprint.post(
    "/logout",
    summary="Sign out of this browser",
    description="After a sign-in with the provider it is `200`: the browser has to go on to the provider's page.",
    responses={200: SignedOut, 204: None},
)
def logout() -> Response:
    further = None
    for refresh in (False, True):  # either token may have expired
        try:
            claims = verified_claims(refresh=refresh)
        except (JWTExtendedException, PyJWTError):
            continue
        found = services().sign_ins.principal(claims[SIGN_IN_CLAIM])
        if found is not None:
            further = further or _sign_out_address(claims[SIGN_IN_CLAIM])
            services().sign_ins.end(claims[SIGN_IN_CLAIM])
            note("signed out", user=found.user)
    response = answer(SignedOut(continue_at=further)) if further is not None else Response(status=204)
    clear_cookies(response)
    return response


@blueprint.get("/me", summary="Who am I", responses={200: Me, 401: ErrorBody})
def me() -> Response:
    who = principal()
    return answer(me_of(who.user, who.team, who.scopes))


@blueprint.post(
    "/refresh",
    summary="New tokens for the refresh token",
    description="Each refresh token is exchanged for the next one. Sent again within 30 seconds, it gets that one "
    "again; later, it ends the sign-in.",
    responses={200: Me, 401: ErrorBody},
)
def refresh() -> Response:
    try:
        claims = verified_claims(refresh=True)
    except NoAuthorizationError as error:
        raise ApiError(401, "signed_out", "Sign in first.") from error
    except (JWTExtendedException, PyJWTError) as error:
        raise _refused_token(error) from error
    before = services().sign_ins.principal(claims[SIGN_IN_CLAIM])
    following = services().sign_ins.refresh(claims[SIGN_IN_CLAIM], claims[REFRESH_CLAIM])
    if before is None or following is None:
        if before is not None:
            note("refresh token used twice", browser_words(), user=before.user)
        count_failure("ended_sign_in")
        raise ApiError(401, "signed_out", words_of_end(claims[SIGN_IN_CLAIM]))
    if following.again:
        note("refresh token sent again", browser_words(), user=before.user)
    response = answer(me_of(before.user, before.team))
    set_cookies(response, before.user, following, services().key)
    return response


@blueprint.post(
    "/password",
    summary="Change my password; everywhere else I am signed out",
    responses={204: None, 401: ErrorBody, 409: ErrorBody},
)
def change_password(body: PasswordChange) -> Response:
    who = principal()
    require_password(body.current)
    refuse_guessable(body.new, who.user.email, who.user.name, who.team.name)
    hashed = services().users.set_password(who.user, body.new, keep_sign_in=who.grant.key)
    note("password changed")
    tell_owner(who.user, who.team, "Your password was changed.")
    response = Response(status=204)
    remember_device(response, who.user, hashed)
    return response


@blueprint.post(
    "/reset",
    summary="Set a forgotten password with a link, which can be used once",
    description="Whoever is signed in as this user is signed out, everywhere.",
    responses={204: None, 409: ErrorBody},
)
def reset_password(body: PasswordReset) -> Response:
    with _counted_link("password_link"):
        user, team, hashed = services().password_links.use(body.token, body.password)
    note("password set by link", browser_words(), user=user)
    tell_owner(user, team, "Your password was set by a link.")
    response = Response(status=204)
    # Whoever is kept out by strangers' guesses gets in by a link.
    remember_device(response, user, hashed, signed_in=False)
    return response


def _with_password(email: str, password: str) -> list[tuple[UserRecord, TeamRecord, str]]:
    """Those with this address who have this password, with its hash.

    Raises ApiError if nobody has, or one has to wait.
    """
    accounts, most = services().users.with_email(email), services().users.most_of_an_email()
    device = known_device((user, hashed) for user, _, hashed in accounts)
    # The place first: who finds none has not tried, and a flood writes nothing into the database.
    known = device is not None
    with passwords.place_to_hash(known=known), attempted(email, device and f"device {device}"):
        mine = [one for one in accounts if passwords.matches(password, one[2], known=known)]
        if not mine:
            for _ in range(len(accounts), most):
                passwords.matches(password, None, known=known)  # takes as long as checking a wrong password
            raise WrongPasswordError(401, "wrong_credentials", "The e-mail address or the password is wrong.")
    return mine


def _sign_out_address(sign_in_id: str) -> str | None:
    """Of the provider with which somebody has signed in; None if it was not with one, or it has none."""
    own = services()
    sealed = own.sign_ins.id_token(sign_in_id)
    if own.provider is None or sealed is None:
        return None
    with suppress(ValueError):
        return own.provider.sign_out_address(own.key.open(sealed))
    return own.provider.sign_out_address(None)


def _refused_token(error: Exception) -> ApiError:
    """Count it, and say what to do."""
    if isinstance(error, ExpiredSignatureError):
        count_failure("ended_sign_in")
        return ApiError(401, "signed_out", words_of_age())
    count_failure("csrf" if isinstance(error, CSRFError) else "token")
    return ApiError(401, "signed_out", "Sign in again.")


@contextmanager
def _counted_link(kind: Kind) -> Iterator[None]:
    """Within it a link is looked at: one that does not work counts as a failure of its kind."""
    try:
        yield
    except AccountError as error:
        if error.code.endswith("_unusable"):
            count_failure(kind)
        raise
