"""The queue that the `runs` table is: who may work on what, and how that ends.

A process *claims* the oldest queued run whose session has no other running one and whose team is below its limit. It
holds the run by a *lease*, which it renews by its *heartbeat*: it moves the run's ``beat``. It writes with a *fence*,
whose token is the run's attempt. Who watches a beat that no longer moves (agents/processes/lease_watch.py) takes the
run back and queues it again. A beat is a count and not a time, so no clock decides who owns a run.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from utils.accounts.error_log import ErrorLog, Severity
from utils.accounts.kept_answers import Keep
from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.records import record
from utils.database.tables import agents, live, runs, sessions, teams
from utils.doorbell.base import RUNS, Doorbell
from utils.log.activity_log import ActivityLog, Receipt
from utils.log.events import ActivityStatus, Error, LoggedEvent, RunStatus, RunUpdate
from utils.log.run_ending import closing_events
from utils.registry.agent_registry import agent_deleted, agent_disabled
from utils.sessions.chosen_agent import chosen_agent
from utils.sessions.messages import MessageRecord, add_message
from utils.sessions.new_session import UNTITLED
from utils.sessions.runs import RunRecord, find_run, own, select_runs

Asked = tuple[MessageRecord, RunRecord]
_RUNNING = select_runs.where(runs.c.status == "running", own)
_ANY_QUEUED = select(runs.c.key).where(runs.c.status == "queued", own).limit(1)
_BEAT = (
    update(runs)
    .where(runs.c.id == bindparam("run"), runs.c.attempt == bindparam("fence"), runs.c.status == "running")
    .values(beat=runs.c.beat + 1)
    .returning(runs.c.cancel_requested)
)
# A session, which nobody else changes until the transaction ends: the agent that is ``wanted``, and who answers.
_ASKED = (
    select(sessions.c.key, sessions.c.agent_key.label("wanted"), agents.c.key.label("agent_key"), agents.c.enabled)
    .join_from(sessions, agents, agents.c.key == chosen_agent(sessions), isouter=True)
    .where(sessions.c.id == bindparam("id"), live)
    .with_for_update(of=sessions, key_share=True)
)


class RunQueue:
    """``most_per_team``, for who claims: how many runs of one team may work at the same time; 0: no limit."""

    def __init__(self, database: Database, log: ActivityLog, doorbell: Doorbell, most_per_team: int = 0) -> None:
        self._database = database
        self._log = log
        self._doorbell = doorbell
        self._most_per_team = most_per_team
        self._error_log = ErrorLog(database)

    def request(
        self, session_id: str, question: str, title: str | None = None, keep: Keep[Asked] | None = None
    ) -> Asked | None:
        """Store the user's message and queue a run for it; None for an unknown session.

        ``title`` becomes the session's, if it has none of its own yet. ``keep`` gets what is returned.
        Raises AgentRegistryError when the session's agent was disabled or deleted.
        """
        run_id = f"run-{secrets.token_hex(8)}"
        with self._database.write() as connection:
            session = connection.execute(_ASKED, {"id": session_id}).first()
            if session is None:
                return None
            if session.wanted is not None and session.agent_key is None:
                raise agent_deleted()
            if session.agent_key is not None and not session.enabled:
                raise agent_disabled()
            if title is not None:
                untitled = sessions.c.key == session.key, sessions.c.title == UNTITLED
                connection.execute(update(sessions).where(*untitled).values(title=title))
            event = RunUpdate(session_id=session_id, run_id=run_id, status="queued", question=question)
            receipt = self._log.append_within(connection, session_id, [event])
            queued = {
                "id": run_id, "session_key": session.key, "status": "queued", "question": question,
                "first_seq": receipt.head, "created_at": now(), "agent_key": session.agent_key,
            }  # fmt: skip
            connection.execute(insert(runs), queued)
            message = add_message(connection, session.key, "user", question, run_id)
            run = find_run(connection, run_id)
            assert run is not None
            if keep is not None:
                keep(connection, (message, run))
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run_id)
        return message, run

    def cancel(self, run_id: str) -> RunRecord | None:
        """Cancel a queued run at once, ask a running one to stop, leave an ended one; None for an unknown run."""
        with self._database.write() as connection:
            run = find_run(connection, run_id, lock=True)
            if run is None or run.ended:
                return run
            if run.status == "running":
                _change(connection, run, cancel_requested=True)
                receipt = None
            else:
                reason = "Stopped on request." if run.attempt else "Cancelled before it began."
                receipt = self._end(connection, run, "cancelled", reason, self._closing_events(run, "cancelled"))
            run = find_run(connection, run_id)
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
        claim = update(runs).where(runs.c.key == self._oldest().scalar_subquery(), runs.c.status == "queued")
        begun = {
            "status": "running", "owner": owner, "attempt": runs.c.attempt + 1, "beat": runs.c.beat + 1,
            "started_at": func.coalesce(runs.c.started_at, literal(now(), Moment)),
        }  # fmt: skip
        with self._database.write() as connection:
            if self._most_per_team:
                # One after the other, behind the first team's row: two claims at once would not count each other.
                first = select(teams.c.key).order_by(teams.c.key).limit(1)
                connection.execute(first.with_for_update(key_share=True))
            run_id = connection.execute(claim.values(begun).returning(runs.c.id)).scalar()
            run = find_run(connection, run_id) if run_id is not None else None
            if run is None:
                return None
            event = RunUpdate(session_id=run.session_id, run_id=run.id, status="running", attempt=run.attempt)
            receipt = self._log.append_within(connection, run.session_id, [event])
        self._log.tell(receipt)
        return run

    def _oldest(self) -> Select[tuple[int]]:
        """The oldest run that may start.

        Where several can claim at once, each passes over what another is about to take, and over what is behind it.
        """
        queued, other = runs.alias("queued"), runs.alias("other")
        goes_before = or_(other.c.status == "running", and_(other.c.status == "queued", other.c.key < queued.c.key))
        oldest = (
            select(queued.c.key)
            .join_from(queued, sessions, and_(sessions.c.key == queued.c.session_key, live))
            .where(queued.c.status == "queued", queued.c.reported_id.is_(None))
            .where(
                ~exists().where(other.c.session_key == queued.c.session_key, other.c.reported_id.is_(None), goes_before)
            )
            .order_by(queued.c.key)
            .limit(1)
            .with_for_update(of=queued, key_share=True, skip_locked=True)
        )
        if self._most_per_team:
            # A session of no team is of none that has reached its limit.
            oldest = oldest.where(func.coalesce(sessions.c.team_key, 0).not_in(_busy_teams(self._most_per_team)))
        return oldest

    def beat(self, run: RunRecord) -> bool:
        """The heartbeat: renew the lease by showing that the owner lives.

        Returns whether the run shall stop. Raises StaleRunError if it is ours no more.
        """
        with self._database.write() as connection:
            cancelled: bool | None = connection.execute(_BEAT, {"run": run.id, "fence": run.attempt}).scalar()
        if cancelled is None:
            raise run.fence.stale()
        return cancelled

    def running(self, owner: str | None = None) -> list[RunRecord]:
        """The runs that some process works on; with ``owner``, those of one."""
        with self._database.read() as connection:
            found = [record(RunRecord, row) for row in connection.execute(_RUNNING)]
        return [run for run in found if owner is None or run.owner == owner]

    def take_back(self, run: RunRecord, max_losses: int) -> bool:
        """Queue a run again whose owner shows no sign of life; the ``max_losses``-th time it fails.

        False if it moved after all.
        """
        with self._database.write() as connection:
            now = find_run(connection, run.id, lock=True)
            if now is None or (now.status, now.attempt, now.beat) != ("running", run.attempt, run.beat):
                return False
            losses, given_up = now.losses + 1, None
            _change(connection, now, losses=losses)
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
            receipt = self._requeue(connection, _owned(connection, run), reason)
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
            receipt = self._end(connection, _owned(connection, run), status, reason, events)
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
        _change(connection, run, status=status, reason=reason, owner=None, finished_at=now())
        progress = 1.0 if status == "completed" else None
        end = RunUpdate(session_id=run.session_id, run_id=run.id, status=status, reason=reason, progress=progress)
        return self._log.append_within(connection, run.session_id, [*events, end])

    def _closing_events(self, run: RunRecord, status: ActivityStatus, details: str | None = None) -> list[LoggedEvent]:
        """For a run that ends while nobody works on it: what its last owner left open."""
        return closing_events(self._log.run_events(run.session_id, run.id, run.first_seq), status, details)

    def _requeue(self, connection: Connection, run: RunRecord, reason: str) -> Receipt:
        _change(connection, run, status="queued", owner=None)
        event = RunUpdate(session_id=run.session_id, run_id=run.id, status="queued", reason=reason)
        return self._log.append_within(connection, run.session_id, [event])

    def _any_queued(self) -> bool:
        """Asked without the write lock: most of the time there is nothing to claim."""
        with self._database.read() as connection:
            return connection.execute(_ANY_QUEUED).first() is not None


def _busy_teams(most: int) -> Select[tuple[int]]:
    """Those that have as many runs at work as a team may have."""
    running, of = runs.alias("running"), sessions.alias("of_running")
    return (
        select(of.c.team_key)
        .join_from(running, of, of.c.key == running.c.session_key)
        .where(running.c.status == "running", running.c.reported_id.is_(None), of.c.team_key.is_not(None))
        .group_by(of.c.team_key)
        .having(func.count() >= most)
    )


def _owned(connection: Connection, run: RunRecord) -> RunRecord:
    """The run as it is now, if this attempt still owns it."""
    now = find_run(connection, run.id, lock=True)
    if now is None or (now.status, now.attempt) != ("running", run.attempt):
        raise run.fence.stale()
    return now


def _change(connection: Connection, run: RunRecord, **values: Any) -> None:
    connection.execute(update(runs).where(runs.c.key == run.key).values(values))
