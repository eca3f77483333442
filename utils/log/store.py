"""The statements of the log, as utils/log/activity_log.py needs them, and what they take and give.

They are in utils/log/sqlite_store.py and utils/log/postgres_store.py; utils/log/opening.py chooses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Insert

from utils.database.tables import LIVE
from utils.log.errors import StaleRunError
from utils.log.events import encode_data, encode_frame
from utils.log.new_usage import NewUsage
from utils.log.notable import NotedKind


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of ownership of a run: an append with a fence fails unless the run is running in just this attempt."""

    run_id: str
    attempt: int

    def stale(self) -> StaleRunError:
        return StaleRunError(f"Attempt {self.attempt} of run {self.run_id} no longer owns it. Stop working on it.")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a session's log begins and ends. An empty log has a head of first - 1; a new one, first 1 and head 0."""

    key: int
    first: int
    head: int


@dataclass(slots=True)  # not frozen, as Frame is not
class StoredEvent:
    """An event as it stands in the log; ``body`` is its JSON object without seq."""

    seq: int
    type: str
    run_id: str | None
    body: bytes

    def frame(self) -> bytes:
        return encode_frame(self.seq, self.type, self.body)

    def data(self) -> bytes:
        return encode_data(self.seq, self.body)


class RunSpan(NamedTuple):
    """Where a run's events lie in its session's log. ``run_id`` None: what agents tell outside of any run.

    ``told`` is the body of its last `runUpdate`, if it has any.
    """

    run_id: str | None
    first: int
    last: int
    told: bytes | None


class NewEvent(NamedTuple):
    """An event to be stored; ``body`` as :func:`utils.log.events.encode_body` makes it.

    ``noted``: what people may want to be told of with it, if anything (utils/log/notable.py).
    """

    type: str
    run_id: str | None
    body: bytes
    noted: NotedKind | None = None


# How far a session's ``updated_at`` may be behind its log. The indexes that list sessions in their order have it: moved
# with every append it would write them each time, and on PostgreSQL every index of the session (no HOT update).
_BEHIND_MS = 5000


def moves_if_before(events: Sequence[NewEvent], now: int) -> int:
    """An append of ``events`` moves ``updated_at`` if it is before this; one that tells how a run goes always does."""
    return now if any(event.type == "runUpdate" for event in events) else now - _BEHIND_MS


# The row of a session that an emitter names and that does not exist: whose it is, the log does not know.
NewSession = Callable[[str], Insert]

# An id that was deleted and is in use again counts by its newest session, whose numbers go on above the former one's.
EVER_STORED = f"""
SELECT (SELECT coalesce(sum(head), 0) FROM sessions WHERE {LIVE}) +
       (SELECT coalesce(sum(head), 0) FROM deleted_sessions d
        WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = d.id AND s.{LIVE}))
"""  # noqa: S608

# In the order in which the runs began. Every event is passed over, without its body.
RUN_SPANS = """
WITH spans AS (
    SELECT run_id, min(seq) AS first, max(seq) AS last, max(CASE WHEN type = 'runUpdate' THEN seq END) AS told
    FROM events WHERE session_key = {key} AND seq >= {first} GROUP BY run_id)
SELECT spans.run_id, spans.first, spans.last, events.body
FROM spans LEFT JOIN events ON events.session_key = {key} AND events.seq = spans.told ORDER BY spans.first
"""

# The rows of what steps took. A step that is told again is the same one: it keeps its model and its time.
USAGE_COLUMNS = (
    "session_key, seq, run_id, activity_id, parent_id, agent_name, model, input, cached, output, reasoning, "
    "told_micros, told_currency, at"
)
USED_AGAIN = (
    "ON CONFLICT (session_key, run_id, activity_id) DO UPDATE SET seq = excluded.seq, input = excluded.input, "
    "cached = excluded.cached, output = excluded.output, reasoning = excluded.reasoning, "
    "told_micros = excluded.told_micros, told_currency = excluded.told_currency, settled = false"
)


class LogStore(Protocol):
    """The statements of the log. Safe to use from several threads. ``key`` is a session's."""

    def append(
        self,
        session_id: str,
        events: Sequence[NewEvent],
        fence: Fence | None,
        key: int | None = None,
        usages: Sequence[NewUsage] = (),
    ) -> tuple[int, int]:
        """Store the events in one transaction of their own: (key, seq of the last). Raises a NotStoredError.

        ``usages`` are what their steps took, each step once; told again, the newest counts.

        Makes the session if it does not exist, unless there is a fence or a key: then it raises SessionGoneError.
        With a key, a later session of the same id is another one.
        """
        ...

    def append_within(
        self,
        connection: Connection,
        session_id: str,
        events: Sequence[NewEvent],
        key: int | None = None,
        usages: Sequence[NewUsage] = (),
    ) -> tuple[int, int]:
        """The same as part of a caller's write transaction. SessionGoneError is for an unknown session, too."""
        ...

    def position(self, session_id: str) -> Position | None: ...

    def positions(self, keys: Sequence[int]) -> dict[int, Position]:
        """Of those that are there and whose deletion has not begun."""
        ...

    def read(self, key: int, after: int, limit: int, max_bytes: int | None) -> list[StoredEvent]: ...

    def read_run(self, key: int, run_id: str, after: int, limit: int) -> list[StoredEvent]:
        """The events of one run alone. Passes over the others without fetching them.

        There is no index for it: an append would have to write it each time.
        """
        ...

    def stored(self) -> int: ...

    def knows_run(self, key: int, run_id: str) -> bool: ...

    def last_update(self, key: int, run_id: str, by: int) -> bytes | None:
        """The body of a run's last `runUpdate` with a seq of at most ``by``."""
        ...

    def run_spans(self, key: int, first: int) -> list[RunSpan]:
        """Of all runs with events from ``first`` on, in the order in which these began."""
        ...

    def changes(self) -> object:
        """Something that differs from the last one if any other connection has committed since."""
        ...

    def forget_before(self, session_id: str, first: int) -> tuple[int, int] | None:
        """Let the log begin at ``first``, at most behind its head: (key, first), or None if it does already."""
        ...

    def delete_events(self, key: int, before: int) -> None:
        """Delete the events with a smaller seq, in steps that hold up nobody for long."""
        ...

    def longer_than(self, count: int) -> list[tuple[str, int, int]]:
        """(session id, key, head) of the sessions that keep more events than ``count``."""
        ...

    def close(self) -> None:
        """Close this process's connections; whoever goes on gets another one."""
        ...
