"""Runs that agents elsewhere report: what their events say is kept as it is of our own runs.

A `runUpdate` makes or changes a row of `runs`, with its question as a message; the end of an `agentMessage` makes its
text a message; the beginning and the end of a step are words that a search finds. All of it happens in the transaction
that stores the events, so that lists, searches, exports and "now" say what the log says. No agent process ever works on
such a run, and only who reports it can stop it.

A `runUpdate` that says what is known already of an open run is a sign of life, and is not stored.

A program that is killed tells no end. A run of which nothing is heard for long is therefore ended here, in words that
say no more than that, and goes on with the next word of it. One that asks a person waits for them meanwhile.
"""

import json
import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, delete, exists, insert, or_, select, update

from utils.accounts.kept_answers import Keep
from utils.database.base import Database, DatabaseLostError
from utils.database.moment import Moment, now
from utils.database.records import AnyRow
from utils.database.tables import approvals, events, live, messages, reported_texts, runs, sessions, traces
from utils.log.activity_log import ActivityLog, Receipt
from utils.log.errors import SessionGoneError
from utils.log.events import ENDED_ACTIVITY, ENDED_RUN, AgentActivity, AgentMessage, LoggedEvent, RunUpdate, UserMessage
from utils.log.run_ending import closing_events
from utils.sessions.approval_rows import closed_with_run, is_open
from utils.sessions.messages import StepWords, add_message, add_steps
from utils.sessions.new_session import UNTITLED
from utils.sessions.run_message import RunMessageRecord
from utils.sessions.run_message_rows import read_by_programs, refused_with_reported, unread_of_reported
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import title_from

LONGEST_ID = 80  # characters of a run's id; one that is longer is shown, and nothing of it is kept beside the log
_UNREAD = "The run ended before its program read it. Tell the program itself."
ASKED_TO_STOP = "Asked to stop; the program that reports this run decides."
WAITS = timedelta(days=7)  # without a sign of life, where a run says that it waits: for its turn, or for a person
HEARD_EVERY = timedelta(seconds=10)  # how often a run's row is written at most because its program speaks
_WAITING = ("queued", "waiting")
_OPEN = ("running", *_WAITING)
_MOST_ENDED_AT_ONCE = 100
_MOST_SEARCHED = 2000  # characters of an input or an output
_LONGEST_QUESTION = 20_000  # characters that lists carry along; as a message it is whole
_TO_STOP = (
    select(runs.c.reported_id)
    .where(runs.c.session_key == bindparam("session"), runs.c.cancel_requested, runs.c.reported_id.is_not(None))
    .where(runs.c.status.not_in(ENDED_RUN))
    .order_by(runs.c.key)
)
_KNOWN = select(runs.c.key, runs.c.status, runs.c.question, runs.c.reason, runs.c.started_at).where(
    runs.c.session_key == bindparam("session"), runs.c.reported_id == bindparam("run_id")
)
# The status counts, too: an older version that ends a run in another way does not know the mark.
_ENDED_SILENT = and_(runs.c.silent, runs.c.status == "cancelled")
_NAMED = (
    select(runs.c.key, runs.c.reported_id, runs.c.seen_at, runs.c.status, runs.c.reason, runs.c.started_at)
    .add_columns(_ENDED_SILENT.label("ended_silent"))
    .where(runs.c.session_key == bindparam("session"), runs.c.reported_id.in_(bindparam("run_ids", expanding=True)))
    .order_by(runs.c.key)
)
_UNHEARD = _NAMED.where(
    or_(runs.c.seen_at.is_(None), runs.c.seen_at < bindparam("before", type_=Moment), _ENDED_SILENT)
)
_COUNT_FROM_NOW = (
    update(runs)
    .where(runs.c.reported_id.is_not(None), runs.c.status.in_(_OPEN), runs.c.seen_at.is_(None))
    .values(seen_at=bindparam("at", type_=Moment))
)
# Whoever changes a run locks it before its session.
_LOCK = _NAMED.with_for_update(key_share=True)
_PIECES = (
    select(events.c.run_id, events.c.body)
    .where(events.c.session_key == bindparam("session"), events.c.type == "agentMessage")
    .where(events.c.seq >= bindparam("first"), events.c.seq <= bindparam("last"))
    .order_by(events.c.seq)
)
# What an update says beside how its run is.
_MORE: dict[str, Any] = {
    "exclude_none": True, "exclude": {"type", "session_id", "run_id", "time", "seq", "status", "reason"},
}  # fmt: skip
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """The seq of the session's newest event, the ids of its runs that somebody asked to stop and that go on, and what
    people say to the programs of its runs that these have not read: the oldest, at most MOST_GIVEN."""

    seq: int
    to_stop: list[str]
    unread: list[RunMessageRecord]


class ReportedRuns:
    def __init__(self, database: Database, log: ActivityLog) -> None:
        self._database = database
        self._log = log

    def append(
        self, session_id: str, key: int, told: Sequence[LoggedEvent], keep: Keep[Stored] | None = None
    ) -> Stored:
        """Store what agents elsewhere tell in the session with this ``key``, all of it or none.

        Raises a NotStoredError; one of them, SessionGoneError, when the session was deleted.
        """
        if keep is None and not any(map(_is_kept, told)):
            with self._database.read() as connection:
                is_news, to_stop = _is_news(connection, key, told), _to_stop(connection, key)
                unread = unread_of_reported(connection, key, _run_ids(told))
            if not is_news:
                return Stored(self._log.append(session_id, told, key=key).head, to_stop, unread)
        with self._database.write() as connection:
            receipt = self.append_within(connection, session_id, key, told)
            unread = unread_of_reported(connection, key, _run_ids(told))
            stored = Stored(receipt.head, _to_stop(connection, key), unread)
            if keep is not None:
                keep(connection, stored)
        self._log.tell(receipt)
        return stored

    def append_within(self, connection: Connection, session_id: str, key: int, told: Sequence[LoggedEvent]) -> Receipt:
        """The same as part of a caller's write transaction, who lets the log tell of it once that is committed."""
        named = connection.execute(_LOCK, {"session": key, "run_ids": _run_ids(told)}).all()
        go_on = [run.reported_id for run in named if run.ended_silent]
        told = [*(RunUpdate(session_id=session_id, run_id=id, status="running") for id in go_on), *told]
        told = _without_signs_of_life(
            {run.reported_id: _State(run.status, run.reason, run.started_at) for run in named}, told
        )
        told = read_by_programs(connection, key, told)
        ended = _ended_runs(told)
        for run_id in ended:
            told = closed_with_run(connection, key, run_id, told)
        told = [*refused_with_reported(connection, key, session_id, ended, _UNREAD), *told]
        if told:
            receipt = self._log.append_within(connection, session_id, told, key)
            _Records(connection, key).take(receipt.first, told)
        else:
            receipt = Receipt(key, _head(connection, session_id, key), [], [])
        unheard = [run.key for run in named if run.seen_at is None or run.seen_at < now() - HEARD_EVERY]
        if unheard:
            connection.execute(update(runs).where(runs.c.key.in_(unheard)).values(seen_at=now()))
        return receipt

    def has_ended(self, connection: Connection, key: int, run_id: str) -> bool:
        """Whether the run has ended and does not go on by itself with the next word; until the transaction ends."""
        named = connection.execute(_LOCK, {"session": key, "run_ids": [run_id]}).first()
        return named is not None and named.status in ENDED_RUN and not named.ended_silent

    def end_silent(self, silence: timedelta) -> None:
        """End the runs of which nothing was heard for so long: their programs may be dead."""
        with self._database.write() as connection:
            connection.execute(_COUNT_FROM_NOW, {"at": now()})
        with self._database.read() as connection:
            found = connection.execute(_silent(silence).limit(_MOST_ENDED_AT_ONCE)).all()
        for run in found:
            try:
                self._end_silent(run, silence)
            except DatabaseLostError:
                raise
            except Exception:  # what is wrong with one run is no other's matter
                _log.exception("The silent run %s was not ended; trying again in a minute", run.reported_id)

    def ask_to_stop(self, run: RunRecord) -> None:
        """Ask who reports a run to stop it, once; one that has ended stays as it is."""
        asked = (
            update(runs)
            .where(runs.c.key == run.key, runs.c.status.not_in(ENDED_RUN), ~runs.c.cancel_requested)
            .values(cancel_requested=True, reason=ASKED_TO_STOP)
            .returning(runs.c.status)
        )
        with self._database.write() as connection:
            status = connection.scalar(asked)
            if status is None:
                return
            event = RunUpdate(session_id=run.session_id, run_id=run.id, status=status, reason=ASKED_TO_STOP)
            receipt = self._log.append_within(connection, run.session_id, [event])
        self._log.tell(receipt)

    def _end_silent(self, run: AnyRow, silence: timedelta) -> None:
        # Read while nobody waits for it: what is told of the run meanwhile makes it one that was heard.
        told = self._log.run_events(run.session_id, run.reported_id, run.first_seq)
        words = f"Nothing was heard from the program for {_words_of(_patience(run.status, silence))}."
        of_run = {"session_id": run.session_id, "run_id": run.reported_id}
        ends = [*closing_events(told, "cancelled", words), RunUpdate(**of_run, status="cancelled", reason=words)]
        still = _silent(silence).where(runs.c.key == run.key).with_for_update(of=runs, key_share=True)
        with self._database.write() as connection:
            if connection.execute(still).first() is None:
                return
            receipt = self.append_within(connection, run.session_id, run.session_key, ends)
            # These were not its program's words.
            mark = {"silent": True, "seen_at": run.seen_at}
            connection.execute(update(runs).where(runs.c.key == run.key).values(**mark))
        self._log.tell(receipt)


class _State(NamedTuple):
    """How a run is, and since when it has been running."""

    status: str
    reason: str | None
    started_at: datetime | None


def _without_signs_of_life(known: dict[str, _State], told: Iterable[LoggedEvent]) -> list[LoggedEvent]:
    """Without what says of a run that goes on how it is already. ``known``: the runs' states by their ids."""
    news = []
    for event in told:
        if isinstance(event, RunUpdate) and event.run_id is not None and _is_kept(event):
            before = known.get(event.run_id)
            after = known[event.run_id] = _State(event.status, _reason(before, event), _started_at(before, event))
            if before == after and event.status not in ENDED_RUN and not event.model_dump(**_MORE):
                continue
        news.append(event)
    return news


def _head(connection: Connection, session_id: str, key: int) -> int:
    head = connection.scalar(select(sessions.c.head).where(sessions.c.key == key, live))
    if head is None:
        raise SessionGoneError(f"Session {session_id} was deleted.")
    return int(head)


def _is_kept(event: LoggedEvent) -> bool:
    """Whether it is about a record."""
    if event.run_id is not None and len(event.run_id) > LONGEST_ID:
        return False
    match event:
        case RunUpdate():
            return bool(event.run_id)
        case AgentMessage():
            return event.channel is None
        case UserMessage():
            return True
        case AgentActivity():  # what it is called is told at its end, too
            return event.status in ENDED_ACTIVITY or (event.status == "started" and event.input is not None)
        case _:
            return False


def _ended_runs(told: Iterable[LoggedEvent]) -> set[str]:
    ends = (event for event in told if isinstance(event, RunUpdate) and event.status in ENDED_RUN)
    return {event.run_id for event in ends if event.run_id is not None}


def _run_ids(told: Sequence[LoggedEvent]) -> list[str]:
    return list({event.run_id for event in told if event.run_id is not None})


def _is_news(connection: Connection, key: int, told: Sequence[LoggedEvent]) -> bool:
    """Whether they are of a run that is to be noted as heard."""
    run_ids = _run_ids(told)
    values = {"session": key, "run_ids": run_ids, "before": now() - HEARD_EVERY}
    return bool(run_ids) and connection.execute(_UNHEARD, values).first() is not None


def _silent(silence: timedelta) -> Select[Any]:
    """A trace that is open is ended by utils/traces/traces.py, which knows more of it."""

    def before(status: str) -> datetime:
        return now() - _patience(status, silence) - HEARD_EVERY

    told_by_trace = exists().where(
        traces.c.session_key == runs.c.session_key, traces.c.trace_id == runs.c.reported_id, traces.c.status == "open"
    )
    asks = exists().where(
        approvals.c.session_key == runs.c.session_key, approvals.c.run_id == runs.c.reported_id, is_open
    )  # fmt: skip
    waits = and_(runs.c.seen_at >= before("waiting"), asks)
    return (
        select(runs.c.key, runs.c.reported_id, runs.c.status, runs.c.first_seq, runs.c.session_key, runs.c.seen_at)
        .add_columns(sessions.c.id.label("session_id"))
        .join_from(runs, sessions, and_(sessions.c.key == runs.c.session_key, live))
        .where(runs.c.reported_id.is_not(None), ~told_by_trace, ~waits)
        .where(or_(*(and_(runs.c.status == status, runs.c.seen_at < before(status)) for status in _OPEN)))
        .order_by(runs.c.key)
    )


def _patience(status: str, silence: timedelta) -> timedelta:
    return max(silence, WAITS) if status in _WAITING else silence


def _words_of(silence: timedelta) -> str:
    minutes = round(silence.total_seconds() / 60)
    hours = minutes // 60
    return f"{minutes} minutes" if hours < 2 else f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _to_stop(connection: Connection, key: int) -> list[str]:
    """The ids of the session's runs that somebody asked to stop and that go on."""
    return list(connection.scalars(_TO_STOP, {"session": key}))


class _Records:
    """The records of a session, within a transaction that has stored the events."""

    def __init__(self, connection: Connection, session_key: int) -> None:
        self._connection = connection
        self._session = session_key

    def take(self, first: int, told: Sequence[LoggedEvent]) -> None:
        """``first`` is the seq of the first of the events."""
        steps: list[StepWords] = []
        for seq, event in enumerate(told, first):
            if not _is_kept(event):
                continue
            match event:
                case RunUpdate():
                    self._take_update(seq, event)
                case AgentMessage():
                    self._take_text(seq, event)
                case AgentActivity():
                    steps.append(StepWords(event.run_id, _words(event), event.time))
                case _:
                    pass
        add_steps(self._connection, self._session, steps)

    def _take_update(self, seq: int, event: RunUpdate) -> None:
        known = self._connection.execute(_KNOWN, {"session": self._session, "run_id": event.run_id}).first()
        asked = _storable(event.question or "")
        question = (known.question if known is not None else "") or asked
        values: dict[str, Any] = {
            "status": event.status, "question": question[:_LONGEST_QUESTION], "reason": _reason(known, event),
            "finished_at": event.time if event.status in ENDED_RUN else None, "seen_at": now(),
            "silent": False,
        }  # fmt: skip
        if event.attempt is not None:
            values["attempt"] = event.attempt
        if event.status == "running" and (known is None or known.started_at is None):
            values["started_at"] = event.time
        if known is None:
            values |= {
                "id": f"run-{secrets.token_hex(8)}", "reported_id": event.run_id, "session_key": self._session,
                "first_seq": seq, "created_at": event.time,
            }  # fmt: skip
            self._connection.execute(insert(runs).values(values))
        else:
            self._connection.execute(update(runs).where(runs.c.key == known.key).values(values))
        if asked.strip() and (known is None or not known.question):
            self._ask(asked, event.run_id)

    def _ask(self, question: str, run_id: str | None) -> None:
        add_message(self._connection, self._session, "user", question, run_id)
        untitled = or_(sessions.c.title == UNTITLED, sessions.c.title == sessions.c.id)
        if title := title_from(question):
            self._connection.execute(
                update(sessions).where(sessions.c.key == self._session, untitled).values(title=title)
            )

    def _take_text(self, seq: int, event: AgentMessage) -> None:
        place = self._place(event.run_id, event.message_id)
        known = self._connection.execute(
            select(reported_texts.c.first_seq, reported_texts.c.message_key).where(*_at(place))
        ).first()
        if event.replaces is not None:
            self._withdraw(self._place(event.run_id, event.replaces))
        if known is None:
            self._connection.execute(insert(reported_texts).values(**place, first_seq=seq))
        if not event.final:
            return
        text = _storable(self._text(known.first_seq if known is not None else seq, seq, event))
        self._withdraw(place)
        if not text.strip():
            return
        citations = json.dumps([one.model_dump() for one in event.citations or []])
        message = add_message(self._connection, self._session, "assistant", text, event.run_id, citations)
        self._connection.execute(update(reported_texts).where(*_at(place)).values(message_key=message.key))

    def _text(self, first: int, last: int, event: AgentMessage) -> str:
        """The whole text, whose pieces stand in the log."""
        if first == last:
            return event.delta
        pieces = self._connection.execute(_PIECES, {"session": self._session, "first": first, "last": last})
        told = (json.loads(piece.body) for piece in pieces if piece.run_id == event.run_id)
        return "".join(one["delta"] for one in told if one["message_id"] == event.message_id and "channel" not in one)

    def _withdraw(self, place: dict[str, Any]) -> None:
        """The message that a text has become, if it has: another one takes its place."""
        become = select(reported_texts.c.message_key).where(*_at(place)).scalar_subquery()
        self._connection.execute(delete(messages).where(messages.c.key == become))

    def _place(self, run_id: str | None, message_id: str) -> dict[str, Any]:
        return {"session_key": self._session, "run_id": run_id or "", "message_id": message_id}


def _at(place: dict[str, Any]) -> list[Any]:
    return [reported_texts.c[name] == value for name, value in place.items()]


def _words(step: AgentActivity) -> str:
    """What a search may find of it; of an input or an output, the beginning."""
    data = (_beginning(value) for value in (step.input, step.output) if value is not None)
    return _storable("\n".join(filter(None, [step.agent_name, step.action, step.details, *data])))


def _beginning(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_MOST_SEARCHED]


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL in a text."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _reason(known: AnyRow | _State | None, event: RunUpdate) -> str | None:
    """What an event leaves out stays as it was, while the status does."""
    if event.reason is not None or known is None or known.status != event.status:
        return _storable(event.reason) if event.reason is not None else None
    reason: str | None = known.reason
    return reason


def _started_at(known: _State | None, event: RunUpdate) -> datetime | None:
    """The earliest time that is told: what is told later may have been before."""
    started_at = known.started_at if known is not None else None
    if event.status != "running":
        return started_at
    return event.time if started_at is None else min(started_at, event.time)
