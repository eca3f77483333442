"""The API's own description, at /openapi: what all operations have in common, and a viewer.

The viewer's page has no script and no style within itself. "Try it out" asks as whoever is signed in to the dashboard
in the same browser, or with a key (**Authorize**).
"""

from collections.abc import Iterator
from threading import Lock
from typing import Any

from flask import Flask, Response
from flask_openapi3.openapi import OpenAPI

from api.access.needs import Need, need_of
from api.access.once import CREATE_ONCE, HEADER, LONGEST
from api.blueprints import ViewGroup
from api.bodies.stream_schema import event_schemas

SECURITY: dict[str, Any] = {
    "sign-in": {"type": "apiKey", "in": "cookie", "name": "access_token"},
    "csrf": {
        "type": "apiKey", "in": "header", "name": "X-CSRF-TOKEN",
        "description": "Repeats the cookie csrf_access_token, where a sign-in writes.",
    },
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `ringside_…`."},
}  # fmt: skip
_ANYBODY = (Need.NOTHING, Need.ACCOUNTS)
_BY_SIGN_IN_ONLY = (Need.SIGN_IN, Need.ADMINISTRATOR)
_WRITES = ("post", "put", "patch", "delete")
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ringside API</title>
<link rel="icon" href="../favicon.svg">
<link rel="stylesheet" href="swagger/css/swagger-ui.css">
<script src="swagger/js/swagger-ui-bundle.js" defer></script>
<script src="swagger.js" defer></script>
<div id="viewer"></div>
</html>
"""
_FRONT = '<!doctype html><title>Ringside API</title><meta http-equiv="refresh" content="0; url=swagger">'
# All operations at once are slow to draw: a group is opened by whoever looks for one, or by a link to it.
# A browser that is signed in repeats a cookie in a header, as the dashboard does (api/access/cookies.py).
_SCRIPT = """const cookie = (name) =>
  document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

SwaggerUIBundle({
  url: new URL("openapi.json", location.href).href,
  dom_id: "#viewer",
  deepLinking: true,
  docExpansion: "none",
  requestInterceptor: (request) => {
    const refreshes = new URL(request.url).pathname.endsWith("/api/auth/refresh");
    const csrf = cookie(refreshes ? "csrf_refresh_token" : "csrf_access_token");
    if (csrf) request.headers["X-CSRF-TOKEN"] = csrf;
    return request;
  },
});
"""


_describing = Lock()  # the groups are those of all applications of a process


class DescribedApplication(OpenAPI):
    """An application that makes its description when it is asked for the first time."""

    @property
    def api_doc(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document."""
        with _describing:
            if not self.spec_json:
                self._describe()
        return self.spec_json

    def _describe(self) -> None:
        groups = [group for group in self.blueprints.values() if isinstance(group, ViewGroup)]
        for group in groups:
            group.describe()
            self.paths.update(group.paths)
            self.components_schemas.update(group.components_schemas)
        self.tags = list({tag.name: tag for group in groups for tag in group.tags}.values())
        self.components_schemas.update(event_schemas())
        self.generate_spec_json()  # type: ignore[no-untyped-call]
        _complete_all(self, self.spec_json["paths"])


def register_description(app: Flask) -> None:
    app.config["OPENAPI_HTML_STRING"] = _FRONT
    app.config["SWAGGER_HTML_STRING"] = _PAGE
    app.add_url_rule("/openapi/swagger.js", "openapi.script", _script)


def _script() -> Response:
    return Response(_SCRIPT, content_type="text/javascript; charset=utf-8")


def _complete_all(app: Flask, described: dict[str, Any]) -> None:
    """Say of every operation who may ask, and what any of them may answer."""
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")
        for method, operation in described.get(path, {}).items():
            if method.upper() in (rule.methods or ()):
                _complete(operation, method, need_of(rule.endpoint))
                if rule.endpoint in CREATE_ONCE:
                    operation.setdefault("parameters", []).append(_KEY)
                    operation["responses"]["422"] = {
                        "description": "The key came with another request.",
                        "content": _ERROR,
                    }


def _complete(operation: dict[str, Any], method: str, need: Need) -> None:
    writes = method in _WRITES
    if need not in _ANYBODY:
        signed_in: dict[str, list[str]] = {"sign-in": [], "csrf": []} if writes else {"sign-in": []}
        operation["security"] = [signed_in] if need in _BY_SIGN_IN_ONLY else [signed_in, {"key": []}]
    answers = operation["responses"]
    for status, words in _common(need, writes, "requestBody" in operation):
        answers.setdefault(status, {"description": words, "content": _ERROR})
    operation["responses"] = dict(sorted(answers.items()))


_KEY = {
    "in": "header", "name": HEADER, "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
    "description": "Of your own making. The same request sent again with it gets the first answer, for 24 hours.",
}  # fmt: skip
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}


def _common(need: Need, writes: bool, has_body: bool) -> Iterator[tuple[str, str]]:
    yield "503", "The database is away, full or busy, or too many ask at the same time. Try again in a moment."
    if need not in _ANYBODY:
        yield "401", "Nobody is signed in, or the key is unknown or was revoked."
    if writes or need is not Need.NOTHING:
        yield "403", "Not for whoever asks; the message says for whom."
    if need is not Need.NOTHING:
        yield "429", "Too many requests in a short time. Retry-After says when to try again."
    if has_body:
        yield "408", "The rest of the request did not come."
        yield "413", "The request is larger than this server takes."
        yield "415", "The body is of another media type."
