"""Real processes of the product, started as users start them, and surely ended."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.support.account import SECRET_KEY
from tests.support.waiting import wait_until
from utils.project import PROJECT

QUICK_HASHING = PROJECT / "tests" / "support" / "quick_hashing"  # for PYTHONPATH


def environment(data_dir: Path, **settings: object) -> dict[str, str]:
    """The environment of a process whose data is in ``data_dir``; settings as keywords in lower case."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "PROMETHEUS_"))}
    given = {name.upper(): str(value) for name, value in settings.items()}
    ours = {"DATA_DIR": str(data_dir), "SQLITE_SYNCHRONOUS": "NORMAL", "SECRET_KEY": SECRET_KEY}
    return kept | ours | given


@contextmanager
def process(
    arguments: list[str], env: Mapping[str, str], log: Path, namespace: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the product, in a network namespace if one is named; killed at the end if it is still there.

    What it says goes to ``log``.
    """
    elsewhere = ["ip", "netns", "exec", namespace] if namespace else []
    with log.open("ab") as output:
        child = subprocess.Popen(
            [*elsewhere, sys.executable, *arguments], cwd=PROJECT, env=dict(env), stdout=output, stderr=output,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield child
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGCONT)
            child.kill()
            child.wait()


@contextmanager
def agent_process(env: Mapping[str, str], log: Path, namespace: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with process(["-m", "agents.worker"], env, log, namespace) as child:
        yield child


@contextmanager
def server(env: Mapping[str, str], log: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """gunicorn as typed in the README, on a free port, and its address. Ready when it is yielded."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with process(["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"], env, log) as master:
        wait_until(lambda: _answers(master, f"{address}/healthz", log), 30, "the server's first answer")
        try:
            yield master, address
        finally:
            if master.poll() is None:
                master.terminate()
                master.wait(30)


def descendants(pid: int) -> set[int]:
    """The processes below one."""
    children: dict[int, set[int]] = {}
    for name in os.listdir("/proc"):  # without pathlib: tests that wait ask often
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split(maxsplit=2)[1])
                children.setdefault(parent, set()).add(int(name))
    found, level = set(), {pid}
    while level:
        level = {child for one in level for child in children.get(one, ())}
        found |= level
    return found


def command_of(pid: int) -> str:
    """What a process was started as; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(child: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    assert child.poll() is None, f"the server ended:\n{log.read_text()[-3000:]}"
    with contextlib.suppress(httpx2.TransportError):
        return httpx2.get(url, timeout=5).status_code == 200
    return False
