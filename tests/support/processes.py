"""Other Python processes that use the product as its users do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def environment(data_dir: Path, **settings: object) -> dict[str, str]:
    """The environment of a process whose only settings are these."""
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV"}
    }
    return {
        **kept,
        "DATA_DIR": str(data_dir),
        "AGENT_PROCESSES": "0",
        "PYTHONWARNINGS": "error",
        **{name.upper(): str(value) for name, value in settings.items()},
    }


@contextmanager
def python(code: str, data_dir: Path, *arguments: object, **settings: object) -> Iterator[subprocess.Popen[str]]:
    """A process that runs ``code``, with pipes; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        env=environment(data_dir, **settings),
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
    """The standard output of a process that must succeed."""
    with python(code, data_dir, *arguments, **settings) as process:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out
