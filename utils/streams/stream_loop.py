"""The event loop of a process that writes to all its streams.

A subscriber is a cursor. Most subscribers are *live*: their cursor is the head of their session's feed, so a new event
is one write of the same bytes to each of them, and nothing is kept for any. Events that arrive with a ring of the
doorbell are sent without reading the log. A subscriber whose socket is full, or that comes with an older cursor, is
*catching up*: it keeps a number and at most the rest of one frame, and reads on from the feed's recent frames, or from
the log, when its socket has room. A subscriber costs no thread, no queue and no timer.
"""

import contextlib
import logging
import os
import random
import resource
import select
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Hashable, Sequence

from blinker import signal

from utils.doorbell.base import ANYTHING, SESSIONS
from utils.doorbell.news import Frame, unpack
from utils.log.frames import frame_without_tool_data, of_run
from utils.log.store import Position
from utils.streams.board_stream import BoardStream
from utils.streams.feed import BoardFeed, Feed, SessionFeed, Subscriber
from utils.streams.log_reader import LogReader
from utils.streams.peer import peer_vanished
from utils.streams.permits import Permit, PermitWatch
from utils.streams.source import StreamSource

_FEED_BYTES = 256 * 1024  # recent frames kept for one session …
_ALL_FEEDS_BYTES = 64 * 1024 * 1024  # … and for all sessions together
# A write gives the interpreter away only for microseconds and takes it back before a thread that waits for it is awake:
# during a long broadcast requests would get nowhere. So now and then it pauses for as long as waking takes.
_SLICE = 128
_PAUSE_SECONDS = 0.00005
_SLOTS = 32  # heartbeats are spread over so many ticks
_FILES_FOR_OTHERS = 256
_WATCHED = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
_log = logging.getLogger(__name__)

# For onlookers (metrics): sent by the loop a few times a minute or more often; its sender is the loop.
streams_counted = signal("ringside.streams-counted")
# For onlookers (metrics): sent by the loop with seconds= when a stream has ended.
stream_ended = signal("ringside.stream-ended")


class StreamLoop:
    """Owns the sockets handed to :meth:`add` and writes to them until they end. Made after the fork."""

    def __init__(self, source: StreamSource) -> None:
        self.opened = 0
        self.ended = 0
        self.delivered = 0
        self._heartbeat_seconds = source.heartbeat_seconds
        self._dead_after_ms = int(source.heartbeat_seconds * 1500)
        self._doorbell = source.doorbell.listen(SESSIONS)
        self._rung = self._doorbell.fileno()
        self._reader = LogReader(source.log, self)
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._epoll.register(self._rung, select.EPOLLIN)
        self._calls: deque[Callable[[], None]] = deque()
        self._feeds: dict[int, SessionFeed] = {}
        self._board = source.board
        self._board_feeds: dict[Hashable, BoardFeed] = {}  # by who reads
        self._budget = _FEED_BYTES  # bytes of recent frames that a session may keep
        self._subscribers: dict[int, Subscriber] = {}
        self._counts: Counter[str] = Counter()
        self._by_permit: dict[Permit, set[Subscriber]] = {}
        self._permit_watch = (
            PermitWatch(source.ended_permits, lambda: list(self._by_permit), self.withdraw)
            if source.ended_permits is not None
            else None
        )
        self._ready: deque[Subscriber] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="stream-loop", daemon=True)

    @property
    def open_streams(self) -> int:
        return len(self._subscribers)

    @property
    def watched_sessions(self) -> int:
        return len(self._feeds)

    @property
    def full(self) -> bool:
        """Whether another stream would take a file that the rest of the process may need."""
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return len(self._subscribers) >= files - min(_FILES_FOR_OTHERS, files // 4)

    def count(self, subject: str) -> int:
        """How many streams are open that were added with this subject."""
        return self._counts.get(subject, 0)

    def start(self) -> None:
        self._reader.start()
        self._thread.start()
        if self._permit_watch is not None:
            self._permit_watch.start()

    def add(
        self,
        fd: int,
        session_id: str,
        position: Position,
        cursor: int,
        run_id: str | None,
        first: bytes,
        permit: Permit | None = None,
        subjects: tuple[str, ...] = (),
    ) -> None:
        """Take over a connected, non-blocking socket: send ``first``, then the session's events after ``cursor``.

        ``subjects``: by which its streams are counted, see :meth:`count`.
        """
        if self._stopping:
            os.close(fd)
            return
        subscriber = Subscriber(fd, cursor, run_id, first, permit)
        subscriber.subjects = subjects
        self._call(lambda: self._join_session(subscriber, session_id, position))

    def add_to_board(self, fd: int, stream: BoardStream) -> None:
        """The same for a stream of the board's rows."""
        if self._stopping:
            os.close(fd)
            return
        subscriber = Subscriber(fd, 0, None, stream.preamble, stream.permit)
        subscriber.subjects = stream.subjects
        self._call(lambda: self._join_board(subscriber, stream))

    @property
    def stopping(self) -> bool:
        """Whether the process ends: what waits in it had better go."""
        return self._stopping

    def request_stop(self) -> None:
        """Say goodbye to all streams and end. Safe to call from a signal handler."""
        self._stopping = True
        os.eventfd_write(self._wake, 1)

    def join(self) -> None:
        self._thread.join()
        if self._permit_watch is not None:
            self._permit_watch.stop()
        self._reader.stop()
        self._doorbell.close()

    def withdraw(self, permits: Collection[Permit]) -> None:
        """End the streams that these permits opened."""

        def end() -> None:
            for permit in permits:
                for subscriber in list(self._by_permit.get(permit, ())):
                    self._drop(subscriber)

        self._call(end)

    # From the reader's thread

    def head(self, key: int) -> int:
        feed = self._feeds.get(key)
        return 0 if feed is None else feed.head

    def moved(self, key: int, frames: Sequence[Frame]) -> None:
        self._call(lambda: self._publish_read(key, frames))

    def gone(self, key: int) -> None:
        self._call(lambda: self._end_feed(key))

    def _call(self, function: Callable[[], None]) -> None:
        self._calls.append(function)
        os.eventfd_write(self._wake, 1)

    # The loop

    def _run(self) -> None:
        tick = self._heartbeat_seconds / _SLOTS
        slot, beat_at = 0, time.monotonic() + tick
        calls, ready = self._calls, self._ready
        while not self._stopping:
            try:
                left = beat_at - time.monotonic()
                if left <= 0:
                    left, beat_at = 0.0, time.monotonic() + tick
                    self._beat(slot)
                    streams_counted.send(self)
                    slot = (slot + 1) % _SLOTS
                self._handle(self._epoll.poll(0 if ready or calls else left))
                if calls:
                    for _ in range(len(calls)):
                        calls.popleft()()
                if ready:
                    for _ in range(len(ready)):
                        self._advance(ready.popleft())
            except Exception:
                _log.exception("The stream loop stumbled; it goes on")
        self._say_goodbye()

    def _handle(self, happened: list[tuple[int, int]]) -> None:
        for fd, what in happened:
            if fd == self._rung:
                self._hear()
                continue
            if fd == self._wake:
                os.eventfd_read(fd)
                continue
            subscriber = self._subscribers.get(fd)
            if subscriber is None:
                continue
            if what & _WATCHED:
                self._drop(subscriber)
            elif what & select.EPOLLOUT:
                self._epoll.modify(fd, _WATCHED)
                subscriber.blocked = False
                self._advance(subscriber)

    def _hear(self) -> None:
        """Publish the news that follow on what is known here; of everything else the reader asks the log."""
        news: dict[SessionFeed, list[Frame]] = {}
        unknown: set[int] = set()
        for hint, packed in self._doorbell.rings():
            if hint == ANYTHING:
                self._reader.look_everywhere()
                continue
            feed = self._feeds.get(int(hint)) if hint.isdecimal() else None
            if feed is None:
                continue
            told = news.get(feed)
            head = told[-1].seq if told else feed.head
            frames = unpack(packed)
            if frames and frames[0].seq <= head:  # some of it came another way
                frames = [frame for frame in frames if frame.seq > head]
                if not frames:
                    continue
            if not frames or frames[0].seq != head + 1 or frames[-1].seq != head + len(frames):
                unknown.add(feed.key)
            elif told:
                told += frames
            else:
                news[feed] = frames
        for feed, frames in news.items():
            self._publish(feed, frames)
        if unknown:
            self._reader.look(unknown)

    def _join_session(self, subscriber: Subscriber, session_id: str, position: Position) -> None:
        feed = self._feeds.get(position.key)
        if feed is None:
            feed = self._feeds[position.key] = SessionFeed(position.key, session_id, position.head)
            self._share_out()
            self._reader.watch(position.key, position.head)
        self._join(subscriber, feed)

    def _join_board(self, subscriber: Subscriber, stream: BoardStream) -> None:
        feed = self._board_feeds.get(stream.reader)
        if feed is None:
            if not self._board_feeds:
                stream.board.watch(self._board_moved)
            feed = self._board_feeds[stream.reader] = BoardFeed(stream.board, stream.reader)
        subscriber.cursor, begins = stream.board.resume(stream.last_event_id)
        subscriber.pending = (subscriber.pending or b"") + begins
        self._join(subscriber, feed)

    def _join(self, subscriber: Subscriber, feed: Feed) -> None:
        subscriber.feed = feed
        self._subscribers[subscriber.fd] = subscriber
        if subscriber.permit is not None:
            self._by_permit.setdefault(subscriber.permit, set()).add(subscriber)
        self._counts.update(subscriber.subjects)
        self.opened += 1
        feed.behind.add(subscriber)
        self._epoll.register(subscriber.fd, _WATCHED)
        self._advance(subscriber)

    def _board_moved(self) -> None:
        """Called by the board."""
        self._call(self._publish_board)

    def _publish_board(self) -> None:
        for feed in list(self._board_feeds.values()):
            frames = feed.news()
            if frames:
                self._write_all(feed, feed.live, frames, _together(frames))
            self._ready.extend(one for one in feed.behind if not (one.blocked or one.fetching))

    def _share_out(self) -> None:
        """All feeds get the same room."""
        self._budget = min(_FEED_BYTES, _ALL_FEEDS_BYTES // max(1, len(self._feeds)))

    def _publish_read(self, key: int, frames: Sequence[Frame]) -> None:
        """Publish what the reader found in the log."""
        feed = self._feeds.get(key)
        if feed is None:
            return
        # An earlier watch of the same session may still be handing over what this feed began after.
        frames = [frame for frame in frames if frame.seq > feed.head]
        if frames:
            if frames[0].seq != feed.head + 1:
                self._skip(feed)
            self._publish(feed, frames)

    def _publish(self, feed: SessionFeed, frames: Sequence[Frame]) -> None:
        """The next events of a session: to the live subscribers at once, to the others when they have caught up."""
        data = _together(frames)
        feed.keep(frames, len(data), self._budget)
        if feed.live:
            self._write_all(feed, feed.live, frames, data)
        if feed.live_redacted:
            redacted = [frame_without_tool_data(frame) for frame in frames]
            self._write_all(feed, feed.live_redacted, redacted, _together(redacted))
        if feed.behind:
            self._ready.extend(one for one in feed.behind if not (one.blocked or one.fetching))

    def _write_all(self, feed: Feed, live: dict[int, Subscriber], frames: Sequence[Frame], data: bytes) -> None:
        size, write = len(data), os.write
        self.delivered += len(live) * len(frames)
        fds = list(live)
        for start in range(0, len(fds), _SLICE):
            if start:
                time.sleep(_PAUSE_SECONDS)
            for fd in fds[start : start + _SLICE]:
                try:
                    sent = write(fd, data)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    self._drop(self._subscribers[fd])
                    continue
                if sent != size:
                    subscriber = live.pop(fd)
                    feed.behind.add(subscriber)
                    self._keep_rest(subscriber, frames, sent)
                    self._block(subscriber)

    def _advance(self, subscriber: Subscriber) -> None:
        """Send one piece to a subscriber that is catching up; live again once it is at the head."""
        feed = subscriber.feed
        if feed is None or subscriber.blocked or subscriber.fetching or subscriber.fd in feed.live_like(subscriber):
            return
        if subscriber.pending is not None and not self._flush(subscriber):
            return
        if subscriber.closing:
            self._drop(subscriber)
            return
        frames = feed.after(subscriber.cursor)
        if frames is None:
            self._fetch(subscriber, feed)
        elif frames:
            self._send(subscriber, frames)
        elif feed.goes_live(subscriber.cursor) and subscriber.run_id is None:
            feed.behind.discard(subscriber)
            feed.live_like(subscriber)[subscriber.fd] = subscriber

    def _fetch(self, subscriber: Subscriber, feed: Feed) -> None:
        assert isinstance(feed, SessionFeed), "a board has all that its readers need"
        subscriber.fetching = True
        self._reader.replay(
            feed.key,
            subscriber.cursor,
            lambda first, read: self._call(lambda: self._fetched(subscriber, feed, first, read)),
        )

    def _fetched(self, subscriber: Subscriber, feed: SessionFeed, first: int, frames: Sequence[Frame]) -> None:
        subscriber.fetching = False
        if subscriber.feed is None:
            return
        if frames:
            feed.keep_past(frames, self._budget)
            self._send(subscriber, frames)
        elif first > subscriber.cursor + 1 and self._reset(subscriber, feed, first, max(first - 1, feed.head)):
            self._ready.append(subscriber)

    def _reset(self, subscriber: Subscriber, feed: Feed, first: int, head: int) -> bool:
        """Tell that the log goes on at ``first``; False when the socket is full or dead."""
        told = feed.reset(first, head)
        if told is None:
            return True
        subscriber.pending = told
        subscriber.cursor = first - 1
        return self._flush(subscriber)

    def _send(self, subscriber: Subscriber, frames: Sequence[Frame]) -> None:
        feed, first = subscriber.feed, frames[0].seq
        assert feed is not None
        if first > subscriber.cursor + 1 and not self._reset(subscriber, feed, first, max(feed.head, frames[-1].seq)):
            return
        last = frames[-1].seq
        if subscriber.run_id is not None:
            frames = of_run(frames, subscriber.run_id)
            subscriber.closing = bool(frames) and frames[-1].ends_run
        if subscriber.redacted:
            frames = [frame_without_tool_data(frame) for frame in frames]
        data = _together(frames)
        sent = self._write(subscriber, data)
        if sent is None:
            return
        self.delivered += len(frames)
        if sent == len(data):
            subscriber.cursor = last
            self._ready.append(subscriber)
        else:
            subscriber.closing = False
            self._keep_rest(subscriber, frames, sent)
            self._block(subscriber)

    def _keep_rest(self, subscriber: Subscriber, frames: Sequence[Frame], sent: int) -> None:
        """Of frames that were sent up to byte ``sent``, keep the rest of the one frame that was cut."""
        for frame in frames:
            if sent < len(frame.data):
                subscriber.pending = frame.data[sent:] if sent else None
                subscriber.cursor = frame.seq if sent else frame.seq - 1
                subscriber.closing = bool(sent) and subscriber.run_id is not None and frame.ends_run
                return
            sent -= len(frame.data)

    def _flush(self, subscriber: Subscriber) -> bool:
        """Send what is pending; True when nothing is left."""
        pending = subscriber.pending
        assert pending is not None
        sent = self._write(subscriber, pending)
        if sent is None:
            return False
        if sent < len(pending):
            subscriber.pending = pending[sent:]
            self._block(subscriber)
            return False
        subscriber.pending = None
        return True

    def _write(self, subscriber: Subscriber, data: bytes) -> int | None:
        """Bytes that went into the socket; None if it is dead, and dropped."""
        try:
            return os.write(subscriber.fd, data) if data else 0
        except BlockingIOError:
            return 0
        except OSError:
            self._drop(subscriber)
            return None

    def _block(self, subscriber: Subscriber) -> None:
        subscriber.blocked = True
        self._epoll.modify(subscriber.fd, _WATCHED | select.EPOLLOUT)

    def _skip(self, feed: SessionFeed) -> None:
        """The log was trimmed past its watchers: they catch up from the log, which tells them with a `reset`."""
        for live in (feed.live, feed.live_redacted):
            for subscriber in live.values():
                subscriber.cursor = feed.head
                feed.behind.add(subscriber)
            live.clear()
        feed.frames.clear()
        feed.size = 0

    def _beat(self, slot: int) -> None:
        """Heartbeats for a share of the streams, and an end for those whose peer has vanished."""
        frames: dict[Feed, bytes] = {}
        for fd, subscriber in [item for item in self._subscribers.items() if item[0] % _SLOTS == slot]:
            feed = subscriber.feed
            if feed is None:
                continue
            if peer_vanished(fd, self._dead_after_ms):
                self._drop(subscriber)
                continue
            if subscriber.blocked or subscriber.fetching or subscriber.pending is not None:
                continue
            frame = frames.get(feed)
            if frame is None:
                frame = frames[feed] = feed.heartbeat()
            sent = self._write(subscriber, frame)
            if sent is not None and sent < len(frame):
                self._cut_heartbeat(subscriber, feed, frame[sent:] if sent else None)

    def _cut_heartbeat(self, subscriber: Subscriber, feed: Feed, rest: bytes | None) -> None:
        if feed.live_like(subscriber).pop(subscriber.fd, None) is not None:
            subscriber.cursor = feed.head
            feed.behind.add(subscriber)
        subscriber.pending = rest
        self._block(subscriber)

    def _end_feed(self, key: int) -> None:
        """The session was deleted: its streams end, and a reconnect is answered with 404."""
        feed = self._feeds.get(key)
        if feed is not None:
            for subscriber in [*feed.live.values(), *feed.live_redacted.values(), *feed.behind]:
                self._drop(subscriber)

    def _drop(self, subscriber: Subscriber) -> None:
        feed = subscriber.feed
        if feed is None:
            return
        subscriber.feed = None
        del self._subscribers[subscriber.fd]
        feed.live_like(subscriber).pop(subscriber.fd, None)
        feed.behind.discard(subscriber)
        if subscriber.permit is not None:
            self._by_permit[subscriber.permit].discard(subscriber)
            if not self._by_permit[subscriber.permit]:
                del self._by_permit[subscriber.permit]
        self._counts.subtract(subscriber.subjects)
        for subject in subscriber.subjects:
            if self._counts[subject] <= 0:
                del self._counts[subject]
        if not feed.watched:
            self._forget(feed)
        self.ended += 1
        stream_ended.send(self, seconds=time.monotonic() - subscriber.since)
        os.close(subscriber.fd)  # epoll forgets a closed socket by itself

    def _forget(self, feed: Feed) -> None:
        """Nobody watches it any more."""
        if isinstance(feed, SessionFeed):
            del self._feeds[feed.key]
            self._share_out()
            self._reader.unwatch(feed.key)
        elif isinstance(feed, BoardFeed):
            del self._board_feeds[feed.reader]
            if not self._board_feeds and self._board is not None:
                self._board.leave(self._board_moved)

    def _say_goodbye(self) -> None:
        """Close every stream, each with another delay to come back, so that a restart is no reconnect storm."""
        for call in list(self._calls):
            call()
        for subscriber in list(self._subscribers.values()):
            if subscriber.pending is None:
                with contextlib.suppress(OSError):
                    os.write(subscriber.fd, b"retry: %d\n\n" % random.randint(200, 3000))  # noqa: S311
            self._drop(subscriber)
        self._epoll.close()


def _together(frames: Sequence[Frame]) -> bytes:
    return frames[0].data if len(frames) == 1 else b"".join([frame.data for frame in frames])
