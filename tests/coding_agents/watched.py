"""A folder of somebody who works with coding agents: their hooks, and a server that they tell."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.account import EMAIL, HEADERS, KEY, PASSWORD
from tests.support.gunicorn import Server
from tests.support.waiting import wait_until
from utils.project import PROJECT

_PROGRAMS = PROJECT / "tests" / "coding_agents" / "node_modules" / ".bin"
_PACKAGE = PROJECT / "sdk" / "python" / ".venv" / "bin"
_MOST_SECONDS = 90
# Until somebody has said something, and until the process that sends events has heard of it.
WAIT_FOR_WORDS = "until [ -e ~/said ]; do sleep 0.1; done"
WAIT_FOR_MAIL = "until ls ~/.local/state/ringside/hooks/*/*.messages; do sleep 0.1; done"


@dataclass(frozen=True)
class Watched:
    home: Path
    server: Server

    @property
    def project(self) -> Path:
        return self.home / "harbour"

    @property
    def url(self) -> str:
        return f"http://{self.server.address[0]}:{self.server.address[1]}"

    def run(self, *command: str, status: int = 0, **variables: str) -> str:
        """What it said."""
        path = f"{_PROGRAMS}:{_PACKAGE}:{os.environ['PATH']}"
        env = {"HOME": str(self.home), "PATH": path, "LANG": "C.UTF-8", "RINGSIDE_KEY": KEY, **variables}
        found = subprocess.run(
            command, cwd=self.project, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=_MOST_SECONDS, check=False,
        )  # fmt: skip
        assert found.returncode == status, found.stdout
        return found.stdout

    def sessions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.server.get("/api/sessions"))["sessions"]
        return found

    def say(self, words: str) -> None:
        """To the run that is at work, once there is one; then what its tool waits for is there."""
        wait_until(lambda: any(event["status"] == "started" for event in self._events("agentActivity")), 30)
        [run] = last_of(self._events("runUpdate"), "runUpdate", "run_id")
        answer = httpx2.post(
            f"{self.url}/api/runs/{run['run_id']}/messages", json={"text": words},
            headers={"Authorization": f"Bearer {KEY}"},
        )  # fmt: skip
        assert answer.json()["delivery"] == "queued"
        (self.home / "said").touch()

    def events(self, last: str) -> list[dict[str, Any]]:
        """Of the only session, once an agent is ``last``: hooks tell from a process of their own."""
        wait_until(lambda: any(event.get("status") == last for event in self._events("agentStatusUpdate")))
        return self._events()

    def _events(self, type: str | None = None) -> list[dict[str, Any]]:
        sessions = self.sessions()
        if not sessions:
            return []
        [session] = sessions
        found: list[dict[str, Any]] = json.loads(self.server.get(f"/api/sessions/{session['id']}/activity"))["events"]
        return [event for event in found if type in (None, event["type"])]


def watched(home: Path, server: Server) -> Watched:
    if not _PROGRAMS.exists():
        pytest.fail("The coding agents are not installed: run tests/run.sh coding.")
    found = Watched(home, server)
    found.project.mkdir()
    found.run("git", "init", "--quiet", "--initial-branch", "night-shift")
    return found


def last_of(events: list[dict[str, Any]], type: str, key: str) -> list[dict[str, Any]]:
    """The newest event of each step, or of each run."""
    newest: Mapping[str, dict[str, Any]] = {event[key]: event for event in events if event["type"] == type}
    return list(newest.values())


def add_rule(server: Server, **rule: Any) -> None:
    """A rule of the team about calls of tools, as an administrator makes it in the dashboard."""
    with httpx2.Client(base_url=f"http://{server.address[0]}:{server.address[1]}", timeout=30) as browser:
        browser.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).raise_for_status()
        csrf = {"X-CSRF-TOKEN": browser.cookies["csrf_access_token"]}
        browser.post("/api/team/approval-rules", json=rule, headers=csrf).raise_for_status()


@contextmanager
def decided(server: Server, choice: str) -> Iterator[list[dict[str, Any]]]:
    """Somebody decides what is asked, as soon as it is; what they saw."""
    seen: list[dict[str, Any]] = []

    def decide() -> None:
        wait_until(lambda: json.loads(server.get("/api/approvals"))["approvals"], _MOST_SECONDS, "the question")
        seen.extend(json.loads(server.get("/api/approvals"))["approvals"])
        url = f"http://{server.address[0]}:{server.address[1]}/api/approvals/{seen[0]['id']}/decision"
        httpx2.post(url, json={"choice": choice}, headers=HEADERS).raise_for_status()

    deciding = threading.Thread(target=decide)
    deciding.start()
    yield seen
    deciding.join(_MOST_SECONDS)
