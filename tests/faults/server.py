"""gunicorn as users start it, on one port for as long as the test runs, killed and started again at will."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.gunicorn import Server
from tests.support.processes import command_of, descendants, environment
from tests.support.waiting import wait_until
from utils.project import PROJECT

_PORTS = range(8900, 9000)  # below the kernel's range for clients: none of them may take it while the server is down


class ServerUnderFire:
    """Settings as keywords; ``extra``: environment variables; ``namespace``: of the machine it runs on, if not this."""

    def __init__(
        self, data_dir: Path, host: str = "127.0.0.1", extra: Mapping[str, str] | None = None,
        namespace: str | None = None, **settings: object,
    ) -> None:  # fmt: skip
        self.address = (host, _free_port())
        self._elsewhere = ["ip", "netns", "exec", namespace] if namespace else []
        self.log = data_dir.parent / "server.log"
        given: dict[str, object] = {"agent_processes": 0, "web_concurrency": 2, "graceful_seconds": 10, **settings}
        self._environment = environment(data_dir, **given) | dict(extra or {})
        self._master: subprocess.Popen[bytes] | None = None

    @property
    def http(self) -> Server:
        """The handle of tests/support."""
        return Server(self.pid, self.address, self.log)

    @property
    def pid(self) -> int:
        assert self._master is not None
        return self._master.pid

    def start(self) -> None:
        """Returns when it answers."""
        host, port = self.address
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}", "wsgi:app"]
            self._master = subprocess.Popen(
                [*self._elsewhere, *command], cwd=PROJECT,
                env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        wait_until(self._ready, 60, "the server's first answer")

    def terminate(self) -> float:
        """SIGTERM, as a deploy does; the seconds until every process of the server has ended."""
        assert self._master is not None
        family, began = descendants(self.pid), time.monotonic()
        self._master.terminate()
        self._master.wait(60)
        wait_until(lambda: not any(map(command_of, family)), 10, "the end of all processes of the server")
        return time.monotonic() - began

    def kill(self) -> None:
        """kill -9 of every process of the server."""
        assert self._master is not None
        for pid in [self.pid, *descendants(self.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._master.wait()

    def processes(self, word: str) -> list[int]:
        """The server's processes whose command line has ``word``, without the master: "agents.worker", "gunicorn"."""
        return sorted(pid for pid in descendants(self.pid) if word in command_of(pid))

    def complaints(self) -> list[str]:
        """What an operator would be alarmed by in the server's log."""
        words = ("Traceback", "WORKER TIMEOUT", "stumbled", "Exception in")
        return [line for line in self.log.read_text().splitlines() if any(word in line for word in words)]

    def _ready(self) -> bool:
        assert self._master is not None
        assert self._master.poll() is None, self.log.read_text()[-3000:]
        return self.http.answers()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._master is not None and self._master.poll() is None:
            self.kill()


def _free_port() -> int:
    """Begins at another place in every process, for between this look and the start somebody else may look as well."""
    for number in range(len(_PORTS)):
        port = _PORTS[(os.getpid() * 7 + number) % len(_PORTS)]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
