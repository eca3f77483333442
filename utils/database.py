"""The database: where it lives, how to connect, how its schema moves.

SQLite in WAL mode, through the `pysqlite3` module, because the sqlite3 module of common Pythons links a version
(3.7.0 to 3.51.2) in which two processes that write and checkpoint at the same instant can corrupt a WAL database.
"""

import fcntl
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from utils.settings import PROJECT, Settings, SettingsError, get_settings
from utils.write_lock import WriteLock

SCHEMA = "0001"  # the newest file in utils/migrations/versions
_SAFE_SQLITE = (3, 51, 3)
_NETWORK_FILE_SYSTEMS = {"cifs", "smb3", "smbfs", "nfs", "nfs4", "9p", "fuse.sshfs", "ceph", "glusterfs", "afs"}
_BUSY_MS = 10_000


class DatabaseError(RuntimeError):
    """The database cannot be used. The message says what to do."""


class Database:
    """One database and this process's connections to it. Made after a fork, never carried over one."""

    def __init__(self, settings: Settings) -> None:
        if pysqlite3.sqlite_version_info < _SAFE_SQLITE:
            raise DatabaseError(
                f"The bundled SQLite is {pysqlite3.sqlite_version}; 3.51.3 or newer is needed. "
                "Install the packages of requirements.txt again."
            )
        self.directory = settings.data_path
        self.path = self.directory / "ringside.db"
        self._synchronous = settings.sqlite_synchronous
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # what people ask is nobody else's business
        _refuse_network_file_system(self.directory)
        self.write_lock = WriteLock(self.directory / "write.lock", _BUSY_MS / 1000)
        self.engine: Engine = create_engine(
            "sqlite://", module=pysqlite3, creator=self.connect, poolclass=QueuePool, pool_size=4, max_overflow=28
        )
        event.listen(self.engine, "begin", _begin)

    def connect(self) -> Any:
        """A raw connection in autocommit mode: whoever uses it says BEGIN and COMMIT."""
        raw = pysqlite3.connect(
            str(self.path), isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000, cached_statements=64
        )
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute(f"PRAGMA synchronous={self._synchronous}")
        raw.execute("PRAGMA foreign_keys=ON")
        return raw

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start, so that it cannot fail half-way for want of it."""
        with (
            self.write_lock.turn(),
            self.engine.connect().execution_options(ringside_write=True) as connection,
            connection.begin(),
        ):
            yield connection

    def migrate(self) -> None:
        """Bring the schema to this version. Safe to call from every process at once; cheap when nothing is to do."""
        if self._schema() == SCHEMA:
            return
        with (self.directory / "migrate.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._schema() != SCHEMA:
                self.migrate_to("head")

    def migrate_to(self, revision: str) -> None:
        """Move the schema up or down to ``revision``."""
        from alembic import command
        from alembic.config import Config

        logging.getLogger("alembic").setLevel(logging.WARNING)
        config = Config()
        config.set_main_option("script_location", str(PROJECT / "utils" / "migrations"))
        with self.write() as connection:
            config.attributes["connection"] = connection
            if revision in ("base",) or (revision != "head" and revision < (self._schema() or "")):
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)

    def _schema(self) -> str | None:
        with self.read() as connection:
            known = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
            row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first() if known else None
        if row is not None and row[0] > SCHEMA:
            raise DatabaseError(
                f"The database in {self.directory} was written by a newer Ringside (schema {row[0]}, this one knows "
                f"{SCHEMA}). Start the newer version, or point DATA_DIR at another folder."
            )
        return str(row[0]) if row else None

    def close(self) -> None:
        self.engine.dispose()


def now_ms() -> int:
    """The present moment as the tables keep it."""
    return time.time_ns() // 1_000_000


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("ringside_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _refuse_network_file_system(directory: Path) -> None:
    """WAL keeps its index in memory shared by the processes of one machine: a network share cannot hold it."""
    kind = _file_system(directory)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise DatabaseError(
            f"DATA_DIR ({directory}) is on a network file system ({kind}), which cannot hold a SQLite database safely. "
            "Point DATA_DIR at a local disk."
        )


def _file_system(directory: Path) -> str | None:
    """The type of the mount that holds ``directory``, from /proc/mounts; None where that does not exist."""
    try:
        mounts = Path("/proc/mounts").read_text()
    except OSError:
        return None
    held = os.path.realpath(directory)
    best, kind = "", None
    for line in mounts.splitlines():
        _, point, this, *_ = line.split(" ")
        point = point.encode().decode("unicode_escape")
        inside = held == point or held.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, this
    return kind


def prepare(settings: Settings) -> None:
    """Bring the schema of the configured database to this version. Raises DatabaseError in plain words."""
    try:
        database = Database(settings)
        database.migrate()
        database.close()
    except (DBAPIError, pysqlite3.Error) as error:
        what = error.orig if isinstance(error, DBAPIError) else error
        raise DatabaseError(
            f"The database in DATA_DIR ({settings.data_path}) cannot be used: {what}. Point DATA_DIR at another "
            "folder, or move away what is no database of Ringside."
        ) from error
    except OSError as error:
        raise DatabaseError(
            f"DATA_DIR ({settings.data_path}) cannot be used: {error}. Point it at another folder."
        ) from error


def main() -> None:
    """``python -m utils.database`` brings the schema of the configured database to this version."""
    try:
        prepare(get_settings())
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")


if __name__ == "__main__":
    main()
