"""Passkeys: signing in with one, and adding and removing them."""

import secrets

from flask import Response, request
from pydantic import BaseModel

from api.access.audit import note
from api.access.cookies import REFRESH_PATH, set_cookie
from api.access.entering import browser_words, require_local_sign_in, signed_in
from api.access.failures import count_failure
from api.access.identity import principal
from api.access.notices import tell_owner
from api.access.proofs import require_proof
from api.blueprints import ViewGroup
from api.bodies.accounts import Me
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.passkeys import NewPasskey, Passkey, PasskeyAnswer, PasskeyList, PasskeyOptions
from api.bodies.second_factors import Proof
from api.errors import ApiError, not_found
from api.services import services
from utils.accounts.passkeys import Json, Passkeys, WrongPasskeyError

blueprint = ViewGroup("passkeys", "Passkeys", "/api/auth")
_COOKIE = "passkey_challenge"
_NOBODY = ""


class PasskeyPath(BaseModel):
    passkey_id: str


@blueprint.post(
    "/passkey/options",
    summary="What a browser is asked for to sign in with a passkey",
    responses={200: PasskeyOptions, 409: ErrorBody},
)
def ask_for_passkey() -> Response:
    challenge = secrets.token_bytes(32)
    return _asked(_passkeys().request_options(challenge), challenge, _NOBODY)


@blueprint.post(
    "/passkey",
    summary="Sign in with a passkey",
    description="No second factor is asked for: a passkey is one.",
    responses={200: Me, 401: ErrorBody, 403: ErrorBody, 409: ErrorBody},
)
def sign_in_with_passkey(body: PasskeyAnswer) -> Response:
    keys, challenge = _passkeys(), _challenge(_NOBODY)
    try:
        user, team, name = keys.use(body.credential, challenge)
    except WrongPasskeyError as error:
        if error.user is not None:
            note("passkey refused", f"{error}: {browser_words()}", user=error.user)
        raise _wrong(error) from error
    require_local_sign_in(user.role, user)
    note("signed in with a passkey", f"{name}: {browser_words()}", user=user)
    return signed_in(user, team)


@blueprint.get("/passkeys", summary="List my passkeys", responses={200: PasskeyList})
def list_passkeys() -> Response:
    site_keys = services().passkeys
    found = site_keys.of(principal().user.key) if site_keys is not None else []
    return answer(PasskeyList(passkeys=found))


@blueprint.post(
    "/passkeys/options",
    summary="What a browser is asked for to make a passkey",
    responses={200: PasskeyOptions, 401: ErrorBody, 409: ErrorBody},
)
def prepare_passkey(body: Proof) -> Response:
    keys, user, challenge = _passkeys(), principal().user, secrets.token_bytes(32)
    require_proof(body)
    return _asked(keys.creation_options(user, challenge), challenge, user.id)


@blueprint.post("/passkeys", summary="Add a passkey", responses={201: Passkey, 401: ErrorBody, 409: ErrorBody})
def add_passkey(body: NewPasskey) -> Response:
    who, keys = principal(), _passkeys()
    challenge = _challenge(who.user.id)
    try:
        made = keys.add(who.user, body.name, body.credential, challenge)
    except WrongPasskeyError as error:
        raise _wrong(error) from error
    note("passkey added", made.name)
    tell_owner(who.user, who.team, "A passkey was added.")
    return answer(Passkey.model_validate(made), 201)


@blueprint.post(
    "/passkeys/<passkey_id>/remove",
    summary="Remove one of my passkeys",
    responses={204: None, 401: ErrorBody, 404: ErrorBody, 409: ErrorBody},
)
def remove_passkey(path: PasskeyPath, body: Proof) -> Response:
    who = principal()
    require_proof(body)
    name = _passkeys().remove(who.user.key, path.passkey_id)
    if name is None:
        raise not_found("passkey")
    note("passkey removed", name)
    tell_owner(who.user, who.team, "A passkey was removed.")
    return Response(status=204)


def _passkeys() -> Passkeys:
    found = services().passkeys
    if found is None:
        raise ApiError(
            409, "passkeys_off", "This server has no passkeys: its operator has to set PUBLIC_URL, with a name in it."
        )
    return found


def _asked(options: Json, challenge: bytes, user_id: str) -> Response:
    """The challenge is in a cookie, too, sealed: so it is good for this browser, on any web machine."""
    tokens, response = services().passkey_challenges, answer(PasskeyOptions(options=options))
    set_cookie(response, _COOKIE, tokens.make(challenge=challenge.hex(), user=user_id), tokens.lifetime, REFRESH_PATH)
    return response


def _challenge(user_id: str) -> bytes:
    """What this browser was asked, once. Raises ApiError."""
    tokens = services().passkey_challenges
    token = tokens.find(request.cookies.get(_COOKIE, ""))
    if token is None or token.held["user"] != user_id or not tokens.use(token):
        raise ApiError(401, "challenge_over", "That took too long, or was done already. Try again.")
    return bytes.fromhex(token.held["challenge"])


def _wrong(error: WrongPasskeyError) -> ApiError:
    count_failure("passkey")
    why = str(error).rstrip(".") or "its answer is not complete"
    return ApiError(401, "wrong_passkey", f"This passkey cannot be used here: {why}.")
