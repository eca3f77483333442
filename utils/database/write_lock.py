"""The turn to write: one file lock for all writers of the database on this machine.

SQLite has a write lock of its own, but whoever waits for it sleeps for longer and longer, up to 100 ms a time, while
others pass. Here the kernel queues the writers: under full load from four processes the slowest percent waits
milliseconds instead of seconds. A process that is killed loses the lock with its life.
"""

import fcntl
import os
import threading
from pathlib import Path


class WriteTurnError(RuntimeError):
    """Somebody has been writing for too long: a process that is frozen, a disk that hangs."""


class WriteLock:
    """Held for a ``with`` block. Each thread locks through a file of its own, so it also keeps threads apart.

    Not reentrant.
    """

    def __init__(self, path: Path, patience_seconds: float = 10.0) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._local = threading.local()

    def __enter__(self) -> None:
        """Raises :class:`WriteTurnError` when the lock is not to be had in time."""
        opened = getattr(self._local, "opened", None)
        if opened is None:
            opened = self._local.opened = _Descriptor(self._path)
        try:
            fcntl.flock(opened.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not _Wait(opened).ends_within(self._patience_seconds):
                self._local.opened = None  # the waiting thread keeps it, and closes it in the end
                raise WriteTurnError(
                    f"Another writer has held the database for {self._patience_seconds:.0f} seconds."
                ) from None

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._local.opened.fd, fcntl.LOCK_UN)


class _Descriptor:
    """Closed, and with it unlocked, when nobody refers to it any more."""

    def __init__(self, path: Path) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def __del__(self) -> None:
        self.close()


class _Wait:
    """Queues for the lock, in a thread, for only a thread can be left waiting."""

    def __init__(self, opened: _Descriptor) -> None:
        self._opened = opened
        self._guard = threading.Lock()
        self._locked = threading.Event()
        self._given_up = False

    def ends_within(self, seconds: float) -> bool:
        """If not, what is locked too late is closed at once: an error may refer to it for long."""
        threading.Thread(target=self._lock, name="write-turn", daemon=True).start()
        if self._locked.wait(seconds):
            return True
        with self._guard:
            self._given_up = not self._locked.is_set()
            return not self._given_up

    def _lock(self) -> None:
        fcntl.flock(self._opened.fd, fcntl.LOCK_EX)
        with self._guard:
            if self._given_up:
                self._opened.close()
            else:
                self._locked.set()
