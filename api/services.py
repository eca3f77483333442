"""What the views call, put together once by create_app."""

from dataclasses import dataclass

import pysqlite3
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from api.errors import not_found
from utils.activity_log import ActivityLog
from utils.database import Database
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
        database = Database(settings)
        database.migrate()
        doorbell = Doorbell(database.directory)
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
        parts = {"database": "ok", "log": "ok", "runner": "ok"}
        try:
            with self.database.read() as connection:
                connection.exec_driver_sql("SELECT 1")
        except SQLAlchemyError as error:
            parts["database"] = f"cannot be read: {type(error).__name__}"
        try:
            self.log.changes()
        except pysqlite3.Error as error:
            parts["log"] = f"cannot be read: {type(error).__name__}"
        if self.settings.agent_processes == 0:
            parts["runner"] = "elsewhere"
        elif self.doorbell.listeners(RUNS) == 0:
            parts["runner"] = "no agent process is running"
        return parts

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


def services() -> Services:
    """The services of the app that handles this request."""
    found: Services = current_app.extensions["ringside"]
    return found
