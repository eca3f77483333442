"""A dashboard that was built elsewhere is taken as it is: whoever unpacks a release needs no Node."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from utils.project import PROJECT


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """What a release holds of the dashboard, and an environment with all packages of the product."""
    left_out = shutil.ignore_patterns("node_modules", ".angular")
    shutil.copytree(PROJECT / "frontend", tmp_path / "frontend", ignore=left_out)
    for file in ("startup.sh", "requirements.txt"):
        shutil.copy(PROJECT / file, tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    installed = hashlib.sha256((tmp_path / "requirements.txt").read_bytes() + sys.version.encode()).hexdigest()
    (tmp_path / ".venv" / ".installed").write_text(installed)
    return tmp_path


def prepare(folder: Path) -> subprocess.CompletedProcess[str]:
    """Where nothing can be installed."""
    return subprocess.run(
        [folder / "startup.sh", "--prepare"], capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1"},
    )  # fmt: skip


def test_a_dashboard_that_came_along_is_not_built_again(unpacked: Path) -> None:
    done = prepare(unpacked)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_dashboard_of_other_sources_is_built_again(unpacked: Path) -> None:
    with (unpacked / "frontend" / "src" / "main.ts").open("a") as source:
        source.write("// changed\n")
    done = prepare(unpacked)
    assert done.returncode == 1
    assert "installing Node.js" in done.stdout
