"""One interface over SQLite on this machine's disk and PostgreSQL that many machines share.

Most statements are the same on both; a module whose hot path or full text is not asks for the ``dialect``.
"""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, cast

from blinker import signal
from sqlalchemy import ClauseElement, Connection, Engine, Executable, inspect
from sqlalchemy.sql.compiler import SQLCompiler

K = TypeVar("K")
SCHEMA = "0038"  # the newest file in utils/database/migrations/versions


# For onlookers (metrics): sent with access= ("read", "write") and seconds= when a transaction has ended.
transaction_ended = signal("ringside.transaction-ended")


class DatabaseError(RuntimeError):
    """The database cannot be used. The message says what to do."""


class DatabaseLostError(DatabaseError):
    """The database server does not answer, or the connection broke. Work goes on when it is back.

    When a write was under way it may have been made or not: look, or do it again only if twice is no harm.
    """


class LeaderLock(Protocol):
    """Held by one of all the processes that share a database, which does what only one may do."""

    def held(self) -> bool:
        """Whether it is still ours. One that was lost is taken anew."""
        ...

    def seems_held(self) -> bool:
        """The same by one system call: for right before each thing that only the holder may do. A loss that the network
        has not told of yet is not seen."""
        ...

    def release(self) -> None: ...


class Database(ABC):
    """One database and this process's connections to it. Made after a fork, never carried over one."""

    dialect: Literal["sqlite", "postgresql"]
    place: str  # where it is, for messages
    remedy: str  # what to do when it cannot be used, for messages
    remedies: Mapping[str, str] = {}  # the same, by what the driver says
    engine: Engine  # whose errors hide what a statement was given: questions, hashes, names

    def __init__(self) -> None:
        self._at_close: list[Callable[[], None]] = []

    @abstractmethod
    def connect(self) -> Any:
        """A raw connection of the driver, in autocommit mode, for whoever closes it."""

    def execute(self, raw: Any, statement: Executable) -> None:
        """Execute a statement of SQLAlchemy Core on a raw connection. Raises the driver's own errors."""
        compiled = cast(SQLCompiler, cast(ClauseElement, statement).compile(dialect=self.engine.dialect))
        dialect, given, places = self.engine.dialect, dict(compiled.params), compiled.positiontup
        for parameter, name in compiled.bind_names.items():
            if convert := parameter.type.dialect_impl(dialect).bind_processor(dialect):
                given[name] = convert(given[name])
        raw.execute(str(compiled), given if places is None else [given[name] for name in places])

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """For reading: a consistent snapshot on SQLite; on PostgreSQL each statement sees what is committed by then."""
        with self._timed("read"), self._read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes."""
        with self._timed("write"), self._write() as connection:
            yield connection

    @contextmanager
    def _timed(self, access: Literal["read", "write"]) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            transaction_ended.send(self, access=access, seconds=time.perf_counter() - began)

    @abstractmethod
    def _read(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _write(self) -> AbstractContextManager[Connection]: ...

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
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
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

    @abstractmethod
    def lead(self, what: str) -> LeaderLock | None:
        """The lock of that name; None while another process has it. It ends with the process that holds it.

        Raises DatabaseLostError.
        """

    def at_close(self, close: Callable[[], None]) -> None:
        """Whoever keeps connections of its own to this database closes them with it."""
        self._at_close.append(close)

    def close(self) -> None:
        """Close the connections of this process."""
        self.engine.dispose()
        for close in self._at_close:
            close()


def in_pieces(keys: Collection[K], size: int = 500) -> Iterator[list[K]]:
    """The keys, as many at a time as a statement takes."""
    every = list(keys)
    for start in range(0, len(every), size):
        yield every[start : start + size]


def database_lost(error: BaseException) -> DatabaseLostError | None:
    """The loss of the database among what went wrong, also in tasks side by side, which raise a group of errors."""
    if isinstance(error, BaseExceptionGroup):
        return next((lost for inner in error.exceptions if (lost := database_lost(inner))), None)
    return error if isinstance(error, DatabaseLostError) else None
