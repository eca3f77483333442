"""Ties a process to the life of the one that started it, so that a kill -9 anywhere leaves no orphan."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STOPS = (signal.SIGTERM, signal.SIGINT)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """Get SIGTERM when ``parent`` ends. The kernel sends it when the *thread* that started us ends: that must live on.

    Exits at once if the parent is gone already.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(f"The process {parent} that started this one is gone.")


@contextmanager
def stops_held() -> Iterator[None]:
    """A process started in here receives SIGTERM and SIGINT once it calls :func:`heed_stops`, not during imports."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def heed_stops() -> None:
    """From here on SIGTERM and SIGINT end this process at once and silently, until it has handlers of its own."""
    for number in STOPS:
        signal.signal(number, lambda *_: os._exit(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
