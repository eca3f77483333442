"""gunicorn reads this from the working directory: `gunicorn --bind 0.0.0.0:8000 wsgi:app` needs no more flags."""

import os
import shutil
from typing import Any

from agents.process_keeper import keeper_watch
from utils.database import Database
from utils.settings import get_settings

_settings = get_settings()

worker_class = "utils.gunicorn_worker.StreamingWorker"
workers = _settings.web_concurrency
threads = _settings.web_threads
bind = f"0.0.0.0:{_settings.port}"
backlog = 4096
worker_connections = 4000
keepalive = 15
timeout = 60
graceful_timeout = _settings.graceful_seconds
control_socket_disable = True
loglevel = _settings.log_level
proc_name = "ringside"

_metrics = _settings.data_path / "metrics"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)  # read when a worker imports prometheus_client



def on_starting(server: Any) -> None:
    """Before the first worker: the schema is right, and no figures of an earlier start are left."""
    database = Database(_settings)
    database.migrate()
    database.close()
    shutil.rmtree(_metrics, ignore_errors=True)
    _metrics.mkdir(parents=True)


def when_ready(server: Any) -> None:
    """The agent processes are started with the web workers and supervised like them."""
    if _settings.agent_processes:
        keeper_watch.start()


def on_reload(server: Any) -> None:
    keeper_watch.reload()


def on_exit(server: Any) -> None:
    if _settings.agent_processes:
        keeper_watch.stop(_settings.graceful_seconds)


def child_exit(server: Any, worker: Any) -> None:
    # Imported here: the folder must be named before the library is read.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
