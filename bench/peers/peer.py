"""A server of event streams that is not ours: how it is started, where it listens, which processes serve."""

import http.client
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.measure import children
from bench.server import BIN, data_directory, next_port

HERE = Path(__file__).resolve().parent
APPS = HERE / "apps"
CENTRIFUGO = (HERE / "centrifugo.version").read_text().strip()
_PROGRAMS = HERE / ".venv" / "bin"
_START_SECONDS = 30


class PeerMissingError(RuntimeError):
    """A peer cannot be measured here. The message says why."""


@dataclass(frozen=True, slots=True)
class Running:
    """``pids`` are all processes whose work a delivery is."""

    port: int
    pids: tuple[int, ...]
    ready: Callable[[int], None] = lambda streams: None


@dataclass(frozen=True, slots=True)
class Peer:
    """``start`` runs it. ``kind`` says whether the goal for Python servers is meant for it.

    ``stream`` is where it is watched; ``dialect`` says how bench/peers/publisher.py is to publish.
    """

    name: str
    kind: Literal["c", "go", "python"]
    setup: str
    start: Callable[[], AbstractContextManager[Running]]
    stream: str = "/events/bench-%d"
    dialect: tuple[str, ...] = ()


def _gevent() -> AbstractContextManager[Running]:
    return _gunicorn("gevent_app:app")


def _flask_sse() -> AbstractContextManager[Running]:
    @contextmanager
    def run() -> Iterator[Running]:
        with ExitStack() as stack:
            redis_port = next_port()
            options = ["--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--maxclients", "12000"]
            redis = stack.enter_context(_process("redis-server", *options, cwd=APPS, env={}))
            url = f"redis://127.0.0.1:{redis_port}/0"
            server = stack.enter_context(_gunicorn("flask_sse_app:app", REDIS_URL=url))
            yield Running(server.port, (*server.pids, redis.pid), lambda streams: _subscribed(redis_port, streams))

    return run()


@contextmanager
def _gunicorn(app: str, **env: str) -> Iterator[Running]:
    port = next_port()
    words = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gevent", "--worker-connections", "12000"]
    words += ["--backlog", "4096", "--no-control-socket", app]
    with _process(_PROGRAMS / "gunicorn", *words, cwd=APPS, env=env) as master:
        _until_healthy(port, master)
        yield Running(port, tuple(children(master.pid)))


def _starlette() -> AbstractContextManager[Running]:
    return _uvicorn("starlette_app:app")


def _django() -> AbstractContextManager[Running]:
    return _uvicorn("django_app:application")


@contextmanager
def _uvicorn(app: str) -> Iterator[Running]:
    port = next_port()
    words = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--backlog", "4096", app]
    with _process(_PROGRAMS / "uvicorn", *words, cwd=APPS, env={}) as server:
        _until_healthy(port, server)
        yield Running(port, (server.pid,))


@contextmanager
def _nchan() -> Iterator[Running]:
    port = next_port()
    with data_directory() as folder:
        (folder / "nginx.conf").write_text((HERE / "nginx.conf").read_text().replace("PORT", str(port)))
        for writer in (folder, *(folder / name for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"))):
            writer.mkdir(exist_ok=True)
            writer.chmod(0o777)  # started by root, its worker is nobody
        words = ["-p", str(folder), "-c", str(folder / "nginx.conf")]
        with _process("nginx", *words, cwd=folder, env={}) as master:
            _until_healthy(port, master)
            yield Running(port, tuple(children(master.pid)))


@contextmanager
def _centrifugo() -> Iterator[Running]:
    port = next_port()
    words = ["--config", str(HERE / "centrifugo.json"), "--http_server.port", str(port)]
    with (
        data_directory() as folder,
        _process(BIN / f"centrifugo-{CENTRIFUGO}", *words, cwd=folder, env={}) as server,
    ):
        _until_healthy(port, server)
        yield Running(port, (server.pid,))


# {"subs":{"bench-%d":{}}}; the clients take %% for a percent sign.
_UNI_SSE = "/connection/uni_sse?cf_connect=%%7B%%22subs%%22%%3A%%7B%%22bench-%d%%22%%3A%%7B%%7D%%7D%%7D"
PEERS = (
    Peer("nginx + Nchan", "c", "one worker, events in shared memory", _nchan),
    Peer(
        "Centrifugo", "go", "one process, memory engine with history, uni_sse", _centrifugo, _UNI_SSE, ("centrifugo",)
    ),
    Peer("gunicorn gevent, generator", "python", "one worker, a queue for each stream", _gevent),
    Peer("uvicorn, sse-starlette", "python", "one process, uvloop and httptools", _starlette),
    Peer("flask-sse, Redis, gevent", "python", "one worker and Redis; both counted", _flask_sse),
    Peer("django-eventstream, uvicorn", "python", "one process, no Redis", _django),
)


@contextmanager
def _process(program: str | Path, *words: str, cwd: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    log = cwd / f".{Path(program).name}.log"
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                [program, *words], cwd=cwd, env=os.environ | env, stdout=output, stderr=output, start_new_session=True
            )
        except FileNotFoundError:
            raise PeerMissingError(f"{Path(program).name} is not installed") from None
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.unlink(missing_ok=True)


def _until_healthy(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            healthy = connection.getresponse().status == 200
            connection.close()
            if healthy:
                return
        time.sleep(0.05)
    raise PeerMissingError("it did not start")


def _subscribed(redis_port: int, streams: int) -> None:
    """Until Redis has ``streams`` subscribers: flask-sse subscribes after it has answered."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        words = ["redis-cli", "-p", str(redis_port), "CLIENT", "LIST", "TYPE", "pubsub"]
        listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        if len(listed.splitlines()) >= streams:
            return
        time.sleep(0.2)
    raise PeerMissingError("Redis has not as many subscribers as there are streams")
