"""Failed identification: counted by kind, and limited for each address.

A caller who fails too often is told to wait, but whoever comes with a right key or link from the same address is let in
all the same: colleagues of a program that runs wild are no part of it. Each web worker counts for itself.
"""

import math
import time
from typing import Literal

from flask import Flask, current_app, request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from prometheus_client import Counter

from api.errors import ApiError
from utils.settings import Settings

Kind = Literal[
    "password", "api_key", "token", "expired_token", "ended_sign_in", "csrf", "spectator_link", "stream_ticket",
    "invitation", "password_link", "second_factor", "passkey", "provider", "logout_token",
]  # fmt: skip
FAILURES = Counter("ringside_identification_failures_total", "Requests whose sender was not identified.", ["kind"])
# An access token expires each hour, in all browsers of an office: it is renewed, and nobody has done anything wrong.
# Passwords and codes have limits of their own.
_UNLIMITED: set[Kind] = {"expired_token", "ended_sign_in", "password", "second_factor"}


class _FailureLimit:
    def __init__(self, limits: list[RateLimitItem]) -> None:
        self._limits = limits
        self._counted = FixedWindowRateLimiter(MemoryStorage())

    def wait(self, address: str | None) -> int:
        """Count a failure: 0, or the seconds until it is none too many."""
        over = [limit for limit in self._limits if not self._counted.hit(limit, str(address))]
        ends = [self._counted.get_window_stats(limit, str(address)).reset_time for limit in over]
        return max(1, math.ceil(max(ends) - time.time())) if ends else 0


def register_failures(app: Flask, settings: Settings) -> None:
    limits = parse_many(settings.ratelimit_failed) if settings.ratelimit_enabled else []
    app.extensions["ringside.failures"] = _FailureLimit(limits)


def count_failure(kind: Kind) -> None:
    """Raises ApiError in place of the caller's own, if there were too many."""
    FAILURES.labels(kind).inc()
    limit: _FailureLimit = current_app.extensions["ringside.failures"]
    wait = 0 if kind in _UNLIMITED else limit.wait(request.remote_addr)
    if wait:
        raise ApiError(
            429,
            "too_many_failures",
            "Too many requests from your address came with a wrong key, link or cookie. Correct it, and try again in "
            f"{wait} seconds.",
            retry_after=wait,
        )
