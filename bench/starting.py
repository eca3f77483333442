"""From typing the command to a server that answers, and what it holds when nothing happens.

Beside it, in turn: a Flask application of one address under gunicorn as it comes, which is what no Flask server can be
faster than.
"""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measure import children, proportional_bytes
from bench.report import Result, Table
from bench.server import PROJECT, data_directory, environment, next_port

_SECONDS = 60
_GUNICORN = str(Path(sys.executable).with_name("gunicorn"))
# Its application's folder is elsewhere, so that it does not find our gunicorn.conf.py.
_STOCK = [_GUNICORN, "--chdir", str(PROJECT / "bench" / "stock")]


@dataclass(frozen=True, slots=True)
class _Started:
    """Seconds to the first 200 of each address, and the memory of all processes and their number then."""

    seconds: tuple[float, ...]
    resident: int
    processes: int


def figures(quick: bool) -> Iterator[Result]:
    ways = {
        "gunicorn, a Flask application of one address": (_STOCK, "app:app", ("/healthz",)),
        "gunicorn --bind … wsgi:app": ([_GUNICORN], "wsgi:app", ("/healthz", "/readyz")),
        "./startup.sh, not for the first time": (["./startup.sh"], "", ("/healthz", "/readyz")),
    }
    rounds = 3 if quick else 7
    started: dict[str, list[_Started]] = {name: [] for name in ways}
    with data_directory() as data:
        for _ in range(rounds):
            for name, (words, app, paths) in ways.items():
                started[name].append(_start(words, app, data, paths))
    stock = median(one.seconds[0] for one in started["gunicorn, a Flask application of one address"])
    rows = []
    for name, times in started.items():
        seconds = [median(moments) for moments in zip(*(one.seconds for one in times), strict=True)]
        rows.append((
            name, f"{seconds[0]:.2f}", f"{seconds[0] / stock:.1f}", f"{seconds[1]:.2f}" if len(seconds) > 1 else "",
            str(times[-1].processes), f"{median(one.resident for one in times) / 1e6:.0f}",
        ))  # fmt: skip
    header = ("typed", "/healthz s", "× stock", "agents ready (/readyz) s", "processes", "MB at rest")
    yield Table(f"### From the command to the first 200, medians of {rounds} in turn", header, tuple(rows))


def _start(words: list[str], app: str, data: Path, paths: tuple[str, ...]) -> _Started:
    port = next_port()
    arguments = ["--bind", f"127.0.0.1:{port}", app] if app else []
    log = data / "server.log"
    began = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            [*words, *arguments],
            cwd=PROJECT if words is not _STOCK else data,
            env=environment(data, port=port),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        seconds = tuple(_until_ok(port, path, process, log) - began for path in paths)
        family = _family(process.pid)
        return _Started(seconds, sum(map(proportional_bytes, family)), len(family))
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _until_ok(port: int, path: str, process: subprocess.Popen[bytes], log: Path) -> float:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            response = connection.getresponse()
            works = response.status == 200 and b'"limited"' not in response.read()
            connection.close()
            if works:
                return time.monotonic()
        time.sleep(0.01)
    raise RuntimeError(f"The server did not start. It said:\n{log.read_text()}")


def _family(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        return [pid, *(one for child in children(pid) for one in _family(child))]
    return []
