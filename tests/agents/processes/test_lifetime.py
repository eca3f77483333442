"""A process ends with the one that started it, and a stop that comes too early is no stack trace."""

import signal
import subprocess
import sys

import pytest

from agents.processes.lifetime import STOPS, stops_held
from utils.project import PROJECT

IMPORTING = """
import sys
from agents.processes.lifetime import heed_stops
print("importing", flush=True)
sys.stdin.readline()
heed_stops()
print("it goes on", flush=True)
"""


@pytest.mark.parametrize("number", STOPS)
def test_a_stop_in_the_middle_of_the_imports_ends_the_process_after_them_without_a_word(number: signal.Signals) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with stops_held():
        child = subprocess.Popen(
            [sys.executable, "-c", IMPORTING],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    assert child.stdout is not None
    assert child.stdout.readline() == "importing\n"
    child.send_signal(number)
    out, err = child.communicate("\n", timeout=10)
    assert (child.returncode, out, err) == (0, "", "")
