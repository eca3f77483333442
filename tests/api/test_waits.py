"""Whether a client that waits has left."""

import fcntl
import socket
import ssl
from collections.abc import Iterator

import pytest

from api import waits


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Of one connection: the server's, with a descriptor above 1023, and the client's."""
    server, client = socket.socketpair()
    high = socket.socket(fileno=fcntl.fcntl(server, fcntl.F_DUPFD, 2000))
    server.close()
    with high, client:
        yield high, client


def test_a_client_with_a_high_descriptor_is_there_until_it_leaves(ends: tuple[socket.socket, socket.socket]) -> None:
    server, client = ends
    assert server.fileno() >= 2000
    assert not waits._has_left(server)
    client.send(b"x")
    assert not waits._has_left(server), "what it sends stays to be read"
    assert server.recv(1) == b"x"
    client.close()
    assert waits._has_left(server)


def test_a_connection_that_was_closed_here_is_one_that_is_left(ends: tuple[socket.socket, socket.socket]) -> None:
    server, _ = ends
    server.close()
    assert waits._has_left(server)


def test_over_tls_a_client_that_sends_more_has_not_left(ends: tuple[socket.socket, socket.socket]) -> None:
    server, client = ends
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    wrapped = context.wrap_socket(server, server_hostname="localhost", do_handshake_on_connect=False)
    with wrapped:
        client.send(b"x")
        assert not waits._has_left(wrapped)
