"""What the views call, put together once by create_app."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from api.errors import not_found
from utils.activity_log import ActivityLog
from utils.database import Database, open_database
from utils.documents import Documents
from utils.doorbell import RUNS, Doorbell
from utils.messages import Messages
from utils.passages import Passages
from utils.runs import RunRecord, Runs
from utils.sessions import SessionRecord, Sessions
from utils.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    doorbell: Doorbell
    log: ActivityLog
    sessions: Sessions
    messages: Messages
    runs: Runs
    documents: Documents
    passages: Passages

    @classmethod
    def open(cls, settings: Settings) -> "Services":
        database = open_database(settings)
        database.migrate()
        doorbell = database.doorbell()
        log = ActivityLog(database, doorbell)
        return cls(
            settings,
            database,
            doorbell,
            log,
            Sessions(database, log),
            Messages(database),
            Runs(database, log, doorbell),
            Documents(database, settings.max_document_bytes),
            Passages(database),
        )

    def readiness(self) -> dict[str, str]:
        """The state of each part that an answer needs: "ok", or what is wrong."""
        parts = {"database": self._read_database, "log": self._read_log, "runner": self._find_runner}
        return {part: _state(look) for part, look in parts.items()}

    def _read_database(self) -> str:
        with self.database.read() as connection:
            connection.exec_driver_sql("SELECT 1 FROM sessions LIMIT 1")
        return "ok"

    def _read_log(self) -> str:
        self.log.changes()
        return "ok"

    def _find_runner(self) -> str:
        if self.settings.agent_processes == 0:
            return "elsewhere"
        return "ok" if self.doorbell.listeners(RUNS) else "no agent process is running"

    def session(self, session_id: str) -> SessionRecord:
        """The session, or the 404 that the view answers with."""
        record = self.sessions.get(session_id)
        if record is None:
            raise not_found("session")
        return record

    def run(self, run_id: str) -> RunRecord:
        record = self.runs.get(run_id)
        if record is None:
            raise not_found("run")
        return record


def _state(look: Callable[[], str]) -> str:
    try:
        return look()
    except Exception as error:  # whatever is wrong is the answer
        return f"cannot be asked: {type(error).__name__}"


def services() -> Services:
    """The services of the app that handles this request."""
    found: Services = current_app.extensions["ringside"]
    return found
