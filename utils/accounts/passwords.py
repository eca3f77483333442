"""Passwords, kept as argon2id (RFC 9106, the second recommended choice: 64 MiB, 3 passes, 4 lanes)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST, LONGEST = 10, 1000
_hasher = PasswordHasher()
# Each hash takes 64 MiB for a twentieth of a second. Two are made at the same time and two more wait; others are
# refused, so that a flood of sign-ins can neither fill the memory nor block all threads of the server. Who is known has
# places of their own, so that a flood of strangers refuses only strangers.
_turn = threading.BoundedSemaphore(2)
_places = {False: threading.BoundedSemaphore(4), True: threading.BoundedSemaphore(4)}


class PasswordsBusyError(RuntimeError):
    """Too many sign-ins at the same time. Try again in a moment."""


@contextmanager
def _place(known: bool) -> Iterator[None]:
    if not _places[known].acquire(blocking=False):
        raise PasswordsBusyError("Too many sign-ins at the same time. Try again in a moment.")
    try:
        with _turn:
            yield
    finally:
        _places[known].release()


def hash_password(password: str) -> str:
    """Of somebody who has shown who they are, by a link or a password. Raises PasswordsBusyError."""
    with _place(known=True):
        return _hasher.hash(password)


def matches(password: str, hashed: str | None, *, known: bool = False) -> bool:
    """Whether the password has this hash. Takes as long for None, so that unknown users cannot be told from known ones.

    ``known``: by other means it is known who tries. Raises PasswordsBusyError.
    """
    with _place(known):
        try:
            return _hasher.verify(hashed or _nobodys(), password) and hashed is not None
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody's")
