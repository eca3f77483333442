"""On what and with what the figures were measured."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pysqlite3

from bench.peers.peer import CENTRIFUGO
from bench.server import PROJECT

_PEERS, _GRAPHS = (PROJECT / "bench" / name / "requirements.txt" for name in ("peers", "graphs"))
_NAMED = ("gunicorn", "Flask", "gevent", "uvicorn", "sse-starlette", "Flask-SSE", "django-eventstream", "Django")


def describe() -> str:
    """One line: processor, memory, system."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    processor = model[1] if model else platform.machine()
    return f"{os.cpu_count()} × {processor}, {memory:.0f} GB of memory, {system}, Linux {platform.release()}."


def load() -> str:
    """Absolute figures of a machine that is busy with other work mean little; ratios of one run mean more."""
    return f"{os.getloadavg()[0]:.1f}"


def versions(part: str) -> str:
    """Of what took part."""
    ours = [f"Python {platform.python_version()}", f"SQLite {pysqlite3.sqlite_version}"]
    ours += [f"{name} {version(name)}" for name in ("gunicorn", "Flask", "langgraph")]
    if part == "peers":
        ours += [f"peers' {name} {_pinned(_PEERS)[name]}" for name in _NAMED]
        ours.append(f"Centrifugo {CENTRIFUGO}")
        ours += [_debian("nginx"), _debian("libnginx-mod-nchan"), _debian("redis-server")]
    if part == "langgraph":
        ours += [f"{name} {_pinned(_GRAPHS)[name]}" for name in ("langgraph-cli", "langgraph-api")]
    if part in ("emitting", "first-event", "team"):
        ours.append(_debian("postgresql"))
    return ", ".join(filter(None, ours)) + "."


def _pinned(requirements: Path) -> dict[str, str]:
    return dict(line.split("==") for line in requirements.read_text().splitlines() if "==" in line)


def _debian(package: str) -> str:
    words = ["dpkg-query", "--show", "--showformat", "${Version}", package]
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    return f"{package} {found.stdout}" if found.returncode == 0 else ""
