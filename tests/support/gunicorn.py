"""gunicorn as users start it, and raw HTTP clients of its streams."""

import contextlib
import os
import resource
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.account import AUTHORIZATION
from tests.support.processes import descendants, environment, free_port, process
from tests.support.streams import StreamReader
from tests.support.waiting import wait_until


class Server:
    """A running gunicorn master, by its process id and its address."""

    def __init__(self, pid: int, address: tuple[str, int] | str, log: Path) -> None:
        self.pid = pid
        self.address = address
        self.log = log

    @property
    def workers(self) -> set[int]:
        """The processes below the master that still run, without its process supervisor and what that starts."""
        supervised = {
            pid for child in descendants(self.pid) if _supervises(child) for pid in (child, *descendants(child))
        }
        return {pid for pid in descendants(self.pid) if pid not in supervised and _state(pid) not in {"", "Z"}}

    def connect(self, buffers: int | None = None) -> socket.socket:
        client = socket.socket(socket.AF_INET if isinstance(self.address, tuple) else socket.AF_UNIX)
        if buffers is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffers)
        client.settimeout(10)
        try:
            client.connect(self.address)
        except OSError:
            client.close()
            raise
        return client

    def watch(self, session_id: str, cursor: int = 0, query: str = "", buffers: int | None = None) -> "HttpStream":
        """An open stream, its head already read."""
        client = self.connect(buffers)
        client.sendall(request(f"/sse/agent-activity/{session_id}{query}", f"Last-Event-ID: {cursor}"))
        return HttpStream(client)

    def get(self, path: str) -> bytes:
        """The body of one answer."""
        with self.connect() as client:
            client.sendall(request(path, "Connection: close"))
            return read_all(client).partition(b"\r\n\r\n")[2]

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            return b'"ok"' in self.get("/healthz")
        return False

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


class HttpStream(StreamReader):
    """A stream over HTTP; ``head`` is the response's head, ``received`` what came after it."""

    def __init__(self, client: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = client.recv(4096)
            assert piece, f"the connection ended before the head did: {data!r}"
            data += piece
        self.head, _, body = data.partition(b"\r\n\r\n")
        super().__init__(client, body)

    @property
    def status(self) -> int:
        return int(self.head.split()[1])


@contextmanager
def gunicorn(
    data_dir: Path, *arguments: str, bind: str | None = None, namespace: str | None = None, **settings: object
) -> Iterator[Server]:
    """``gunicorn wsgi:app`` in the project's folder with its own configuration; answering when it is yielded.

    In a network namespace it answers whoever has entered it: then the caller waits.
    """
    address: tuple[str, int] | str = ("127.0.0.1", free_port()) if bind is None else bind
    bound = f"unix:{address}" if isinstance(address, str) else f"127.0.0.1:{address[1]}"
    log = data_dir.parent / f"gunicorn-{time.monotonic_ns()}.log"
    given: dict[str, object] = {"agent_processes": 0, "web_concurrency": 1, "graceful_seconds": 5, **settings}
    env = environment(data_dir, **given)
    with process(["-m", "gunicorn", "--bind", bound, *arguments, "wsgi:app"], env, log, namespace) as master:
        server = Server(master.pid, address, log)

        def ready() -> bool:
            assert master.poll() is None, log.read_text()
            return server.answers()

        if namespace is None:
            wait_until(ready, 30, "the first answer")
        try:
            yield server
        finally:
            if master.poll() is None:
                master.terminate()
                master.wait(20)
        assert "Traceback" not in log.read_text(), log.read_text()


def request(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: localhost", AUTHORIZATION, *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_all(client: socket.socket) -> bytes:
    """Until the server closes the connection."""
    data = b""
    while piece := client.recv(65536):
        data += piece
    return data


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def sockets_of(pid: int) -> int:
    """How many sockets a process holds."""
    count = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            count += os.readlink(entry).startswith("socket:")
    return count


def resident_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def allow_descriptors(count: int) -> None:
    """Raise this process's limit of open files to at least ``count``."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def _supervises(pid: int) -> bool:
    try:
        return b"agents.processes.keeper" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended
        return False


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
