"""A real Ringside server for the tests of the package, and what it has stored.

The server runs from the repository with its own environment (RINGSIDE_PYTHON, or .venv there): the tests know it over
HTTP alone.
"""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PYTHON = os.environ.get("RINGSIDE_PYTHON") or str(REPOSITORY / ".venv" / "bin" / "python")
KEY = "ringside_of-the-tests"  # tests/support/account.py of the server: all scopes
T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float = 10.0, what: str = "the condition") -> T:
    """The first truthy value of ``condition``; AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s; last value: {value!r}"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """gunicorn with the product, which can be killed and started again at the same address."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.port, self._folder = free_port(), folder
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("RINGSIDE_", "OPENAI_", "PYTHON"))
        }
        given = {
            "data_dir": folder / "data", "sqlite_synchronous": "NORMAL", "agent_processes": 0, "web_concurrency": 1,
            "heartbeat_seconds": 1, "ratelimit_enabled": 0, "graceful_seconds": 2,
            "secret_key": "the secret key of the tests, on every machine",
        } | settings  # fmt: skip
        self._environment = kept | {name.upper(): str(value) for name, value in given.items()}
        prepare = (
            "import sys, pathlib, tests.support.account as account; account.prepare_data(pathlib.Path(sys.argv[1]))"
        )
        subprocess.run([PYTHON, "-c", prepare, folder / "data"], cwd=REPOSITORY, env=kept, check=True, timeout=60)
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30)

    def start(self) -> None:
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "wsgi:app"], cwd=REPOSITORY,
                env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        wait_until(self._answers, 60, "the server's first answer")

    def kill(self) -> None:
        """As a power failure would: all of its processes at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def events(self, session: str) -> list[dict[str, Any]]:
        """All that is stored of a session; none if there is no such session."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            answer = self.http.get(f"/api/sessions/{session}/activity", params={"after": after, "limit": 5000})
            if answer.status_code == 404:
                return []
            page = answer.raise_for_status().json()
            found += page["events"]
            if not page["events"] or found[-1]["seq"] == page["head"]:
                return found

    def session(self, session: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/api/sessions/{session}").raise_for_status().json()
        return found

    def add_rule(self, **rule: Any) -> None:
        """A rule of the team about calls of tools, as an administrator makes it in the dashboard."""
        self._made("/api/team/approval-rules", rule)

    def add_agent(self, name: str) -> str:
        """The id of a registered agent that programs answer for."""
        return str(self._made("/api/agents", {"name": name, "configuration": {"kind": "remote"}})["id"])

    def answer(self, session: str) -> str:
        """The last answer in a session, once there is one."""

        def found() -> list[str]:
            listed = self.http.get(f"/api/sessions/{session}/messages").json()["messages"]
            return [one["content"] for one in listed if one["role"] == "assistant"]

        return wait_until(found, 30, "the answer")[-1]

    def _made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with httpx.Client(base_url=self.url, timeout=30) as browser:
            sign_in = {"email": "ada@example.org", "password": "a password of the tests"}
            browser.post("/api/auth/login", json=sign_in).raise_for_status()
            csrf = {"X-CSRF-TOKEN": browser.cookies["csrf_access_token"]}
            made = browser.post(path, json=body, headers=csrf)
            assert made.status_code == 201, made.text
            found: dict[str, Any] = made.json()
            return found

    def approval(self, session: str) -> dict[str, Any]:
        """What is asked in a session, once something is."""

        def found() -> list[dict[str, Any]]:
            listed: list[dict[str, Any]] = self.http.get("/api/approvals", params={"session_id": session}).json()[
                "approvals"
            ]
            return listed

        return wait_until(found, 90, "the question")[0]  # a program with a framework takes long to start

    def decide(self, approval: dict[str, Any], choice: str, **more: Any) -> None:
        path = f"/api/approvals/{approval['id']}/decision"
        self.http.post(path, json={"choice": choice, **more}).raise_for_status()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "server.log").read_text()[-3000:]
        with contextlib.suppress(httpx.TransportError):
            return self.http.get("/healthz").status_code == 200
        return False


@contextlib.contextmanager
def running_server(folder: Path, **settings: object) -> Iterator[Server]:
    server = Server(folder, **settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        server.http.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Shared by the tests, which use sessions of their own."""
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """For a test that kills it."""
    with running_server(tmp_path) as server:
        yield server


@pytest.fixture(autouse=True)
def no_settings_of_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home of the test's own. What still sends from there at its end is ended."""
    for name in ("RINGSIDE_URL", "RINGSIDE_KEY", "RINGSIDE_SPOOL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / "state"))
    yield
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"drain\0{tmp_path}/".encode() in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)


@pytest.fixture
def warnings_of_ringside(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "ringside")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "ringside"]
