"""Passwords, kept as argon2id (RFC 9106, the second recommended choice: 64 MiB, 3 passes, 4 lanes)."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST, LONGEST = 10, 1000
_hasher = PasswordHasher()
# Each takes 64 MiB for a twentieth of a second: sign-ins that come all at once wait for one another.
_turn = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    with _turn:
        return _hasher.hash(password)


def matches(password: str, hashed: str | None) -> bool:
    """Whether the password is the one. It takes as long when there is none to compare with (None)."""
    with _turn:
        try:
            return _hasher.verify(hashed or _nobodys(), password) and hashed is not None
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(hashed: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody's")
