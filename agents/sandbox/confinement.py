"""The child's side of agents/sandbox/child_process.py: limits, isolation, the request, answers as JSON lines.

Kept apart from the parent's side, because a child is started for every document and must be up in a moment.
"""

import ctypes
import json
import math
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

from agents.errors import AgentError
from agents.sandbox.isolation import isolate
from agents.text.surrogates import well_formed

_PR_SET_PDEATHSIG = 1


Tell = Callable[[dict[str, Any]], None]


def serve(answer: Callable[[dict[str, Any], Tell], None]) -> None:
    """Take the request, call ``answer(request, tell)`` under limits, report errors in plain words.

    Unless it is our own work, it then has no network, and of the file system what Python needs and the request's
    ``path``.
    """
    # Who asked may have been killed: before it had written all of its request, or before all was answered.
    try:
        envelope = json.load(sys.stdin)
    except json.JSONDecodeError:
        os._exit(1)
    _confine(math.ceil(envelope["seconds"]), envelope["memory_mb"] * 1024 * 1024)
    request = envelope["request"]
    if envelope["isolated"]:
        request = _isolated(request)
    try:
        _answer(answer, request)
    except BrokenPipeError:
        os._exit(1)


def _answer(answer: Callable[[dict[str, Any], Tell], None], request: dict[str, Any]) -> None:
    def tell(line: dict[str, Any]) -> None:
        # A file may hold halves of characters, which cannot be written.
        sys.stdout.write(well_formed(json.dumps(line, ensure_ascii=False)) + "\n")
        sys.stdout.flush()

    try:
        answer(request, tell)
    except AgentError as error:
        tell({"error": {"code": error.code, "message": error.message}})
    except (MemoryError, RecursionError):
        message = "This needed more memory than is allowed and was stopped. Split it into smaller files."
        tell({"error": {"code": "too_much_memory", "message": message}})


def _isolated(request: dict[str, Any]) -> dict[str, Any]:
    """The request with its file under a path that is left to this process. Of one that is gone, ``answer`` tells."""
    try:
        file = os.open(request["path"], os.O_RDONLY)
    except FileNotFoundError:
        file = None
    isolate(file)
    return request if file is None else {**request, "path": f"/proc/self/fd/{file}"}


def _confine(cpu_seconds: int, memory_bytes: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for limit, value, more in (
        (resource.RLIMIT_AS, memory_bytes, 0),
        (resource.RLIMIT_CPU, cpu_seconds, 1),  # the soft limit tells why it ends, the hard one just kills
        (resource.RLIMIT_CORE, 0, 0),
    ):
        # The hard limit, too: a child may raise the soft one up to it.
        _, hard = resource.getrlimit(limit)
        allowed, most = (
            at_most if hard == resource.RLIM_INFINITY else min(at_most, hard) for at_most in (value, value + more)
        )
        resource.setrlimit(limit, (allowed, most))
