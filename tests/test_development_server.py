"""``python main.py --reload``: what is written is served a moment later by new processes, and nothing is left over."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from flask import Flask

import main
from tests.support.account import HEADERS, prepare_data
from tests.support.processes import command_of, descendants, environment, free_port
from tests.support.waiting import wait_until
from utils.project import PROJECT
from utils.settings import Settings


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code, to be written in."""
    folder = tmp_path / "project"
    for package in ("api", "agents", "utils"):
        shutil.copytree(PROJECT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("main.py", "pyproject.toml"):
        shutil.copy(PROJECT / file, folder)
    return folder


def agents(server: int) -> set[int]:
    return {pid for pid in descendants(server) if "agents.worker" in command_of(pid)}


def test_a_change_is_served_broken_code_is_told_and_all_processes_end_together(copy: Path, tmp_path: Path) -> None:
    port, log, changed = free_port(), tmp_path / "main.log", copy / "api" / "operations_routes.py"
    right = changed.read_text()
    alive, mended = "The process is alive", "The process is well"
    assert alive in right

    def answers(status: int, text: str) -> bool:
        with suppress(httpx2.TransportError):
            answer = httpx2.get(f"http://127.0.0.1:{port}/openapi/openapi.json", timeout=5, headers=HEADERS)
            return answer.status_code == status and text in answer.text
        return False

    env = environment(prepare_data(tmp_path / "data"), port=port, agent_processes=1)
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "main.py", "--reload"], cwd=copy, env=env, stdin=subprocess.DEVNULL, stdout=output,
            stderr=output,
        )  # fmt: skip
    try:
        wait_until(lambda: answers(200, alive) and agents(server.pid), 60, "the first answer and an agent process")
        first = agents(server.pid)

        changed.write_text(right + "this is no Python\n")
        wait_until(lambda: answers(500, "Internal Server Error"), 60, "the answer of code that cannot be loaded")
        assert "SyntaxError" in log.read_text()

        changed.write_text(right.replace(alive, mended))
        wait_until(lambda: answers(200, mended) and agents(server.pid), 60, "the mended code and an agent process")
        assert not agents(server.pid) & first
        assert not any(map(command_of, first)), "the agents of the code before are still there"

        family = descendants(server.pid)
        server.kill()
        wait_until(lambda: not any(map(command_of, family)), 20, "the end of every process")
    finally:
        for pid in [*descendants(server.pid), server.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.wait()


@pytest.mark.any_database
def test_what_keeps_the_code_from_loading_does_not_keep_the_requests_that_it_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Settings) -> Flask:
        raise SyntaxError("half a line")

    monkeypatch.setattr(main, "die_with_parent", lambda _: None)
    monkeypatch.setattr(main, "_application", fail)
    broken = main._reloaded(settings)
    lengths = []
    for _ in range(3):
        with pytest.raises(SyntaxError) as caught:
            broken({}, lambda *_: None)
        lengths.append(len(caught.traceback))
    assert len(set(lengths)) == 1
