"""The cookies by which a browser is a known device of the accounts that signed in with it: one for each account."""

from collections.abc import Iterable

from flask import Response, request

from api.access.cookies import REFRESH_PATH, set_cookie
from api.services import services
from utils.accounts.known_devices import LIFETIME
from utils.accounts.principal import UserRecord
from utils.accounts.secret import hash_of

_PREFIX = "device_"
_MOST = 5  # of one browser: a server takes no request whose cookies have more than some KiB


def known_device(accounts: Iterable[tuple[UserRecord, str]], *, signed_in: bool = False) -> str | None:
    """The id of this browser, if it is known to one of the accounts; each comes with the hash of its password.

    ``signed_in``: if the account was signed in here, at that.
    """
    for user, hashed in accounts:
        cookie = request.cookies.get(_name(user))
        found = services().known_devices.find(cookie, user, hashed, signed_in=signed_in) if cookie else None
        if found is not None:
            return found
    return None


def remember_device(response: Response, user: UserRecord, hashed: str, *, signed_in: bool = True) -> None:
    """This browser is known to the user from now on, instead of the account that it has known longest.

    ``hashed``: of the password that was valid when it was proved who they are. ``signed_in``: that they are; False for
    who has shown no more than a link.
    """
    others = [name for name in request.cookies if name.startswith(_PREFIX) and name != _name(user)]
    for name in others[: max(0, len(others) + 1 - _MOST)]:
        response.delete_cookie(name, REFRESH_PATH, secure=request.is_secure, httponly=True, samesite="Strict")
    cookie = services().known_devices.remember(user, hashed, signed_in=signed_in)
    set_cookie(response, _name(user), cookie, LIFETIME, REFRESH_PATH)


def _name(user: UserRecord) -> str:
    return _PREFIX + hash_of(user.id)[:16]
