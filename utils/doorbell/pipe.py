"""The doorbell between the processes of one machine.

Every listener keeps a named pipe in one folder, called after its topic; whoever rings writes one message into each.
What fits into PIPE_BUF is written whole or not at all (pipe(7)), so that any number may ring at once. Ringing costs a
few microseconds and needs nobody who keeps a register.
"""

import contextlib
import errno
import fcntl
import os
import select
import signal
import struct
import time
from pathlib import Path
from uuid import uuid4

from utils.doorbell.base import ANYTHING, Ring

_SIZES = struct.Struct("<HH")  # bytes of the hint and of the news that follow
_SIZES_BYTES = _SIZES.size
_PIPE_BYTES = 1024 * 1024  # what a listener that is busy can have waiting
_READ_BYTES = 64 * 1024
_LOOK_AGAIN_SECONDS = 1.0


class PipeDoorbell:
    """Cheap to make, and safe to use after a fork."""

    def __init__(self, directory: Path) -> None:
        self._folder = _Folder(directory)
        self._directory = directory
        self._pipes: list[_Pipe] = []
        self._seen = -1
        self._look_at = 0.0

    def ring(self, topic: str, hint: str, news: bytes = b"") -> None:
        name = hint.encode()
        if _SIZES.size + len(name) + len(news) > select.PIPE_BUF:
            news = b""  # it could be torn apart by what another process writes; the log has it
        message = _SIZES.pack(len(name), len(news)) + name + news
        try:
            pipes = self._present()
        except OSError:  # no file can be opened: their polls will find out
            return
        for pipe in pipes:
            if pipe.topic == topic:
                self._ring(pipe, message)

    def listen(self, topic: str) -> "PipeListener":
        return PipeListener(self._directory, topic)

    @property
    def works(self) -> bool:
        return self._folder.is_there()

    def listeners(self, topic: str) -> int:
        return len({pid for name in self._folder.names() if _topic(name) == topic and _alive(pid := _owner(name))})

    def close(self) -> None:
        self._pipes = []
        self._folder.close()

    def _ring(self, pipe: "_Pipe", message: bytes) -> None:
        try:
            if signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN:  # as Python has it
                os.write(pipe.fd, message)
            else:
                _write_without_sigpipe(pipe.fd, message)
        except BlockingIOError:  # full: it looks at everything when it reads on
            pass
        except BrokenPipeError:  # its process ended without taking the pipe along
            self._folder.remove(pipe.name)

    def _present(self) -> "list[_Pipe]":
        """The listeners' pipes, looked up again when the folder has changed.

        A folder's time stamp is as coarse as the kernel's tick, hence the second look after a while.
        """
        changed, now = self._folder.changed(), time.monotonic()
        if changed != self._seen or now >= self._look_at:
            known = {pipe.name: pipe for pipe in self._pipes}
            found = [known.get(name) or self._open(name) for name in self._folder.names() if not name.startswith(".")]
            # A list that another thread is going through stays as it is, and keeps its pipes open.
            self._pipes = [pipe for pipe in found if pipe is not None]
            self._seen, self._look_at = changed, now + _LOOK_AGAIN_SECONDS
        return self._pipes

    def _open(self, name: str) -> "_Pipe | None":
        try:
            return _Pipe(name, self._folder.open(name, os.O_WRONLY))
        except OSError as error:
            if error.errno == errno.ENXIO:  # nobody reads it: its process ended without taking it along
                self._folder.remove(name)
            return None


class PipeListener:
    """Hears the rings of one topic: a pipe in the folder. It is its process's own, and not that of a fork of it."""

    def __init__(self, directory: Path, topic: str) -> None:
        self._folder = _Folder(directory)
        self._name = f"{topic}-{os.getpid()}-{uuid4().hex[:8]}"
        try:
            self._fd = self._folder.make(self._name)
        except OSError:
            self._folder.close()
            raise
        with contextlib.suppress(PermissionError):  # the user has many pipes: this one stays small
            fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._capacity = fcntl.fcntl(self._fd, fcntl.F_GETPIPE_SZ)
        self._almost_full = min(self._capacity // 2, self._capacity - select.PIPE_BUF)
        self._rest = b""

    def fileno(self) -> int:
        return self._fd

    def rings(self) -> list[Ring]:
        waiting = self._read()
        data = self._rest + waiting
        at, size, rings = 0, len(data), []
        while size - at >= _SIZES_BYTES:
            hint, news = _SIZES.unpack_from(data, at)
            begin = at + _SIZES_BYTES
            middle = begin + hint
            end = middle + news
            if end - at > select.PIPE_BUF:  # nobody of ours wrote that
                at = size
                rings.append(Ring(ANYTHING))
                break
            if end > size:
                break
            rings.append(Ring(data[begin:middle].decode(errors="replace"), data[middle:end]))
            at = end
        self._rest = data[at:]
        if len(waiting) > self._almost_full:  # perhaps there was no room for more
            rings.append(Ring(ANYTHING))
        return rings

    def close(self) -> None:
        self._folder.remove(self._name)
        os.close(self._fd)
        self._folder.close()

    def _read(self) -> bytes:
        """What waits in the pipe, at most as much as it holds: ringers must not keep the listener for ever."""
        data = b""
        try:
            while len(data) < self._capacity:
                piece = os.read(self._fd, _READ_BYTES)
                data += piece
                if len(piece) < _READ_BYTES:
                    break
        except BlockingIOError:
            pass
        return data


class _Pipe:
    """The writing end of a listener's pipe, closed when nobody uses it any more."""

    def __init__(self, name: str, fd: int) -> None:
        self.name = name
        self.topic = _topic(name)
        self.fd = fd

    def __del__(self) -> None:
        os.close(self.fd)


def _write_without_sigpipe(fd: int, message: bytes) -> None:
    """For a program that has the signal end itself, as filters do: it must not be ended by a listener that was."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPIPE])
    try:
        os.write(fd, message)
    except BrokenPipeError:
        signal.sigtimedwait([signal.SIGPIPE], 0)  # it waits for this thread
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _topic(name: str) -> str:
    return name.split("-", 1)[0]


def _owner(name: str) -> int:
    return int(name.split("-")[1])


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Folder:
    """The folder of pipes."""

    def __init__(self, directory: Path) -> None:
        path = directory / "doorbell"
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)

    def changed(self) -> int:
        return os.fstat(self._fd).st_mtime_ns

    def is_there(self) -> bool:
        """Whether others find it: its name may be gone."""
        return os.fstat(self._fd).st_nlink > 0

    def names(self) -> list[str]:
        return os.listdir(self._fd)

    def make(self, name: str) -> int:
        """A new pipe's reading end. The pipe gets its name once it is read: what nobody reads is swept away."""
        unread = f".{name}"
        with contextlib.ExitStack() as undo:
            os.mkfifo(unread, 0o600, dir_fd=self._fd)
            undo.callback(self.remove, unread)
            fd = self.open(unread, os.O_RDWR)  # for writing, too: it does not end when nobody rings
            undo.callback(os.close, fd)
            os.rename(unread, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
            undo.pop_all()
        return fd

    def open(self, name: str, how: int) -> int:
        return os.open(name, how | os.O_NONBLOCK, dir_fd=self._fd)

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)

    def close(self) -> None:
        os.close(self._fd)
