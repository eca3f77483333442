"""Passwords, kept as argon2id (RFC 9106, the second recommended choice: 64 MiB, 3 passes, 4 lanes)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST, LONGEST = 10, 1000
NO_HASH = "none"  # of a user without a password
_hasher = PasswordHasher()


class _Room:
    """Each hash takes 64 MiB for a twentieth of a second. Two are made at the same time and two more callers wait;
    others are refused, so that a flood of sign-ins can neither fill the memory nor block all threads of the server.
    """

    def __init__(self) -> None:
        self.turn = threading.BoundedSemaphore(2)
        self.places = threading.BoundedSemaphore(4)


# Who is known has a room of their own: a flood of strangers refuses only strangers.
_rooms = {False: _Room(), True: _Room()}


class PasswordsBusyError(RuntimeError):
    """Too many sign-ins at the same time. Try again in a moment."""


@contextmanager
def place_to_hash(*, known: bool) -> Iterator[None]:
    """``known``: whether something else than the password has shown who it is. Raises PasswordsBusyError."""
    places = _rooms[known].places
    if not places.acquire(blocking=False):
        raise PasswordsBusyError("Too many sign-ins at the same time. Try again in a moment.")
    try:
        yield
    finally:
        places.release()


def hash_password(password: str) -> str:
    """Of somebody who has shown who they are, by a link or a password. Raises PasswordsBusyError."""
    with place_to_hash(known=True), _rooms[True].turn:
        return _hasher.hash(password)


def matches(password: str, hashed: str | None, *, known: bool = False) -> bool:
    """Whether the password has this hash. Takes as long for None and NO_HASH, so that unknown users, and those without
    a password, cannot be told from others.

    For who has a place to hash, as ``known`` as that.
    """
    with _rooms[known].turn:
        try:
            none = hashed is None or hashed == NO_HASH
            return _hasher.verify(_nobodys() if none or hashed is None else hashed, password) and not none
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody's")
