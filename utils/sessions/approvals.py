"""Approvals: questions to people, each decided once.

Each of these is one transaction: an approval and the step that waits for it; what became of it, the end of the step,
the line in the audit trail, and the run that goes on. Nobody waits for another's clock: a question is over when this
server's clock says so, and whoever comes first then ends it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from utils.accounts.audit_chain import Line, append
from utils.accounts.principal import UserRecord
from utils.database.base import Database, DatabaseLostError
from utils.database.moment import now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.tables import approvals, live, sessions
from utils.doorbell.base import RUNS, Doorbell
from utils.log.activity_log import ActivityLog, Receipt
from utils.sessions.approval import EXPIRY, ApprovalError, ApprovalRecord, ApprovalStatus, NewApproval
from utils.sessions.approval_deciders import put_to
from utils.sessions.approval_rows import (
    add_approval,
    approval_named,
    approval_of_step,
    approval_record,
    end_approval,
    find_approval,
    is_open,
    select_approvals,
    steps_among,
)
from utils.sessions.lines import is_status
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.runs import RunRecord, find_run
from utils.sessions.visibility import of, visible
from utils.sessions.waking import wake

_MOST_AT_ONCE = 100
_NAMED = 300  # characters of a line in the audit trail
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, and from where. ``via`` is `dashboard` or the name of an API key."""

    user: UserRecord
    via: str
    address: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Ended:
    """What is told once the transaction is committed."""

    receipt: Receipt
    run: RunRecord | None


class Approvals:
    def __init__(self, database: Database, log: ActivityLog, doorbell: Doorbell) -> None:
        self._database = database
        self._log = log
        self._doorbell = doorbell
        self._reported_runs = ReportedRuns(database, log)

    def ask(self, session_id: str, session_key: int, asked: NewApproval) -> tuple[ApprovalRecord, bool]:
        """The approval, and whether it is new: asked again about the same step, it is the one that is there.

        Of an agent elsewhere: the run's program was heard by this. Raises ApprovalError if the step has another
        question, or its run has ended; SessionGoneError when the session was deleted.
        """
        receipt = None
        with self._database.write() as connection:
            if asked.run_id is not None and self._reported_runs.has_ended(connection, session_key, asked.run_id):
                raise ApprovalError("run_over", "This run has ended, so it cannot ask anybody. Begin another one.")
            approval, is_new = add_approval(connection, session_key, asked)
            if is_new:
                event = approval.waiting_event()
                receipt = self._reported_runs.append_within(connection, session_id, session_key, [event])
            else:
                approval.require_asks(asked)
        if receipt is not None:
            self._log.tell(receipt)
        return approval, is_new

    def get(self, approval_id: str) -> ApprovalRecord | None:
        """None: there is none. One whose time is over is ended first, so that nobody reads it as open."""
        with self._database.read() as connection:
            found = find_approval(connection, approval_id)
        if found is None or not found.is_due(now()):
            return found
        return self._expire(approval_id)

    def of_step(self, session_key: int, activity_id: str) -> ApprovalRecord | None:
        """What is asked about a step; as `get` gives it."""
        with self._database.read() as connection:
            found = approval_of_step(connection, session_key, activity_id)
        return self.get(found.id) if found is not None else None

    def named(self, session_key: int, run_id: str, name: str) -> ApprovalRecord | None:
        """What whoever works on a run of this server has asked under that name; as `get` gives it."""
        with self._database.read() as connection:
            found = approval_named(connection, session_key, run_id, name)
        return self.get(found.id) if found is not None else None

    def decide(
        self, approval_id: str, by: Decider, choice: str, values: Mapping[str, Any] | None, comment: str | None
    ) -> ApprovalRecord | None:
        """The approval as it was decided; None: there is none. Whether one may decide is the caller's to know.

        The same decision of the same person again changes nothing. Raises ValueError for what cannot be chosen,
        ApprovalError with the code `already_decided` or `approval_over` for one that comes too late.
        """
        at = now()
        with self._database.write() as connection:
            approval, run = _locked(connection, approval_id)
            if approval is None:
                return None
            ended = None
            if not approval.is_over:
                approval.check(choice, values)
            if approval.is_due(at):
                ended = self._expired(connection, approval, run)
            elif run is not None and run.ended:  # by a version before this one
                ended = self._ended(connection, approval, run, status="withdrawn")
            else:
                decided = {"choice": choice, "values": values, "comment": comment, "via": by.via, "decided_at": at}
                ended = self._ended(connection, approval, run, status="decided", decided_by=by.user.key, **decided)
                if ended is not None:
                    named = by.user.named
                    _note(connection, approval, choice, named, by.address, by.request_id)
            approval = find_approval(connection, approval_id)
        self._tell(ended)
        if approval is not None and not approval.was_decided_as(by.user, choice, values, comment):
            raise _too_late(approval)
        return approval

    def expire_due(self) -> None:
        """End those whose time is over, each once, whoever else does so at the same time."""
        due = select(approvals.c.id).join(sessions, sessions.c.key == approvals.c.session_key)
        due = due.where(is_open, live, approvals.c.expires_at <= now()).order_by(approvals.c.expires_at)
        with self._database.read() as connection:
            found = connection.scalars(due.limit(_MOST_AT_ONCE)).all()
        for approval_id in found:
            try:
                self._expire(approval_id)
            except DatabaseLostError:
                raise
            except Exception:  # what is wrong with one is no other's matter
                _log.exception("%s was not ended when its time was over; trying again soon", approval_id)

    def page(
        self,
        user: UserRecord,
        status: ApprovalStatus = "open",
        session_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[ApprovalRecord]:
        """Those that the user may read, of their sessions and of others, oldest first."""
        query = select_approvals.where(
            or_(*visible(sessions), put_to(user, status == "open")), is_status(approvals, status)
        )
        if session_id is not None:
            query = query.where(sessions.c.id == session_id)
        if cursor:
            query = query.where(approvals.c.key > decode_cursor(cursor, 1)[0])
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(approvals.c.key).limit(limit + 1), of(user)).all()
        found = [approval_record(row) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].key) if len(rows) > limit else None)

    def steps_among(self, session_key: int, activity_ids: set[str]) -> list[str]:
        """Which of the ids are of steps that approvals are told by, and nobody else tells of."""
        with self._database.read() as connection:
            return steps_among(connection, session_key, activity_ids)

    def _expire(self, approval_id: str) -> ApprovalRecord | None:
        ended = None
        with self._database.write() as connection:
            approval, run = _locked(connection, approval_id)
            if approval is not None and approval.is_due(now()):
                ended = self._expired(connection, approval, run)
            approval = find_approval(connection, approval_id)
        self._tell(ended)
        return approval

    def _expired(self, connection: Connection, approval: ApprovalRecord, run: RunRecord | None) -> _Ended | None:
        if approval.on_expiry is None:
            return self._ended(connection, approval, run, status="expired")
        chosen = {"choice": approval.on_expiry, "via": EXPIRY, "decided_at": now()}
        ended = self._ended(connection, approval, run, status="decided", **chosen)
        if ended is not None:
            _note(connection, approval, approval.on_expiry, "Ringside")
        return ended

    def _ended(
        self, connection: Connection, approval: ApprovalRecord, run: RunRecord | None, **values: Any
    ) -> _Ended | None:
        """None: somebody else was quicker."""
        if not end_approval(connection, approval, **values):
            return None
        ended = find_approval(connection, approval.id)
        assert ended is not None, "its row is ours until the transaction ends"
        receipt = self._log.append_within(connection, ended.session.id, [ended.end_event()], ended.session.key)
        if run is not None:
            wake(connection, run.key)
        return _Ended(receipt, run)

    def _tell(self, ended: _Ended | None) -> None:
        if ended is None:
            return
        self._log.tell(ended.receipt)
        if ended.run is not None:
            self._doorbell.ring(RUNS, ended.run.id)


def _too_late(approval: ApprovalRecord) -> ApprovalError:
    if approval.status == "decided":
        return ApprovalError("already_decided", approval.what_became())
    return ApprovalError("approval_over", approval.what_became())


def _locked(connection: Connection, approval_id: str) -> tuple[ApprovalRecord | None, RunRecord | None]:
    """An approval, and its run if that is of this server's queue, which nobody else changes meanwhile."""
    approval = find_approval(connection, approval_id)
    if approval is None or approval.run_id is None:
        return approval, None
    run = find_run(connection, approval.run_id, lock=True)
    if run is not None and run.session_id != approval.session.id:
        run = None
    return find_approval(connection, approval_id), run


def _note(
    connection: Connection,
    approval: ApprovalRecord,
    choice: str,
    actor: str,
    address: str | None = None,
    request_id: str | None = None,
) -> None:
    """In the audit trail of the team; the question is not told there: its session may be private."""
    if approval.session.team_key is None:
        return
    subject = f"{approval.label(choice)} ({choice}): {approval.id} in {approval.session.named}"
    line = Line(now(), "approval decided", actor[:_NAMED], subject[:_NAMED], address, request_id)
    append(connection, approval.session.team_key, line)
