"""gunicorn's threaded worker, which hands the sockets of event streams to one event loop.

A stock threaded worker spends a thread on every stream. Here the view runs in a thread of the pool as ever; when it
answers with an :class:`utils.streams.event_stream.EventStream` or a BoardStream, the head is written, the client's
socket is taken out of gunicorn, and the thread is free. As little of gunicorn as possible is overridden: gunicorn is
pinned, and tests/utils/streams/test_gunicorn_worker.py fails loudly when an upgrade changes what this file relies on.
"""

import gc
import resource
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import TConn

from utils.database.base import DatabaseError
from utils.settings import get_settings
from utils.streams.board_stream import BoardStream
from utils.streams.buffering_worker import BufferingWorker
from utils.streams.event_stream import EventStream
from utils.streams.source import STREAM_SOURCE
from utils.streams.stream_loop import StreamLoop

LONG_BODY_BYTES = 16 * 1024
_THREADS_WITHOUT_UPLOADS = 3
_READ_SECONDS = 30.0
_WRITE_SECONDS = 60
_TRY_AGAIN = 75  # sysexits.h: a temporary failure
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class StreamingWorker(BufferingWorker):
    """``worker_class = "utils.streams.gunicorn_worker.StreamingWorker"``"""

    streams: StreamLoop
    wsgi: Any  # the Flask application, later what hands off

    def load_wsgi(self) -> None:
        """Called once in the worker, after the fork: the place to start threads."""
        try:
            super().load_wsgi()
        except DatabaseError as error:
            # Whatever it says, the master could open the database, so this is a bad moment and not a wrong setting.
            # Not by the code that tells gunicorn that no worker will ever start: it would end the others' streams.
            self.log.warning("%s Another worker tries again.", error)
            sys.exit(_TRY_AGAIN)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        settings = get_settings()
        self._uploads = threading.BoundedSemaphore(max(1, settings.web_threads - _THREADS_WITHOUT_UPLOADS))
        self.streams = StreamLoop(self.wsgi.extensions[STREAM_SOURCE])
        self.streams.start()
        self.wsgi = self._handing_off(self.wsgi)
        # What is loaded stays: without it in the collector's way, a full collection takes a hundredth of the time.
        gc.collect()
        gc.freeze()

    def _handing_off(self, app: WsgiApp) -> WsgiApp:
        def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            environ["ringside.streams"] = self.streams
            response, client = getattr(start_response, "__self__", None), environ.get("gunicorn.socket")
            with self._upload_slot(environ, response), _bounded_waits(client):
                body = app(environ, start_response)
            # Only a plain socket that speaks HTTP/1: a TLS socket or an HTTP/2 stream has framing of its own.
            if (
                isinstance(body, EventStream | BoardStream)
                and type(response) is Response
                and type(client) is socket.socket
            ):
                self._hand_off(body, response, client)
                return ()
            return body

        return wsgi

    @contextmanager
    def _upload_slot(self, environ: dict[str, Any], response: Any) -> Iterator[None]:
        """A long body arrives as slowly as its client likes: some threads are kept free of such requests.

        The application is told by ``ringside.crowded`` that it had better refuse. The connection is not kept, for what
        is not read of the body would be waited for in the thread.
        """
        length = environ.get("CONTENT_LENGTH") or ("0" if "HTTP_TRANSFER_ENCODING" not in environ else "1" * 10)
        if int(length) <= LONG_BODY_BYTES:
            yield
            return
        if response is not None:
            response.force_close()
        taken = self._uploads.acquire(blocking=False)
        environ["ringside.crowded"] = not taken
        try:
            yield
        finally:
            if taken:
                self._uploads.release()

    def _hand_off(self, stream: EventStream | BoardStream, response: Any, client: socket.socket) -> None:
        response.force_close()
        response.chunked = False
        response.send_headers()
        if client.family != socket.AF_UNIX:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        client.setblocking(False)
        if isinstance(stream, BoardStream):
            self.streams.add_to_board(client.detach(), stream)
            return
        self.streams.add(
            client.detach(),
            stream.session_id,
            stream.position,
            stream.cursor,
            stream.run_id,
            stream.preamble,
            stream.permit,
            stream.subjects,
        )

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """A connection whose socket was handed off is none of gunicorn's any more: count it down, close nothing."""
        if conn.sock.fileno() == -1 and not fs.cancelled() and fs.exception() is None:
            self.nr_conns -= 1
            return
        super().finish_request(conn, fs)

    def handle_exit(self, sig: int, frame: Any) -> None:
        if hasattr(self, "streams"):  # the signal may come while the app is still being loaded
            self.streams.request_stop()
        super().handle_exit(sig, frame)

    def run(self) -> None:
        try:
            super().run()
        finally:
            self.streams.request_stop()
            self.streams.join()


@contextmanager
def _bounded_waits(client: Any) -> Iterator[None]:
    """While the application reads the request, a client that falls silent is an error and not a thread for ever.

    The same while the answer is written afterwards, to one that takes nothing of it: the kernel counts from the last
    byte that it took, so that an answer of any length may go as slowly as it likes.
    """
    if type(client) is not socket.socket:
        yield
        return
    client.settimeout(_READ_SECONDS)
    try:
        yield
    finally:
        client.setblocking(True)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _WRITE_SECONDS, 0))
