"""Runs, and the queue they are: who may work on what, and how that ends.

The `runs` table is the queue. A process *claims* the oldest queued run whose session has no other running one and whose
team is below its limit, shows that it lives by moving the run's *beat*, and writes with a *fence*, its attempt. Who
watches a beat that no longer moves takes the run back and queues it again. A beat is a count and not a time, so no
clock decides who owns a run.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import IntegrityError

from utils.accounts.error_log import ErrorLog, Severity
from utils.database.base import Database, now_ms
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.tables import LIVE
from utils.doorbell.base import RUNS, Doorbell
from utils.log.activity_log import ActivityLog, Receipt
from utils.log.events import ENDED_RUN, ActivityStatus, Error, LoggedEvent, RunStatus, RunUpdate
from utils.log.run_ending import closing_events
from utils.log.store import Fence
from utils.registry.agent_registry import CHOSEN_AGENT, agent_deleted, agent_disabled
from utils.sessions.messages import MessageRecord, add_message

UNTITLED = "New session"  # the title of a session that has none of its own
RUN_COLUMNS = (
    "r.key, r.id, r.status, r.question, r.attempt, r.losses, r.beat, r.owner, r.cancel_requested, r.reason, "
    "r.first_seq, r.created_at, r.started_at, r.finished_at, r.agent_key"
)
_SELECT = f"SELECT {RUN_COLUMNS}, s.id AS session_id FROM runs r JOIN sessions s ON s.key = r.session_key AND s.{LIVE}"  # noqa: S608
_ASKED = f"""
SELECT s.key, s.agent_key AS wanted, a.key AS agent_key, a.enabled
FROM sessions s LEFT JOIN agents a ON a.key = {CHOSEN_AGENT} WHERE s.id = :id AND s.{LIVE}
"""  # noqa: S608

_FIRST_TEAM = "SELECT t.key FROM teams t ORDER BY t.key LIMIT 1"
# A session s of no team is of none that has reached its limit.
_TEAM_MAY = """
AND coalesce(s.team_key, 0) NOT IN (SELECT o.team_key FROM runs b JOIN sessions o ON o.key = b.session_key
WHERE b.status = 'running' AND o.team_key IS NOT NULL GROUP BY o.team_key HAVING count(*) >= :most)
"""


@dataclass(frozen=True, slots=True)
class RunRecord:
    key: int
    id: str
    session_id: str
    status: RunStatus
    question: str
    attempt: int
    losses: int
    beat: int
    owner: str | None
    cancel_requested: bool
    reason: str | None
    first_seq: int
    created_at: int
    started_at: int | None
    finished_at: int | None
    agent_key: int | None  # who answers; none: the built-in agents as the settings say

    @property
    def fence(self) -> Fence:
        return Fence(self.id, self.attempt)

    @property
    def ended(self) -> bool:
        return self.status in ENDED_RUN


class Runs:
    """``most_per_team``, for who claims: how many runs of one team may work at the same time; 0: no limit."""

    def __init__(self, database: Database, log: ActivityLog, doorbell: Doorbell, most_per_team: int = 0) -> None:
        self._database = database
        self._log = log
        self._doorbell = doorbell
        self._most_per_team = most_per_team
        self._error_log = ErrorLog(database)

    def request(
        self, session_id: str, question: str, title: str | None = None
    ) -> tuple[MessageRecord, RunRecord] | None:
        """Store the user's message and queue a run for it; None for an unknown session.

        ``title`` becomes the session's, if it has none of its own yet. Raises AgentRegistryError when the session's
        agent was disabled or deleted.
        """
        run_id = f"run-{secrets.token_hex(8)}"
        now = now_ms()
        with self._database.write() as connection:
            session = connection.execute(text(self._database.locking(_ASKED, "s")), {"id": session_id}).first()
            if session is None:
                return None
            if session.wanted is not None and session.agent_key is None:
                raise agent_deleted()
            if session.agent_key is not None and not session.enabled:
                raise agent_disabled()
            if title is not None:
                connection.execute(
                    text("UPDATE sessions SET title = :title WHERE key = :key AND title = :none"),
                    {"title": title, "key": session.key, "none": UNTITLED},
                )
            event = RunUpdate(session_id=session_id, run_id=run_id, status="queued", question=question)
            receipt = self._log.append_within(connection, session_id, [event])
            connection.execute(
                text(
                    "INSERT INTO runs (id, session_key, status, question, attempt, losses, beat, cancel_requested, "
                    "first_seq, created_at, agent_key) "
                    "VALUES (:id, :session, 'queued', :question, 0, 0, 0, :no, :seq, :now, :agent)"
                ),
                {
                    "id": run_id,
                    "session": session.key,
                    "question": question,
                    "no": False,
                    "seq": receipt.head,
                    "now": now,
                    "agent": session.agent_key,
                },
            )
            message = add_message(connection, session.key, "user", question, run_id)
            run = _get(connection, run_id)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run_id)
        assert run is not None
        return message, run

    def get(self, run_id: str) -> RunRecord | None:
        with self._database.read() as connection:
            return _get(connection, run_id)

    def page(self, session_key: int, cursor: str | None = None, limit: int = 50) -> Page[RunRecord]:
        """A session's runs, newest first."""
        below = decode_cursor(cursor, 1)[0] if cursor else 1 << 62
        with self._database.read() as connection:
            rows = connection.execute(
                text(f"{_SELECT} WHERE r.session_key = :session AND r.key < :below ORDER BY r.key DESC LIMIT :limit"),
                {"session": session_key, "below": below, "limit": limit + 1},
            )
            found = [run_record(row, row.session_id) for row in rows]
        more = len(found) > limit
        found = found[:limit]
        return Page(found, encode_cursor(found[-1].key) if more else None)

    def all_of(self, session_key: int) -> list[RunRecord]:
        """A session's runs, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                text(f"{_SELECT} WHERE r.session_key = :session ORDER BY r.key"), {"session": session_key}
            )
            return [run_record(row, row.session_id) for row in rows]

    def cancel(self, run_id: str) -> RunRecord | None:
        """Cancel a queued run at once, ask a running one to stop, leave an ended one; None for an unknown run."""
        with self._database.write() as connection:
            run = self._locked(connection, run_id)
            if run is None or run.ended:
                return run
            if run.status == "running":
                connection.execute(
                    text("UPDATE runs SET cancel_requested = :yes WHERE id = :id"), {"id": run_id, "yes": True}
                )
                receipt = None
            else:
                reason = "Stopped on request." if run.attempt else "Cancelled before it began."
                receipt = self._end(connection, run, "cancelled", reason, self._closing_events(run, "cancelled"))
            run = _get(connection, run_id)
        if receipt is not None:
            self._log.tell(receipt)
        self._doorbell.ring(RUNS, run_id)
        return run

    # For agent processes

    def claim(self, owner: str) -> RunRecord | None:
        """Make the oldest run that may start ours; None when there is none."""
        if not self._any_queued():
            return None
        try:
            return self._claim(owner)
        except IntegrityError:  # another run of the session began at the same instant; this one waits its turn
            return None

    def _claim(self, owner: str) -> RunRecord | None:
        # Where several can claim at once, each passes over what another is about to take, and over what is behind it.
        oldest = self._database.locking(
            "SELECT q.key FROM runs q JOIN sessions s ON s.key = q.session_key "  # noqa: S608
            f"WHERE q.status = 'queued' AND s.{LIVE} AND NOT EXISTS (SELECT 1 FROM runs a WHERE "
            "a.session_key = q.session_key AND (a.status = 'running' OR (a.status = 'queued' AND a.key < q.key))) "
            f"{_TEAM_MAY if self._most_per_team else ''}ORDER BY q.key LIMIT 1",
            "q",
            skip=True,
        )
        with self._database.write() as connection:
            if self._most_per_team:
                # One after the other, behind the first team's row: two claims at once would not count each other.
                connection.execute(text(self._database.locking(_FIRST_TEAM, "t")))
            row = connection.execute(
                text(
                    "UPDATE runs SET status = 'running', attempt = attempt + 1, owner = :owner, beat = beat + 1, "  # noqa: S608
                    f"started_at = coalesce(started_at, :now) WHERE key = ({oldest}) AND status = 'queued' RETURNING id"
                ),
                {"owner": owner, "now": now_ms(), "most": self._most_per_team},
            ).first()
            if row is None:
                return None
            run = _get(connection, row.id)
            assert run is not None
            event = RunUpdate(session_id=run.session_id, run_id=run.id, status="running", attempt=run.attempt)
            receipt = self._log.append_within(connection, run.session_id, [event])
        self._log.tell(receipt)
        return run

    def beat(self, run: RunRecord) -> bool:
        """Show that the owner lives. Returns whether the run shall stop; raises StaleRunError if it is ours no more."""
        with self._database.write() as connection:
            row = connection.execute(
                text(
                    "UPDATE runs SET beat = beat + 1 WHERE id = :id AND attempt = :attempt AND status = 'running' "
                    "RETURNING cancel_requested"
                ),
                {"id": run.id, "attempt": run.attempt},
            ).first()
        if row is None:
            raise run.fence.stale()
        return bool(row.cancel_requested)

    def running(self, owner: str | None = None) -> list[RunRecord]:
        """The runs that some process works on; with ``owner``, those of one."""
        with self._database.read() as connection:
            rows = connection.execute(text(f"{_SELECT} WHERE r.status = 'running'"))
            found = [run_record(row, row.session_id) for row in rows]
        return [run for run in found if owner is None or run.owner == owner]

    def take_back(self, run: RunRecord, max_losses: int) -> bool:
        """Queue a run again whose owner shows no sign of life; the ``max_losses``-th time it fails.

        False if it moved after all.
        """
        with self._database.write() as connection:
            now = self._locked(connection, run.id)
            if now is None or (now.status, now.attempt, now.beat) != ("running", run.attempt, run.beat):
                return False
            losses, given_up = now.losses + 1, None
            connection.execute(text("UPDATE runs SET losses = :n WHERE id = :id"), {"n": losses, "id": run.id})
            if now.cancel_requested:
                ends = self._closing_events(now, "cancelled")
                receipt = self._end(connection, now, "cancelled", "Stopped on request.", ends)
            elif losses >= max_losses:
                times = "once" if losses == 1 else f"{losses} times"
                reason = f"Its process was lost {times}. Look at the server's log, then ask again."
                given_up = Error(
                    session_id=now.session_id, run_id=now.id, code="process_lost", message=reason, retryable=True
                )
                ends = [given_up, *self._closing_events(now, "failed", reason)]
                receipt = self._end(connection, now, "failed", reason, ends)
            else:
                reason = "The process working on it was lost; another one takes over."
                receipt = self._requeue(connection, now, reason)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run.id)
        if given_up is not None:
            self._keep("error", given_up)
        return True

    def release(self, run: RunRecord, reason: str = "The server restarts; the run goes on in a moment.") -> None:
        """Give our run back to the queue. Raises StaleRunError if it is ours no more."""
        with self._database.write() as connection:
            receipt = self._requeue(connection, self._owned(connection, run), reason)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run.id)

    def finish(
        self,
        run: RunRecord,
        status: RunStatus,
        reason: str | None = None,
        events: Sequence[LoggedEvent] = (),
        answer: tuple[str, str] | None = None,
    ) -> None:
        """End our run: its last ``events``, the answer (Markdown, citations as JSON) and the end itself, all or none.

        Raises StaleRunError if the run is ours no more.
        """
        with self._database.write() as connection:
            receipt = self._end(connection, self._owned(connection, run), status, reason, events)
            # After the log has locked the session: so the keys of its messages are in the order of their commits.
            if answer is not None:
                add_message(connection, receipt.key, "assistant", answer[0], run.id, answer[1])
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run.id)  # the session is free for its next run

    def fail(
        self,
        run: RunRecord,
        error: Error,
        reason: str,
        ends: Sequence[LoggedEvent] = (),
        severity: Severity | None = None,
    ) -> None:
        """End our run as failed: ``error`` says what went wrong, ``ends`` close what was open.

        ``severity`` puts it into the error log; None for what is the user's own to mend. Raises StaleRunError.
        """
        self.finish(run, "failed", reason, [error, *ends])
        if severity is not None:
            self._keep(severity, error)

    def _keep(self, severity: Severity, error: Error) -> None:
        """For administrators, after the run has ended: the error log never fails, and holds nothing up."""
        self._error_log.write(severity, error.code, error.message, session_id=error.session_id, run_id=error.run_id)

    def _end(
        self,
        connection: Connection,
        run: RunRecord,
        status: RunStatus,
        reason: str | None,
        events: Sequence[LoggedEvent] = (),
    ) -> Receipt:
        connection.execute(
            text("UPDATE runs SET status = :status, reason = :reason, owner = NULL, finished_at = :now WHERE id = :id"),
            {"id": run.id, "status": status, "reason": reason, "now": now_ms()},
        )
        progress = 1.0 if status == "completed" else None
        end = RunUpdate(session_id=run.session_id, run_id=run.id, status=status, reason=reason, progress=progress)
        return self._log.append_within(connection, run.session_id, [*events, end])

    def _closing_events(self, run: RunRecord, status: ActivityStatus, details: str | None = None) -> list[LoggedEvent]:
        """For a run that ends while nobody works on it: what its last owner left open."""
        return closing_events(self._log.run_events(run.session_id, run.id, run.first_seq), status, details)

    def _requeue(self, connection: Connection, run: RunRecord, reason: str) -> Receipt:
        connection.execute(text("UPDATE runs SET status = 'queued', owner = NULL WHERE id = :id"), {"id": run.id})
        event = RunUpdate(session_id=run.session_id, run_id=run.id, status="queued", reason=reason)
        return self._log.append_within(connection, run.session_id, [event])

    def _locked(self, connection: Connection, run_id: str) -> RunRecord | None:
        """The run, which nobody else changes until the transaction ends."""
        row = connection.execute(
            text(self._database.locking(f"{_SELECT} WHERE r.id = :id", "r")), {"id": run_id}
        ).first()
        return run_record(row, row.session_id) if row else None

    def _owned(self, connection: Connection, run: RunRecord) -> RunRecord:
        """The run as it is now, if this attempt still owns it."""
        now = self._locked(connection, run.id)
        if now is None or (now.status, now.attempt) != ("running", run.attempt):
            raise run.fence.stale()
        return now

    def _any_queued(self) -> bool:
        """Asked without the write lock: most of the time there is nothing to claim."""
        with self._database.read() as connection:
            return connection.execute(text("SELECT 1 FROM runs WHERE status = 'queued' LIMIT 1")).first() is not None


def run_record(row: Row[Any], session_id: str) -> RunRecord:
    """A run from a row with RUN_COLUMNS."""
    return RunRecord(
        row.key,
        row.id,
        session_id,
        cast(RunStatus, row.status),
        row.question,
        row.attempt,
        row.losses,
        row.beat,
        row.owner,
        bool(row.cancel_requested),
        row.reason,
        row.first_seq,
        row.created_at,
        row.started_at,
        row.finished_at,
        row.agent_key,
    )


def _get(connection: Connection, run_id: str) -> RunRecord | None:
    row = connection.execute(text(f"{_SELECT} WHERE r.id = :id"), {"id": run_id}).first()
    return run_record(row, row.session_id) if row else None
