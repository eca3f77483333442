"""The rows of messages into runs, as part of a caller's transaction.

Whoever changes one locks its run first, and lets the log lock the session last.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, exists, func, insert, literal_column, select, update

from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import messages, run_messages, runs, users
from utils.log.events import Delivery, LoggedEvent, UserMessage
from utils.sessions.messages import add_told
from utils.sessions.run_message import MOST_GIVEN, RunMessageRecord

_is_queued = run_messages.c.delivery == literal_column("'queued'")  # or the index for it is of no use
_SELECT = (
    select(
        *columns_of(
            RunMessageRecord, run_messages,
            run_id=func.coalesce(runs.c.reported_id, runs.c.id), author=users.c.name, text=messages.c.content,
        )
    )
    .join_from(run_messages, runs, runs.c.key == run_messages.c.run_key)
    .join(messages, messages.c.key == run_messages.c.message_key)
    .join(users, users.c.key == run_messages.c.author_key, isouter=True)
    .order_by(run_messages.c.key)
)  # fmt: skip
_of_session = run_messages.c.session_key == bindparam("session")
_WITH_ID = _SELECT.where(_of_session, run_messages.c.id == bindparam("id"))
_OF_RUN = _SELECT.where(run_messages.c.run_key == bindparam("run"))
_OF_SESSION = _SELECT.where(_of_session)
_PAGE = _OF_RUN.where(run_messages.c.key > bindparam("above")).limit(bindparam("limit"))
_given = run_messages.alias("given")
_AFTER = select(_given.c.key).where(_given.c.run_key == bindparam("run"), _given.c.id == bindparam("after"))
_READ = _OF_RUN.where(
    run_messages.c.delivery == "steered", run_messages.c.key > func.coalesce(_AFTER.scalar_subquery(), 0)
)
_COUNT_CHARACTERS = (
    select(func.coalesce(func.sum(func.length(messages.c.content)), 0))
    .join_from(run_messages, messages, messages.c.key == run_messages.c.message_key)
    .where(run_messages.c.run_key == bindparam("run"), run_messages.c.delivery.in_(("queued", "steered")))
)
_UNREAD = _OF_RUN.where(_is_queued)
_ANY_UNREAD = select(exists().where(run_messages.c.run_key == bindparam("run"), _is_queued))
_COUNT_UNREAD = select(func.count()).where(run_messages.c.run_key == bindparam("run"), _is_queued)
_UNREAD_OF_REPORTED = _SELECT.where(_of_session, _is_queued, runs.c.reported_id == bindparam("run_id"))
# Those for the runs of whoever asks come first, then the oldest of each run: a program that reads nothing keeps none
# from others. Chosen by their keys, for their words may be long.
_is_of_asking = runs.c.reported_id.in_(bindparam("run_ids", expanding=True))
_nth_of_run = func.row_number().over(partition_by=run_messages.c.run_key, order_by=run_messages.c.key)
_GIVEN = (
    select(run_messages.c.key)
    .join_from(run_messages, runs, runs.c.key == run_messages.c.run_key)
    .where(_of_session, _is_queued, runs.c.reported_id.is_not(None))
    .order_by(case((_is_of_asking, 0), else_=1), _nth_of_run, run_messages.c.key)
    .limit(MOST_GIVEN)
)
_UNREAD_TO_GIVE = _SELECT.where(run_messages.c.key.in_(_GIVEN))


def message_with_id(connection: Connection, session_key: int, message_id: str) -> RunMessageRecord | None:
    found = _records(connection, _WITH_ID, session=session_key, id=message_id)
    return found[0] if found else None


def messages_of_run(connection: Connection, run_key: int, above: int, limit: int) -> list[RunMessageRecord]:
    """Those that were sent into it, oldest first."""
    return _records(connection, _PAGE, run=run_key, above=above, limit=limit)


def read_in_run(connection: Connection, run_key: int, after: str | None) -> list[RunMessageRecord]:
    """Those that its agents have been given, oldest first; ``after``: only later ones than the one with this id.

    Whoever sends one into a run has locked it, so that a later one has a higher key.
    """
    return _records(connection, _READ, run=run_key, after=after)


def messages_of_session(connection: Connection, session_key: int) -> list[RunMessageRecord]:
    return _records(connection, _OF_SESSION, session=session_key)


def unread_in_run(connection: Connection, run_key: int) -> list[RunMessageRecord]:
    return _records(connection, _UNREAD, run=run_key)


def has_unread(connection: Connection, run_key: int) -> bool:
    return bool(connection.scalar(_ANY_UNREAD, {"run": run_key}))


def count_unread(connection: Connection, run_key: int) -> int:
    return connection.scalar(_COUNT_UNREAD, {"run": run_key}) or 0


def count_characters(connection: Connection, run_key: int) -> int:
    """Of all that its agents were told, or will be."""
    return connection.scalar(_COUNT_CHARACTERS, {"run": run_key}) or 0


def unread_of_reported(
    connection: Connection, session_key: int, run_ids: Collection[str]
) -> list[RunMessageRecord]:  # fmt: skip
    """Those for the programs that report runs in the session, oldest first, at most MOST_GIVEN: above all those for the
    runs of whoever asks, ``run_ids``."""
    return _records(connection, _UNREAD_TO_GIVE, session=session_key, run_ids=list(run_ids))


def add_run_message(
    connection: Connection, session_key: int, run_key: int, run_id: str, message_id: str, author_key: int, text: str
) -> RunMessageRecord:
    """One that waits to be read. Raises IntegrityError if the session has one with this id."""
    told = add_told(connection, session_key, text, run_id)
    return _added(connection, session_key, run_key, message_id, author_key, told, delivery="queued")


def add_next_turn(
    connection: Connection, session_key: int, run_key: int, message_id: str, author_key: int, question: int, reason: str
) -> RunMessageRecord:
    """One that nobody reads in the run: ``question``, a message's key, asks it in another run."""
    values = {"delivery": "next-turn", "reason": reason, "settled_at": now()}
    return _added(connection, session_key, run_key, message_id, author_key, question, **values)


def settle(
    connection: Connection,
    message: RunMessageRecord,
    delivery: Delivery,
    reason: str | None = None,
    question: int | None = None,
) -> RunMessageRecord | None:
    """The message as it is then; None: somebody else was quicker. ``question`` is the key of the message that asks it
    in another run, and takes the place of its words."""
    key = message.message_key if question is None else question
    change = update(run_messages).where(run_messages.c.key == message.key, _is_queued)
    values = {"delivery": delivery, "reason": reason, "settled_at": now(), "message_key": key}
    if connection.execute(change.values(values)).rowcount != 1:
        return None
    if question is not None:
        connection.execute(messages.delete().where(messages.c.key == message.message_key))
    return _one(connection, message.key)


def refused_with_reported(
    connection: Connection, session_key: int, session_id: str, run_ids: Collection[str], reason: str
) -> list[LoggedEvent]:
    """The ends of what the programs of reported runs that end have not read."""
    unread = [
        one
        for run_id in run_ids
        for one in _records(connection, _UNREAD_OF_REPORTED, session=session_key, run_id=run_id)
    ]
    settled = [settle(connection, one, "refused", reason) for one in unread]
    return [one.event(session_id) for one in settled if one is not None]


def read_by_programs(connection: Connection, session_key: int, told: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """What programs tell, with what they say of messages that they have read: each is settled once, in our words."""
    kept: list[LoggedEvent] = []
    for event in told:
        if not isinstance(event, UserMessage):
            kept.append(event)
            continue
        known = message_with_id(connection, session_key, event.message_id)
        read = settle(connection, known, "steered") if known is not None and known.run_id == event.run_id else None
        if read is not None:
            kept.append(read.event(event.session_id))
    return kept


def _added(
    connection: Connection, session_key: int, run_key: int, message_id: str, author: int, told: int, **values: Any
) -> RunMessageRecord:
    values |= {
        "id": message_id, "session_key": session_key, "run_key": run_key, "author_key": author, "message_key": told,
        "created_at": now(),
    }  # fmt: skip
    key: int = connection.scalars(insert(run_messages).values(values).returning(run_messages.c.key)).one()
    return _one(connection, key)


def _one(connection: Connection, key: int) -> RunMessageRecord:
    return record(RunMessageRecord, connection.execute(_SELECT.where(run_messages.c.key == key)).one())


def _records(connection: Connection, query: Select[Any], **values: Any) -> list[RunMessageRecord]:
    return [record(RunMessageRecord, row) for row in connection.execute(query, values)]
