"""The background thread that brings events to the server.

What a program calls only puts its event into the queue. Nothing here raises into the program, whatever happens to the
network, the disk, the interpreter or the process.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable

from ringside.sending.queue import Batch, Queue
from ringside.sending.transport import Later, Outcome, Refused, Stored, Transport

_log = logging.getLogger("ringside")
_GATHER_SECONDS = 0.05  # events that happen close together go in one request
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_LAST_SECONDS = 0.2
_MOST_COMPLAINTS = 100

_senders: "weakref.WeakSet[Sender]" = weakref.WeakSet()


class Sender:
    def __init__(
        self, queue: Callable[[], Queue], transport: Callable[[], Transport], told: Callable[[Stored], None]
    ) -> None:
        """``queue`` and ``transport`` make them, again in each process that is forked; ``told``: of each answer."""
        self._make_queue, self._make_transport, self._told = queue, transport, told
        self._begin()
        _senders.add(self)

    def _begin(self) -> None:
        self._queue, self._transport = self._make_queue(), self._make_transport()
        self._changed = threading.Condition()  # reentrant: a handler of our log lines may emit, too
        self._thread: threading.Thread | None = None
        self._idle = self._hurry = self._closing = False
        self._trouble: str | None = None
        self._failures = 0
        self._complaints: set[tuple[str, str]] = set()

    def put(self, session: str, title: str | None, body: bytes) -> None:
        with self._changed:
            self._queue.put(session, title, body)
            if self._thread is None:
                self._start()
            if self._idle:
                self._idle = False
                self._changed.notify_all()

    def flush(self, seconds: float, try_once: bool = False) -> bool:
        """Whether everything is at the server after at most so many seconds; ``try_once``: give up when it is away.

        Raises OSError when a durable queue cannot be read.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            alive = self._thread is not None
            try:
                if alive:
                    failures = self._failures
                    self._changed.wait_for(
                        lambda: (
                            not len(self._queue) or self._thread is None or (try_once and self._failures > failures)
                        ),
                        max(0.0, seconds),
                    )
            finally:
                self._hurry = False
        if not alive:  # closed, or the interpreter ends and starts no threads any more
            self._send_here(deadline)
        with self._changed:
            return not len(self._queue)

    def close(self, seconds: float) -> bool:
        """Flush, and end the thread. What does not get through in time stays in a durable queue, or is lost.

        What is put later starts it again.
        """
        done = self.flush(seconds, try_once=self._queue.durable)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._thread is None, _LAST_SECONDS)  # a request under way may take longer
            left = 0 if self._queue.durable else len(self._queue)
            if self._thread is None:
                self._rest()
        if left:
            _log.warning(
                "Ringside: %s events could not be sent (%s).", f"{left:,}", self._trouble or "no time was left"
            )
        return done

    def start_afresh(self) -> None:
        """After a fork, in the child: what the parent has queued is the parent's to send."""
        self._queue.close()
        self._begin()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="ringside", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter ends; flush, which comes, sends
            return
        self._thread = thread

    def _run(self) -> None:
        going = True
        while going:
            try:
                going = self._send_next()
            except Exception as error:  # of the queue's disk; without this thread nothing would be sent any more
                going = self._outlive(error)

    def _outlive(self, error: Exception) -> bool:
        """Whether the thread goes on, after a while."""
        _log.debug("Sending failed", exc_info=True)
        later = Later(f"{type(error).__name__}: {error}")
        with self._changed:
            if self._closing:
                return self._end()
            self._note(later.words)
            self._wait(later)
        return True

    def _send_next(self) -> bool:
        """Whether there may be more."""
        with self._changed:
            while not len(self._queue) and not self._closing:
                self._idle = True
                self._changed.wait()
            self._idle = False
            if not len(self._queue):
                return self._end()
            if not self._closing:
                self._changed.wait_for(lambda: self._hurry or self._closing, _GATHER_SECONDS)
            batch = self._queue.take()
        if batch is None:
            return True
        later = self._deliver(batch)
        with self._changed:
            if later is None:
                self._queue.done(batch)
                self._changed.notify_all()
            elif self._closing:
                return self._end()
            else:
                self._wait(later)
        return True

    def _end(self) -> bool:
        self._thread = None
        self._rest()
        self._changed.notify_all()
        return False

    def _rest(self) -> None:
        try:
            self._transport.close()
            self._queue.close()
        except Exception:  # there is nothing more to lose
            _log.debug("Closing failed", exc_info=True)

    def _send_here(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            with self._changed:
                batch = self._queue.take()
            if batch is None or self._deliver(batch) is not None:
                break
            with self._changed:
                self._queue.done(batch)

    def _deliver(self, batch: Batch) -> Later | None:
        """None when there is nothing more to do about the batch."""
        outcome = self._sent(batch)
        if isinstance(outcome, Later):
            self._note(outcome.words)
            return outcome
        if isinstance(outcome, Refused):
            if outcome.divide and len(batch.bodies) > 1:
                for half in batch.halves():
                    later = self._deliver(half)
                    if later is not None:
                        return later  # the whole batch again: what is stored by then is not stored twice
                return None
            self._complain(batch, outcome.words)
            return None
        self._failures = 0
        if self._trouble is not None:
            self._trouble = None
            _log.info("Ringside takes events again.")
        self._told(outcome)
        return None

    def _complain(self, batch: Batch, words: str) -> None:
        """Once for each reason."""
        about = (batch.session, words)
        if about not in self._complaints:
            self._complaints = {*self._complaints, about} if len(self._complaints) < _MOST_COMPLAINTS else {about}
            _log.warning("Ringside refused events of the session %r: %s", batch.session, words)

    def _sent(self, batch: Batch) -> Outcome:
        try:
            return self._transport.send(batch, self._queue.title(batch.session))
        except Exception as error:  # a thread that ends would lose everything that comes
            _log.debug("Sending failed", exc_info=True)
            return Later(f"{type(error).__name__}: {error}")

    def _note(self, words: str) -> None:
        self._failures += 1
        if self._trouble != words:
            if self._trouble is None:
                _log.warning(
                    "Ringside does not take events at present: %s. They are kept and sent later.", words.rstrip(".")
                )
            self._trouble = words

    def _wait(self, later: Later) -> None:
        """Until it is time to try again: when the server says, else after ever longer, and soon if somebody waits."""
        if later.seconds is not None:
            self._changed.wait_for(lambda: self._closing, later.seconds)
            return
        longest = min(_FIRST_WAIT * 2 ** min(self._failures - 1, 10), _LONGEST_WAIT)
        seconds = longest * (0.5 + os.urandom(1)[0] / 512)  # not all programs at the same moment
        hurry = self._hurry
        self._changed.wait_for(
            lambda: self._closing or self._hurry != hurry, min(seconds, _FIRST_WAIT) if hurry else seconds
        )


def _after_fork() -> None:
    for sender in list(_senders):
        sender.start_afresh()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
