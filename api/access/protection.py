"""What keeps other web sites away from a server that a browser of this machine or this network can reach."""

from flask import Flask, Response, request
from flask_cors import CORS

from api.errors import ApiError

_HSTS = "max-age=31536000"  # a year; not for names below ours, which may be somebody else's
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def register_protection(app: Flask, trusted_origins: list[str]) -> None:
    """``trusted_origins``: web sites whose pages may call the API. They show an API key: cookies stay at home."""

    def refuse() -> None:
        if request.headers.get("Origin") not in trusted_origins:
            _refuse_other_sites()

    app.before_request(refuse)
    app.after_request(_protect)
    CORS(
        app,
        origins=trusted_origins,
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Prefer"],
        expose_headers=["Idempotent-Replayed", "Location", "Preference-Applied", "Retry-After", "X-Request-ID"],
        max_age=600,
    )


def content_security_policy(nonce: str | None = None, more: str = "") -> str:
    """``nonce``: random and new for each response, of a page whose scripts add ``<style>`` elements that carry it.

    ``more``: directives of one page, as :func:`worker_sources` gives them.
    """
    styles = "'self'" if nonce is None else f"'self' 'nonce-{nonce}'"
    return (
        f"default-src 'self'; img-src 'self' data:; style-src {styles}; object-src 'none'; base-uri 'self'; "
        f"form-action 'self'; frame-ancestors 'none'{more}"
    )


def worker_sources(puter: bool) -> str:
    """The page Worker may ask a model server on its browser's own machine, and Puter where that is allowed."""
    own = "http://localhost:* http://127.0.0.1:*"
    if not puter:
        return f"; connect-src 'self' {own}"
    return (
        f"; connect-src 'self' {own} https://api.puter.com wss://api.puter.com https://puter.com; "
        "script-src 'self' https://js.puter.com"
    )


def _refuse_other_sites() -> None:
    """A browser says where a request comes from. Another site's page may not write here, whatever it cannot read."""
    if request.method not in _SAFE_METHODS and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise ApiError(
            403, "cross_site", "Another web site sent this request. Open Ringside itself, or send it from a program."
        )


def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", content_security_policy())
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    # Whatever says nothing else may be private, and nobody keeps it. Files that are the same for all say so.
    response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", _HSTS)
    return response
