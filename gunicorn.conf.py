"""gunicorn reads this from the working directory: `gunicorn --bind 0.0.0.0:8000 wsgi:app` needs no more flags."""

import errno
import importlib
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.processes.keeper import keeper_watch, stop_seconds
from utils.accounts.first_visit import open_for_first_visit, set_up_invitation
from utils.database.base import DatabaseError
from utils.database.opening import prepare
from utils.database.shares import ConnectionShares
from utils.loading import code_is_loaded
from utils.settings import SettingsError, get_settings, read_settings
from utils.unknown_settings import unknown_settings

_METRICS = "ringside-metrics-"
_set_up_secret: str | None = None
get_settings.cache_clear()  # a reload reads the settings anew
try:
    _settings = get_settings()
except SettingsError as error:
    sys.exit(f"ringside: {error}")

worker_class = "utils.streams.gunicorn_worker.StreamingWorker"
workers = _settings.web_concurrency
threads = _settings.web_threads
bind = f"0.0.0.0:{_settings.port}"
backlog = 4096
worker_connections = 4000
keepalive = 15
timeout = 60
graceful_timeout = max(1, _settings.graceful_seconds - stop_seconds(_settings.graceful_seconds))
control_socket_disable = True
# On "debug" gunicorn tells of every address, whatever somebody put there by mistake; the application’s log is careful.
loglevel = "info" if _settings.log_level == "debug" else _settings.log_level
logger_class = "utils.streams.access_log.AccessLog"
# As gunicorn's own, but without what follows the question mark, where tickets and mistaken secrets are.
access_log_format = '%(h)s %(l)s %(u)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s "%(a)s"'
proc_name = "ringside"


def on_starting(server: Any) -> None:
    """Before anything else: the ports are free and the schema is right."""
    global _set_up_secret  # noqa: PLW0603
    if not {"GUNICORN_PID", "LISTEN_FDS"} & os.environ.keys():  # else the sockets are there already
        for address in server.cfg.address:
            _refuse_taken(address)
    for told in unknown_settings():
        server.log.warning(told)
    try:
        prepare(_settings)
        _set_up_secret = open_for_first_visit(_settings)
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")


def _refuse_taken(address: Any) -> None:
    """gunicorn itself would try for five seconds and then tell in its own words."""
    if isinstance(address, tuple):
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                place = f"{address[0]}:{address[1]}"
                why = "is in use by another program" if error.errno == errno.EADDRINUSE else f"cannot be used: {error}"
                sys.exit(f"ringside: {place} {why}. Stop that program, or choose another port with PORT or --bind.")


def when_ready(server: Any) -> None:
    """Before the first worker: the processes' figures have a place, and the agent processes are started.

    The figures are memory-mapped: on a disk that fills up, writing one would be a SIGBUS, so they live in memory. The
    folder is named in the environment, which a worker reads when it imports prometheus_client.
    """
    memory = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir())  # noqa: S108
    for left in memory.glob(f"{_METRICS}*"):  # by a server that was killed
        pid = left.name.removeprefix(_METRICS).partition("-")[0]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            shutil.rmtree(left, ignore_errors=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=f"{_METRICS}{os.getpid()}-", dir=memory)
    keeper_watch.start()  # the agent processes load their code meanwhile
    if not server.cfg.reload:
        _load_code()
    server.reload = _heedful(server)
    server.log.info("Serving at %s", _base_address(server))
    if _set_up_secret is not None:
        print(set_up_invitation(_base_address(server), _set_up_secret), file=sys.stderr, flush=True)


def _load_code() -> None:
    """Once for all workers: they are forked with it, share its memory, and one that replaces another is there sooner.

    The application itself, with its connections and threads, each of them makes for itself.
    """
    with code_is_loaded():  # a collection would write to what is shared
        importlib.import_module("api.app")


def _base_address(server: Any) -> str:
    """Where browsers find us: as the settings or Azure App Service say, or else one of this machine."""
    if _settings.public_url is not None:
        return _settings.public_url
    if name := os.environ.get("WEBSITE_HOSTNAME"):
        return f"https://{name}"
    ports = [address[1] for address in server.cfg.address if isinstance(address, tuple)]
    return f"http://localhost:{ports[0] if ports else _settings.port}"


def _heedful(server: Any) -> Callable[[], None]:
    """A reload that leaves everything as it is when a setting has become wrong, where gunicorn itself would end."""
    reload = server.reload

    def reload_if_right() -> None:
        try:
            settings = read_settings()
            if settings.database_url is not None:
                ConnectionShares(settings)
        except SettingsError as error:
            server.log.warning("%s Nothing was reloaded: the server goes on as it was.", error)
        else:
            reload()

    return reload_if_right


def post_fork(server: Any, worker: Any) -> None:
    from utils.metrics.figures import make_folder  # it has to be imported when the environment names the folder

    make_folder()


def on_reload(server: Any) -> None:
    keeper_watch.reload()


def on_exit(server: Any) -> None:
    keeper_watch.stop(stop_seconds(_settings.graceful_seconds))
    if folder := os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None):
        shutil.rmtree(folder, ignore_errors=True)
