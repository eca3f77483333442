"""The dashboard's files."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.errors import register_error_handlers
from api.operations.dashboard import pack, register_dashboard
from tests.support.errors import assert_error
from utils.project import PROJECT

SCRIPT = b"console.log('ringside');\n" * 100


@pytest.fixture
def build(tmp_path: Path) -> Path:
    build = tmp_path / "browser"
    (build / "media").mkdir(parents=True)
    (build / "index.html").write_text('<title>Ringside</title><app-root ngCspNonce="CSP_NONCE"></app-root>')
    (build / "main-AB12.js").write_bytes(SCRIPT)
    (build / "theme.js").write_bytes(b"1")
    (build / "media" / "font-CD34.woff2").write_bytes(b"font")
    (tmp_path / "secret.txt").write_text("secret")
    return build


@pytest.fixture
def app(build: Path) -> Flask:
    app = Flask(__name__, static_folder=None)
    register_dashboard(app, build)
    register_error_handlers(app)
    return app


def test_the_manifest_of_the_app_has_its_own_type_and_is_asked_for_again(build: Path, client: FlaskClient) -> None:
    (build / "manifest.webmanifest").write_text("{}")
    with client.get("/manifest.webmanifest") as response:
        assert response.mimetype == "application/manifest+json"
        assert response.cache_control.no_cache


def without_nonce(page: str) -> str:
    return re.sub(r'ngCspNonce="[^"]+"', "", page)


@pytest.mark.parametrize("path", ["/", "/sessions/s1", "/sessions/report.v2", "/anything/else"])
def test_every_page_is_the_app_and_is_asked_for_again_each_time(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "Ringside" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    response.close()


def test_each_page_lets_only_styles_with_its_own_nonce_be_added(client: FlaskClient) -> None:
    nonces = []
    for _ in range(2):
        response = client.get("/")
        [nonce] = re.findall(r'ngCspNonce="([^"]{20,})"', response.text)
        assert f"style-src 'self' 'nonce-{nonce}';" in response.headers["Content-Security-Policy"]
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


def test_the_page_worker_alone_may_reach_models_and_puter_where_it_is_allowed(build: Path) -> None:
    def policies(path: str) -> list[str]:
        found = []
        for allowed in (False, True):
            app = Flask(__name__, static_folder=None)
            register_dashboard(app, build, allow_puter=allowed)
            with app.test_client().get(path) as response:
                found.append(response.headers["Content-Security-Policy"])
        return found

    for path in ("/", "/worker/else", "/sessions/worker"):
        for policy in policies(path):
            assert "connect-src" not in policy
            assert "puter" not in policy
    closed, opened = policies("/worker")
    assert "connect-src 'self' http://localhost:* http://127.0.0.1:*" in closed
    assert "puter" not in closed
    assert "script-src 'self' https://js.puter.com" in opened


def test_the_page_that_is_built_has_a_place_for_the_nonce() -> None:
    assert 'ngCspNonce="CSP_NONCE"' in (PROJECT / "frontend" / "src" / "index.html").read_text()


def test_a_file_with_a_hash_in_its_name_is_kept_for_ever(client: FlaskClient) -> None:
    response = client.get("/main-AB12.js")
    assert response.data == SCRIPT
    assert "immutable" in response.headers["Cache-Control"]
    assert "max-age=31536000" in response.headers["Cache-Control"]
    assert response.mimetype in ("text/javascript", "application/javascript")
    response.close()


def test_a_file_without_one_is_asked_for_again(client: FlaskClient) -> None:
    response = client.get("/theme.js")
    assert "no-cache" in response.headers["Cache-Control"]
    assert "immutable" not in response.headers["Cache-Control"]
    response.close()


def test_a_packed_file_goes_to_those_who_take_it(client: FlaskClient, build: Path) -> None:
    pack(build)
    for accepted, coding, unpack in (
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
        ("deflate", None, bytes),
        ("", None, bytes),
    ):
        with client.get("/main-AB12.js", headers={"Accept-Encoding": accepted}) as response:
            assert response.headers.get("Content-Encoding") == coding
            assert response.headers["Vary"] == "Accept-Encoding"
            assert response.mimetype in ("text/javascript", "application/javascript")
            assert unpack(response.data) == SCRIPT


@pytest.mark.parametrize("path", ["/missing.js", "/media/missing.css", "/favicon.ico"])
def test_a_file_that_is_missing_is_404_and_not_the_app(client: FlaskClient, path: str) -> None:
    assert_error(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/media/../../secret.txt", "/..%2fsecret.txt"]
)
def test_nothing_outside_the_build_is_served(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert "secret" not in response.text
    response.close()


def test_what_exists_outside_the_build_answers_as_what_does_not(client: FlaskClient, build: Path) -> None:
    (build.parent / "secret").write_text("secret")
    answers = [client.get(f"/../{name}") for name in ("secret", "nothing")]
    assert answers[0].status_code == answers[1].status_code
    assert without_nonce(answers[0].text) == without_nonce(answers[1].text)
    for response in answers:
        response.close()


def test_without_a_build_it_says_what_to_do(client: FlaskClient, build: Path) -> None:
    (build / "index.html").unlink()
    assert "startup.sh" in assert_error(client.get("/"), 503, "no_dashboard")


def test_the_service_worker_knows_every_file_of_its_build_and_is_another_one_for_another(
    client: FlaskClient, build: Path
) -> None:
    (build / "sw.js").write_text((PROJECT / "frontend" / "public" / "sw.js").read_text())
    pack(build)

    def told() -> dict[str, Any]:
        with client.get("/sw.js") as response:
            assert response.mimetype == "text/javascript"
            assert response.cache_control.no_cache
            [described] = re.findall(r"^const \{ build, files, programs \} = (\{.*\});$", response.text, re.MULTILINE)
            return dict(json.loads(described))

    before = told()
    assert before["files"] == ["/main-AB12.js", "/media/font-CD34.woff2", "/theme.js"]
    (build / "index.html").write_text("<title>Ringside, another</title>")
    assert told()["build"] != before["build"]
    assert told()["files"] == before["files"]
    # What is no page here, the worker leaves to the server.
    assert {"api", "sse", "readyz", "healthz", "metrics"} <= set(before["programs"])
    for name in before["programs"]:
        assert_error(client.get(f"/{name}"), 404, "not_found")
