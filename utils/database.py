"""The database: one interface over SQLite on this machine's disk and PostgreSQL that many machines share.

:func:`open_database` chooses by the settings. Most statements are the same on both; a module whose hot path or full
text is not asks for its own part (``log_store``, ``doorbell``) or for the ``dialect``.
"""

import logging
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, Any, Literal

import pysqlite3
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from utils.settings import PROJECT, Settings, SettingsError, get_settings

if TYPE_CHECKING:
    from utils.doorbell import Doorbell
    from utils.log_store import LogStore

SCHEMA = "0004"  # the newest file in utils/migrations/versions


class DatabaseError(RuntimeError):
    """The database cannot be used. The message says what to do."""


class DatabaseLostError(DatabaseError):
    """The database server does not answer, or the connection broke. Work goes on when it is back.

    When a write was under way it may have been made or not: look, or do it again only if twice is no harm.
    """


class Database(ABC):
    """One database and this process's connections to it. Made after a fork, never carried over one."""

    dialect: Literal["sqlite", "postgresql"]
    place: str  # where it is, for messages
    remedy: str  # what to do when it cannot be used, for messages
    engine: Engine  # whose errors hide what a statement was given: questions, hashes, names

    @abstractmethod
    def connect(self) -> Any:
        """A raw connection of the driver, in autocommit mode, for whoever closes it."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """For reading: a consistent snapshot on SQLite; on PostgreSQL each statement sees what is committed by then."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""

    @abstractmethod
    def locking(self, query: str, alias: str, *, skip: bool = False) -> str:
        """The query, so that its rows of ``alias`` stay as they are read until the transaction ends.

        With ``skip``, rows that another transaction holds are passed over. Lock runs before sessions, as everybody
        does: then nobody waits in a circle.
        """

    @abstractmethod
    def log_store(self) -> "LogStore":
        """The statements of the log."""

    @abstractmethod
    def doorbell(self) -> "Doorbell":
        """Rings to all processes that share the database."""

    def migrate(self, patience_seconds: float = 30) -> None:
        """Bring the schema to this version. Safe to call from every process at once; cheap when nothing is to do.

        Raises DatabaseLostError when a database server is not there for ``patience_seconds``.
        """
        if self._schema() == SCHEMA:
            return
        with self._migrating():
            if self._schema() != SCHEMA:
                self.migrate_to("head")

    def migrate_to(self, revision: str) -> None:
        """Move the schema up or down to ``revision``."""
        from alembic import command
        from alembic.config import Config

        logging.getLogger("alembic").setLevel(logging.WARNING)
        config = Config()
        config.set_main_option("script_location", str(PROJECT / "utils" / "migrations"))
        down = revision != "head" and (revision == "base" or revision < (self._schema() or ""))
        with self._migration() as connection:
            config.attributes["connection"] = connection
            (command.downgrade if down else command.upgrade)(config, revision)

    def _migration(self) -> AbstractContextManager[Connection]:
        """The transaction of a migration."""
        return self.write()

    @abstractmethod
    def _migrating(self) -> AbstractContextManager[None]:
        """Keeps all other processes from migrating at the same time."""

    def _schema(self) -> str | None:
        with self.read() as connection:
            tables = inspect(connection)
            known = tables.has_table("alembic_version")
            row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first() if known else None
            ours = row is None or tables.has_table("sessions")
        if not ours:
            raise DatabaseError(
                f"The database {self.place} belongs to another program, which keeps its schema there (alembic_version "
                f"{row[0] if row else ''}). Give Ringside one of its own."
            )
        if row is not None and row[0] > SCHEMA:
            raise DatabaseError(
                f"The database {self.place} was written by a newer Ringside (schema {row[0]}, this one knows "
                f"{SCHEMA}). Start the newer version, or point DATA_DIR or DATABASE_URL at another place."
            )
        return str(row[0]) if row else None

    def close(self) -> None:
        """Close the connections of this process."""
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """The database that the settings name. Raises :class:`DatabaseError` when it cannot be used."""
    # Imported here, for PostgreSQL's driver takes 60 ms to load and few machines need both.
    if settings.database_url is not None:
        from utils.postgres_database import PostgresDatabase

        return PostgresDatabase(settings.database_url.get_secret_value())
    from utils.sqlite_database import SqliteDatabase

    return SqliteDatabase(settings)


def in_pieces(keys: Collection[int], size: int = 500) -> Iterator[list[int]]:
    """The keys, as many at a time as a statement takes."""
    every = list(keys)
    for start in range(0, len(every), size):
        yield every[start : start + size]


def now_ms() -> int:
    """The present moment as the tables keep it."""
    return time.time_ns() // 1_000_000


def prepare(settings: Settings) -> None:
    """Bring the schema of the configured database to this version. Raises DatabaseError in plain words."""
    place, remedy = f"in DATA_DIR ({settings.data_path})", ""
    try:
        database = open_database(settings)
        place, remedy = database.place, database.remedy
        with closing(database):
            database.migrate()
    except (DBAPIError, pysqlite3.Error) as error:
        what = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        raise DatabaseError(f"The database {place} cannot be used: {what}. {remedy}") from error
    except OSError as error:
        why = "it is a file" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror or error
        raise DatabaseError(
            f"DATA_DIR ({settings.data_path}) cannot be used: {why}. Point it at another folder."
        ) from error


def main() -> None:
    """``python -m utils.database`` brings the schema of the configured database to this version."""
    try:
        prepare(get_settings())
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")


if __name__ == "__main__":
    # The module whose errors everybody else raises: this file runs under another name.
    from utils import database  # noqa: PLW0406

    database.main()
