"""The log is one stream in one format, whichever process writes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.account import KEY, prepare_data
from tests.support.processes import command_of, descendants, environment, server
from tests.support.waiting import wait_until
from utils.project import PROJECT

SECRETS = {
    "key": "ringside_" + "k" * 43,
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "model": "sk-" + "m" * 30,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare_data(tmp_path / "data")
    return tmp_path


@pytest.fixture
def entries(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """What a server said that was asked, lost an agent process, and stopped."""
    env = environment(folder / "data", web_concurrency=1, agent_processes=1, graceful_seconds=3, log_level="info")
    env |= {"GUNICORN_CMD_ARGS": "--access-logfile -"}
    log = folder / "server.log"
    with server(env, log) as (master, address):
        wait_until(lambda: httpx2.get(f"{address}/readyz").json()["status"] == "ready", 30, "an agent process")
        with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {KEY}"}) as client:
            client.post("/api/sessions", json={"id": "s1"}).raise_for_status()
            asked = client.post("/api/sessions/s1/messages", json={"content": "Why?"})
            client.get(f"/api/sessions/{SECRETS['key']}")
            run = asked.json()["run"]["id"]
            ended = ("completed", "failed")
            wait_until(lambda: client.get(f"/api/runs/{run}").json()["status"] in ended, 30, "an answer")
        [agent] = [pid for pid in descendants(master.pid) if "agents.worker" in command_of(pid)]
        os.kill(agent, signal.SIGKILL)
        wait_until(lambda: "another takes its place" in log.read_text(), 10, "what its supervisor says")
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_every_line_of_every_process_is_one_object_with_the_same_fields(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        assert list(entry)[:5] == ["time", "level", "logger", "message", "process"], entry
    processes = {entry["process"].split("/")[0] for entry in entries}
    assert {"master", "web", "supervisor"} <= processes
    loggers = {entry["logger"] for entry in entries}
    assert {"gunicorn.error", "gunicorn.access", "ringside.requests"} <= loggers
    posted = next(one for one in entries if one["logger"] == "ringside.requests" and one["path"].endswith("/messages"))
    assert (posted["session_id"], posted["status"], len(posted["request_id"])) == ("s1", 202, 16)
    assert SECRETS["key"] not in json.dumps(entries)


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_error_is_one_line_with_its_traceback_and_without_secrets(form: str) -> None:
    words = " ".join(SECRETS.values())
    code = (
        "import logging, threading, warnings\n"
        "from utils.logs import configure_logs, log_as, log_the_uncaught\n"
        f"configure_logs('info', {form!r}, 'agent')\nlog_the_uncaught()\n"
        "log_as(session_id='s1', run_id='run-1')\n"
        "log = logging.getLogger('agents.test')\n"
        f"try:\n    raise ValueError('a\\nb {words} postgresql://ada:hunter22@db/x Bearer abcdefghij')\n"
        "except ValueError:\n    log.exception('It failed\\nbadly')\n"
        "warnings.warn('mind the step')\n"
        "def fall():\n    raise OSError('no thread')\n"
        "thread = threading.Thread(target=fall); thread.start(); thread.join()\n"
        "raise RuntimeError('the end')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    for secret in (*SECRETS.values(), "hunter22", "abcdefghij"):
        assert secret not in done.stderr
    if form == "text":
        assert "It failed" in done.stderr
        return
    failed, warned, thread, ended = [json.loads(line) for line in done.stderr.splitlines()]
    assert (failed["message"], failed["level"], failed["run_id"]) == ("It failed\nbadly", "error", "run-1")
    assert "ValueError: a\nb" in failed["exception"]
    assert failed["process"].startswith("agent/")
    assert "mind the step" in warned["message"]
    assert "no thread" in thread["exception"]
    assert (ended["level"], "RuntimeError: the end" in ended["exception"]) == ("critical", True)
