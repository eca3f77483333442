"""Programs of their own that use the package, as its users' programs do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import KEY, Server

BEGIN = """
import os, sys, time
import ringside
say = lambda word: print(word, flush=True)
"""


@contextmanager
def program(code: str, server: Server, **variables: object) -> Iterator["subprocess.Popen[str]"]:
    """It runs ``code``, with pipes; killed at the end if it still runs. Warnings of Python are errors in it."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", BEGIN + code],
        env={**os.environ, "RINGSIDE_URL": server.url, "RINGSIDE_KEY": KEY} | {n: str(v) for n, v in variables.items()},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ran(code: str, server: Server, **variables: object) -> str:
    """What a program that must succeed has printed."""
    with program(code, server, **variables) as process:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert "Traceback" not in err, err
        return out
