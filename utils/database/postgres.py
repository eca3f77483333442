"""PostgreSQL by DATABASE_URL, shared by any number of machines.

While the server is away, reading and writing raise :class:`DatabaseLostError`; when it is back, they
work again by themselves.
"""

import logging
import select
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from utils.database import postgres_connection
from utils.database.base import Database, DatabaseError, DatabaseLostError
from utils.database.postgres_connection import ANSWER_SECONDS, BoundedConnection, is_loss, words
from utils.database.shares import Share

_OLDEST = 130_000  # normalize(), which the full-text index needs, came with PostgreSQL 13
_WAIT_SECONDS = 30.0
_HOPELESS = (
    "authentication",
    "password",
    "pg_hba.conf",
    "does not exist",
    "Name or service not known",
    "does not support SSL",
    "certificate",
    "invalid",
)
_MIGRATION_LOCK = 0x52696E6773696465  # "Ringside"
_log = logging.getLogger(__name__)


class PostgresDatabase(Database):
    dialect = "postgresql"
    remedy = "Let its user own the database (ALTER DATABASE name OWNER TO user), or point DATABASE_URL at another one."

    def __init__(self, url: str, share: Share) -> None:
        """``share`` is what this process may open."""
        super().__init__()
        self.share = share
        try:
            self.conninfo = postgres_connection.complete(url)
        except psycopg.Error:  # whose words would repeat a part of it
            raise DatabaseError(
                "DATABASE_URL cannot be understood: one of the options behind its ? is unknown or has no value."
            ) from None
        self.place = postgres_connection.place(self.conninfo)
        self.engine: Engine = create_engine(
            "postgresql+psycopg://",
            pool=postgres_connection.pool(lambda: postgres_connection.connect(self.conninfo), share.transactions),
            use_native_hstore=False,
            hide_parameters=True,
        )
        # A single statement needs no transaction around it: a third of the round trips.
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def connect(self) -> BoundedConnection:
        return postgres_connection.connect(self.conninfo, autocommit=True)

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with self._telling_loss(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._telling_loss(), self.engine.begin() as connection:
            yield connection

    def migrate(self, patience_seconds: float = _WAIT_SECONDS) -> None:
        """As for every database; waits for a server that is just starting."""
        deadline = time.monotonic() + patience_seconds
        while True:
            self._wait_for_server(deadline)
            try:
                return super().migrate()
            except DatabaseLostError:
                if time.monotonic() > deadline:
                    raise

    @contextmanager
    def _migrating(self) -> Iterator[None]:
        with self._telling_loss(), closing(self.connect()) as raw:
            raw.answer_seconds = None
            raw.execute("SET statement_timeout = 0")
            raw.execute("SET lock_timeout = 0")
            raw.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
            yield

    def lead(self, what: str) -> "_AdvisoryLock | None":
        try:
            raw = self.connect()
            row = raw.execute("SELECT pg_try_advisory_lock(%s)", (_lock_number(what),)).fetchone()
        except psycopg.Error as error:
            raise DatabaseLostError(f"The database {self.place} does not answer: {words(error)}.") from error
        if row is None or not row[0]:
            raw.close()
            return None
        return _AdvisoryLock(raw)

    @contextmanager
    def _migration(self) -> Iterator[Connection]:
        """Without time-outs: a large table takes long."""
        with self.write() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            if inspect(connection).has_table("sessions"):
                # Before any other, as every append does: in another order the two could wait for each other.
                connection.exec_driver_sql("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
            raw: Any = connection.connection.driver_connection
            raw.answer_seconds = None
            try:
                yield connection
            finally:
                raw.answer_seconds = ANSWER_SECONDS

    def _wait_for_server(self, deadline: float) -> None:
        told = False
        while True:
            try:
                with closing(self.connect()) as raw:
                    return self._check(raw)
            except psycopg.OperationalError as error:
                said = words(error)
                hopeless = any(sign in said for sign in _HOPELESS)
                if hopeless or time.monotonic() > deadline:
                    raise (DatabaseError if hopeless else DatabaseLostError)(
                        f"The database {self.place} cannot be opened: {said}. Look at DATABASE_URL and at the server."
                    ) from None
            if not told:
                _log.warning("The database %s does not answer yet: %s", self.place, said)
                told = True
            time.sleep(0.3)

    def _check(self, raw: "psycopg.Connection[Any]") -> None:
        if raw.info.server_version < _OLDEST:
            raise DatabaseError(f"The database {self.place} is older than PostgreSQL 13. Use a newer one.")
        if (encoding := raw.info.parameter_status("server_encoding")) != "UTF8":
            raise DatabaseError(f"The database {self.place} is encoded in {encoding}. Make one with ENCODING 'UTF8'.")

    @contextmanager
    def _telling_loss(self) -> Iterator[None]:
        try:
            yield
        except NoneFreeError as error:
            raise DatabaseLostError("All connections of this process to the database are in use. Try again.") from error
        except (DBAPIError, psycopg.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            if not is_loss(cause):
                raise
            said = words(cause or error)
            raise DatabaseLostError(
                f"The database {self.place} does not answer: {said}. It is tried again; look at the server."
            ) from error


class _AdvisoryLock:
    """The server gives it to another as soon as it knows that our connection is gone."""

    def __init__(self, raw: BoundedConnection) -> None:
        self._raw = raw

    def held(self) -> bool:
        try:
            self._raw.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def seems_held(self) -> bool:
        if self._raw.closed:
            return False
        said = select.poll()
        said.register(self._raw.fileno(), select.POLLIN)
        return not said.poll(0) or self.held()  # it says when it ends, and seldom anything else

    def release(self) -> None:
        """Others can take it at once. By its end alone the server would release it a moment later."""
        with suppress(psycopg.Error):
            self._raw.execute("SELECT pg_advisory_unlock_all()")
        self._raw.close()


def _lock_number(what: str) -> int:
    """A number of 63 bits for a name, as advisory locks have them."""
    return int.from_bytes(sha256(f"ringside {what}".encode()).digest()[:8]) >> 1
