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
from tests.support.processes import environment, free_port
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


@pytest.mark.parametrize("known_by", [".env", "environment"])
def test_startup_serves_on_the_port_of_the_settings(tmp_path: Path, known_by: str) -> None:
    """Where the platform has installed everything, in a folder that has settings of its own."""
    for name in ("api", "agents", "utils", "gunicorn.conf.py", "pyproject.toml", "startup.sh", "wsgi.py"):
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy2
        copy(PROJECT / name, tmp_path / name)
    port, other, log = free_port(), free_port(), tmp_path / "log"
    (tmp_path / ".env").write_text(f"PORT={port if known_by == '.env' else other}\n")
    env = environment(tmp_path / "data", agent_processes=0, website_site_name="ringside", accept_data_loss=1)
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    if known_by == "environment":
        env["PORT"] = str(port)
    with log.open("w") as printed:
        server = subprocess.Popen([tmp_path / "startup.sh"], env=env, cwd=tmp_path, stdout=printed, stderr=printed)
    try:
        wait_until(lambda: f"Serving at http://localhost:{port}" in log.read_text(), 30, f"the start ({log})")
    finally:
        server.terminate()
        server.wait(20)
