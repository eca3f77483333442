"""Known devices: browsers in which an account has signed in before.

A device is told by a cookie that only this server can open. It alone opens nothing: a known device may try the password
while strangers have to wait (utils/accounts/sign_in_attempts.py). It names the account and what the password was, so
that a new password makes all of an account's devices strangers. It says, too, whether the account was signed in there:
a browser in which a password link was used may try the password, but has shown no second factor, and may be a thief's
who reads the owner's mail. Nothing of it is stored.
"""

import hmac
import json
import secrets
from datetime import timedelta

from utils.accounts.principal import UserRecord
from utils.accounts.secret import hash_of
from utils.database.moment import from_ms, now, to_ms
from utils.registry.server_key import ServerKey

LIFETIME = timedelta(days=365)
_PURPOSE = "device"


class KnownDevices:
    def __init__(self, key: ServerKey) -> None:
        self._key = key

    def remember(self, user: UserRecord, hashed: str, *, signed_in: bool) -> str:
        """The cookie of a device in which the user has signed in, or set the password by a link; with its hash."""
        held = {
            "for": _PURPOSE, "user": user.id, "device": secrets.token_hex(8), "password": hash_of(hashed),
            "signed_in": signed_in, "expires_at": to_ms(now() + LIFETIME),
        }  # fmt: skip
        return self._key.seal(json.dumps(held))

    def find(self, cookie: str, user: UserRecord, hashed: str, *, signed_in: bool = False) -> str | None:
        """The id of the device; None if the cookie is not of this account with this password, or has expired.

        ``signed_in``: None, too, if the account was not signed in there.
        """
        try:
            held = json.loads(self._key.open(cookie))
        except ValueError:
            return None
        if held.get("for") != _PURPOSE or held["user"] != user.id or now() >= from_ms(held["expires_at"]):
            return None
        if signed_in and not held.get("signed_in"):
            return None
        return str(held["device"]) if hmac.compare_digest(held["password"], hash_of(hashed)) else None
