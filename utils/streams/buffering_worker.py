"""gunicorn's threaded worker with request buffering: slow clients wait in the poller, not in a thread.

The stock worker gives a new connection to a thread at once. The thread waits up to 5 seconds for the first byte, and
then without a limit for the end of the head; browsers open such silent connections in advance. It also closes
connections in its main thread, up to 2 seconds each, and accepts nobody meanwhile. Here, both wait in the poller. See
docs/decisions/0004-slow-clients.md.
"""

import errno
import re
import socket
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

_HEAD_SECONDS = 15.0  # how long a client may take to send the head of a request
_HEAD_BYTES = 64 * 1024  # what gunicorn would refuse anyway is left to gunicorn to refuse
_BODY_BYTES = 16 * 1024  # a body of up to so many bytes is waited for as well; a longer one is an upload
_PAUSE_SECONDS = 1.0
_GOODBYE_SECONDS = 5.0  # RFC 9112, 9.6: half-close, read what is still coming, then close


# What operators ask, answered whatever the threads of the pool wait for. Each has a thread of its own.
_OF_OPERATORS = (b"/healthz", b"/readyz", b"/metrics")
_OPERATORS_LINE = re.compile(rb"GET (%b)[ ?]" % b"|".join(_OF_OPERATORS))
_LINE_BYTES = 16  # enough to tell
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r", re.I)


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._leaving: deque[TConn] = deque()  # half-closed; their ``timeout`` says until when
        self._accept_from = 0.0
        self._pools = {path: ThreadPoolExecutor(1, path.decode().strip("/")) for path in _OF_OPERATORS}

    def accept(self, listener: socket.socket) -> None:
        """When no file can be opened any more, others go on, and new clients wait a second."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self.log.warning("Too many open files: new connections wait. Raise the limit (ulimit -n).")
            self._accept_from = time.monotonic() + _PAUSE_SECONDS
            self.set_accept_enabled(False)

    def set_accept_enabled(self, enabled: bool) -> None:
        if not enabled or time.monotonic() >= self._accept_from:
            super().set_accept_enabled(enabled)

    def enqueue_req(self, conn: TConn) -> None:
        """Wait in the poller until the request is there, then let a thread read it."""
        if self.cfg.is_ssl or self._request_is_there(conn):
            # Else the thread would open a file of its own to find out; there may be none left.
            conn.data_ready = not self.cfg.is_ssl
            self._submit(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + _HEAD_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _submit(self, conn: TConn) -> None:
        pool = None if self.cfg.is_ssl else self._pools.get(_asked_by_operator(conn))
        if pool is None:
            super().enqueue_req(conn)
            return
        handled = pool.submit(self.handle, conn)
        handled.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        if self._request_is_there(conn):
            super().on_pending_socket_readable(conn, client)

    def _request_is_there(self, conn: TConn) -> bool:
        """Whether a thread would get the head of a request and a short body, or the end, without waiting.

        If not, the socket counts as readable again only when more has come than there is now.
        """
        buffered = conn.parser.unreader.buf.getvalue() if conn.parser is not None else b""
        flags = socket.MSG_PEEK | socket.MSG_DONTWAIT
        try:
            seen = buffered + conn.sock.recv(_HEAD_BYTES, flags)
            arrived = len(seen) - len(buffered)
        except BlockingIOError:
            seen, arrived = buffered, 0
        except OSError:
            return True  # a thread will see the same error, and end the connection
        else:
            # Readable with less than was waited for: the client has closed, and would stay readable for ever.
            if not arrived or conn.sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) > arrived:
                return True
        if _is_complete(seen):
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            return True
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, arrived + 1)
        return False

    def finish_request(self, conn: TConn, fs: Any) -> None:
        if conn.sock.fileno() != -1 and not fs.cancelled() and fs.exception() is None and fs.result() is False:
            self._say_goodbye(conn)
        else:
            super().finish_request(conn, fs)

    def _say_goodbye(self, conn: TConn) -> None:
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + _GOODBYE_SECONDS
        self._leaving.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_last_words, conn))

    def _on_last_words(self, conn: TConn, client: socket.socket) -> None:
        try:
            gone = not client.recv(_HEAD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if gone:
            self._leaving.remove(conn)
            self._forget(conn)

    def murder_pending(self) -> None:
        """Called in every turn of the main loop: end what has taken too long; when stopping, all that says nothing."""
        now = time.monotonic()
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = now
        super().murder_pending()
        while self._leaving and self._leaving[0].timeout <= now:
            self._forget(self._leaving.popleft())

    def _forget(self, conn: TConn) -> None:
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


def _asked_by_operator(conn: TConn) -> bytes:
    """The path, if it is one of those."""
    begins = conn.parser.unreader.buf.getvalue()[:_LINE_BYTES] if conn.parser is not None else b""
    if len(begins) < _LINE_BYTES:
        with suppress(OSError):
            begins += conn.sock.recv(_LINE_BYTES - len(begins), socket.MSG_PEEK | socket.MSG_DONTWAIT)
    asked = _OPERATORS_LINE.match(begins)
    return asked[1] if asked is not None else b""


def _is_complete(seen: bytes) -> bool:
    """Whether the head is there, and the body too if it is short and the client does not wait for a word first."""
    head, end, body = seen.partition(b"\r\n\r\n")
    if not end:
        return len(seen) >= _HEAD_BYTES
    length = _CONTENT_LENGTH.search(head + b"\r\n")
    if length is None or len(length[1]) > 9 or int(length[1]) > _BODY_BYTES or b"\r\nexpect:" in head.lower():
        return True
    return len(body) >= int(length[1])
