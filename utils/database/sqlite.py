"""SQLite in WAL mode, in DATA_DIR, shared by the processes of one machine.

Through the `pysqlite3` module, because the sqlite3 module of common Pythons links a version (3.7.0 to 3.51.2) in which
two processes that write and checkpoint at the same instant can corrupt a WAL database.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from utils.database.base import Database, DatabaseError
from utils.database.plain_words import plain
from utils.database.write_lock import WriteLock
from utils.settings import Settings

_SAFE_SQLITE = (3, 51, 3)
_NETWORK_FILE_SYSTEMS = {"cifs", "smb3", "smbfs", "nfs", "nfs4", "9p", "fuse.sshfs", "ceph", "glusterfs", "afs"}
_BUSY_MS = 10_000
_LARGEST_WAL = 16 * 1024 * 1024  # bytes: what an old snapshot made it grow beyond is given back


class SqliteConnection(pysqlite3.Connection):  # type: ignore[misc]
    """The driver's own, which alone cannot be referred to weakly."""


class SqliteDatabase(Database):
    dialect = "sqlite"
    remedy = "Point DATA_DIR at another folder, or move away what is no database of Ringside."
    remedies: Mapping[str, str] = {
        "disk is full": "Free room there, or point DATA_DIR at another folder.",
        "unable to open": "Give the folder and its files to the user of this server (chown), or choose another one.",
        "readonly": "Give the folder and its files to the user of this server (chown), or choose another one.",
    }

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        if pysqlite3.sqlite_version_info < _SAFE_SQLITE:
            raise DatabaseError(
                f"The bundled SQLite is {pysqlite3.sqlite_version}; 3.51.3 or newer is needed. "
                "Install the packages of requirements.txt again."
            )
        self.directory = settings.data_path
        self.place = f"in DATA_DIR ({self.directory})"
        self.path = self.directory / "ringside.db"
        self._synchronous = settings.sqlite_synchronous
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # what people ask is nobody else's business
        _refuse_network_file_system(self.directory)
        self.write_lock = WriteLock(self.directory / "write.lock", _BUSY_MS / 1000)
        self.engine: Engine = create_engine(
            "sqlite://", module=pysqlite3, creator=self.connect, poolclass=QueuePool, pool_size=4, max_overflow=28,
            hide_parameters=True,
        )  # fmt: skip
        event.listen(self.engine, "begin", _begin)

    def connect(self) -> Any:
        """A raw connection in autocommit mode: whoever uses it says BEGIN and COMMIT."""
        raw = pysqlite3.connect(
            str(self.path), isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000,
            cached_statements=64, factory=SqliteConnection,
        )  # fmt: skip
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute(f"PRAGMA journal_size_limit={_LARGEST_WAL}")
        raw.execute(f"PRAGMA synchronous={self._synchronous}")
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten; appends cost no more by it
        raw.create_function("plain", 1, plain, deterministic=True)  # for the triggers of 0006
        return raw

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start, so that it cannot fail half-way for want of it."""
        with (
            self.write_lock,
            self.engine.connect().execution_options(ringside_write=True) as connection,
            connection.begin(),
        ):
            yield connection

    def lead(self, what: str) -> "_FileLock | None":
        file = os.open(self.directory / f"{what}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return _FileLock(file)

    @contextmanager
    def _migration(self) -> Iterator[Connection]:
        """Without the actions of foreign keys: a table that is made anew is dropped without what refers to it.

        Raises DatabaseError, and changes nothing, if a row then refers to one that is not there.
        """
        with (
            self.write_lock,
            self.engine.connect().execution_options(ringside_write=True) as connection,
        ):
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA foreign_keys=OFF")  # which SQLite does only outside a transaction
            try:
                with connection.begin():
                    yield connection
                    if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                        raise DatabaseError(f"A row of {lost[0]} would refer to a row of {lost[2]} that is not there.")
            finally:
                raw.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def _migrating(self) -> Iterator[None]:
        with (self.directory / "migrate.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class _FileLock:
    def __init__(self, file: int) -> None:
        self._file = file

    def held(self) -> bool:
        return True  # the kernel takes it from nobody who lives

    def seems_held(self) -> bool:
        return True

    def release(self) -> None:
        os.close(self._file)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("ringside_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _refuse_network_file_system(directory: Path) -> None:
    """WAL keeps its index in memory shared by the processes of one machine: a network share cannot hold it."""
    kind = _file_system(directory)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise DatabaseError(
            f"DATA_DIR ({directory}) is on a network file system ({kind}), which cannot hold a SQLite database safely. "
            "Point DATA_DIR at a local disk, or set DATABASE_URL to use PostgreSQL."
        )


def _file_system(directory: Path) -> str | None:
    """The type of the mount that holds ``directory``, from the mounts of this process; None where they are not told."""
    try:
        mounts = Path("/proc/self/mounts").read_text()  # also where the rest of /proc is hidden
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
