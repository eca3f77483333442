"""Another commit in a folder of its own, with its own packages and dashboard, as after its first start."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.server import PROJECT


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """The commit's files, gone afterwards. Raises SystemExit when there is no such commit, or it cannot be prepared."""
    folder = Path(tempfile.mkdtemp(prefix="bench-against-"))
    tree = folder / "ringside"
    try:
        _do(["git", "worktree", "add", "--quiet", "--detach", str(tree), revision], PROJECT)
        try:
            print(f"preparing {revision}", file=sys.stderr)
            _do(["./startup.sh", "--prepare"], tree)
            packages = ["-m", "pip", "install", "--disable-pip-version-check", "-q", "-r", "tests/requirements.txt"]
            _do([".venv/bin/python", *packages], tree)
            yield tree
        finally:
            _do(["git", "worktree", "remove", "--force", str(tree)], PROJECT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _do(words: list[str], folder: Path) -> None:
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(words)} failed:\n{done.stdout}")
