"""Each request as a span, where Ringside itself is traced.

Not those of operators, which come all the time, and not what brings traces: Ringside may be told to send its own to
itself, and each would make another.
"""

from contextlib import AbstractContextManager, ExitStack
from typing import Any

from flask import Flask, Response, g, request

from utils.tracing import span

_UNTRACED = ("operations.", "traces.", "dashboard", "static")


def register_request_spans(app: Flask) -> None:
    @app.before_request
    def _begin() -> None:
        if request.endpoint is None or request.endpoint.startswith(_UNTRACED):
            return
        route = request.url_rule.rule if request.url_rule else ""
        traced: AbstractContextManager[Any] = span(
            f"{request.method} {route}",
            "SERVER",
            request.headers.get("traceparent"),
            http_request_method=request.method,
            http_route=route,
            ringside_request=g.request_id,
        )
        g.traced = ExitStack()
        g.span = g.traced.enter_context(traced)

    @app.after_request
    def _tell(response: Response) -> Response:
        if g.get("span") is not None:
            g.span.set_attribute("http.response.status_code", response.status_code)
        return response

    @app.teardown_request
    def _end(_: BaseException | None) -> None:
        if (traced := g.pop("traced", None)) is not None:
            traced.close()
