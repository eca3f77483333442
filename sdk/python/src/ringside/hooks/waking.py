"""The process that sends what hooks leave in a folder: it is woken by a byte in a pipe, and started if it is not there.

Who leaves something does so before waking; who ends closes the pipe before looking for the last time. So nothing stays
behind unseen.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

PIPE = "wake"


def wake(folder: Path) -> None:
    try:
        pipe = os.open(folder / PIPE, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # nobody listens
        _start(folder)
        return
    try:
        with contextlib.suppress(BlockingIOError):  # it is full: it will be woken all the same
            os.write(pipe, b"!")
    except BrokenPipeError:
        _start(folder)
    finally:
        os.close(pipe)


def _start(folder: Path) -> None:
    """In a session of its own, and without our standard streams: the coding agent waits until they are closed."""
    if os.fork():
        return
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.chdir("/")
        os.execv(sys.executable, [sys.executable, "-m", "ringside", "drain", str(folder), "--stay"])
    finally:
        os._exit(1)
