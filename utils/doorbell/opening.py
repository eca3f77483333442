"""Which doorbell the processes that share a database have."""

from utils.database.base import Database
from utils.doorbell.base import Doorbell


def open_doorbell(database: Database) -> Doorbell:
    """Rings to all processes that share the database."""
    # Imported here, for PostgreSQL's driver takes 60 ms to load and few machines need both.
    if database.dialect == "postgresql":
        from utils.database.postgres import PostgresDatabase
        from utils.doorbell.postgres import PostgresDoorbell

        assert isinstance(database, PostgresDatabase)
        return PostgresDoorbell(database.conninfo)
    from utils.database.sqlite import SqliteDatabase
    from utils.doorbell.pipe import PipeDoorbell

    assert isinstance(database, SqliteDatabase)
    return PipeDoorbell(database.directory)
