"""What a start says: one plain line where a setting is wrong; and that it heeds `.env`, whichever program reads it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.gunicorn import gunicorn
from tests.support.processes import environment
from tests.support.waiting import wait_until
from utils.project import PROJECT

PROGRAMS = [["-m", "utils.database"], ["-m", "gunicorn", "--bind", "127.0.0.1:0", "wsgi:app"], ["main.py"]]


def start(program: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *program], cwd=PROJECT, env=env, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program[1] if len(program) > 1 else program[0])
def test_a_wrong_setting_is_one_plain_line(program: list[str], tmp_path: Path) -> None:
    ended = start(program, environment(tmp_path, web_threads=1))
    assert ended.returncode != 0
    assert "WEB_THREADS" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program[1] if len(program) > 1 else program[0])
def test_a_database_that_is_none_is_one_plain_line(program: list[str], tmp_path: Path) -> None:
    (tmp_path / "ringside.db").write_text("Certainly no database, and longer than its header." * 10)
    ended = start(program, environment(tmp_path))
    assert ended.returncode != 0
    assert "not a database" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("program", PROGRAMS[1:], ids=lambda program: program[1] if len(program) > 1 else program[0])
def test_a_misspelt_setting_is_told(program: list[str], tmp_path: Path) -> None:
    (tmp_path / "ringside.db").write_text("Certainly no database, and longer than its header." * 10)
    ended = start(program, environment(tmp_path, allowed_host="ringside.example.org"))
    assert "ALLOWED_HOST is no setting, and has no effect. Did you mean ALLOWED_HOSTS?" in ended.stderr


def test_a_port_that_is_taken_is_one_plain_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = start(["-m", "gunicorn", "--bind", place, "wsgi:app"], environment(tmp_path))
    assert ended.returncode != 0
    assert ended.stderr.splitlines()[-1].startswith(f"ringside: {place} is in use by another program. Stop that")
    assert "Traceback" not in ended.stderr


def test_the_set_up_link_leads_to_the_address_that_browsers_know(tmp_path: Path) -> None:
    settings = {"public_url": "https://ringside.example.org", "allowed_hosts": "ringside.example.org"}
    with gunicorn(tmp_path / "data", agent_processes=0, **settings) as server:
        assert "https://ringside.example.org/setup#" in server.log.read_text()


def test_what_a_killed_server_left_in_memory_goes_with_the_next_start(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    left, kept = (Path(f"/dev/shm/ringside-metrics-{pid}-test") for pid in (dead.pid, os.getpid()))
    for folder in (left, kept):
        folder.mkdir()
    with gunicorn(tmp_path) as server:
        assert not left.exists()
        assert kept.exists()
        own = [path.name for path in Path("/dev/shm").glob(f"ringside-metrics-{server.pid}-*")]
        assert len(own) == 1
    kept.rmdir()
    assert not Path("/dev/shm", own[0]).exists()


def test_a_worker_starts_also_where_the_figures_have_been_swept_away(tmp_path: Path) -> None:
    with gunicorn(tmp_path, agent_processes=0) as server:
        [folder] = Path("/dev/shm").glob(f"ringside-metrics-{server.pid}-*")
        shutil.rmtree(folder)
        before = server.workers
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: server.workers and not server.workers & before and server.answers(), 20, "new workers")
        assert folder.is_dir()


@pytest.mark.parametrize(("given", "port"), [({}, "8123"), ({"PORT": "8124"}, "8124")])
def test_startup_serves_on_the_port_of_the_settings(tmp_path: Path, given: dict[str, str], port: str) -> None:
    """Where the platform has installed everything; a `python` that only shows how gunicorn is started."""
    for file in ("startup.sh", "pyproject.toml"):
        shutil.copy(PROJECT / file, tmp_path)
    shutil.copytree(PROJECT / "utils", tmp_path / "utils", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".env").write_text("PORT=8123\n")
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\n[ "$2" = gunicorn ] && echo "$@" && exit\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if name not in ("PORT", "DATA_DIR")}
    env |= {"PATH": f"{python.parent}:{env['PATH']}", "WEBSITE_SITE_NAME": "ringside", "ACCEPT_DATA_LOSS": "1", **given}
    started = subprocess.run(
        [tmp_path / "startup.sh"], env=env, capture_output=True, text=True, timeout=30, check=True, cwd=tmp_path
    )
    assert started.stdout.splitlines()[-1] == f"-m gunicorn --bind 0.0.0.0:{port} wsgi:app"
