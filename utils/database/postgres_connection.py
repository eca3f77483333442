"""Connections to PostgreSQL: how they are opened, bounded and checked.

No statement and no connection waits for ever, not even for a server that keeps the connection open and does not answer
(a frozen machine, a gateway whose other side is gone). A connection that broke while it was idle is detected before it
is used again, at the cost of one poll() and no round trip.
"""

import json
import select
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import set_json_dumps
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import PoolProxiedConnection, QueuePool, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.exc import TimeoutError as NoneFreeError

# Either end notices within about ten seconds that the other vanished without a word: a machine that lost its network
# must not keep the others from the rows it had locked.
_SERVER_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
    "default_transaction_isolation": r"read\ committed",  # whatever the role or the database has set
    "tcp_user_timeout": "10s",
    "tcp_keepalives_idle": "5s",
    "tcp_keepalives_interval": "2s",
    "tcp_keepalives_count": "3",
}
_CLIENT_SETTINGS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "application_name": "ringside",
    "client_encoding": "utf8",
}
ANSWER_SECONDS = 20.0  # longer than the server's own limits
# SQLSTATEs: connection exceptions, the server ends, it ended a transaction that was idle or too long, it only reads (a
# standby, a disk that is almost full), it has no more connections.
_BROKEN = ("08", "57P", "25P03", "25P04", "25006", "53300")
_KEPT = 2
_WAIT_SECONDS = 20  # for one of the pool: longer than any statement may take


class _WithoutNul(StrDumperUnknown):
    """PostgreSQL's texts have no NUL character, but documents, questions and addresses may."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def _json(value: Any) -> str:
    return json.dumps(value).replace("\\u0000", "\\ufffd")


class BoundedConnection(psycopg.Connection[Any]):
    """Breaks when an answer takes longer than ``answer_seconds`` (None: as long as it takes)."""

    answer_seconds: float | None = ANSWER_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None or self.answer_seconds is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_seconds)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise no_answer(self.answer_seconds) from None


def no_answer(seconds: float) -> psycopg.OperationalError:
    return psycopg.OperationalError(f"it has not answered for {seconds:.0f} seconds")


def connect(conninfo: str, *, autocommit: bool = False) -> BoundedConnection:
    """Raises psycopg.Error."""
    raw = BoundedConnection.connect(conninfo, autocommit=autocommit)
    adapt(raw)
    return raw


def adapt(raw: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]") -> None:
    """Register our adapters for texts on this connection alone, not on those of a program that emits."""
    raw.adapters.register_dumper(str, _WithoutNul)
    set_json_dumps(_json, raw)


def complete(url: str) -> str:
    """The connection string with our settings added to what ``url`` says itself. Raises psycopg.Error."""
    given = conninfo_to_dict(url)
    ours = " ".join(f"-c {name}={value}" for name, value in _SERVER_SETTINGS.items())
    options = f"{ours} {given.pop('options', None) or ''}".strip()
    several = {"target_session_attrs": "read-write"} if "," in str(given.get("host", "")) else {}  # not the standby
    settings: dict[str, Any] = {**_CLIENT_SETTINGS, **several, **given, "options": options}
    return make_conninfo("", **settings)


def place(conninfo: str) -> str:
    """Where the database is, without user and password."""
    given = conninfo_to_dict(conninfo)
    return f"{given.get('dbname', '')} at {given.get('host', 'the local socket')}:{given.get('port', 5432)}"


def pool(connect: Callable[[], Any], at_most: int) -> QueuePool:
    """Few connections are kept, for a server has few to give; the newest is used first. Who finds none free waits."""
    kept = min(_KEPT, at_most)
    made = QueuePool(connect, pool_size=kept, max_overflow=at_most - kept, timeout=_WAIT_SECONDS, use_lifo=True)
    event.listen(made, "checkout", _refuse_broken)
    return made


def taken(pool: QueuePool) -> PoolProxiedConnection:
    """A connection of the pool. Raises psycopg.Error."""
    try:
        return pool.connect()
    except NoneFreeError as error:
        raise psycopg.errors.TooManyConnections("all connections of this process are in use") from error


def _refuse_broken(raw: "psycopg.Connection[Any]", *_: object) -> None:
    if is_broken(raw):
        raise InvalidatePoolError("The server has closed the connection.")


def is_broken(raw: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]") -> bool:
    """Of a connection on which nothing is under way: nothing comes by itself, except its end."""
    poller = select.poll()
    poller.register(raw.fileno(), select.POLLIN)
    return bool(poller.poll(0))


def is_loss(error: BaseException | None) -> bool:
    """Whether the connection broke or could not be made, rather than the statement being wrong."""
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is not None:
        return error.sqlstate.startswith(_BROKEN)
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def words(error: BaseException) -> str:
    """The first line of what the driver says."""
    return str(error).strip().partition("\n")[0].rstrip(".")
