"""The second factor: the second step of signing in, and setting it up, changing and removing it."""

import segno
from flask import Response

from api.access.attempts import WrongPasswordError, attempted
from api.access.audit import note
from api.access.device_cookies import known_device
from api.access.entering import (
    browser_words,
    clear_step,
    me_of,
    require_no_passkey,
    sign_in_on,
    step_of_request,
    step_over,
)
from api.access.identity import principal
from api.access.notices import tell_owner
from api.access.proofs import require_password, require_proof
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.second_factors import (
    PasswordProof,
    Proof,
    RecoveryCodes,
    SecondFactorCode,
    SecondFactorSetup,
    SecondFactorState,
    SignedIn,
)
from api.errors import ApiError
from api.services import services
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.second_factors import Confirmed, address_of, words_for_wrong
from utils.accounts.users import AccountError

blueprint = ViewGroup("second_factor", "Second factor", "/api/auth")


@blueprint.post(
    "/step",
    summary="The second step of signing in: the code",
    description="After `401 second_factor_needed` to a right password. After `401 second_factor_setup_needed` the code "
    "confirms what `/api/auth/step/setup` has answered, and recovery codes come with the answer.",
    responses={200: SignedIn, 401: ErrorBody, 409: ErrorBody},
)
def take_step(body: SecondFactorCode) -> Response:
    step, user, team, hashed = step_of_request()
    codes = None
    if services().second_factors.of(user.key).on:
        _take_code(user, team, hashed, body.code)
    else:
        require_no_passkey(user)  # it may be new since the step was given
        confirmed = _confirmed(user, team, body.code)
        user, codes = confirmed.user, confirmed.recovery_codes
    if not services().sign_in_steps.use(step):
        raise step_over()
    note("signed in", browser_words(), user=user)
    response = sign_in_on(answer(SignedIn(me=me_of(user, team), recovery_codes=codes)), user)
    clear_step(response)
    return response


@blueprint.post(
    "/step/setup",
    summary="Begin to set up a second factor, which the team requires to sign in",
    responses={200: SecondFactorSetup, 401: ErrorBody, 409: ErrorBody},
)
def set_up_in_step() -> Response:
    _, user, _, _ = step_of_request()
    require_no_passkey(user)
    return _set_up(user)


@blueprint.get("/second-factor", summary="My second factor", responses={200: SecondFactorState})
def read_second_factor() -> Response:
    who = principal()
    own = services().second_factors.of(who.user.key)
    return answer(
        SecondFactorState(
            on=own.on,
            since=own.since,
            recovery_codes_left=own.codes_left,
            required=who.team.second_factor_required,
        )
    )


@blueprint.post(
    "/second-factor",
    summary="Begin to set up an authenticator app",
    responses={200: SecondFactorSetup, 401: ErrorBody, 409: ErrorBody},
)
def set_up_second_factor(body: PasswordProof) -> Response:
    require_password(body.password)
    return _set_up(principal().user)


@blueprint.post(
    "/second-factor/confirm",
    summary="Confirm the app by a code: from now on it is asked for",
    description="Everywhere else I am signed out.",
    responses={200: RecoveryCodes, 401: ErrorBody, 409: ErrorBody},
)
def confirm_second_factor(body: SecondFactorCode) -> Response:
    who = principal()
    confirmed = _confirmed(who.user, who.team, body.code, who.grant.key)
    return answer(RecoveryCodes(recovery_codes=confirmed.recovery_codes))


@blueprint.post(
    "/second-factor/recovery-codes",
    summary="Make new recovery codes; those of before no longer work",
    responses={200: RecoveryCodes, 401: ErrorBody, 409: ErrorBody},
)
def renew_recovery_codes(body: Proof) -> Response:
    require_proof(body)
    codes = services().second_factors.renew_codes(principal().user.key)
    note("recovery codes made")
    tell_owner(principal().user, principal().team, "New recovery codes were made.")
    return answer(RecoveryCodes(recovery_codes=codes))


@blueprint.post(
    "/second-factor/remove",
    summary="Remove my authenticator app and the recovery codes",
    responses={204: None, 401: ErrorBody, 409: ErrorBody},
)
def remove_second_factor(body: Proof) -> Response:
    who = principal()
    if who.team.second_factor_required:
        raise AccountError(
            "second_factor_required",
            "Your team requires a second factor. For another phone, ask an administrator to reset it.",
        )
    require_proof(body)
    if services().second_factors.remove(who.user.key):
        note("second factor removed")
        tell_owner(who.user, who.team, "Your second factor was removed.")
    return Response(status=204)


def _set_up(user: UserRecord) -> Response:
    secret = services().second_factors.prepare(user.key)
    address = address_of(secret, user.email)
    # On white whatever the page's colours are: many cameras read no inverted code.
    picture = segno.make(address, micro=False).svg_data_uri(scale=4, dark="#000", light="#fff")
    return answer(SecondFactorSetup(secret=secret, address=address, picture=picture))


def _confirmed(user: UserRecord, team: TeamRecord, code: str, keep_sign_in: int | None = None) -> Confirmed:
    confirmed = services().second_factors.confirm(user, code, keep_sign_in)
    if confirmed is None:
        raise ApiError(401, "wrong_code", words_for_wrong(code))
    note("second factor set up", browser_words(), user=user)
    tell_owner(user, team, "A second factor was set up.")
    return confirmed


def _take_code(user: UserRecord, team: TeamRecord, hashed: str, code: str) -> None:
    device = known_device([(user, hashed)], signed_in=True)
    with attempted(user.email, device and f"device {device}", "code"):
        proof = services().second_factors.takes(user.key, code, known=device is not None)
        if proof is None:
            services().second_factors.count_wrong(user.key)
            raise WrongPasswordError(401, "wrong_code", words_for_wrong(code))
    if proof == "recovery code":
        note("recovery code used", browser_words(), user=user)
        tell_owner(user, team, "Somebody signed in with one of your recovery codes.")
