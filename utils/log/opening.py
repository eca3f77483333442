"""Which statements the log of a database has."""

from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.store import LogStore


def open_log(database: Database, doorbell: Doorbell) -> ActivityLog:
    """The log in the database. It is closed with it."""
    store = _open_store(database)
    database.at_close(store.close)
    return ActivityLog(store, doorbell)


def _open_store(database: Database) -> LogStore:
    # Imported here, for PostgreSQL's driver takes 60 ms to load and few machines need both.
    if database.dialect == "postgresql":
        from utils.database.postgres import PostgresDatabase
        from utils.log.postgres_store import PostgresLog

        assert isinstance(database, PostgresDatabase)
        return PostgresLog(database.connect, database.place)
    from utils.database.sqlite import SqliteDatabase
    from utils.log.sqlite_store import SqliteLog

    assert isinstance(database, SqliteDatabase)
    return SqliteLog(database)
