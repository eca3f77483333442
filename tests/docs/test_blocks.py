"""The commands of the documentation do what it says: each page's blocks run in one shell against a real server.

What a reader replaces is replaced: the server's address, the key, the password. A stream that never ends is left after
its first stored event; frequent heartbeats let curl notice that nobody reads on.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from agents.sample import sample_files
from tests.docs.markdown import PAGES, blocks
from tests.support.account import KEY, PASSWORD, prepare_data
from tests.support.processes import environment, server
from tests.support.waiting import wait_until
from utils.project import PROJECT

_RUN = [page for page in PAGES if any(block.runs for block in blocks(page))]
_BEGIN = r"""
set -Eeuo pipefail
trap 'echo "The block at $place failed." >&2' ERR
curl() {
  case "$*" in
    *"/sse/"*) stream "$@" ;;
    *) command curl --silent --show-error --fail-with-body --max-time 60 "$@" ;;
  esac
}
ringside() { python -m ringside "$@"; }
stream() {
  local told
  told=$(command curl --silent --fail-with-body --max-time 60 "$@" | sed '/^id: /q') || true  # its end is ours
  grep --quiet '^id: ' <<<"$told" || { echo "No event came from the stream: $told" >&2; return 1; }
  printf '%s\n' "$told"
}
"""


@dataclass(frozen=True)
class Reader:
    """Somebody who types what stands in the documentation."""

    url: str
    environment: dict[str, str]
    folder: Path

    def run(self, page: str) -> subprocess.CompletedProcess[str]:
        lines = [_BEGIN]
        for block in blocks(page):
            if block.runs:
                text = self._replaced(block.text)
                lines.append(f"place={block.place}")
                lines.append(text if block.language == "sh" else f"'{sys.executable}' - <<'PYTHON'\n{text}PYTHON\n")
        return subprocess.run(
            ["bash", "-c", "\n".join(lines)], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=240, check=False,
        )  # fmt: skip

    def _replaced(self, text: str) -> str:
        for found, with_ in (
            (r"\blocalhost:8000\b", self.url.removeprefix("http://")),
            (r"ringside_…", KEY),
            (r'"password": "…"', f'"password": "{PASSWORD}"'),
            (r'"api_key": "…"', '"api_key": "sk-of-the-reader"'),
            (r"(?m)^\.venv/bin/python\b", sys.executable),
        ):
            text = re.sub(found, with_, text)
        return text


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    assert shutil.which("curl"), "curl is missing: on Debian and Ubuntu, apt-get install curl"
    folder = tmp_path_factory.mktemp("reader")
    data = prepare_data(folder / "data")
    home = folder / "home"
    home.mkdir()
    [report] = [path for path in sample_files() if path.suffix == ".pdf"]
    shutil.copy(report, home / "report.pdf")
    Image.new("RGB", (64, 64), "navy").save(home / "skipper.png")
    env = environment(
        data, agent_processes=1, web_concurrency=1, ratelimit_enabled=0, heartbeat_seconds=0.2, database_url=""
    )
    with server(env, folder / "server.log") as (_, url):
        wait_until(lambda: httpx2.get(f"{url}/readyz").json()["status"] == "ready", 30, "the agents")
        path = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
        packages = os.pathsep.join(map(str, (PROJECT, PROJECT / "sdk" / "python" / "src")))
        given = {"PYTHONPATH": packages, "PATH": path, "RINGSIDE_URL": url, "RINGSIDE_KEY": KEY}
        yield Reader(url, {**env, **given}, home)


@pytest.mark.parametrize("page", _RUN)
def test_the_blocks_of_a_page_run(page: str, reader: Reader) -> None:
    done = reader.run(page)
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout[-3000:]}"
    assert "…" not in done.stderr


def test_the_pages_for_programs_have_blocks_that_run() -> None:
    assert {
        "README.md",
        "docs/events.md",
        "docs/connect.md",
        "docs/api.md",
        "docs/access.md",
        "docs/agents.md",
        "docs/work.md",
        "docs/operations.md",
    } <= set(_RUN)
