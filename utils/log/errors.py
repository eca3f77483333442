"""How storing an event can fail."""

import pysqlite3
from sqlalchemy.exc import DBAPIError

from utils.database.base import DatabaseLostError
from utils.database.write_lock import WriteTurnError


class NotStoredError(RuntimeError):
    """The event is not in the log. ``code`` names the kind."""

    code = "not_stored"


class StorageFullError(NotStoredError):
    """The disk of the database is full."""

    code = "storage_full"


class StorageBusyError(NotStoredError):
    """Another writer held the database for too long."""

    code = "storage_busy"


class StorageLostError(NotStoredError, DatabaseLostError):
    """The database server was away for too long (PostgreSQL only).

    ``maybe_stored`` is False if the event is certainly not in the log. It is True in the one case that cannot be
    determined: the connection broke before the server's answer, and the server did not come back in time to be asked.
    Emitting the event again is then right, but may store it twice.
    """

    code = "storage_lost"

    def __init__(self, message: str, *, maybe_stored: bool = False) -> None:
        super().__init__(message)
        self.maybe_stored = maybe_stored


class StaleRunError(NotStoredError):
    """The writer no longer owns the run: it ended, or another process took it over. Stop working on it."""

    code = "stale_run"


class SessionGoneError(NotStoredError):
    """The session was deleted."""

    code = "session_gone"


# SQLSTATEs of PostgreSQL: lock or statement time-out, deadlock, serialization failure.
_BUSY_STATES = {"55P03", "57014", "40P01", "40001"}
_FULL_STATE = "53100"


def not_stored(error: BaseException | None) -> NotStoredError:
    """The exception to raise for an error of a database driver."""
    name, state = getattr(error, "sqlite_errorname", None) or "", getattr(error, "sqlstate", None)
    if state == _FULL_STATE or name.startswith(("SQLITE_FULL", "SQLITE_IOERR_WRITE")) or _says(error, "disk is full"):
        return StorageFullError("The disk of the database is full, so this was not stored. Make room on it.")
    busy = isinstance(error, WriteTurnError) or state in _BUSY_STATES or name.startswith("SQLITE_BUSY")
    if busy or (state is None and _says(error, "locked")):
        return StorageBusyError("The database was busy for too long, so this was not stored. Try again.")
    return NotStoredError(f"The database refused the event, so it was not stored: {error}")


def passing_trouble(error: Exception) -> NotStoredError | None:
    """What is wrong with the database for now: its disk is full, something is locked, a statement took too long.

    None for what is not wrong with the database, and for what it will never take.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    by_driver = isinstance(cause, WriteTurnError | pysqlite3.Error) or hasattr(cause, "sqlstate")
    kind = not_stored(cause) if by_driver else error
    return kind if isinstance(kind, NotStoredError) and type(kind) is not NotStoredError else None


def _says(error: BaseException | None, words: str) -> bool:
    return words in str(error)
