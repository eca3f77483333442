"""The product, started just as its users start it, and the C program that is the limit of what can be reached."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.measure import children, command_line
from utils.accounts.api_keys import ApiKeys
from utils.accounts.passwords import hash_password
from utils.accounts.principal import SCOPES
from utils.accounts.users import Users, add_team, add_user
from utils.database.opening import open_database
from utils.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
EMAIL, PASSWORD = "bench@example.org", "a password of the benchmark"
_KEY = "bench.key"
BIN = PROJECT / "bench" / "bin"
# Below the range from which the kernel takes the clients' ports. Each server gets one of its own, and two benchmarks at
# the same time begin at different ones.
_ports = count(8400 + os.getpid() % 1000 * 20)


def next_port() -> int:
    """A port nobody listens on."""
    for port in _ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise AssertionError("count() ends never")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. ``pid`` is the process that serves the streams."""

    port: int
    pid: int
    data: Path

    @property
    def authorization(self) -> str:
        """The header of every request."""
        return f"Bearer {(self.data / _KEY).read_text()}"

    def environment(self, **settings: object) -> dict[str, str]:
        """For a process that shares the server's data."""
        return environment(self.data, **settings)


def environment(data: Path, **settings: object) -> dict[str, str]:
    """Ours, with the settings of the product that are named and no others."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "SQLITE_", "DATABASE_"))
    }
    return ours | {"DATA_DIR": str(data)} | {name.upper(): str(value) for name, value in settings.items()}


@contextmanager
def data_directory() -> Iterator[Path]:
    """A new folder for one server's data, gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def ringside(data: Path, *, app: str = "wsgi:app", **settings: object) -> Iterator[Server]:
    """``gunicorn --bind 127.0.0.1:PORT wsgi:app`` with one web worker; other settings are environment variables."""
    port = next_port()
    settings = {"web_concurrency": 1, "agent_processes": 0, "log_level": "warning"} | settings
    make_account(data, settings.get("database_url"))
    written = data / f"server-{port}.log"
    with written.open("w") as log:
        master = subprocess.Popen(
            [Path(sys.executable).with_name("gunicorn"), "--bind", f"127.0.0.1:{port}", app],
            cwd=PROJECT,
            env=environment(data, **settings),
            stdout=log,
            stderr=log,
        )
        try:
            _until_healthy(port, master, written)
            worker = next(pid for pid in children(master.pid) if "gunicorn" in command_line(pid))
            yield Server(port, worker, data)
        finally:
            master.terminate()
            try:
                master.wait(30)
            except subprocess.TimeoutExpired:
                master.kill()
                master.wait()


def make_account(data: Path, database_url: object) -> None:
    """A team, its administrator, who can sign in, and the API key that the programs of the benchmark use."""
    settings = Settings(_env_file=None, data_dir=data, database_url=database_url)
    with closing(open_database(settings)) as database:
        database.migrate()
        if Users(database).any():
            return
        with database.write() as connection:
            team = add_team(connection, "Bench")
            user = add_user(connection, team.key, EMAIL, "Bench", "administrator", hash_password(PASSWORD))
        _, secret = ApiKeys(database).create(user.key, "bench", SCOPES)
    (data / _KEY).write_text(secret)


def _until_healthy(port: int, master: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and master.poll() is None:
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            healthy = connection.getresponse().status == 200
            connection.close()
            if healthy:
                return
        time.sleep(0.05)
    raise RuntimeError(f"The server did not start. It said:\n{log.read_text()}")


class Limit:
    """The bare send() loop: accepts ``streams`` readers of ``sessions`` in turn and sends them events when told."""

    def __init__(self, streams: int, sessions: int = 1) -> None:
        self.port = next_port()
        self._process = subprocess.Popen(
            [BIN / "limit", str(self.port), str(streams), str(sessions)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self._expect("listening")

    def send(self, events: int, rate: float, size: int) -> None:
        """Begin to send; :meth:`done` waits for the end."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{events} {rate} {size}\n")
        self._process.stdin.flush()

    def done(self) -> None:
        self._expect("done")

    def __enter__(self) -> "Limit":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def _expect(self, word: str) -> None:
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        if said != word:
            raise RuntimeError(f"The limit program said {said!r} where {word!r} was expected.")
