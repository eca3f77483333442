"""What the server's log says of a request: who asked for what, how it ended, how long it took. Nothing of its content.

Every line that is written while a request is handled carries the request's id, and so does the answer (X-Request-ID).
"""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

from api.access.needs import Need, need_of
from utils.logs import log_as, without_secrets
from utils.settings import Settings

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[\w.-]{1,64}")
_log = logging.getLogger("ringside.requests")


def register_request_log(app: Flask, settings: Settings) -> None:
    @app.before_request
    def _begin() -> None:
        given = request.headers.get(HEADER, "") if settings.trusted_proxies else ""
        g.request_id = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
        g.request_began = time.perf_counter()
        named = request.view_args or {}
        log_as(request_id=g.request_id, session_id=named.get("session_id"), run_id=named.get("run_id"))

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers[HEADER] = g.request_id
        if request.endpoint is None or need_of(request.endpoint) is not Need.NOTHING:
            who = g.get("principal")
            _log.info(
                "request",
                extra={
                    "method": request.method,
                    "path": without_secrets(request.path),  # and never what follows the question mark
                    "status": response.status_code,
                    "milliseconds": round((time.perf_counter() - g.request_began) * 1000, 1),
                    "address": request.remote_addr,
                    "team": who.team.id if who is not None else None,
                    "user": who.user.id if who is not None else None,
                },
            )
        return response
