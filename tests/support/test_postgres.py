"""The PostgreSQL server of a test run does not outlive it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import PROJECT
from tests.support.waiting import wait_until

_HOLD = """
from tests.support.postgres import postgres_server
with postgres_server() as server:
    print(server.data.parent, flush=True)
    input()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_test_run_leaves_no_database_server(number: signal.Signals) -> None:
    command = [sys.executable, "-c", _HOLD]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        holder.send_signal(number)
    wait_until(lambda: not _alive(server), 30, "the end of the server")
    wait_until(lambda: not folder.exists(), 10, "the end of its folder")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
