"""Letting somebody in: at once, or after a second step.

Whoever has shown a password, and has a second factor, gets no sign-in but a step: a sealed token in a cookie of this
browser, good for ten minutes and for one sign-in, on any web machine. So gets whoever has to set one up first.
"""

from collections.abc import Collection

from flask import Response, request

from api.access.audit import note
from api.access.cookies import REFRESH_PATH, set_cookie, set_cookies
from api.access.device_cookies import remember_device
from api.bodies.accounts import Me
from api.bodies.answers import answer, me_body
from api.errors import ApiError, error_response
from api.services import services
from utils.accounts.once_tokens import OnceToken
from utils.accounts.passwords import NO_HASH
from utils.accounts.principal import Role, Scope, TeamRecord, UserRecord
from utils.accounts.secret import hash_of

_COOKIE = "sign_in_step"


def let_in(user: UserRecord, team: TeamRecord, status: int = 200) -> Response:
    """Whoever has shown a password, or used an invitation."""
    if services().second_factors.of(user.key).on:
        note("second factor asked for", browser_words(), user=user)
        return _step(user, error_response(401, "second_factor_needed", "Enter the code of your authenticator app."))
    if team.second_factor_required:
        require_no_passkey(user)
        note("second factor to be set up", browser_words(), user=user)
        words = "Your team requires a second factor. Set one up to sign in."
        return _step(user, error_response(401, "second_factor_setup_needed", words))
    if status == 200:
        note("signed in", browser_words(), user=user)
    return signed_in(user, team, status)


def require_no_passkey(user: UserRecord) -> None:
    """Of whoever is to set up a second factor: with one in a passkey, a password alone does not. Raises ApiError."""
    if services().second_factors.has_passkey(user.key):
        note("passkey asked for", browser_words(), user=user)
        raise ApiError(
            401,
            "passkey_needed",
            "Your team requires a second factor, and yours is a passkey. Sign in with your passkey. If you have lost "
            "it, ask an administrator of your team to reset your second factor.",
        )


def me_of(user: UserRecord, team: TeamRecord, scopes: Collection[Scope] | None = None) -> Me:
    """Who somebody is, and with what they sign in."""
    own = services()
    provider = own.provider.name if own.provider is not None and own.arrivals.has_identity(user.key) else None
    has_password = own.users.password_of(user.key) != NO_HASH
    return me_body(user, team, has_password=has_password, provider=provider, scopes=scopes)


def has_local_sign_in(user: UserRecord) -> bool:
    """Whether they could still sign in without the provider."""
    own = services()
    return own.users.password_of(user.key) != NO_HASH and own.settings.allows_password(user.role)


def require_local_sign_in(role: Role, user: UserRecord | None = None) -> None:
    """Where the settings leave signing in to the provider. ``user``: who has an account already. Raises ApiError."""
    own = services()
    if own.settings.allows_password(role):
        return
    name = own.settings.oidc_name
    how = f"Sign in with {name}."
    if user is not None and not own.arrivals.has_identity(user.key):
        how = (
            f"Your account is not connected with {name} yet: ask the administrator of this server to allow passwords "
            "for a while (PASSWORD_SIGN_IN), and connect it."
        )
    raise ApiError(403, "password_not_allowed", f"Your role may not use passwords and passkeys here. {how}")


def signed_in(user: UserRecord, team: TeamRecord, status: int = 200) -> Response:
    """The answer that signs this browser in."""
    return sign_in_on(answer(me_of(user, team), status), user)


def sign_in_on(response: Response, user: UserRecord) -> Response:
    """The same with another answer. Raises SignedOutError if what ``user`` has proved does not count any more."""
    hashed = services().users.password_of(user.key)  # which opening refuses, too, if it is newer than the proof
    set_cookies(response, user, services().sign_ins.open(user, browser_words()), services().key)
    remember_device(response, user, hashed)
    return response


def step_of_request() -> tuple[OnceToken, UserRecord, TeamRecord, str]:
    """The step of this browser, whose it is, and the hash of their password. Raises ApiError if there is none."""
    step = services().sign_in_steps.find(request.cookies.get(_COOKIE, ""))
    found = services().users.with_id(step.held["user"]) if step is not None else None
    if step is None or found is None or step.held != _held(found[0], found[2]):
        raise step_over()
    return step, *found


def step_over() -> ApiError:
    return ApiError(401, "step_over", "That took too long, or was done already. Sign in with your password again.")


def clear_step(response: Response) -> None:
    response.delete_cookie(_COOKIE, REFRESH_PATH, secure=request.is_secure, httponly=True, samesite="Strict")


def browser_words() -> str:
    return request.user_agent.string[:200]


def _step(user: UserRecord, response: Response) -> Response:
    hashed = services().users.password_of(user.key)
    sealed = services().sign_in_steps.make(**_held(user, hashed))
    set_cookie(response, _COOKIE, sealed, services().sign_in_steps.lifetime, REFRESH_PATH)
    return response


def _held(user: UserRecord, hashed: str) -> dict[str, str]:
    """What a step says was proved, and of whom."""
    return {"user": user.id, "password": hash_of(hashed), "ended": str(user.sign_ins_ended)}
