"""The product's worker, which also writes down how many connections gunicorn believes it has."""

import os
from pathlib import Path
from typing import Any

from utils.streams.gunicorn_worker import StreamingWorker


class CountingWorker(StreamingWorker):
    """Writes ``nr_conns`` to the file named by CONNECTIONS_FILE at every turn of the worker's loop."""

    def wait_for_and_dispatch_events(self, timeout: float) -> Any:
        happened = super().wait_for_and_dispatch_events(min(timeout, 0.05))
        path = Path(os.environ["CONNECTIONS_FILE"])
        path.with_suffix(".new").write_text(str(self.nr_conns))
        path.with_suffix(".new").replace(path)
        return happened
