"""The queue that the `runs` table is: who may work on what, and how that ends.

A process *claims* the queued run whose turn it is (utils/sessions/turns.py), of a session that has no other running
one. It holds the run by a *lease*, which it renews by its *heartbeat*: it moves the run's ``beat``. It writes with a
*fence*, whose token is the run's attempt. Who watches a beat that no longer moves (agents/processes/lease_watch.py)
takes the run back and queues it again. A beat is a count and not a time, so no clock decides who owns a run.

A run whose backend waits for the world is `waiting`: nobody holds it, it keeps its session's place, and it is claimed
again when its ``wake_at`` has passed, which a call from outside (utils/sessions/hook_calls.py) brings forward.

A run that is paused is claimed by nobody, whatever wakes it, until it is resumed. One at work hears of it by its
heartbeat and begins to wait at its next safe point; one that ends or is lost before that has lost nothing.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Literal

from blinker import signal
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from utils.accounts.error_log import ErrorLog, Severity
from utils.accounts.kept_answers import Keep
from utils.accounts.principal import UserRecord
from utils.accounts.quotas import Quotas
from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.records import record
from utils.database.tables import agents, hook_calls, live, runs, sessions, teams
from utils.doorbell.base import RUNS, Doorbell
from utils.log.activity_log import ActivityLog, Receipt
from utils.log.events import ActivityStatus, Error, LoggedEvent, RunStatus, RunUpdate
from utils.log.run_ending import closing_events
from utils.registry.agent_registry import AgentRecord
from utils.sessions.approval import ApprovalRecord, Decision, NewApproval
from utils.sessions.approval_rows import add_approval, closed_with_run, count_over, decisions_of_run, forget_names
from utils.sessions.asking import Asked, Asking, name_session, store_run, waits_for_worker
from utils.sessions.lines import (
    NO_LINE,
    at_work,
    candidates,
    is_awake,
    is_behind,
    is_held_back,
    is_queued,
    is_status,
    place_of,
)
from utils.sessions.messages import add_message, question_of
from utils.sessions.restart import Restart
from utils.sessions.runs import RunRecord, find_run, own, owned_run, select_runs
from utils.sessions.turns import NO_LIMITS, Candidate, Limits, Room, may_start, next_turn
from utils.sessions.unread_messages import UnreadMessages
from utils.sessions.waking import AT_ONCE

# For onlookers (metrics): sent with outside= when a run was taken back from an owner that showed no sign of life.
lease_lost = signal("ringside.lease-lost")
Paused = Literal["run", "agent", "team"]  # what somebody has paused, and this run with it
_STOPPING = "To be stopped."
_ON_REQUEST = "Stopped on request."
_RESUMED: Mapping[str, None] = {"paused_at": None, "paused_by": None, "paused_with": None}
_TRIES = 20  # to claim: others are quicker now and then
_MOST_KEPT = 64 * 1024  # characters of a run's state
_RUNNING = select_runs.where(is_status(runs, "running"), own)
_BEAT = (
    update(runs)
    .where(runs.c.id == bindparam("run"), runs.c.attempt == bindparam("fence"), runs.c.status == "running")
    .values(beat=runs.c.beat + 1, worked_ms=func.coalesce(bindparam("worked", type_=BigInteger), runs.c.worked_ms))
    .returning(runs.c.cancel_requested, runs.c.paused_at.is_not(None))
)
_TELL = (
    update(runs)
    .where(runs.c.id == bindparam("run"), runs.c.attempt == bindparam("fence"), runs.c.status == "running")
    .where(runs.c.told == bindparam("known"))
    .values(beat=runs.c.beat + 1, told=bindparam("known") + bindparam("more"))
    .returning(runs.c.cancel_requested, runs.c.paused_at.is_not(None))
)
_KEEP = update(runs).where(
    runs.c.id == bindparam("run"), runs.c.attempt == bindparam("fence"), runs.c.status == "running"
)
_newest_call = select(func.coalesce(func.max(hook_calls.c.key), 0)).where(hook_calls.c.run_key == runs.c.key)
_former = runs.alias("former")
_KEPT = (
    select(
        runs.c.metadata,
        runs.c.state,
        runs.c.session_key,
        runs.c.retry_of,
        runs.c.from_step,
        _former.c.state.label("former_state"),
        _newest_call.scalar_subquery().label("newest_call"),
    )
    .join_from(
        runs, _former, and_(_former.c.id == runs.c.retry_of, _former.c.session_key == runs.c.session_key), isouter=True
    )
    .where(runs.c.key == bindparam("run"))
)
_EARLIER = (
    select(_former.c.state)
    .join_from(runs, _former, and_(_former.c.session_key == runs.c.session_key, _former.c.key < runs.c.key))
    .where(runs.c.key == bindparam("run"), _former.c.agent_key == runs.c.agent_key, _former.c.state.is_not(None))
    .order_by(_former.c.key.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people want of a run, for who works on it. It goes on all the same until it can do so."""

    stop: bool = False
    pause: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for the backend of a run: see the fields of the same names of agents.backends.base.Job."""

    metadata: Mapping[str, Any]
    state: Mapping[str, Any] | None
    earlier: Mapping[str, Any] | None
    newest_call: int  # the key of the newest call that has arrived; 0: none has
    over: int  # of how many questions that it has asked people is known what became of them
    from_step: Restart | None = None  # where it begins, if not at its beginning


class RunQueue:
    """``limits`` are for who claims.

    ``outside_kinds``, for who requests or hands over: the kinds of backends whose runs no agent process claims.
    """

    def __init__(
        self,
        database: Database,
        log: ActivityLog,
        doorbell: Doorbell,
        limits: Limits = NO_LIMITS,
        outside_kinds: Collection[str] = (),
        quotas: Quotas | None = None,
    ) -> None:
        self._database = database
        self._log = log
        self._doorbell = doorbell
        self._limits = limits
        self._outside_kinds = outside_kinds
        self._asking = Asking(quotas or Quotas(database), outside_kinds)
        self._error_log = ErrorLog(database)

    def request(
        self,
        session_id: str,
        question: str,
        title: str | None = None,
        keep: Keep[Asked] | None = None,
        *,
        agent_key: int | None = None,
        metadata: Mapping[str, Any] | None = None,
        run_id: str | None = None,
        asked_by: int | None = None,
        retry_of: str | None = None,
        from_step: Restart | None = None,
    ) -> Asked | None:
        """Store the user's message and queue a run for it; None for an unknown session.

        ``title`` becomes the session's, if it has none of its own yet. ``keep`` gets what is returned. ``agent_key``
        is who answers this one message; None: the session's agent. ``metadata`` is put on top of the session's.
        ``run_id`` is of a question that may arrive twice: the second time, nothing is stored and the first is returned.
        ``asked_by`` is the user who asks; None: whose session it is. ``retry_of`` is the id of the run of the session
        that this one takes the place of, and ``from_step`` the step of it where this one begins.
        Raises AgentRegistryError when the agent was disabled or deleted, QuotaExceededError when the team's tokens are
        used up: what is asked already is answered.
        """
        with self._database.write() as connection:
            session = self._asking.lock(connection, session_id, agent_key)
            if session is None:
                return None
            # The session is locked: nobody else asks the same meanwhile.
            if run_id is not None and (first := find_run(connection, run_id)) is not None:
                return question_of(connection, run_id), first
            new = self._asking.prepare(
                connection, session_id, session, question, run_id, metadata, asked_by, retry_of, from_step
            )
            if title is not None:
                name_session(connection, session.key, title)
            receipt = self._log.append_within(connection, session_id, [new.event])
            message, run = store_run(connection, new, receipt.head)
            if keep is not None:
                keep(connection, (message, run))
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run.id)
        return message, run

    def cancel(self, run_id: str) -> RunRecord | None:
        """Cancel a queued run at once, ask a running one to stop, leave an ended one; None for an unknown run.

        One that waits or has kept something is claimed again, for its backend to stop what it has started outside.
        """
        with self._database.write() as connection:
            run = find_run(connection, run_id, lock=True)
            if run is None or run.ended:
                return run
            receipt = None
            if run.status in ("running", "waiting") or _keeps_state(connection, run):
                wake_at = AT_ONCE if run.status == "waiting" else run.wake_at
                _change(connection, run, cancel_requested=True, wake_at=wake_at, **_RESUMED)
                if run.paused_at is not None:
                    receipt = self._log.append_within(connection, run.session_id, [_resumed(run, _STOPPING)])
            else:
                reason = _ON_REQUEST if run.attempt else "Cancelled before it began."
                receipt = self._end(connection, run, "cancelled", reason, self._closing_events(run, "cancelled"))
            run = find_run(connection, run_id)
        if receipt is not None:
            self._log.tell(receipt)
        self._doorbell.ring(RUNS, run_id)
        return run

    # For who works on runs

    def pause(
        self, run_id: str, by: UserRecord | None = None, reason: str | None = None, what: Paused = "run"
    ) -> RunRecord | None:
        """Let nobody work on a run until it is resumed, for however long; None for an unknown run.

        It keeps its session's place. One at work is asked to pause at its next safe point. ``by`` None: Ringside
        itself, and ``reason`` tells why, in whole sentences. ``what`` was paused: with its agent or its team, it is
        resumed with them. Nothing happens to a run that is paused already, is to stop, or has ended.
        """
        words = reason or paused_words(by)
        with self._database.write() as connection:
            run = find_run(connection, run_id, lock=True)
            if run is None or run.ended or run.cancel_requested or run.paused_at is not None:
                return run
            paused = {"paused_at": now(), "paused_by": by.key if by is not None else None, "paused_with": what}
            _change(connection, run, reason=words, wake_at=None, **paused)
            event = RunUpdate(**_of(run), status=run.status, reason=words, paused=True)
            receipt = self._log.append_within(connection, run.session_id, [event])
            run = find_run(connection, run_id)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run_id)
        return run

    def resume(self, run_id: str, by: UserRecord | None = None) -> RunRecord | None:
        """Let a paused run go on, with whatever has come for it meanwhile; None for an unknown run."""
        with self._database.write() as connection:
            run = find_run(connection, run_id, lock=True)
            if run is None or run.paused_at is None:
                return run
            wake_at = AT_ONCE if run.status == "waiting" else run.wake_at
            _change(connection, run, reason=None, wake_at=wake_at, **_RESUMED)
            words = f"Resumed by {by.name}." if by is not None else "Resumed."
            words_told = words if run.status != "running" else None  # it has not stopped
            receipt = self._log.append_within(connection, run.session_id, [_resumed(run, words_told)])
            run = find_run(connection, run_id)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run_id)
        return run

    def reorder(self, session_id: str, run_ids: Sequence[str]) -> bool:
        """Put questions of a session that have not begun in another order: those that are named go before all others.

        Others, and ids of what has begun, has ended or is not there, change nothing. Whether the order is another one.
        """
        queued = select_runs.where(sessions.c.id == session_id, own, is_status(runs, "queued"), runs.c.attempt == 0)
        queued = queued.add_columns(place_of(runs).label("at")).order_by(runs.c.key)
        wanted = {run_id: number for number, run_id in enumerate(run_ids)}
        with self._database.write() as connection:
            rows = connection.execute(queued.with_for_update(of=runs, key_share=True)).all()
            before = sorted(rows, key=lambda row: row.at)
            after = sorted(before, key=lambda row: wanted.get(row.id, len(wanted)))
            if before == after:
                return False
            for row, at in zip(after, [row.at for row in before], strict=True):
                connection.execute(update(runs).where(runs.c.key == row.key).values(place=at))
            told = [
                RunUpdate(session_id=session_id, run_id=row.id, status="queued", place=number)
                for number, row in enumerate(after, 1)
            ]
            receipt = self._log.append_within(connection, session_id, told)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run_ids[0])
        return True

    def claim(self, owner: str, *, outside: Collection[int] | None = None, room: Room = "any") -> RunRecord | None:
        """Make the run whose turn it is ours; None when there is none for which there is room.

        ``outside``: the keys of the agents whose runs somebody outside works on; without it, those of all others, and
        those of agents outside that are only to end: they were cancelled, or their agent is there no more.
        With the room "none", one that was cancelled and whose backend has to be told. If its ``wake_at`` is set, it has
        waited, and its log says so until something else is told.
        """
        values = {"now": now()} | ({"agents": list(outside)} if outside is not None else {})
        for _ in range(_TRIES):
            turn, key = None, self._apart(values, outside is not None, room == "none")
            if key is None and outside is None and room != "none":
                turn = self._turn(room, values)
                key = None if turn is None else turn.key
            if key is None:
                return None
            if run := self._claim(owner, key, values, turn, room):
                return run
        return None

    def _apart(self, values: Mapping[str, Any], outside: bool, only_cancelled: bool) -> int | None:
        """Asked without the write lock, and the short question first: mostly there is nothing to claim."""
        with self._database.read() as connection:
            for status in _CLAIMED:
                if connection.execute(_ANY[status], values).first() is not None:
                    key: int | None = connection.scalar(_startable(status, outside, only_cancelled), values)
                    if key is not None:
                        return key
        return None

    def _turn(self, room: Room, values: Mapping[str, Any]) -> Candidate | None:
        with self._database.read() as connection:
            able = candidates(connection, values)
            return next_turn(able, at_work(connection), self._limits, room, now()) if able else None

    def _claim(
        self, owner: str, key: int, values: Mapping[str, Any], turn: Candidate | None, room: Room
    ) -> RunRecord | None:
        """None: somebody else was quicker."""
        try:
            return self._claimed(owner, key, values, turn, room)
        except IntegrityError:  # another run of the session began at the same instant; this one waits its turn
            return None

    def _claimed(
        self, owner: str, key: int, values: Mapping[str, Any], turn: Candidate | None, room: Room
    ) -> RunRecord | None:
        begun = {
            "status": "running", "owner": owner, "attempt": runs.c.attempt + 1, "beat": runs.c.beat + 1, "told": 0,
            "started_at": func.coalesce(runs.c.started_at, literal(now(), Moment)), "said_at": None,
            "reason": None,
        }  # fmt: skip
        claim = update(runs).where(runs.c.key == key, _MAY_BEGIN).values(begun).returning(runs.c.id)
        with self._database.write() as connection:
            if turn is not None and (room != "any" or self._limits != NO_LIMITS):
                # One after the other, behind the first team's row: two claims at once would not count each other.
                first = select(teams.c.key).order_by(teams.c.key).limit(1)
                connection.execute(first.with_for_update(key_share=True))
                if not may_start(turn, at_work(connection), self._limits, room):
                    return None
            run_id = connection.execute(claim, {"now": values["now"]}).scalar()
            run = find_run(connection, run_id) if run_id is not None else None
            if run is None:
                return None
            if run.wake_at is not None:
                return run
            event = RunUpdate(session_id=run.session_id, run_id=run.id, status="running", attempt=run.attempt)
            receipt = self._log.append_within(connection, run.session_id, [event])
        self._log.tell(receipt)
        return run

    def kept(self, run: RunRecord) -> Kept:
        """What its backend is given."""
        with self._database.read() as connection:
            row = connection.execute(_KEPT, {"run": run.key}).one()
            earlier = connection.execute(_EARLIER, {"run": run.key}).scalar()
            over = count_over(connection, row.session_key, run.id)
        begins = Restart(row.retry_of, state=row.former_state, **row.from_step) if row.from_step is not None else None
        return Kept(row.metadata, row.state, earlier, row.newest_call, over, begins)

    def ask(self, run: RunRecord, asked: NewApproval) -> ApprovalRecord:
        """Put a question of our run to people while it goes on; one that was put before is the same.

        Raises ApprovalError if it had other words then, StaleRunError if the run is ours no more.
        """
        receipt = None
        with self._database.write() as connection:
            approval, is_new = add_approval(connection, _session_key(connection, owned_run(connection, run)), asked)
            if is_new:
                receipt = self._log.append_within(connection, run.session_id, [approval.waiting_event()])
            else:
                approval.require_asks(asked)
        if receipt is not None:
            self._log.tell(receipt)
        return approval

    def decisions(self, run: RunRecord) -> dict[str, Decision]:
        """What became of what its backend has asked people, by its names for it."""
        with self._database.read() as connection:
            return decisions_of_run(connection, _session_key(connection, run), run.id)

    def tell(self, run: RunRecord, known: int, more: int, events: Sequence[LoggedEvent]) -> Wishes | None:
        """Store what ``more`` records of its worker outside tell of our run, and that it lives.

        ``known`` is how many it told before. None: that is not so, and nothing was stored. Raises StaleRunError if it
        is ours no more.
        """
        receipt = None
        values = {"run": run.id, "fence": run.attempt, "known": known, "more": more}
        with self._database.write() as connection:
            wishes = connection.execute(_TELL, values).first()
            if wishes is not None and events:
                receipt = self._log.append_within(connection, run.session_id, events)
            if wishes is None:
                owned_run(connection, run)
        if receipt is not None:
            self._log.tell(receipt)
        return Wishes(*wishes) if wishes is not None else None

    def told(self, run: RunRecord) -> int:
        """How many records its worker outside has told of our run. Raises StaleRunError if it is ours no more."""
        found = self.find(run.id)
        if found is None or (found.status, found.attempt) != ("running", run.attempt):
            raise run.fence.stale()
        return found.told

    def find(self, run_id: str) -> RunRecord | None:
        with self._database.read() as connection:
            return find_run(connection, run_id)

    def keep(self, run: RunRecord, state: Mapping[str, Any]) -> None:
        """Store the state of our run. Raises StaleRunError if it is ours no more, ValueError for one that is too large
        or has no JSON."""
        size = len(json.dumps(state, ensure_ascii=False))
        if size > _MOST_KEPT:
            raise ValueError(f"A run keeps at most {_MOST_KEPT:,} characters, not {size:,}: keep ids, not contents.")
        with self._database.write() as connection:
            kept = connection.execute(_KEEP.values(state=dict(state)), {"run": run.id, "fence": run.attempt})
        if not kept.rowcount:
            raise run.fence.stale()

    def wait(
        self,
        run: RunRecord,
        seconds: float,
        seen: int,
        events: Sequence[LoggedEvent] = (),
        asked: Sequence[NewApproval] = (),
        over: int = 0,
    ) -> None:
        """Let our run wait for ``seconds``, until a call arrives whose key is above ``seen``, or until it is known what
        became of more than ``over`` of its questions to people.

        ``asked`` are put to people now; those that were before are not put again, and one of them that is over wakes
        the run at once. ``events`` say that it waits, if its log does not yet. One that was asked to pause is paused:
        nothing wakes it. Raises StaleRunError if the run is ours no more.
        """
        with self._database.write() as connection:
            owned = owned_run(connection, run)
            is_paused = owned.paused_at is not None
            session_key = _session_key(connection, owned)
            come = exists().where(hook_calls.c.run_key == owned.key, hook_calls.c.key > seen)
            put = [add_approval(connection, session_key, one) for one in asked]
            known = any(approval.is_over for approval, _ in put) or count_over(connection, session_key, run.id) > over
            at_once = owned.cancel_requested or known or connection.scalar(select(come))
            wake_at = AT_ONCE if at_once else now() + timedelta(seconds=seconds)
            _change(connection, owned, status="waiting", owner=None, wake_at=None if is_paused else wake_at)
            told = [*(approval.waiting_event() for approval, is_new in put if is_new), *events]
            if is_paused:
                told.append(RunUpdate(**_of(owned), status="waiting", reason=owned.reason, paused=True))
            receipt = self._log.append_within(connection, run.session_id, told) if told else None
        if receipt is not None:
            self._log.tell(receipt)
        self._doorbell.ring(RUNS, run.id)  # the team may have another one work

    def hand_over(self, run: RunRecord, agent: AgentRecord, events: Sequence[LoggedEvent]) -> None:
        """Queue our run for another agent, which goes on with it as if it had been asked; ``events`` tell of it.

        One that shall stop ends instead. Raises StaleRunError if the run is ours no more.
        """
        outside = agent.configuration.kind in self._outside_kinds
        reason = waits_for_worker(agent.name) if outside else f"Handed over to “{agent.name}”."
        with self._database.write() as connection:
            owned = owned_run(connection, run)
            if owned.cancel_requested:
                ends = self._closing_events(owned, "cancelled")
                receipt = self._end(connection, owned, "cancelled", _ON_REQUEST, ends)
            else:
                _change(connection, owned, agent_key=agent.key, outside=outside, state=None)
                connection.execute(delete(hook_calls).where(hook_calls.c.run_key == owned.key))
                session_key = _session_key(connection, owned)
                events = closed_with_run(connection, session_key, owned.id, events)
                forget_names(connection, session_key, owned.id)
                receipt = self._requeue(connection, owned, reason, events, agent.id)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run.id)

    def beat(self, run: RunRecord, worked_ms: int | None = None) -> Wishes:
        """The heartbeat: renew the lease by showing that the owner lives, and tell for how long it was worked on.

        Raises StaleRunError if the run is ours no more.
        """
        values = {"run": run.id, "fence": run.attempt, "worked": worked_ms}
        with self._database.write() as connection:
            wishes = connection.execute(_BEAT, values).first()
        if wishes is None:
            raise run.fence.stale()
        return Wishes(*wishes)

    def running(self, owner: str | None = None) -> list[RunRecord]:
        """The runs that some process works on; with ``owner``, those of one."""
        with self._database.read() as connection:
            found = [record(RunRecord, row) for row in connection.execute(_RUNNING)]
        return [run for run in found if owner is None or run.owner == owner]

    def take_back(self, run: RunRecord, max_losses: int) -> bool:
        """Queue a run again whose owner shows no sign of life; the ``max_losses``-th time it fails.

        One that is to stop and has started something outside is queued once more, for its backend to end that. False
        if it moved after all.
        """
        with self._database.write() as connection:
            now = find_run(connection, run.id, lock=True)
            if now is None or (now.status, now.attempt, now.beat) != ("running", run.attempt, run.beat):
                return False
            losses, given_up = now.losses + 1, None
            _change(connection, now, losses=losses)
            times = "once" if losses == 1 else f"{losses} times"
            works_outside = now.cancel_requested and _keeps_state(connection, now)
            if now.cancel_requested and not (works_outside and losses <= max_losses):
                untold = f"Stopped here; its process was lost {times}, so that what it started outside may go on."
                unheard = "Stopped here; its worker did not confirm it and may go on." if now.outside else _ON_REQUEST
                reason = untold if works_outside else unheard
                receipt = self._end(connection, now, "cancelled", reason, self._closing_events(now, "cancelled"))
            elif losses >= max_losses and not works_outside:
                who, whose = ("worker", "worker") if now.outside else ("process", "server")
                reason = f"Its {who} was lost {times}. Look at the {whose}'s log, then ask again."
                given_up = Error(
                    session_id=now.session_id, run_id=now.id, code="process_lost", message=reason, retryable=True
                )
                ends = [given_up, *self._closing_events(now, "failed", reason)]
                receipt = self._end(connection, now, "failed", reason, ends)
            else:
                who = "worker" if now.outside else "process"
                reason = f"The {who} working on it was lost; another one takes over."
                receipt = self._requeue(connection, now, reason)
        lease_lost.send(self, outside=run.outside)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run.id)
        if given_up is not None:
            self._keep("error", given_up)
        return True

    def count_work(self, run: RunRecord, worked_ms: int) -> None:
        """Keep for how long it was worked on, for who does not hold it."""
        of_attempt = runs.c.key == run.key, runs.c.attempt == run.attempt, is_status(runs, "running")
        with self._database.write() as connection:
            connection.execute(
                update(runs).where(*of_attempt, runs.c.worked_ms < worked_ms).values(worked_ms=worked_ms)
            )

    def end_abandoned(self, run: RunRecord, code: str, message: str) -> None:
        """End a run as failed that somebody else works on, who hears of it with the next word. Raises StaleRunError."""
        error = Error(session_id=run.session_id, run_id=run.id, code=code, message=message, retryable=True)
        self.fail(run, error, message, self._closing_events(run, "failed", message), "warning")

    def free(self, run_id: str) -> RunRecord | None:
        """Take a run from whoever holds it, and queue it again; one that shall stop ends. None for an unknown run.

        Its holder is told by its next beat. Nothing happens to one that nobody holds.
        """
        with self._database.write() as connection:
            run = find_run(connection, run_id, lock=True)
            if run is None or run.status != "running":
                return run
            if run.cancel_requested:
                ends = self._closing_events(run, "cancelled")
                receipt = self._end(connection, run, "cancelled", "Ended by an administrator.", ends)
            else:
                receipt = self._requeue(connection, run, "An administrator gave it back to the queue.")
            run = find_run(connection, run_id)
        self._log.tell(receipt)
        self._doorbell.ring(RUNS, run_id)
        return run

    def release(self, run: RunRecord, reason: str = "The server restarts; the run goes on in a moment.") -> None:
        """Give our run back to the queue. Raises StaleRunError if it is ours no more."""
        with self._database.write() as connection:
            receipt = self._requeue(connection, owned_run(connection, run), reason)
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
            receipt = self._end(connection, owned_run(connection, run), status, reason, events, answer)
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
        answer: tuple[str, str] | None = None,
    ) -> Receipt:
        over = {"status": status, "reason": reason, "owner": None, "wake_at": None, "finished_at": now()}
        codes = [event.code for event in events if isinstance(event, Error)] if status == "failed" else []
        _change(connection, run, **over, **_RESUMED, failure_code=codes[-1][:80] if codes else None)
        connection.execute(delete(hook_calls).where(hook_calls.c.run_key == run.key))
        events = closed_with_run(connection, _session_key(connection, run), run.id, events)
        progress = 1.0 if status == "completed" else None
        end = RunUpdate(session_id=run.session_id, run_id=run.id, status=status, reason=reason, progress=progress)
        unread = UnreadMessages(connection, self._asking, run, status)
        receipt = self._log.append_within(connection, run.session_id, [*events, *unread.events, end, *unread.questions])
        # After the log has locked the session: so the keys of its messages are in the order of their commits.
        if answer is not None:
            add_message(connection, receipt.key, "assistant", answer[0], run.id, answer[1])
        unread.settle(receipt.head)
        return receipt

    def _closing_events(self, run: RunRecord, status: ActivityStatus, details: str | None = None) -> list[LoggedEvent]:
        """For a run that ends while nobody works on it: what its last owner left open."""
        return closing_events(self._log.run_events(run.session_id, run.id, run.first_seq), status, details)

    def _requeue(
        self,
        connection: Connection,
        run: RunRecord,
        reason: str,
        events: Sequence[LoggedEvent] = (),
        agent_id: str | None = None,
    ) -> Receipt:
        _change(connection, run, status="queued", owner=None, wake_at=None)
        told = [*events, RunUpdate(**_of(run), status="queued", reason=reason, agent_id=agent_id)]
        if run.paused_at is not None:
            told.append(RunUpdate(**_of(run), status="queued", reason=run.reason, paused=True))
        return self._log.append_within(connection, run.session_id, told)


_next = runs.alias("next")
_CLAIMED: tuple[RunStatus, ...] = ("waiting", "queued")  # who has waited was there before
_IS_DUE: Mapping[RunStatus, Callable[[FromClause], ColumnElement[bool]]] = {
    "waiting": is_awake,
    "queued": lambda run: and_(is_status(run, "queued"), run.c.paused_at.is_(None)),
}
_MAY_BEGIN = or_(*(is_due(runs) for is_due in _IS_DUE.values()))
# What stands in no line: a run of somebody outside, or one that is only to end.
_IS_APART: Mapping[RunStatus, Callable[[FromClause], ColumnElement[bool]]] = {
    "waiting": _IS_DUE["waiting"],
    "queued": lambda run: and_(is_queued(run), run.c.line == NO_LINE),
}
_ANY = {status: select(runs.c.key).where(_IS_APART[status](runs)).limit(1) for status in _CLAIMED}


@lru_cache(maxsize=8)
def _startable(status: RunStatus, outside: bool, only_cancelled: bool) -> Select[Any]:
    """The oldest run in no line that may start. To make the statement takes several times as long as to execute it.

    One for each status, for each has an index of its own.
    """
    oldest = (
        select(_next.c.key)
        .join_from(_next, sessions, and_(sessions.c.key == _next.c.session_key, live))
        .where(_IS_APART[status](_next), _next.c.reported_id.is_(None))
        .order_by(_next.c.key)
        .limit(1)
    )
    if status == "queued":  # one that waits has its session's place
        oldest = oldest.where(~is_behind(_next))
    if outside:
        own = _next.c.agent_key.in_(bindparam("agents", expanding=True))
        return oldest.where(_next.c.outside, own, ~_next.c.cancel_requested, ~is_held_back(_next))
    if only_cancelled:
        return oldest.where(_next.c.cancel_requested)
    served = exists().where(agents.c.key == _next.c.agent_key, agents.c.enabled)
    return oldest.where(or_(_next.c.cancel_requested, and_(_next.c.outside, ~served)))


def paused_words(by: UserRecord | None) -> str:
    return f"Paused by {by.name}." if by is not None else "Paused."


def _of(run: RunRecord) -> dict[str, str]:
    """What the events of a run have in common."""
    return {"session_id": run.session_id, "run_id": run.id}


def _resumed(run: RunRecord, words: str | None) -> RunUpdate:
    return RunUpdate(**_of(run), status=run.status, reason=words, paused=False)


def _session_key(connection: Connection, run: RunRecord) -> int:
    key: int = connection.scalars(select(runs.c.session_key).where(runs.c.key == run.key)).one()
    return key


def _keeps_state(connection: Connection, run: RunRecord) -> bool:
    return bool(connection.scalar(select(runs.c.state.is_not(None)).where(runs.c.key == run.key)))


def _change(connection: Connection, run: RunRecord, **values: Any) -> None:
    connection.execute(update(runs).where(runs.c.key == run.key).values(values))
