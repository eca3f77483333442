"""A session's events as a WSGI response body.

As with ``wsgi.file_wrapper`` (PEP 3333), a server that knows the object need not iterate over it:
utils/streams/gunicorn_worker.py gives the client's socket to the process's one event loop. Every other server iterates,
at the price of a thread for each stream; cursor, frames and log are the same.
"""

import logging
import select
import time
from collections.abc import Iterator

from utils.database.base import DatabaseLostError
from utils.database.outage import Outage
from utils.doorbell.base import SESSIONS, DoorbellListener
from utils.doorbell.news import Frame
from utils.log.events import Heartbeat, Reset, encode_unlogged
from utils.log.frames import frame_without_tool_data, of_run, to_frame
from utils.log.store import Position
from utils.streams.log_reader import CHUNK_BYTES
from utils.streams.permits import LOOK_SECONDS, Permit
from utils.streams.source import StreamSource

# A stream is as private as any answer: no-store. no-transform and X-Accel-Buffering keep proxies from compressing or
# collecting what must arrive at once.
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
RETRY = b"retry: 1000\n\n"  # milliseconds until a client comes back
_POLL_SECONDS = 1.0
_log = logging.getLogger(__name__)


class EventStream:
    """The events of ``session_id`` after ``cursor``, for ever; with ``run_id``, those of one run until it ends.

    A cursor that cannot be honoured (ahead of the head, or older than what is kept) begins with a `reset`. So does one
    that ``skips`` events which are kept: their reader asked for the end of the log alone.
    """

    def __init__(
        self,
        source: StreamSource,
        session_id: str,
        position: Position,
        cursor: int,
        run_id: str | None,
        permit: Permit | None = None,
        subjects: tuple[str, ...] = (),
        *,
        skips: bool = False,
    ) -> None:
        """Ends with its permit. ``subjects``: by which the loop counts its streams."""
        self.permit = permit
        self.subjects = subjects
        self.session_id = session_id
        self.position = position
        self.run_id = run_id
        lost = cursor > position.head or cursor < position.first - 1
        self.cursor = position.first - 1 if lost else cursor
        self.preamble = RETRY
        if lost or skips:
            self.preamble += encode_unlogged(Reset(session_id=session_id, first=self.cursor + 1, head=position.head))
        # The first heartbeat tells the client at once how far there is to go, and what time it is here.
        self.preamble += encode_unlogged(Heartbeat(session_id=session_id, head=position.head))
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        listener = self._source.doorbell.listen(SESSIONS)
        try:
            yield self.preamble
            yield from self._frames(listener)
        finally:
            listener.close()

    def _frames(self, listener: DoorbellListener) -> Iterator[bytes]:
        poller = select.poll()
        poller.register(listener.fileno(), select.POLLIN)
        position, cursor = self.position, self.cursor
        outage = Outage(_log, f"The log of session {self.session_id} cannot be read", "log")
        beat_at = time.monotonic() + self._source.heartbeat_seconds
        look_at = time.monotonic() + LOOK_SECONDS
        while True:
            frames: list[Frame] = []
            try:
                if self.permit is not None and self._source.ended_permits is not None and time.monotonic() >= look_at:
                    if self._source.ended_permits([self.permit]):
                        return
                    look_at = time.monotonic() + LOOK_SECONDS
                found = self._source.log.position(self.session_id)
                if found is None or found.key != position.key or found.head < cursor:  # gone, or put back
                    return
                position = found
                frames = [
                    to_frame(event) for event in self._source.log.read(position.key, cursor, max_bytes=CHUNK_BYTES)
                ]
                outage.is_over()
            except DatabaseLostError as error:  # the stream stays open; what it misses is in the log
                outage.goes_on(error)
            if frames:
                if frames[0].seq > cursor + 1:
                    yield encode_unlogged(Reset(session_id=self.session_id, first=frames[0].seq, head=position.head))
                cursor = frames[-1].seq
                ours = frames if self.run_id is None else of_run(frames, self.run_id)
                if self.permit is not None and self.permit.hides_tool_data:
                    ours = [frame_without_tool_data(frame) for frame in ours]
                yield b"".join([frame.data for frame in ours])
                if self.run_id is not None and ours and ours[-1].ends_run:
                    return
                continue
            if position.first > cursor + 1:  # all that it had still to read was trimmed away
                yield encode_unlogged(Reset(session_id=self.session_id, first=position.first, head=position.head))
                cursor = position.first - 1
            if time.monotonic() >= beat_at:
                yield encode_unlogged(Heartbeat(session_id=self.session_id, head=position.head))
                beat_at = time.monotonic() + self._source.heartbeat_seconds
            poller.poll(min(_POLL_SECONDS, max(0.0, beat_at - time.monotonic())) * 1000)
            listener.rings()
