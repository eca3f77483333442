"""Which statements the log of a database has."""

from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.store import LogStore, NewSession


def open_log(database: Database, doorbell: Doorbell, new_session: NewSession) -> ActivityLog:
    """The log in the database. It is closed with it. ``new_session`` makes the sessions that an emitter names first."""
    store = _open_store(database, new_session)
    database.at_close(store.close)
    return ActivityLog(store, doorbell)


def _open_store(database: Database, new_session: NewSession) -> LogStore:
    # Imported here, for PostgreSQL's driver takes 60 ms to load and few machines need both.
    if database.dialect == "postgresql":
        from utils.database.postgres import PostgresDatabase
        from utils.log.postgres_store import PostgresLog

        assert isinstance(database, PostgresDatabase)
        return PostgresLog(database, new_session)
    from utils.database.sqlite import SqliteDatabase
    from utils.log.sqlite_store import SqliteLog

    assert isinstance(database, SqliteDatabase)
    return SqliteLog(database, new_session)
