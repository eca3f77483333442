"""Sign-ins with the provider that have begun: each is a cookie that only this server can open, for ten minutes.

It holds what proves that whoever comes back is the browser that went (against login CSRF), on whichever machine, and
nothing is stored until then. It cannot be `Strict`: the provider's page leads back here.
"""

from dataclasses import asdict, dataclass

from flask import Response, request

from api.access.cookies import set_cookie
from api.services import services
from utils.accounts.secret import hash_of
from utils.identity.provider import Begun

PATH = "/api/auth/oidc"
_PREFIX = "begun_"
_MOST = 5  # of one browser


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """``next`` is where it goes on afterwards; ``sign_in`` is that of a user who connects their account."""

    begun: Begun
    next: str
    sign_in: str | None = None


def remember(response: Response, one: BegunSignIn) -> None:
    others = [name for name in request.cookies if name.startswith(_PREFIX)]
    for name in others[: max(0, len(others) + 1 - _MOST)]:
        _forget(response, name)
    tokens = services().begun_sign_ins
    sealed = tokens.make(**asdict(one.begun), next=one.next, sign_in=one.sign_in or "")
    set_cookie(response, _name(one.begun.state), sealed, tokens.lifetime, PATH, same_site="Lax")


def recall(state: str) -> BegunSignIn | None:
    """What this browser has begun with that state; None if it has not, or too long ago, or when it comes again."""
    tokens = services().begun_sign_ins
    token = tokens.find(request.cookies.get(_name(state), ""))
    if token is None or token.held["state"] != state or not tokens.use(token):
        return None
    held = token.held
    return BegunSignIn(Begun(held["state"], held["nonce"], held["verifier"]), held["next"], held["sign_in"] or None)


def forget(response: Response, state: str) -> None:
    _forget(response, _name(state))


def _forget(response: Response, name: str) -> None:
    response.delete_cookie(name, PATH, secure=request.is_secure, httponly=True, samesite="Lax")


def _name(state: str) -> str:
    return _PREFIX + hash_of(state)[:16]
