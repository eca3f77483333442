"""Messages: what was asked and what was answered in a session.

Among their rows are the words of steps that agents elsewhere report, which a search finds and nothing else reads, and
what people said to agents at work (utils/sessions/run_messages.py): what these have read is part of the history.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, and_, bindparam, case, delete, exists, insert, or_, select

from utils.database.base import Database
from utils.database.moment import now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import columns_of, record
from utils.database.tables import live, messages, run_messages, runs, sessions

Role = Literal["user", "assistant"]
STEP = "step"  # the role of a row that holds the words of a step
TOLD = "told"  # of a row that holds what somebody said to the agents of a run at work
_PIECE = 50
# How many rows one write deletes. On SQLite each takes milliseconds: their words are taken out of the index one by one.
ERASED_AT_ONCE = {"sqlite": 10, "postgresql": 200}


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """``citations`` is JSON, a list of utils.log.events.Citation."""

    key: int
    id: str
    role: Role
    run_id: str | None
    content: str
    citations: str
    created_at: datetime


_SELECT = select(*columns_of(MessageRecord, messages)).where(messages.c.role.not_in((STEP, TOLD)))
_was_read = exists().where(run_messages.c.message_key == messages.c.key, run_messages.c.delivery == "steered")
_SAID = select(
    *columns_of(MessageRecord, messages, role=case((messages.c.role == TOLD, "user"), else_=messages.c.role))
).where(messages.c.role != STEP, or_(messages.c.role != TOLD, _was_read))
_FOLLOWING = (
    _SELECT.where(messages.c.session_key == bindparam("session"), messages.c.key > bindparam("above"))
    .order_by(messages.c.key)
    .limit(bindparam("limit"))
)
_ADD = insert(messages).returning(*columns_of(MessageRecord, messages))
_asked = messages.alias("asked")
# Through the run, for messages are found by their session.
HISTORY = 12  # how many earlier messages whoever answers is given
_later = runs.alias("later")
# What was replaced before the question was asked: its run was tried again by then, maybe by this one. What was
# withdrawn before it began replaces nothing.
_IS_REPLACED = exists().where(
    _later.c.session_key == runs.c.session_key,
    _later.c.key <= runs.c.key,
    _later.c.retry_of == messages.c.run_id,
    or_(_later.c.status != "cancelled", _later.c.attempt > 0),
)
_BEFORE = (
    _SAID.join_from(runs, _asked, and_(_asked.c.session_key == runs.c.session_key, _asked.c.run_id == runs.c.id))
    .join(messages, and_(messages.c.session_key == runs.c.session_key, messages.c.key < _asked.c.key))
    .where(runs.c.id == bindparam("run"), _asked.c.role == "user", ~_IS_REPLACED)
    .order_by(messages.c.key.desc())
    .limit(bindparam("limit"))
)

_of_run = _SELECT.join_from(
    runs, messages, and_(messages.c.session_key == runs.c.session_key, messages.c.run_id == runs.c.id)
).where(runs.c.id == bindparam("run"))
_ANSWER = _of_run.where(messages.c.role == "assistant").order_by(messages.c.key.desc()).limit(1)
_QUESTION = _of_run.where(messages.c.role == "user").order_by(messages.c.key).limit(1)


class Messages:
    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, session_key: int, cursor: str | None = None, limit: int = 50) -> Page[MessageRecord]:
        """Oldest first."""
        above = decode_cursor(cursor, 1)[0] if cursor else 0
        found = self._piece(session_key, above, limit + 1)
        return Page(found[:limit], encode_cursor(found[limit - 1].key) if len(found) > limit else None)

    def up_to(self, session_key: int, newest: int) -> Iterator[MessageRecord]:
        """All whose key is at most ``newest``, oldest first, read in pieces as they are taken."""
        above = 0
        while piece := self._piece(session_key, above, _PIECE):
            yield from (message for message in piece if message.key <= newest)
            above = piece[-1].key
            if above >= newest:
                return

    def before(self, run_id: str, limit: int) -> list[MessageRecord]:
        """The newest messages that came before the question of a run and still stand, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_BEFORE, {"run": run_id, "limit": limit}).all()
        return [record(MessageRecord, row) for row in reversed(rows)]

    def answer_of(self, run_id: str) -> MessageRecord | None:
        """What was answered in a run."""
        with self._database.read() as connection:
            row = connection.execute(_ANSWER, {"run": run_id}).first()
        return record(MessageRecord, row) if row else None

    def forget_steps(self, session_id: str, keep: int) -> None:
        """Let a session keep the words of its newest ``keep`` steps, in steps that hold up no other writer for long."""
        own = select(sessions.c.key).where(sessions.c.id == session_id, live).scalar_subquery()
        steps = select(messages.c.key).where(messages.c.session_key == own, messages.c.role == STEP)
        with self._database.read() as connection:
            newest = connection.scalar(steps.order_by(messages.c.key.desc()).offset(keep).limit(1))
        if newest is None:
            return
        some = (
            steps.where(messages.c.key <= newest).order_by(messages.c.key).limit(ERASED_AT_ONCE[self._database.dialect])
        )
        found = 1
        while found:
            with self._database.write() as connection:
                found = connection.execute(delete(messages).where(messages.c.key.in_(some))).rowcount

    def _piece(self, session_key: int, above: int, limit: int) -> list[MessageRecord]:
        values = {"session": session_key, "above": above, "limit": limit}
        with self._database.read() as connection:
            return [record(MessageRecord, row) for row in connection.execute(_FOLLOWING, values)]


@dataclass(frozen=True, slots=True)
class StepWords:
    """What a search may find of a step at one moment: who does what, and what it was given or gave."""

    run_id: str | None
    words: str
    at: datetime


def add_steps(connection: Connection, session_key: int, steps: Sequence[StepWords]) -> None:
    """Store the words of steps as part of the caller's transaction."""
    rows = [
        {
            "id": f"step-{secrets.token_hex(8)}", "session_key": session_key, "role": STEP, "run_id": step.run_id,
            "content": step.words, "citations": "[]", "created_at": step.at,
        }
        for step in steps
    ]  # fmt: skip
    if rows:
        connection.execute(insert(messages), rows)


def add_told(connection: Connection, session_key: int, words: str, run_id: str) -> int:
    """Store what somebody says to the agents of a run as part of the caller's transaction; returns the row's key."""
    values = {
        "id": f"told-{secrets.token_hex(8)}", "session_key": session_key, "role": TOLD, "run_id": run_id,
        "content": words, "citations": "[]", "created_at": now(),
    }  # fmt: skip
    key: int = connection.scalars(insert(messages).values(values).returning(messages.c.key)).one()
    return key


def add_message(
    connection: Connection, session_key: int, role: Role, content: str, run_id: str | None, citations: str = "[]"
) -> MessageRecord:
    """Store a message as part of the caller's transaction."""
    values = {
        "id": f"message-{secrets.token_hex(8)}", "session_key": session_key, "role": role, "run_id": run_id,
        "content": content, "citations": citations, "created_at": now(),
    }  # fmt: skip
    return record(MessageRecord, connection.execute(_ADD, values).one())


def question_of(connection: Connection, run_id: str) -> MessageRecord:
    """The user's message that a run answers."""
    return record(MessageRecord, connection.execute(_QUESTION, {"run": run_id}).one())
