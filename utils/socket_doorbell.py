"""The doorbell between the processes of one machine.

Every listener binds a Unix datagram socket in one folder, named after its topic; whoever rings sends one datagram
to each. Ringing costs a few microseconds and needs nobody who keeps a register.
"""

import contextlib
import os
import socket
import time
from pathlib import Path
from uuid import uuid4

_LOOK_AGAIN_SECONDS = 1.0


class SocketDoorbell:
    """Cheap to make, and safe to use after a fork."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._folder = _Folder(directory)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._listeners: list[tuple[str, str]] = []
        self._seen = -1
        self._look_at = 0.0

    def ring(self, topic: str, hint: str) -> None:
        message = hint.encode()
        try:
            present = self._present()
        except OSError:  # no file can be opened: their polls will find out
            return
        for name, address in present:
            if not name.startswith(topic):
                continue
            try:
                self._socket.sendto(message, address)
            except ConnectionRefusedError:  # its process ended without taking the socket along
                self._folder.remove(name)
            except OSError:  # full, or just gone: its poll will find out
                continue

    def listen(self, topic: str) -> "SocketListener":
        return SocketListener(self._directory, topic)

    def listeners(self, topic: str) -> int:
        return len({pid for name in self._folder.names() if name.startswith(topic) and _alive(pid := _owner(name))})

    def _present(self) -> list[tuple[str, str]]:
        """The listeners' names and addresses, looked up again when the folder has changed.

        A folder's time stamp is as coarse as the kernel's tick, hence the second look after a while.
        """
        changed, now = self._folder.changed(), time.monotonic()
        if changed != self._seen or now >= self._look_at:
            self._listeners = [(name, self._folder.address(name)) for name in self._folder.names()]
            self._seen, self._look_at = changed, now + _LOOK_AGAIN_SECONDS
        return self._listeners

    def close(self) -> None:
        self._socket.close()
        self._folder.close()


class SocketListener:
    """Hears the rings of one topic: a socket in the folder."""

    def __init__(self, directory: Path, topic: str) -> None:
        self._folder = _Folder(directory)
        self._name = f"{topic}-{os.getpid()}-{uuid4().hex[:8]}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._folder.address(self._name))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def hints(self) -> set[str]:
        heard: set[str] = set()
        with contextlib.suppress(BlockingIOError):
            while True:
                heard.add(self._socket.recv(256).decode(errors="replace"))
        return heard

    def close(self) -> None:
        self._folder.remove(self._name)
        self._socket.close()
        self._folder.close()


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
    """The folder of sockets. Addressed through /proc, for a socket's path may have no more than 107 bytes."""

    def __init__(self, directory: Path) -> None:
        path = directory / "doorbell"
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)

    def changed(self) -> int:
        return os.fstat(self._fd).st_mtime_ns

    def names(self) -> list[str]:
        return os.listdir(self._fd)

    def address(self, name: str) -> str:
        return f"/proc/self/fd/{self._fd}/{name}"

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)

    def close(self) -> None:
        os.close(self._fd)
