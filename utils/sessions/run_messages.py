"""Messages into runs: sent by people, read by the agents at their next safe point, each settled once.

docs/decisions/0018-messages-into-runs.md gives the rules. Taking is telling: what the agents get is told as read in the
same transaction, by the fence of who works on the run. Who goes on with a run gets all again.
"""

from sqlalchemy import Connection, bindparam, exists, select
from sqlalchemy.exc import IntegrityError

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import record
from utils.database.tables import runs, sessions, traces
from utils.doorbell.base import RUNS, Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import UserMessage
from utils.sessions.asking import Asking, store_run
from utils.sessions.run_message import MOST_CHARACTERS, MOST_UNREAD, RunMessageError, RunMessageRecord
from utils.sessions.run_message_rows import (
    add_next_turn,
    add_run_message,
    count_characters,
    count_unread,
    has_unread,
    message_with_id,
    messages_of_run,
    messages_of_session,
    read_in_run,
    settle,
    unread_in_run,
)
from utils.sessions.runs import RunRecord, owned_run, select_runs

CANNOT_READ = "The agent takes no messages while it works."
_LOCKED = (
    select_runs.add_columns(sessions.c.key.label("session_key"))
    .where(runs.c.key == bindparam("run"))
    .with_for_update(of=runs, key_share=True)
)


class RunMessages:
    def __init__(self, database: Database, log: ActivityLog, doorbell: Doorbell, asking: Asking) -> None:
        self._database = database
        self._log = log
        self._doorbell = doorbell
        self._asking = asking

    def send(
        self, run: RunRecord, message_id: str, text: str, by: UserRecord, *, reads: bool
    ) -> RunMessageRecord | None:
        """The message as it is now; None when the run was deleted meanwhile.

        One with the same id that was sent before is the same. With ``reads`` False its agent takes no messages, and it
        becomes the next question of the session at once. Raises RunMessageError, and what Asking.prepare() raises.
        """
        try:
            return self._sent(run, message_id, text, by, reads)
        except IntegrityError as error:  # into another run, at the same instant
            raise _known_otherwise() from error

    def page(self, run: RunRecord, cursor: str | None = None, limit: int = 50) -> Page[RunMessageRecord]:
        """Those that were sent into it, oldest first."""
        above = decode_cursor(cursor, 1)[0] if cursor else 0
        with self._database.read() as connection:
            found = messages_of_run(connection, run.key, above, limit + 1)
        return Page(found[:limit], encode_cursor(found[limit - 1].key) if len(found) > limit else None)

    def of_session(self, session_key: int) -> list[RunMessageRecord]:
        with self._database.read() as connection:
            return messages_of_session(connection, session_key)

    def find(self, session_key: int, message_id: str) -> RunMessageRecord | None:
        with self._database.read() as connection:
            return message_with_id(connection, session_key, message_id)

    def take(self, run: RunRecord, after: str | None = None) -> list[RunMessageRecord]:
        """All that are for the agents of our run so far, oldest first; those that are new are told as read.

        ``after`` is the id of the last one that the caller has: only later ones are given.
        Raises StaleRunError if the run is ours no more.
        """
        receipt = None
        with self._database.read() as connection:
            if not has_unread(connection, run.key):
                return read_in_run(connection, run.key, after)
        with self._database.write() as connection:
            owned_run(connection, run)
            unread = unread_in_run(connection, run.key)
            read = [one for one in (settle(connection, message, "steered") for message in unread) if one is not None]
            if read:
                events = [one.event(run.session_id) for one in read]
                receipt = self._log.append_within(connection, run.session_id, events)
            found = read_in_run(connection, run.key, after)
        if receipt is not None:
            self._log.tell(receipt)
        return found

    def _sent(self, run: RunRecord, message_id: str, text: str, by: UserRecord, reads: bool) -> RunMessageRecord | None:
        with self._database.write() as connection:
            row = connection.execute(_LOCKED, {"run": run.key}).first()
            if row is None:
                return None
            run, session_key = record(RunRecord, row), row.session_key
            known = message_with_id(connection, session_key, message_id)
            if known is not None:
                if (known.run_key, known.text) != (run.key, text):
                    raise _known_otherwise()
                return known
            if run.ended or run.cancel_requested:
                words = "This run has ended, or is about to. Ask it as the next question of the session instead."
                raise RunMessageError("run_over", words)
            if run.reported and _is_traced(connection, session_key, run.id):
                words = "This run is told by a trace, and nobody there reads messages. Tell the program itself."
                raise RunMessageError("cannot_steer", words)
            if reads and count_unread(connection, run.key) >= MOST_UNREAD:
                words = f"{MOST_UNREAD} messages wait to be read in this run already. Send more once some are read."
                raise RunMessageError("too_many_unread", words)
            if reads and count_characters(connection, run.key) + len(text) > MOST_CHARACTERS:
                words = (
                    f"The agents of this run would be told more than {MOST_CHARACTERS:,} characters with this message."
                )
                raise RunMessageError("too_many_messages", f"{words} Ask it as the session's next question instead.")
            if reads:
                sent = add_run_message(connection, session_key, run.key, run.id, message_id, by.key, text)
                receipt = self._log.append_within(connection, run.session_id, [sent.event(run.session_id)])
            else:
                session = self._asking.lock(connection, run.session_id, run.agent_key)
                new = self._asking.prepare(connection, run.session_id, session, text, asked_by=by.key)
                told = UserMessage(
                    session_id=run.session_id, run_id=run.id, message_id=message_id, author=by.name, text=text,
                    delivery="next-turn", reason=CANNOT_READ,
                )  # fmt: skip
                receipt = self._log.append_within(connection, run.session_id, [told, new.event])
                question, _ = store_run(connection, new, receipt.head)
                sent = add_next_turn(
                    connection, session_key, run.key, message_id, by.key, question.key, CANNOT_READ
                )  # fmt: skip
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run.id)
        return sent


def _is_traced(connection: Connection, session_key: int, run_id: str) -> bool:
    of_run = traces.c.session_key == session_key, traces.c.trace_id == run_id
    return bool(connection.scalar(select(exists().where(*of_run))))


def _known_otherwise() -> RunMessageError:
    words = "The session has another message with this id. Give each message an id of its own, or none."
    return RunMessageError("message_known", words)
