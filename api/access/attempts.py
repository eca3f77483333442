"""This request as an attempt to sign in, or to show by the password that one is who has signed in."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g, request

from api.access.failures import Kind, count_failure
from api.errors import ApiError
from api.services import services
from utils.accounts.sign_in_attempts import Attempt, Tried

_KINDS: dict[Tried, Kind] = {"password": "password", "code": "second_factor", "reset": "password"}


class WrongPasswordError(ApiError):
    """The password or code that was looked at is wrong, or nobody has that address."""


@contextmanager
def attempted(email: str, apart: str | None, tried: Tried = "password") -> Iterator[None]:
    """Within it the password or code is looked at, and WrongPasswordError raised.

    Raises ApiError while one has to wait. ``apart``: by what it is known who tries.
    """
    attempts = services().sign_in_attempts
    begun = attempts.begin(
        Attempt(email, request.remote_addr, request.user_agent.string[:200], g.get("request_id"), apart, tried)
    )
    if begun.seconds:
        raise ApiError(
            429,
            "too_many_attempts",
            f"Too many wrong {tried}s. Try again in {_words(begun.seconds)}.",
            retry_after=begun.seconds,
        )
    try:
        yield
    except WrongPasswordError:
        attempts.failed(begun)
        count_failure(_KINDS[tried])
        raise
    attempts.succeeded(begun)


def _words(seconds: int) -> str:
    number, unit = (seconds, "second") if seconds < 120 else (-(-seconds // 60), "minute")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
