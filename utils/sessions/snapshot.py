"""A session as it was at one moment: what an export is made of. Its log is read in pieces, as somebody takes them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from utils.database.base import Database
from utils.database.tables import live, messages, sessions
from utils.log.activity_log import ActivityLog
from utils.log.store import StoredEvent
from utils.sessions.documents import DocumentRecord, Documents
from utils.sessions.messages import MessageRecord, Messages
from utils.sessions.run_message import RunMessageRecord
from utils.sessions.run_messages import RunMessages
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import SessionRecord, Sessions

_PIECE_ROWS, _PIECE_BYTES = 1000, 1024 * 1024


class SnapshotLostError(RuntimeError):
    """The session was deleted, or the beginning of its log forgotten, while it was read."""


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """``first`` is the oldest event that its log still had. Runs and messages are oldest first; ``run_messages``
    are those to the agents of runs at work."""

    session: SessionRecord
    first: int
    documents: list[DocumentRecord]
    runs: list[RunRecord]
    run_messages: list[RunMessageRecord]
    _newest_message: int
    _messages: Messages
    _log: ActivityLog

    @property
    def head(self) -> int:
        return self.session.head

    def messages(self) -> Iterator[MessageRecord]:
        return self._messages.up_to(self.session.key, self._newest_message)

    def events(self) -> Iterator[StoredEvent]:
        """The whole log up to ``head``. Raises SnapshotLostError rather than leave a hole."""
        after = self.first - 1
        while after < self.head:
            piece = self._log.read(self.session.key, after, _PIECE_ROWS, max_bytes=_PIECE_BYTES)
            if not piece or piece[0].seq != after + 1:
                raise SnapshotLostError(f"The log of session {self.session.id} is gone from event {after + 1} on.")
            yield from (event for event in piece if event.seq <= self.head)
            after = piece[-1].seq


class SessionSnapshots:
    def __init__(
        self,
        database: Database,
        log: ActivityLog,
        sessions: Sessions,
        messages: Messages,
        runs: Runs,
        run_messages: RunMessages,
        documents: Documents,
    ) -> None:
        self._database = database
        self._log = log
        self._sessions = sessions
        self._messages = messages
        self._runs = runs
        self._run_messages = run_messages
        self._documents = documents

    def take(self, session_id: str) -> SessionSnapshot | None:
        """None for an unknown session."""
        session = self._sessions.get(session_id)
        if session is None:
            return None
        newest = select(func.coalesce(func.max(messages.c.key), 0)).where(messages.c.session_key == session.key)
        log = select(sessions.c.first, sessions.c.head, newest.scalar_subquery().label("newest_message"))
        with self._database.read() as connection:
            bounds = connection.execute(log.where(sessions.c.key == session.key, live)).first()
        if bounds is None:
            return None
        runs = [run for run in self._runs.all_of(session.key) if run.first_seq <= bounds.head]
        return SessionSnapshot(
            replace(session, head=bounds.head),
            bounds.first,
            self._documents.list(session_id),
            runs,
            self._run_messages.of_session(session.key),
            bounds.newest_message,
            self._messages,
            self._log,
        )
