"""What somebody must tidy up now and then: old events, what was cut off in mid-deletion or mid-upload, checkpoints."""

import logging
import time

from utils.activity_log import ActivityLog
from utils.documents import Documents
from utils.runs import Runs
from utils.settings import Settings

_EVERY_SECONDS = 60.0
_log = logging.getLogger(__name__)


class Housekeeping:
    def __init__(self, settings: Settings, log: ActivityLog, runs: Runs, documents: Documents) -> None:
        self._keep = settings.max_session_events
        self._checkpoints = settings.data_path / "checkpoints"
        self._log = log
        self._runs = runs
        self._documents = documents
        self._due = time.monotonic() + _EVERY_SECONDS

    def tidy_if_due(self) -> None:
        """Once a minute; what fails is said in the log and tried again."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _EVERY_SECONDS
        try:
            self.tidy()
        except Exception:
            _log.exception("Tidying up failed; trying again in a minute")

    def tidy(self) -> None:
        self._log.finish_deletions()
        self._documents.erase_abandoned()
        if self._keep:
            self._log.trim_all(self._keep)
        for path in self._checkpoints.glob("run-*.db*"):
            run = self._runs.get(path.name.partition(".")[0])
            if run is None or run.ended:
                path.unlink(missing_ok=True)
