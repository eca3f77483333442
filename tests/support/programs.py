"""Small Python programs that use the product from a process of their own, as its users' agents do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@contextmanager
def python(code: str, data_dir: Path, *arguments: object, **settings: object) -> Iterator[subprocess.Popen[str]]:
    """A process that runs ``code``, with pipes; killed at the end if it still runs. Warnings are errors in it."""
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR", "DATABASE_URL"}
    }
    given = {name.upper(): str(value) for name, value in settings.items()}
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        env={**kept, "DATA_DIR": str(data_dir), "AGENT_PROCESSES": "0", **given},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run_python(code: str, data_dir: Path, *arguments: object, **settings: object) -> str:
    """The standard output of a program that must succeed."""
    with python(code, data_dir, *arguments, **settings) as process:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out
