"""gunicorn reads this from the working directory: `gunicorn --bind 0.0.0.0:8000 wsgi:app` needs no more flags."""

import os
import shutil
import sys
import tempfile
from typing import Any

from agents.process_keeper import STOP_SECONDS, keeper_watch
from utils.database import prepare
from utils.settings import SettingsError, get_settings

get_settings.cache_clear()  # a reload reads the settings anew
try:
    _settings = get_settings()
except SettingsError as error:
    sys.exit(f"ringside: {error}")

worker_class = "utils.gunicorn_worker.StreamingWorker"
workers = _settings.web_concurrency
threads = _settings.web_threads
bind = f"0.0.0.0:{_settings.port}"
backlog = 4096
worker_connections = 4000
keepalive = 15
timeout = 60
graceful_timeout = max(1, _settings.graceful_seconds - int(STOP_SECONDS))  # the rest is for the agents
control_socket_disable = True
loglevel = _settings.log_level
proc_name = "ringside"


def on_starting(server: Any) -> None:
    """Before the first worker: the schema is right, and the processes' figures have a place.

    They are memory-mapped: on a disk that fills up, writing one would be a SIGBUS, so they live in memory. The
    folder is named in the environment, which a worker reads when it imports prometheus_client.
    """
    prepare(_settings)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="ringside-metrics-", dir=memory)


def when_ready(server: Any) -> None:
    """The agent processes are started with the web workers and supervised like them."""
    if _settings.agent_processes:
        keeper_watch.start()


def on_reload(server: Any) -> None:
    keeper_watch.reload()


def on_exit(server: Any) -> None:
    if _settings.agent_processes:
        keeper_watch.stop()
    shutil.rmtree(os.environ.pop("PROMETHEUS_MULTIPROC_DIR"), ignore_errors=True)


def child_exit(server: Any, worker: Any) -> None:
    # Imported here: the folder must be named before the library is read.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
