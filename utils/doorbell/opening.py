"""Which doorbell the processes that share a database have."""

from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.settings import Settings


def open_doorbell(database: Database) -> Doorbell:
    """Rings to all processes that share the database."""
    # Imported here, for PostgreSQL's driver takes 60 ms to load and few machines need both.
    if database.dialect == "postgresql":
        from utils.database.postgres import PostgresDatabase
        from utils.doorbell.postgres import PostgresDoorbell

        assert isinstance(database, PostgresDatabase)
        return PostgresDoorbell(database)
    from utils.database.sqlite import SqliteDatabase
    from utils.doorbell.pipe import PipeDoorbell

    assert isinstance(database, SqliteDatabase)
    return PipeDoorbell(database.directory)


def open_watching_doorbell(database: Database, settings: Settings) -> Doorbell:
    """The same for a process that watches sessions: with Kafka it hears of them from there.

    On one machine that would only be slower: the rings of SQLite bring the events along.
    """
    doorbell = open_doorbell(database)
    if settings.kafka_bootstrap_servers is None or database.dialect == "sqlite":
        return doorbell
    from utils.doorbell.kafka import KafkaDoorbell  # the client takes 40 ms to load

    return KafkaDoorbell(doorbell, settings)
