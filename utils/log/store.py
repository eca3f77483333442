"""The statements of the log, as utils/log/activity_log.py needs them, and what they take and give.

They are in utils/log/sqlite_store.py and utils/log/postgres_store.py; utils/log/opening.py chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from utils.database.base import now_ms
from utils.log.errors import StaleRunError
from utils.log.events import encode_data, encode_frame


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


class NewEvent(NamedTuple):
    """An event to be stored; ``body`` as :func:`utils.log.events.encode_body` makes it."""

    type: str
    run_id: str | None
    body: bytes


# Without a team, an emitter made it: the first team gets it, and may watch it.
# A session made anew under the id of a deleted one leaves one number out after the deleted log's head: no cursor of
# that log is one of the new log, and each gets its `reset` instead of a hole that nobody tells of.
NEW_SESSION = """
INSERT INTO sessions (id, title, archived, first, head, created_at, updated_at, team_key, owner_key, shared)
SELECT CAST(:id AS text), CAST(:title AS text), CAST(:archived AS boolean), past.numbers + 1, past.numbers + :events,
       CAST(:now AS bigint), CAST(:now AS bigint), coalesce(CAST(:team AS bigint), (SELECT min(key) FROM teams)),
       CAST(:owner AS bigint), CAST(:shared AS boolean)
FROM (SELECT coalesce(max(head) + 1, 0) AS numbers FROM deleted_sessions WHERE id = CAST(:id AS text)) AS past
RETURNING key, head
"""


def new_session(
    session_id: str, title: str, events: int = 0, team: int | None = None, owner: int | None = None, shared: bool = True
) -> dict[str, object]:
    """The values of NEW_SESSION."""
    return {
        "id": session_id, "title": title, "archived": False, "events": events, "now": now_ms(), "team": team,
        "owner": owner, "shared": shared,
    }  # fmt: skip


EVER_STORED = """
SELECT (SELECT coalesce(sum(head), 0) FROM sessions WHERE substr(id, 1, 8) <> 'deleted/') +
       (SELECT coalesce(sum(head), 0) FROM deleted_sessions d
        WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = d.id))
"""


class LogStore(Protocol):
    """The statements of the log. Safe to use from several threads. ``key`` is a session's."""

    def append(self, session_id: str, events: Sequence[NewEvent], fence: Fence | None) -> tuple[int, int]:
        """Store the events in one transaction of their own: (key, seq of the last). Raises a NotStoredError.

        Makes the session if it does not exist, unless there is a fence.
        """
        ...

    def append_within(self, connection: Connection, session_id: str, events: Sequence[NewEvent]) -> tuple[int, int]:
        """The same as part of a caller's write transaction. Raises SessionGoneError for an unknown session."""
        ...

    def position(self, session_id: str) -> Position | None: ...

    def positions(self, keys: Sequence[int]) -> dict[int, Position]:
        """Of those that are there and not hidden."""
        ...

    def read(self, key: int, after: int, limit: int, max_bytes: int | None) -> list[StoredEvent]: ...

    def stored(self) -> int: ...

    def knows_run(self, key: int, run_id: str) -> bool: ...

    def last_update(self, key: int, run_id: str, by: int) -> bytes | None:
        """The body of a run's last `runUpdate` with a seq of at most ``by``."""
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

    def longer_than(self, count: int) -> list[tuple[str, int]]:
        """(session id, head) of the sessions that keep more events than ``count``."""
        ...

    def hide(self, session_id: str) -> int | None:
        """Rename the session to what nobody can ask for, remember its head, and delete its runs.

        Its key; None for an unknown one.
        """
        ...

    def hidden(self) -> list[int]: ...

    def erase(self, key: int) -> None:
        """Delete a hidden session, whose events are deleted already, with all it owns, in steps."""
        ...

    def close(self) -> None:
        """Close this process's connections; whoever goes on gets another one."""
        ...
