"""The turn to write: one file lock for all writers of the database on this machine.

SQLite has a write lock of its own, but whoever waits for it sleeps for longer and longer, up to 100 ms a time, while
others pass. Here the kernel queues the writers: under full load from four processes the slowest percent waits
milliseconds instead of seconds. A process that is killed loses the lock with its life.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WriteLock:
    """Each thread locks through a file description of its own, so it also keeps threads apart. Not reentrant."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock for the block."""
        fd = self._fd()
        fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(fd, fcntl.LOCK_UN)

    def _fd(self) -> int:
        opened = getattr(self._local, "opened", None)
        if opened is None:
            opened = self._local.opened = _Descriptor(self._path)
        return int(opened.fd)


class _Descriptor:
    """Closed when its thread ends."""

    def __init__(self, path: Path) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __del__(self) -> None:
        os.close(self.fd)
