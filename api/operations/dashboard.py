"""The dashboard's files. Every address that is no file and no API is the app itself: it knows its own pages.

What begins as an address of the API does is never a page: a program whose address has a typing error would take it for
an answer.
"""

import gzip
import hashlib
import json
import mimetypes
import os
import secrets
from pathlib import Path

import brotli
from flask import Flask, Response, request, send_from_directory
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.security import safe_join

from api.access.protection import content_security_policy, worker_sources
from api.errors import ApiError, not_found
from utils.project import PROJECT

BUILD = PROJECT / "frontend" / "dist" / "ringside" / "browser"
_YEAR = 31_536_000
# v1 and ws: programs that know other servers look for an API there.
_OF_PROGRAMS = {"api", "sse", "v1", "ws", "sdk", "openapi", "metrics", "healthz", "readyz"}
_NONCE = "CSP_NONCE"  # as frontend/src/index.html has it
_WORKER = "/worker"  # as frontend/src/app/app.routes.ts has it
_PACKED = {"br": ".br", "gzip": ".gz"}  # the smallest first; browsers take br over TLS and from localhost only
_SERVICE_WORKER = "sw.js"
_NOT_KEPT = {"index.html", _SERVICE_WORKER}  # the page itself is kept as it is sent, under its address
_BUILD_OF_WORKER = "/* BUILD */ { build: '', files: [], programs: [] }"  # as frontend/public/sw.js has it
_PAGES = ("sessions/",)  # a session's id may have a dot, as files do


def _not_built() -> str:
    if "WEBSITE_SITE_NAME" in os.environ:  # Azure App Service, where ./startup.sh builds nothing
        return (
            "The dashboard is missing in this deployment: the folder frontend/dist was not deployed. Deploy the "
            "package that deploy/azure-package.sh makes, see deploy/azure.md."
        )
    return "The dashboard is not built yet. Run ./startup.sh, which builds it."


def register_dashboard(app: Flask, build: Path = BUILD, *, allow_puter: bool = False) -> None:
    """``allow_puter``: the page Worker may load the script of Puter.js."""

    def dashboard(path: str) -> Response:
        if path == _SERVICE_WORKER and _is_file(build, path):
            return _service_worker(build)
        if path != "index.html" and _is_file(build, path):
            return _file(build, path)
        if path != "index.html" and not path.startswith(_PAGES) and "." in path.rsplit("/", 1)[-1]:
            raise not_found("file")
        if not (build / "index.html").is_file():
            raise ApiError(503, "no_dashboard", _not_built())
        return _page(build / "index.html", worker_sources(allow_puter) if request.path == _WORKER else "")

    def refuse_unknown_addresses() -> None:
        """Every address is a page to GET and OPTIONS. Where it is nothing else, no method finds anything."""
        if request.path.strip("/").partition("/")[0].partition(".")[0].lower() not in _OF_PROGRAMS:
            return
        endpoint, error = request.endpoint, request.routing_exception
        if isinstance(error, MethodNotAllowed) and set(error.valid_methods or ()) <= {"GET", "HEAD", "OPTIONS"}:
            endpoint, _ = app.url_map.bind_to_environ(request.environ).match(method="GET")
        if endpoint == dashboard.__name__:
            raise _nothing_here()

    app.before_request(refuse_unknown_addresses)
    app.add_url_rule("/", view_func=dashboard, defaults={"path": "index.html"})
    app.add_url_rule("/<path:path>", view_func=dashboard)


def _page(index: Path, more: str) -> Response:
    """The app itself. Angular adds each component's styles as ``<style>`` elements; the page's nonce lets it.

    ``more``: what else this page may do.
    """
    nonce = secrets.token_urlsafe(16)
    response = Response(index.read_text(encoding="utf-8").replace(_NONCE, nonce), mimetype="text/html")
    response.headers["Content-Security-Policy"] = content_security_policy(nonce, more)
    response.cache_control.no_store = True  # a nonce that is used twice protects nothing
    return response


def _service_worker(build: Path) -> Response:
    """What keeps the build's files in a browser, with their addresses and a name that no other build has.

    And how addresses begin that it leaves to the server.
    """
    text = (build / _SERVICE_WORKER).read_text(encoding="utf-8")
    files = sorted(f"/{path.relative_to(build).as_posix()}" for path in build.rglob("*") if _is_kept(path))
    name = hashlib.sha256(text.encode() + (build / "index.html").read_bytes() + "\n".join(files).encode()).hexdigest()
    own = {"build": name[:16], "files": files, "programs": sorted(_OF_PROGRAMS)}
    response = Response(text.replace(_BUILD_OF_WORKER, json.dumps(own)), mimetype="text/javascript")
    response.cache_control.no_cache = True
    return response


def _is_kept(path: Path) -> bool:
    return path.is_file() and path.suffix not in _PACKED.values() and path.name not in _NOT_KEPT


def _nothing_here() -> ApiError:
    return ApiError(404, "not_found", "There is nothing at this address.")


def _is_file(build: Path, path: str) -> bool:
    """Whether the build has such a file. Of what lies outside it nothing is said, not even whether it exists."""
    inside = safe_join(str(build), path)
    try:
        return inside is not None and Path(inside).is_file()
    except OSError:  # a name longer than files can have
        return False


def _file(build: Path, path: str) -> Response:
    """Files whose name carries a hash of their content never change."""
    taken = [name for name in _PACKED if request.accept_encodings[name] > 0]
    coding = next((name for name in taken if (build / (path + _PACKED[name])).is_file()), None)
    response = send_from_directory(build, path + _PACKED[coding] if coding else path)
    if coding:
        response.mimetype = _mimetype(path)
        response.content_encoding = coding
    response.vary.add("Accept-Encoding")
    hashed = "-" in Path(path).stem
    response.cache_control.max_age = _YEAR if hashed else 0
    response.cache_control.immutable = hashed
    response.cache_control.no_cache = None if hashed else True
    return response


def _mimetype(path: str) -> str:
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


def pack(build: Path = BUILD) -> None:
    """Write compressed copies beside each file of the build that gets smaller by it."""
    for path in list(build.rglob("*")):
        if path.suffix in {".js", ".css", ".html", ".svg", ".json"}:
            content = path.read_bytes()
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))
            path.with_name(path.name + ".br").write_bytes(brotli.compress(content))


if __name__ == "__main__":
    pack()
