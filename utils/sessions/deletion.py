"""Deletes sessions with all that they own, in steps that hold up no other writer for long."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Delete, delete, not_, select, tuple_, update

from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import (
    approvals,
    document_chunks,
    documents,
    feedback,
    kept_answers,
    live,
    messages,
    passages,
    runs,
    sessions,
    spans,
    traces,
)
from utils.log.activity_log import ActivityLog
from utils.log.events import ENDED_RUN
from utils.log.numbering import remember
from utils.sessions.messages import ERASED_AT_ONCE

# How many rows one step deletes, as of messages.
_PASSAGES = {"sqlite": 20, "postgresql": 200}
_CHUNKS = 16
_ANSWERS = 200
_APPROVALS = 50
_FEEDBACK = 50
_SPANS = 1000


class _InUseError(Exception):
    """What was deleted by then is taken back."""


class SessionDeletion:
    def __init__(self, database: Database, log: ActivityLog) -> None:
        self._database = database
        self._log = log

    def delete(self, session_id: str) -> bool:
        """Delete the session for good; False for an unknown one. A run in progress loses its log and stops."""
        key = self._hide(session_id)
        if key is None:
            return False
        self._log.tell_gone(key)
        self._erase(key)
        return True

    def delete_idle(self, key: int, since: datetime) -> bool:
        """The same, if nothing has happened in it since then, nothing is under way, and nobody wants it kept."""
        try:
            with self._database.write() as connection:
                gone = connection.scalars(delete(runs).where(runs.c.session_key == key).returning(runs.c.status))
                if not ENDED_RUN.issuperset(gone):
                    raise _InUseError
                idle = (sessions.c.key == key, sessions.c.updated_at < since, not_(sessions.c.kept), live)
                hide = update(sessions).where(*idle).values(deleted_at=now())
                hidden = connection.execute(hide.returning(sessions.c.id, sessions.c.head)).first()
                if hidden is None:
                    raise _InUseError
                remember(connection, hidden.id, hidden.head)
        except _InUseError:
            return False
        self._log.tell_gone(key)
        self._erase(key)
        return True

    def finish(self) -> None:
        """Delete what a process that was killed in the middle of a deletion has left."""
        with self._database.read() as connection:
            left = connection.scalars(select(sessions.c.key).where(sessions.c.deleted_at.is_not(None))).all()
        for key in left:
            self._erase(key)

    def _hide(self, session_id: str) -> int | None:
        """Mark the session, so that nobody sees it, and its id may be used again. Its key; None for an unknown one."""
        own = select(sessions.c.key).where(sessions.c.id == session_id, live).scalar_subquery()
        with self._database.write() as connection:  # runs first, for whoever changes one locks it before its session
            connection.execute(delete(runs).where(runs.c.session_key == own))
            hide = update(sessions).where(sessions.c.id == session_id, live).values(deleted_at=now())
            hidden = connection.execute(hide.returning(sessions.c.key, sessions.c.head)).first()
            if hidden is None:
                return None
            remember(connection, session_id, hidden.head)
        key: int = hidden.key
        return key

    def _erase(self, key: int) -> None:
        self._log.delete_events(key)
        for step in self._owned(key):
            while self._write(step):
                pass
        self._write(delete(sessions).where(sessions.c.key == key))

    def _owned(self, key: int) -> Iterator[Delete]:
        """The steps, each as often as it finds something. What is not here are few rows: they go with the session."""
        dialect = self._database.dialect
        yield delete(runs).where(runs.c.session_key == key)  # one may have been asked for just before it was marked
        said = select(messages.c.key).where(messages.c.session_key == key).limit(ERASED_AT_ONCE[dialect])
        yield delete(messages).where(messages.c.key.in_(said))
        read = select(passages.c.id).where(passages.c.session_key == key).limit(_PASSAGES[dialect])
        yield delete(passages).where(passages.c.id.in_(read))
        answered = select(kept_answers.c.key).where(kept_answers.c.session_key == key).limit(_ANSWERS)
        yield delete(kept_answers).where(kept_answers.c.key.in_(answered))
        asked = select(approvals.c.key).where(approvals.c.session_key == key).limit(_APPROVALS)
        yield delete(approvals).where(approvals.c.key.in_(asked))
        judged = select(feedback.c.key).where(feedback.c.session_key == key).limit(_FEEDBACK)
        yield delete(feedback).where(feedback.c.key.in_(judged))  # with its judgements and comments
        span = (spans.c.trace_key, spans.c.span_id)
        arrived = select(*span).join(traces).where(traces.c.session_key == key).limit(_SPANS)
        yield delete(spans).where(tuple_(*span).in_(arrived))
        yield delete(traces).where(traces.c.session_key == key)
        chunk = (document_chunks.c.document_key, document_chunks.c.n)
        stored = select(*chunk).join(documents).where(documents.c.session_key == key).limit(_CHUNKS)
        yield delete(document_chunks).where(tuple_(*chunk).in_(stored))

    def _write(self, statement: Delete) -> int:
        """In a transaction of its own. How many rows it took."""
        with self._database.write() as connection:
            return connection.execute(statement).rowcount
