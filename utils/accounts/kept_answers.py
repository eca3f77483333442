"""Answers that are kept for a day: a request sent again with the same Idempotency-Key gets the first answer.

An answer is stored in the transaction that does what it tells of. So either both are there or neither, whatever is
killed in between, and of two requests at the same moment the second waits for the first.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import kept_answers

KEPT = timedelta(hours=24)
T = TypeVar("T")
# Called with what a transaction has made, before it is committed; what it raises takes the transaction back.
Keep = Callable[[Connection, T], None]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """``name`` is a hash of who asked for what with which key, ``content`` one of what was sent; ``body`` is JSON.

    It is deleted with the session, whose words it may repeat.
    """

    name: str
    content: str
    session_key: int
    status: int
    body: str


class AlreadyAnsweredError(Exception):
    """Another request with the same key was a moment earlier."""


_WITH_NAME = select(*columns_of(KeptAnswer, kept_answers)).where(kept_answers.c.name == bindparam("name"))


class KeptAnswers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> KeptAnswer | None:
        with self._database.read() as connection:
            row = connection.execute(_WITH_NAME, {"name": name}).first()
        return record(KeptAnswer, row) if row else None

    def forget_old(self) -> None:
        with self._database.write() as connection:
            connection.execute(delete(kept_answers).where(kept_answers.c.created_at < now() - KEPT))


def keep_answer(connection: Connection, answer: KeptAnswer) -> None:
    """Store it as part of the caller's transaction. Raises AlreadyAnsweredError, for which the caller takes it back."""
    try:
        connection.execute(insert(kept_answers).values(**asdict(answer), created_at=now()))
    except IntegrityError as error:
        raise AlreadyAnsweredError from error
