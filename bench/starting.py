"""From typing the command to a server that answers, and what it takes when nothing happens."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median

from bench.measure import children, resident_bytes
from bench.report import Figure
from bench.server import PROJECT, data_directory, environment, next_port

_SECONDS = 60


def figures(quick: bool) -> Iterator[Figure]:
    rounds = 3 if quick else 7
    healthy, ready, script, memory = [], [], [], []
    with data_directory() as data:
        for _ in range(rounds):
            port = next_port()
            gunicorn = [str(Path(sys.executable).with_name("gunicorn")), "--bind", f"127.0.0.1:{port}", "wsgi:app"]
            moments, resident = _start(gunicorn, port, data, ("/healthz", "/readyz"))
            healthy.append(moments[0])
            ready.append(moments[1])
            memory.append(resident)
            port = next_port()
            script.append(_start(["./startup.sh"], port, data, ("/readyz",))[0][0])
    yield Figure("gunicorn to the first 200 of /healthz, median", f"{median(healthy):.2f} s")
    yield Figure("gunicorn to agents that listen (/readyz), median", f"{median(ready):.2f} s")
    yield Figure("./startup.sh, not the first time, to /readyz, median", f"{median(script):.2f} s")
    yield Figure("resident memory of all processes at rest, median", f"{median(memory) / 1e6:.0f} MB")


def _start(words: list[str], port: int, data: Path, paths: tuple[str, ...]) -> tuple[list[float], int]:
    """Seconds until each of the paths answered with 200, and the bytes all processes then hold."""
    began = time.monotonic()
    with (data / "server.log").open("w") as log:
        process = subprocess.Popen(
            words, cwd=PROJECT, env=environment(data, port=port), stdout=log, stderr=log, start_new_session=True
        )
    try:
        moments = [_until_ok(port, path, process, data / "server.log") - began for path in paths]
        return moments, sum(map(resident_bytes, _family(process.pid)))
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _until_ok(port: int, path: str, process: subprocess.Popen[bytes], log: Path) -> float:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            status = connection.getresponse().status
            connection.close()
            if status == 200:
                return time.monotonic()
        time.sleep(0.01)
    raise RuntimeError(f"The server did not start. It said:\n{log.read_text()}")


def _family(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        return [pid, *(one for child in children(pid) for one in _family(child))]
    return []
