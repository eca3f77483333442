"""Requests that wait for an answer hold a thread no longer than they must."""

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.account import AUTHORIZATION
from tests.support.gunicorn import Server, gunicorn, read_all
from tests.support.waiting import wait_until
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.any_database


@pytest.fixture
def server(settings: Settings, sessions: Sessions) -> Iterator[Server]:
    """Of its four threads one may wait; no agent process answers."""
    sessions.create("s1")
    with gunicorn(settings.data_path, web_threads=4) as server:
        yield server


def ask(server: Server, seconds: int) -> socket.socket:
    body = json.dumps({"content": "Who rebuilt the engine?"}).encode()
    head = [
        "POST /api/sessions/s1/messages HTTP/1.1", "Host: localhost", AUTHORIZATION, "Content-Type: application/json",
        f"Content-Length: {len(body)}", f"Prefer: wait={seconds}", "Connection: close",
    ]  # fmt: skip
    client = server.connect()
    client.settimeout(60)
    client.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    return client


def asked(sessions: Sessions, runs: Runs) -> int:
    session = sessions.get("s1")
    assert session is not None
    return len(runs.all_of(session.key))


def status(client: socket.socket) -> int:
    return int(read_all(client).split()[1])


def test_a_client_that_has_left_gives_its_place_to_the_next(server: Server, sessions: Sessions, runs: Runs) -> None:
    first = ask(server, 100)
    wait_until(lambda: asked(sessions, runs) == 1, what="the first question")
    first.close()

    def waits() -> bool:
        began = time.monotonic()
        with ask(server, 5) as client:
            assert status(client) == 202
        return time.monotonic() - began >= 5

    wait_until(waits, 20, "a place for the next")


def test_a_server_that_stops_answers_who_waits(server: Server, sessions: Sessions, runs: Runs) -> None:
    told: list[int] = []
    with ask(server, 100) as client:
        wait_until(lambda: asked(sessions, runs) == 1, what="the question")
        reading = threading.Thread(target=lambda: told.append(status(client)))
        reading.start()
        server.signal(signal.SIGTERM)
        reading.join(30)
    assert told == [202]
