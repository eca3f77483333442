"""deploy/ringside.service: systemd takes it, little is open to it, and it forbids nothing that the product needs."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from agents.sandbox.isolation import protection
from tests.support.processes import environment, free_port
from tests.support.waiting import wait_until
from utils.project import PROJECT
from utils.settings import Settings

UNIT = PROJECT / "deploy" / "ringside.service"
FILTERED = [sys.executable, "-m", "tests.support.system_calls", str(UNIT)]

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def analyze(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *map(str, words)], capture_output=True, text=True, timeout=60, check=False
    )


def test_systemd_takes_it(tmp_path: Path) -> None:
    unit = UNIT.read_text().replace("/opt/ringside", str(PROJECT))
    (tmp_path / UNIT.name).write_text(unit)
    done = analyze("verify", tmp_path / UNIT.name)
    assert (done.returncode, done.stderr) == (0, "")


def test_little_is_open_to_it() -> None:
    done = analyze("security", "--offline=true", UNIT)
    score = re.search(r"exposure level for ringside\.service: ([\d.]+)", done.stdout)
    assert score is not None, done.stdout + done.stderr
    assert float(score[1]) <= 2


def test_a_stop_is_given_the_time_that_it_takes() -> None:
    seconds = re.search(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    assert seconds is not None
    assert int(seconds[1]) > Settings(_env_file=None).graceful_seconds  # type: ignore[call-arg]


def test_readers_of_documents_are_shut_in_as_without_it() -> None:
    """The tests of that, below the unit's filter of system calls, which refuses some of what the readers' own does."""
    unfiltered = "tests/agents/sandbox/test_call_filter.py::test_without_the_filter_none_of_it_is_refused"
    if "file system and network" not in protection():
        pytest.skip("this kernel has no Landlock and seccomp")
    done = subprocess.run(
        [
            *FILTERED, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/agents/sandbox",
            "--deselect", unfiltered,
        ],
        cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "skipped" not in done.stdout


def test_the_product_starts_serves_and_stops_below_its_filter_of_system_calls(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*FILTERED, sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"],
            cwd=PROJECT, env=environment(tmp_path / "data", agent_processes=1), stdout=output, stderr=output,
        )  # fmt: skip
    try:
        wait_until(lambda: _ready(port), 60, f"the server's first answer: {log.read_text()}")
        assert f"Documents are read {protection()}" in log.read_text()
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(30) == 0
    finally:
        server.kill()
        server.wait()
    assert "Operation not permitted" not in log.read_text()


def _ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=5).json()["status"] == "ready"
    except httpx2.TransportError:
        return False
