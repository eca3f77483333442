"""Slow and silent clients cost no thread; with one worker and few threads, everybody else is served meanwhile."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support.account import prepare_data
from tests.support.gunicorn import request
from tests.support.processes import environment, server
from tests.support.waiting import wait_until

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: ringside\r\n\r\n"
OK = b'{"status":"ok"}'


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("patient")
    env = environment(prepare_data(folder / "data"), web_concurrency=1, web_threads=2, agent_processes=0)
    with server(env, folder / "server.log") as (_, address):
        yield address


def _connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def _healthy(address: str) -> bool:
    return httpx2.get(f"{address}/healthz", timeout=3).content == OK


def test_silent_connections_hold_up_nobody(address: str) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(_connect(address))
        assert all(_healthy(address) for _ in range(20))


def test_heads_that_come_byte_by_byte_hold_up_nobody_and_are_answered_in_the_end(address: str) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(_connect(address)) for _ in range(20)]
        for at in range(len(REQUEST)):
            for client in clients:
                client.send(REQUEST[at : at + 1])
            if at % 10 == 0:
                assert _healthy(address)
        for client in clients:
            answer = b""
            while not answer.endswith(OK):
                piece = client.recv(65536)
                assert piece
                answer += piece


def test_short_bodies_that_come_slowly_hold_up_nobody(address: str) -> None:
    head = request("/api/sessions", "Content-Type: application/json", "Content-Length: 2", method="POST") + b"{"
    with ExitStack() as stack:
        clients = [stack.enter_context(_connect(address)) for _ in range(20)]
        for client in clients:
            client.send(head)
        assert all(_healthy(address) for _ in range(20))
        for client in clients:
            client.send(b"}")
        assert all(client.recv(65536).startswith(b"HTTP/1.1 201") for client in clients)


def test_slow_uploads_leave_threads_to_others(address: str) -> None:
    head = b"POST /api/sessions/s/documents HTTP/1.1\r\nHost: r\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    with ExitStack() as stack:
        clients = [stack.enter_context(_connect(address)) for _ in range(6)]
        for client in clients:
            client.send(head + b"Content-Length: 100000\r\n\r\n--b\r\n")
        assert all(_healthy(address) for _ in range(20))


def test_clients_that_never_close_hold_up_nobody(address: str) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(_connect(address))
            client.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert all(_healthy(address) for _ in range(20))


def test_requests_sent_in_one_go_and_cut_anywhere_are_all_answered(address: str) -> None:
    wire = REQUEST * 3
    for cut in range(1, len(wire), 7):
        with _connect(address) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.send(wire[:cut])
            client.send(wire[cut:])
            answer = bytearray()
            while answer.count(OK) < 3:
                piece = client.recv(65536)
                assert piece, f"closed after {answer.count(OK)} answers at cut {cut}"
                answer += piece


def test_a_client_that_leaves_in_the_middle_of_a_head_is_forgotten(address: str) -> None:
    for _ in range(50):
        with _connect(address) as client:
            client.send(REQUEST[:20])
    assert _healthy(address)


def test_a_connection_is_kept_for_the_next_request(address: str) -> None:
    with httpx2.Client() as client:
        ports = set()
        for _ in range(3):
            response = client.get(f"{address}/healthz")
            ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
        assert len(ports) == 1


def test_silent_connections_do_not_delay_the_stop(tmp_path: Path) -> None:
    env = environment(tmp_path / "data", web_concurrency=1, agent_processes=0, graceful_seconds=60)
    with server(env, tmp_path / "server.log") as (master, address), _connect(address):
        assert _healthy(address)
        master.terminate()
        wait_until(lambda: master.poll() is not None, 15, "the end of the server")
