"""This request as an attempt to sign in, or to show by the password that one is who has signed in."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g, request

from api.access.audit import note
from api.access.failures import count_failure
from api.errors import ApiError
from api.services import services
from utils.accounts import passwords
from utils.accounts.principal import UserRecord
from utils.accounts.sign_in_attempts import Attempt


class WrongPasswordError(ApiError):
    """The password that was looked at is wrong, or nobody has that address."""


@contextmanager
def attempted(email: str, apart: str | None) -> Iterator[None]:
    """Within it the password is looked at, and WrongPasswordError raised. Raises ApiError while one has to wait.

    ``apart``: by what it is known who tries.
    """
    attempts = services().sign_in_attempts
    begun = attempts.begin(
        Attempt(email, request.remote_addr, request.user_agent.string[:200], g.get("request_id"), apart)
    )
    if begun.seconds:
        raise ApiError(
            429,
            "too_many_attempts",
            f"Too many wrong passwords. Try again in {_words(begun.seconds)}.",
            retry_after=begun.seconds,
        )
    try:
        yield
    except WrongPasswordError:
        attempts.failed(begun)
        count_failure("password")
        raise
    attempts.succeeded(begun)


def show_password(user: UserRecord, password: str) -> None:
    """Whoever has signed in shows that it is still them. Raises ApiError."""
    with passwords.place_to_hash(known=True), attempted(user.email, f"user {user.key}"):
        if not passwords.matches(password, services().users.password_of(user.key), known=True):
            note("present password not known")
            raise WrongPasswordError(401, "wrong_credentials", "Your current password is wrong.")


def _words(seconds: int) -> str:
    number, unit = (seconds, "second") if seconds < 120 else (-(-seconds // 60), "minute")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
