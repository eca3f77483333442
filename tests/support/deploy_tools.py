"""Programs that check what is in deploy/. ``tests/run.sh deploy`` installs them; without it their tests are skipped."""

import os
import subprocess
from pathlib import Path

import pytest

from utils.project import PROJECT

FOLDER = PROJECT / "tests" / "deploy" / "bin"


def tool(name: str) -> Path:
    """A program of the folder. Skips the test where it is not installed."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not installed: tests/run.sh deploy does it")
    return path


def run(*command: object, cwd: Path = PROJECT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
