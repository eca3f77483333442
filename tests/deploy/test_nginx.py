"""nginx as deploy/nginx.conf has it, in front of a real server: many streams, TLS, HTTP/2, and errors in one shape."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.events import activity
from tests.support.gunicorn import HttpStream, allow_descriptors, gunicorn, read_all, request
from tests.support.nginx import Nginx, nginx
from tests.support.processes import free_port
from utils.log.activity_log import ActivityLog
from utils.settings import Settings

STREAMS = 2_100
ADDRESSES = [f"127.0.0.{n}" for n in range(2, 5)]  # nginx lets none of them have all connections


@pytest.fixture
def behind(settings: Settings, log: ActivityLog, tmp_path: Path) -> Iterator[Nginx]:
    log.append("s1", [activity()])
    with (
        gunicorn(settings.data_path, trusted_proxies=1) as server,
        nginx(tmp_path / "nginx", server.address[1]) as front,  # type: ignore[arg-type]
    ):
        yield front


def watch(front: Nginx, source: str) -> HttpStream:
    client = front.connect(source)
    client.sendall(request("/sse/agent-activity/s1", "Last-Event-ID: 0"))
    return HttpStream(client)


def ask(front: Nginx, path: str, *headers: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    with front.connect() as client:
        client.sendall(request(path, *headers, "Connection: close", method=method))
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return (
        int(first.split()[1]),
        {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)},
        body,
    )


def assert_error(answer: tuple[int, dict[str, str], bytes], status: int, code: str) -> None:
    found, headers, body = answer
    assert (found, headers["content-type"], headers["cache-control"]) == (status, "application/json", "no-store")
    error = json.loads(body)
    assert set(error) == {"error"}
    assert set(error["error"]) == {"code", "message"}
    assert error["error"]["code"] == code


@pytest.mark.only_on("sqlite")
def test_two_thousand_watch_at_once_and_see_what_happens(behind: Nginx, log: ActivityLog) -> None:
    allow_descriptors(3 * STREAMS)
    sources = [ADDRESSES[n % len(ADDRESSES)] for n in range(STREAMS)]
    with ExitStack() as stack:
        with ThreadPoolExecutor(16) as pool:
            streams = [stack.enter_context(one) for one in pool.map(lambda source: watch(behind, source), sources)]
        assert {stream.status for stream in streams} == {200}
        log.append("s1", [activity(details="The second")])
        for stream in streams:
            stream.until_cursor(2, 30)


@pytest.mark.only_on("sqlite")
def test_no_address_takes_all_connections(settings: Settings, log: ActivityLog, tmp_path: Path) -> None:
    log.append("s1", [activity()])
    few = {"limit_conn addresses 1000;": "limit_conn addresses 3;"}
    with (
        gunicorn(settings.data_path, trusted_proxies=1) as server,
        nginx(tmp_path / "nginx", server.address[1], few) as front,  # type: ignore[arg-type]
        ExitStack() as stack,
    ):
        for _ in range(3):
            assert stack.enter_context(watch(front, "127.0.0.1")).status == 200
        refused = ask(front, "/healthz")
        assert_error(refused, 429, "too_many_connections")
        assert refused[1]["retry-after"] == "30"
        assert stack.enter_context(watch(front, "127.0.0.9")).status == 200


@pytest.mark.only_on("sqlite")
def test_it_speaks_http_2_and_tells_ringside_that_it_is_https(behind: Nginx) -> None:
    with behind.connect(protocol="h2") as client:
        assert client.selected_alpn_protocol() == "h2"
        assert client.version() in ("TLSv1.2", "TLSv1.3")
    status, headers, _ = ask(behind, "/healthz")
    assert (status, headers["strict-transport-security"]) == (200, "max-age=31536000")


@pytest.mark.only_on("sqlite")
def test_what_is_too_large_for_it_is_told_as_ringside_tells_it(behind: Nginx) -> None:
    sent = ask(behind, "/api/sessions", f"Content-Length: {70 * 1024 * 1024}", method="POST")
    assert_error(sent, 413, "too_large")


def test_without_a_server_it_says_so(tmp_path: Path) -> None:
    with nginx(tmp_path / "nginx", free_port()) as front:
        for path in ("/api/sessions", "/sse/agent-activity/s1", "/api/hooks/a/b/c"):
            assert_error(ask(front, path), 502, "unreachable")


def test_a_server_that_is_silent_is_told_of(tmp_path: Path) -> None:
    soon = {"proxy_read_timeout 150s;": "proxy_read_timeout 1s;", "proxy_read_timeout 90s;": "proxy_read_timeout 1s;"}
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        nginx(tmp_path / "nginx", silent.getsockname()[1], soon) as front,
    ):
        for path in ("/api/sessions", "/sse/agent-activity/s1"):
            assert_error(ask(front, path), 504, "no_answer")
