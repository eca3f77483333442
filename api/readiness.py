"""What this server cannot do at the moment, part by part."""

import shutil
import time
from datetime import timedelta

from utils.bridge.audit_positions import AuditPositions
from utils.database.base import Database, DatabaseLostError
from utils.database.moment import now
from utils.doorbell.base import RUNS, Doorbell
from utils.log.activity_log import ActivityLog
from utils.metrics.probe import Probe, TooSlowError
from utils.registry.agent_processes import AgentProcesses
from utils.settings import Settings

_FINE = ("ok", "elsewhere")
_ROOM = 16 * 1024 * 1024  # bytes: a database that writes needs them at once
_SECONDS = 1.5
_LATE = timedelta(minutes=5)


class ReadinessCheck:
    """Without the database, the log or room on its disk nobody is served here: requests had better go elsewhere.

    A server without agent processes or without its doorbell still serves, though runs wait and streams lag. So does one
    whose audit trail is not taken.
    """

    def __init__(self, settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell) -> None:
        self._settings = settings
        self._database = database
        self._log = log
        self._doorbell = doorbell
        self._processes = AgentProcesses(database)
        self._needed = {"database", "log"} | ({"disk"} if database.dialect == "sqlite" else set())
        parts = {
            "database": self._read_database, "log": self._read_log, "disk": self._look_for_room,
            "runner": self._find_runner, "doorbell": self._find_doorbell,
            "audit": self._find_audit_stream,
        }  # fmt: skip
        self._probes = {part: Probe(f"readiness-{part}", question) for part, question in parts.items()}

    def look(self) -> dict[str, str]:
        """The state of each part: "ok", or what is wrong. Takes a second and a half at most."""
        deadline = time.monotonic() + _SECONDS
        for probe in self._probes.values():
            probe.begin()
        return {part: _state(probe, deadline) for part, probe in self._probes.items()}

    def cannot(self, parts: dict[str, str]) -> list[str]:
        return [part for part, state in parts.items() if state not in _FINE]

    def serves(self, parts: dict[str, str]) -> bool:
        """Whether web traffic is answered here."""
        return self._needed.isdisjoint(self.cannot(parts))

    def _read_database(self) -> str:
        with self._database.read() as connection:
            connection.exec_driver_sql("SELECT 1 FROM sessions LIMIT 1")
        return "ok"

    def _read_log(self) -> str:
        self._log.changes()
        return "ok"

    def _look_for_room(self) -> str:
        folder = self._settings.data_path
        while not folder.exists():  # with PostgreSQL nobody has needed it yet
            folder = folder.parent
        return "ok" if shutil.disk_usage(folder).free >= _ROOM else "the disk of DATA_DIR is full"

    def _find_runner(self) -> str:
        if self._settings.agent_processes == 0:
            return "elsewhere"
        # Those without a doorbell listen to nobody, and work all the same.
        live = self._doorbell.listeners(RUNS) or self._processes.any_live()
        return "ok" if live else "no agent process is running"

    def _find_doorbell(self) -> str:
        return "ok" if self._doorbell.works else "out of order: streams are polled"

    def _find_audit_stream(self) -> str:
        """Late: an entry that has waited for longer than an outage that mends itself."""
        targets = [AuditPositions(self._database, target) for target in self._settings.audit_targets]
        if not targets:
            return "elsewhere"
        waiting = [since for target in targets if (since := target.waiting_since()) is not None]
        late = min(waiting, default=now()) < now() - _LATE
        return f"entries wait since {min(waiting):%Y-%m-%d %H:%M} UTC to be streamed" if late else "ok"


def _state(probe: Probe[str], deadline: float) -> str:
    try:
        return probe.look(max(0.0, deadline - time.monotonic()))
    except TooSlowError:
        return "does not answer in time"
    except DatabaseLostError:
        return "the database does not answer: the log says why"
    except Exception as error:  # whatever is wrong is the answer
        return f"cannot be asked: {type(error).__name__}"
