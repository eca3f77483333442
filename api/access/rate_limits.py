"""How often one may ask: so often a minute for each user, key or, before one is known, address; and for each run whose
system outside calls back.

Each web worker counts for itself unless RATELIMIT_STORAGE_URI names a Redis server for all. Opening a stream is no
request in this sense, for after a restart everybody comes back at once; signing in has limits of its own, which the
database counts (utils/accounts/sign_in_attempts.py).
"""

import math
import time

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RateLimitExceeded

from api.access.needs import Need, need_of
from api.errors import error_response
from api.services import services
from utils.settings import Settings

_UNCOUNTED = {"activity.watch_session", "operations.metrics"}


def register_rate_limits(app: Flask, settings: Settings) -> None:
    limiter = Limiter(
        _caller,
        app=app,
        application_limits=[settings.ratelimit],
        application_limits_exempt_when=_is_uncounted,
        strategy="moving-window",
        storage_uri=settings.ratelimit_storage_uri,
        in_memory_fallback_enabled=True,  # while Redis is away each worker counts for itself
        enabled=settings.ratelimit_enabled,
    )

    @app.errorhandler(RateLimitExceeded)
    def _refuse(_error: RateLimitExceeded) -> Response:
        limit = limiter.current_limit
        wait = max(1, math.ceil(limit.reset_at - time.time())) if limit is not None else 60
        response = error_response(
            429, "too_many_requests", f"Too many requests in a short time. Try again in {wait} seconds."
        )
        response.retry_after = wait
        return response


def _caller() -> str:
    if request.endpoint == "hooks.receive_call":
        called = request.view_args or {}
        if services().key.is_hook_secret(called["run_id"], called["secret"]):
            return f"run {called['run_id']}"
    who = g.get("principal")
    return f"{who.grant.kind} {who.grant.key}" if who is not None else f"address {request.remote_addr}"


def _is_uncounted() -> bool:
    endpoint = request.endpoint
    return endpoint is None or endpoint in _UNCOUNTED or need_of(endpoint) is Need.NOTHING
