"""PostgreSQL stands still and every thread of the only worker waits for it: operators are answered all the same."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.account import KEY
from tests.support.gunicorn import Server, gunicorn, read_all, request
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")
THREADS = 2


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    with gunicorn(tmp_path / "data", web_threads=THREADS) as server:
        yield server


def asked(server: Server, path: str) -> tuple[int, bytes, float]:
    """Status, body, and how many seconds it took."""
    began = time.monotonic()
    with server.connect() as client:
        client.sendall(request(path, "Connection: close"))
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    return int(head.split()[1]), body, time.monotonic() - began


def test_health_readiness_and_metrics_are_answered_while_all_threads_wait(
    server: Server, postgres: PostgresServer
) -> None:
    status, body, _ = asked(server, "/metrics")
    assert (status, b"ringside_database_up 1.0" in body) == (200, True)
    waiting: list[socket.socket] = []
    with postgres.frozen():
        for _ in range(2 * THREADS):  # more than there are threads
            client = server.connect()
            client.sendall(request("/api/sessions", f"Authorization: Bearer {KEY}"))
            waiting.append(client)
        for _ in range(3):
            status, body, seconds = asked(server, "/healthz")
            assert (status, seconds < 1) == (200, True), seconds
            status, body, seconds = asked(server, "/metrics")
            families = {family.name: family for family in text_string_to_metric_families(body.decode())}
            assert status == 200
            assert seconds < 2
            assert families["ringside_database_up"].samples[0].value == 0
            assert b"ringside_http_requests_total{" in body
            assert "ringside_queue_length" not in families
            status, body, seconds = asked(server, "/readyz")
            told = json.loads(body)
            assert (status, told["status"], told["database"]) == (503, "not ready", "does not answer in time")
            assert "database" in told["cannot"]
            assert seconds < 2
    for client in waiting:
        client.close()
    wait_until(lambda: asked(server, "/readyz")[0] == 200, 40, "readiness")
    assert b"ringside_database_up 1.0" in asked(server, "/metrics")[1]
