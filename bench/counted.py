"""``gunicorn bench.counted:app``: the product's application, which counts how often its process reads the log.

For each time, it appends a byte to the file that BENCH_READS names.
"""

import os
from typing import Any

from utils.log.activity_log import ActivityLog
from wsgi import app

__all__ = ["app"]

_counts = os.open(os.environ["BENCH_READS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_read = ActivityLog.read


def _counted(self: ActivityLog, *asked: Any, **named: Any) -> Any:
    os.write(_counts, b".")
    return _read(self, *asked, **named)


ActivityLog.read = _counted  # type: ignore[method-assign]
