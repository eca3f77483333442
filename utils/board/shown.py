"""The row of a run, put together from its record and from what its events say."""

from collections.abc import Sequence
from datetime import datetime

from utils.board.fold import RunFold
from utils.board.records import RunRecord, SessionRecord
from utils.board.row import NowPerson, NowRow
from utils.log.events import RunStatus
from utils.sessions.addressees import Addressee
from utils.spending.counting import Cost


def row_id_of(session: SessionRecord, run_id: str | None) -> str:
    """Of a reported run, the id is unique in its session alone."""
    return f"{session.id}/{run_id or ''}"


def row_of_run(run: RunRecord, fold: RunFold, cost: Cost | None, waits_for: Sequence[Addressee]) -> NowRow:
    ended = run.ended
    return NowRow(
        row_id=row_id_of(run.session, run.id),
        session_id=run.session.id,
        session_title=run.session.title,
        owner_id=run.session.owner_id,
        run_id=run.id,
        reported=run.reported,
        status=run.status,
        reason=run.reason,
        since=_since(run, fold),
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.finished_at,
        stopping=run.cancel_requested and not ended,
        agent_id=run.agent_id,
        agent_name=run.agent_name or fold.agent_name,
        agent_avatar=f"/api/agents/{run.agent_id}/avatar?v={run.avatar_id}" if run.avatar_id is not None else None,
        kind=run.kind,
        step=None if ended else fold.step,
        input_tokens=fold.input_tokens,
        output_tokens=fold.output_tokens,
        cost=cost and cost.micros,
        currency=cost and cost.currency,
        finding=None if ended else run.finding,
        over_budget=run.over_budget,
        approvals=run.approvals,
        waits_for=[NowPerson(id=one.id, name=one.name) for one in waits_for],
    )


def row_of_session(session: SessionRecord, fold: RunFold, cost: Cost | None, since: datetime) -> NowRow | None:
    """Of one whose agents tell of steps without a run; None if they have told of none since that moment."""
    if fold.first_at is None or fold.last_at is None or fold.last_at < since:
        return None
    status = _status_without_run(fold)
    step = fold.step
    return NowRow(
        row_id=row_id_of(session, None),
        session_id=session.id,
        session_title=session.title,
        owner_id=session.owner_id,
        reported=True,
        status=status,
        since=step.since if step is not None else fold.last_at,
        created_at=fold.first_at,
        started_at=fold.first_at,
        ended_at=None if step is not None else fold.last_at,
        agent_name=step.agent_name if step is not None else fold.agent_name,
        step=step,
        input_tokens=fold.input_tokens,
        output_tokens=fold.output_tokens,
        cost=cost and cost.micros,
        currency=cost and cost.currency,
    )


def _since(run: RunRecord, fold: RunFold) -> datetime:
    match run.status:
        case "queued":
            return run.created_at
        case "running":
            return run.started_at or run.created_at
        case "waiting":
            return fold.status_at or run.started_at or run.created_at
    return run.finished_at or run.created_at


def _status_without_run(fold: RunFold) -> RunStatus:
    if fold.step is not None:
        return "waiting" if fold.last_status == "waiting" else "running"
    if fold.last_status == "failed":
        return "failed"
    return "cancelled" if fold.last_status == "cancelled" else "completed"
