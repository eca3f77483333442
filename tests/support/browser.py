"""A browser: it keeps cookies, and repeats the CSRF cookie in a header as the dashboard does."""

from contextvars import Context
from http.cookies import SimpleCookie
from typing import Any

from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.access.cookies import set_cookies
from api.services import Services
from utils.accounts.principal import UserRecord

_SAFE = {"GET", "HEAD", "OPTIONS"}
_COOKIES = {
    "access_token": "/", "csrf_access_token": "/", "refresh_token": "/api/auth", "csrf_refresh_token": "/",
    "signed_in_as": "/",
}  # fmt: skip


class Browser(FlaskClient):
    """Somebody's, signed in if a user is given."""

    def __init__(self, app: Flask, user: UserRecord | None = None, address: str = "127.0.0.1") -> None:
        super().__init__(app, app.response_class, use_cookies=True)
        self.environ_base |= {"REMOTE_ADDR": address}
        if user is not None:
            self.take(signed_in(app, user))

    def take(self, response: Response) -> None:
        """The cookies of an answer that did not come over HTTP."""
        for line in response.headers.getlist("Set-Cookie"):
            for name, cookie in SimpleCookie(line).items():
                self.set_cookie(name, cookie.value, path=cookie["path"] or "/")

    @property
    def cookies(self) -> dict[str, str]:
        """Those of its sign-in."""
        kept = {name: self.get_cookie(name, path=path) for name, path in _COOKIES.items()}
        return {name: cookie.value for name, cookie in kept.items() if cookie is not None}

    def put(self, name: str, value: str) -> None:
        """A cookie of a sign-in."""
        self.set_cookie(name, value, path=_COOKIES[name])

    def open(self, *args: Any, csrf: str | None = None, **kwargs: Any) -> TestResponse:
        """``csrf``: what is sent in the header; left out, what the dashboard would send."""
        method, path = kwargs.get("method", "GET"), str(args[0]) if args else ""
        if method not in _SAFE:
            name = "csrf_refresh_token" if path == "/api/auth/refresh" else "csrf_access_token"
            value = self.cookies.get(name) if csrf is None else csrf
            if value:
                kwargs["headers"] = {"X-CSRF-TOKEN": value, **dict(kwargs.get("headers") or {})}
        # pytest-flask keeps a request open around each test, whose `g` would serve all that are made within it.
        return Context().run(super().open, *args, **kwargs)


def signed_in(app: Flask, user: UserRecord) -> Response:
    """An answer with the cookies of a new sign-in."""
    own: Services = app.extensions["ringside"]
    with app.test_request_context():
        response = Response()
        user = own.users.get(user.team_key, user.id) or user  # as they are now
        set_cookies(response, user, own.sign_ins.open(user, "a browser of the tests"), own.key)
    return response
