"""How long a client may take for a file: as long as it takes it, a thread is busy."""

from collections.abc import Iterator
from contextlib import ExitStack
from socket import socket
from time import monotonic

from flask import request

SECONDS = 300


def in_time(pieces: Iterator[bytes], held: ExitStack | None = None) -> Iterator[bytes]:
    """The same for this request, until the deadline; ``held`` is closed with it.

    Raises TimeoutError, which breaks the connection off: half a file is none.
    """
    client = request.environ.get("gunicorn.socket")
    return _in_time(pieces, held or ExitStack(), client if type(client) is socket else None)


def _in_time(pieces: Iterator[bytes], held: ExitStack, client: socket | None) -> Iterator[bytes]:
    """The client's socket is told as well, for one that takes a few bytes now and then never ends its write."""
    deadline = monotonic() + SECONDS
    with held:
        for piece in pieces:
            left = deadline - monotonic()
            if left <= 0:
                raise TimeoutError(f"A file was not taken within {SECONDS} seconds.")
            if client is not None:
                client.settimeout(left)  # of the whole piece, as sendall counts
            yield piece
        if client is not None:
            client.setblocking(True)  # the connection may serve other requests
