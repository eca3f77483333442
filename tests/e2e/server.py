"""The server under test: ``./startup.sh`` itself, with its web workers, its keeper and its agent processes."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from sqlalchemy import insert, update

from tests.support.account import EMAIL, HASHED, HEADERS, prepare_data
from tests.support.processes import QUICK_HASHING, command_of, descendants, environment, free_port
from tests.support.waiting import wait_until
from utils.accounts.principal import Role
from utils.accounts.secret import hash_of
from utils.accounts.users import Users, add_user
from utils.database.base import Database
from utils.database.moment import now
from utils.database.opening import open_database
from utils.database.tables import sign_in_attempts, sign_ins
from utils.project import PROJECT
from utils.settings import Settings

GRACEFUL_SECONDS = 10
_START_SECONDS = 60


class RingsideServer:
    """A server on a free port of its own, and its HTTP API. ``settings`` become environment variables.

    ``empty``: it has no account yet. ``calls``: systems outside can call it back (`PUBLIC_URL`).
    """

    def __init__(self, folder: Path, *, empty: bool = False, calls: bool = False, **settings: object) -> None:
        self.data_dir = folder / "data" if empty else prepare_data(folder / "data")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx2.Client(base_url=self.url, timeout=20, headers=HEADERS)
        self._log = folder / "server.log"
        self._environment = environment(
            self.data_dir,
            **{
                "port": self.port,
                "agent_processes": 1,
                "heartbeat_seconds": 2,
                "graceful_seconds": GRACEFUL_SECONDS,
                "lease_seconds": 1,
                "log_level": "warning",
                "ratelimit_enabled": 0,  # every test comes from one address
                "pythonpath": QUICK_HASHING,
                **({"public_url": self.url} if calls else {}),
                **settings,
            },
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            if self._process is not None:
                self.crash()
            self.http.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self.http.close()

    def start(self) -> None:
        """Start, or start again on the same port and the same data; returns when it is ready."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROJECT / "startup.sh"], cwd=PROJECT, env=self._environment, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        wait_until(self._ready, _START_SECONDS, f"readiness of the server (see {self._log})")

    def stop(self) -> None:
        """SIGTERM: everything it started ends within the graceful time, and its log tells of no stack trace."""
        if self._process is None:
            return
        family = self._family()
        began = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(GRACEFUL_SECONDS + 3)
            wait_until(lambda: not any(map(command_of, family)), 2, "the end of every process of the server")
        finally:
            self._kill(family)
        took = time.monotonic() - began
        assert took < GRACEFUL_SECONDS, f"stopping took {took:.1f} s"
        log = self._log.read_text()
        assert "Traceback" not in log, f"the server's log holds a stack trace:\n{log[-6000:]}"

    def crash(self) -> None:
        """kill -9 of the whole server, as when the machine goes down."""
        self._kill(self._family())

    def kill_web_workers(self) -> None:
        """kill -9 of every web worker; gunicorn starts others."""
        assert self._process is not None
        workers = [pid for pid in descendants(self._process.pid) if "gunicorn" in command_of(pid)]
        assert workers, "no web worker found"
        for pid in workers:
            os.kill(pid, signal.SIGKILL)

    def set_up_link(self) -> str:
        """Where whoever reads what the last start printed founds the team."""
        found: list[str] = re.findall(r"^ringside: +(http://\S+/setup#\S+)$", self._log.read_text(), re.MULTILINE)
        assert found, f"the start printed no link (see {self._log})"
        return found[-1]

    def add_user(self, name: str, role: Role = "member") -> str:
        """Somebody more in the tests' team, with the tests' password; their address."""
        email = f"{name.lower()}@example.org"
        with self._database() as database:
            [(ada, _, _)] = Users(database).with_email(EMAIL)
            with database.write() as connection:
                add_user(connection, ada.team_key, email, name, role, HASHED)
        return email

    def let_sign_ins_expire(self) -> None:
        """All of them, as if they had begun a month ago."""
        with self._database() as database, database.write() as connection:
            connection.execute(update(sign_ins).values(expires_at=now()))

    def fail_sign_ins(self, email: str, times: int) -> None:
        """Just now, from this machine."""
        failed = {"subject": hash_of(f"account {email} from 127.0.0.1"), "at": now()}
        with self._database() as database, database.write() as connection:
            connection.execute(insert(sign_in_attempts), [failed] * times)

    def _database(self) -> closing[Database]:
        return closing(open_database(Settings(_env_file=None, data_dir=self.data_dir, database_url=None)))

    def open_streams(self) -> int:
        """How many streams the server has open, by its own count."""
        lines = self.http.get("/metrics").text.splitlines()
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith("ringside_streams_open"))

    def new_session(self, *documents: Path, **fields: str) -> str:
        """A session with these documents, and fields such as its ``title``; its id."""
        session = self._json("POST", "/api/sessions", json=fields)
        for document in documents:
            files = {"files": (document.name, document.read_bytes())}
            self._json("POST", f"/api/sessions/{session['id']}/documents", files=files)
        return str(session["id"])

    def ask(self, session_id: str, question: str) -> str:
        """Post a question; the id of its run."""
        accepted = self._json("POST", f"/api/sessions/{session_id}/messages", json={"content": question})
        return str(accepted["run"]["id"])

    def wait_for_end(self, run_id: str, seconds: float = 30) -> dict[str, Any]:
        """The run, when it has ended."""
        run = wait_until(lambda: self._ended(run_id), seconds, f"the end of {run_id}")
        assert run is not None
        return run

    def events(self, session_id: str) -> list[dict[str, Any]]:
        """The session's whole log."""
        events: list[dict[str, Any]] = []
        while True:
            query = {"after": events[-1]["seq"] if events else 0, "limit": 5000}
            page = self._json("GET", f"/api/sessions/{session_id}/activity", params=query)
            events += page["events"]
            if len(events) >= page["head"]:
                return events

    def runs(self, session_id: str) -> list[dict[str, Any]]:
        """The session's runs, newest first."""
        return list(self._json("GET", f"/api/sessions/{session_id}/runs")["runs"])

    def _ended(self, run_id: str) -> dict[str, Any] | None:
        run: dict[str, Any] = self._json("GET", f"/api/runs/{run_id}")
        return run if run["status"] in ("completed", "failed", "cancelled") else None

    def _json(self, method: str, path: str, **request: Any) -> Any:
        answer = self.http.request(method, path, **request)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the server ended:\n{self._log.read_text()[-4000:]}"
        with suppress(httpx2.TransportError):
            return bool(self.http.get("/readyz").json()["status"] == "ready")
        return False

    def _family(self) -> list[int]:
        """The server and all processes below it."""
        assert self._process is not None
        return [self._process.pid, *descendants(self._process.pid)]

    def _kill(self, pids: Iterable[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None
