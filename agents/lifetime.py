"""Ties a process to the life of the one that started it, so that a kill -9 anywhere leaves no orphan."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """Get SIGTERM when ``parent`` ends. The kernel sends it when the *thread* that started us ends: that must live on.

    Exits at once if the parent is gone already.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(f"The process {parent} that started this one is gone.")
