"""Sign-ins with the provider that have begun: each is a cookie that only this server can open, for ten minutes.

It holds what proves that whoever comes back is the browser that went (against login CSRF), on whichever machine, and
nothing is stored until then. It cannot be `Strict`: the provider's page leads back here.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from flask import Response, request

from api.access.cookies import set_cookie
from api.services import services
from utils.accounts.secret import hash_of
from utils.database.moment import from_ms, now, to_ms
from utils.identity.provider import Begun

PATH = "/api/auth/oidc"
LIFETIME = timedelta(minutes=10)
_PREFIX, _PURPOSE = "begun_", "begun sign-in"
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
    held = {
        "for": _PURPOSE, **asdict(one.begun), "next": one.next, "sign_in": one.sign_in,
        "expires_at": to_ms(now() + LIFETIME),
    }  # fmt: skip
    sealed = services().key.seal(json.dumps(held))
    set_cookie(response, _name(one.begun.state), sealed, LIFETIME, PATH, same_site="Lax")


def recall(state: str) -> BegunSignIn | None:
    """What this browser has begun with that state; None if it has not, or too long ago."""
    try:
        held = json.loads(services().key.open(request.cookies.get(_name(state), "")))
    except ValueError:
        return None
    skew = timedelta(seconds=services().settings.clock_skew_seconds)  # another machine may have made it
    if held.get("for") != _PURPOSE or held["state"] != state or now() >= from_ms(held["expires_at"]) + skew:
        return None
    return BegunSignIn(Begun(held["state"], held["nonce"], held["verifier"]), held["next"], held["sign_in"])


def forget(response: Response, state: str) -> None:
    _forget(response, _name(state))


def _forget(response: Response, name: str) -> None:
    response.delete_cookie(name, PATH, secure=request.is_secure, httponly=True, samesite="Lax")


def _name(state: str) -> str:
    return _PREFIX + hash_of(state)[:16]
