"""The rows of approvals, as part of a caller's transaction.

Whoever changes one locks its run first, and lets the log lock the session last.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from utils.accounts.principal import Ownership
from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import approvals, live, sessions, users
from utils.log.errors import SessionGoneError
from utils.log.events import ENDED_ACTIVITY, AgentActivity, LoggedEvent
from utils.sessions.approval import ApprovalRecord, ApprovalStatus, Choice, Decision, NewApproval
from utils.sessions.approval_deciders import add_deciders, close_deciders, deserted
from utils.sessions.lines import is_status

_OVER: tuple[ApprovalStatus, ...] = ("decided", "expired", "withdrawn")
is_open = is_status(approvals, "open")
select_approvals = (
    select(
        *columns_of(
            ApprovalRecord, approvals, decided_by=users.c.name, decider_key=approvals.c.decided_by, deserted=deserted
        ),
        *columns_of(Ownership, sessions, "session_"),
    )
    .join_from(approvals, sessions, and_(sessions.c.key == approvals.c.session_key, live))
    .join(users, users.c.key == approvals.c.decided_by, isouter=True)
)
_WITH_ID = select_approvals.where(approvals.c.id == bindparam("id"))
_OF_STEP = select_approvals.where(
    approvals.c.session_key == bindparam("session"), approvals.c.activity_id == bindparam("activity")
)
_NAMED = select_approvals.where(
    approvals.c.session_key == bindparam("session"),
    approvals.c.run_id == bindparam("run"),
    approvals.c.name == bindparam("name"),
)
_of_run = and_(approvals.c.session_key == bindparam("session"), approvals.c.run_id == bindparam("run"))
_OF_RUN = select_approvals.where(_of_run).order_by(approvals.c.key)
_WITHDRAW = update(approvals).where(_of_run, is_open).values(status="withdrawn").returning(approvals.c.key)
_FORGET_NAMES = update(approvals).where(_of_run).values(name=None)
_COUNT_OVER = select(func.count()).where(_of_run, approvals.c.name.is_not(None), approvals.c.status.in_(_OVER))
_STEPS = select(approvals.c.activity_id).where(
    approvals.c.session_key == bindparam("session"),
    approvals.c.activity_id.in_(bindparam("activities", expanding=True)),
)


def approval_record(row: AnyRow) -> ApprovalRecord:
    choices = [Choice(**one) for one in row._mapping["choices"]]
    return record(ApprovalRecord, row, session=record(Ownership, row, "session_"), choices=choices)


def find_approval(connection: Connection, approval_id: str) -> ApprovalRecord | None:
    row = connection.execute(_WITH_ID, {"id": approval_id}).first()
    return approval_record(row) if row is not None else None


def approval_of_step(connection: Connection, session_key: int, activity_id: str) -> ApprovalRecord | None:
    row = connection.execute(_OF_STEP, {"session": session_key, "activity": activity_id}).first()
    return approval_record(row) if row is not None else None


def approval_named(connection: Connection, session_key: int, run_id: str, name: str) -> ApprovalRecord | None:
    """By what the backend of a run of this server calls it."""
    row = connection.execute(_NAMED, {"session": session_key, "run": run_id, "name": name}).first()
    return approval_record(row) if row is not None else None


def add_approval(connection: Connection, session_key: int, asked: NewApproval) -> tuple[ApprovalRecord, bool]:
    """The approval, and whether it is new: one of the same step may be there, with the same words or not.

    Raises SessionGoneError when the session was deleted.
    """
    at, q = now(), asked.question
    values = {
        "id": f"approval-{secrets.token_hex(8)}", "session_key": session_key, "run_id": asked.run_id,
        "activity_id": asked.activity_id, "parent_id": asked.parent_id, "name": asked.name,
        "agent_name": asked.agent_name, "action": q.action, "question": q.question, "context": q.context,
        "choices": [asdict(one) for one in q.choices], "form": q.form, "deciders": list(q.deciders),
        "administrators": q.administrators,
        "expires_at": at + timedelta(seconds=q.expires_in) if q.expires_in is not None else None,
        "on_expiry": q.on_expiry, "status": "open", "created_at": at,
    }  # fmt: skip
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    step = [approvals.c.session_key, approvals.c.activity_id]
    insert = dialect.insert(approvals).values(values).on_conflict_do_nothing(index_elements=step)
    gone = SessionGoneError("The session was deleted.")
    try:
        key = connection.scalar(insert.returning(approvals.c.key))
    except IntegrityError as error:
        raise gone from error
    if key is not None:
        add_deciders(connection, session_key, key, q)
    found = approval_of_step(connection, session_key, asked.activity_id)
    if found is None:  # its deletion has begun
        raise gone
    return found, key is not None


def end_approval(connection: Connection, approval: ApprovalRecord, *where: ColumnElement[bool], **values: Any) -> bool:
    """End it, if it is open still and that is so. Whether it was: so it ends once, whoever tries."""
    ended = update(approvals).where(approvals.c.key == approval.key, is_open, *where).values(values)
    if connection.execute(ended).rowcount != 1:
        return False
    close_deciders(connection, [approval.key])
    return True


def decisions_of_run(connection: Connection, session_key: int, run_id: str) -> dict[str, Decision]:
    """What became of what the run's backend has asked, by its names for it."""
    found = _rows(connection, _OF_RUN, session_key, run_id)
    return {one.name: one.decision for one in found if one.name is not None and one.is_over}


def count_over(connection: Connection, session_key: int, run_id: str) -> int:
    """Of how many questions of the run's backend is known what became of them."""
    return connection.scalar(_COUNT_OVER, {"session": session_key, "run": run_id}) or 0


def steps_among(connection: Connection, session_key: int, activity_ids: Iterable[str]) -> list[str]:
    """Which of the ids are of steps that approvals are told by."""
    return list(connection.scalars(_STEPS, {"session": session_key, "activities": list(activity_ids)}))


def closed_with_run(
    connection: Connection, session_key: int, run_id: str, events: Sequence[LoggedEvent]
) -> list[LoggedEvent]:
    """The events of a run that ends, or gets another agent, with the end of what it still asks, which is withdrawn.

    Whoever made ``events`` may not know yet what was decided meanwhile: the ends of these steps are told here alone.
    """
    known = _rows(connection, _OF_RUN, session_key, run_id)
    if not known:
        return list(events)
    withdrawn = set(connection.scalars(_WITHDRAW, {"session": session_key, "run": run_id}))
    close_deciders(connection, withdrawn)
    ends = [one.end_event() for one in _rows(connection, _OF_RUN, session_key, run_id) if one.key in withdrawn]
    steps = {one.activity_id for one in known}
    return [*ends, *(event for event in events if not _is_end(event, steps))]


def forget_names(connection: Connection, session_key: int, run_id: str) -> None:
    """Another backend goes on with the run, which has names of its own."""
    connection.execute(_FORGET_NAMES, {"session": session_key, "run": run_id})


def _is_end(event: LoggedEvent, steps: set[str]) -> bool:
    return isinstance(event, AgentActivity) and event.activity_id in steps and event.status in ENDED_ACTIVITY


def _rows(connection: Connection, query: Select[Any], session_key: int, run_id: str) -> list[ApprovalRecord]:
    return [approval_record(row) for row in connection.execute(query, {"session": session_key, "run": run_id})]
