"""Keeps budgets: tells once that one is nearly used or passed, and pauses the runs of a hard one.

A run that is paused for it asks people, in its own session, whether it may go on; of several, one asks, and the others
wait with it. What is decided is written down in one conditional update, and all that follows from it (who goes on, who
ends) is worked out from what is written, again and again until it is so: a process that is killed in between leaves
nobody paused for ever, and nothing is allowed twice.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress

from sqlalchemy import select

from utils.database.base import Database, DatabaseLostError
from utils.database.moment import now
from utils.database.tables import sessions
from utils.log.activity_log import ActivityLog
from utils.log.errors import SessionGoneError
from utils.log.events import Error
from utils.sessions.approval import Choice, NewApproval, Question
from utils.sessions.approval_rows import add_approval, end_approval, find_approval
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs, find_run
from utils.spending.bookkeeping import REPORTED, Spender
from utils.spending.budget import Budget, Level
from utils.spending.budget_rows import (
    Hold,
    Place,
    State,
    asking,
    at_work_for_minutes,
    budget_with,
    budgets_of,
    hard_and_passed,
    hold,
    holds,
    let_go,
    not_held,
    note_answered,
    note_asked,
    note_told,
    spender_of,
    state_of,
    subject_of,
)
from utils.spending.spent import used

MORE, END = "more", "end"
_CHOICES = (Choice(MORE, "Go on, with as much again"), Choice(END, "End it"))
_AGENT = "Ringside"
_CODES: dict[Level, str] = {"near": "budget_near", "passed": "budget_passed"}
_log = logging.getLogger(__name__)


class _AsksAlreadyError(Exception):
    """Another run, or another process for this one."""


class BudgetWatch:
    """One for a process; any number of them tell, ask and allow each thing once."""

    def __init__(self, database: Database, log: ActivityLog, queue: RunQueue) -> None:
        self._database = database
        self._log = log
        self._queue = queue
        self._runs = Runs(database)
        self._reported = ReportedRuns(database, log)

    def look(self, spenders: Iterable[Spender]) -> None:
        """At who has used something just now."""
        for spender in spenders:
            self._look_at(spender)

    def holds_back(self, run: RunRecord) -> bool:
        """Whether a run that would begin must not, for its budget is used up; it is paused then."""
        with self._database.read() as connection:
            found = spender_of(connection, run.key)
        return found is not None and self._look_at(found[0])

    def look_after_all(self) -> None:
        """At what people have decided, who is held, and what goes on without telling anything. For the supervisor."""
        for task in (self._take_answers, self._look_at_holds, self._look_at_minutes, self._hold_others):
            try:
                task()
            except DatabaseLostError:
                raise
            except Exception:  # what is wrong with one is no other's matter
                _log.exception("Budgets could not be looked after; trying again in a moment")

    def _look_at(self, spender: Spender) -> bool:
        """Whether it is held."""
        held = False
        with self._database.read() as connection:
            concerned = [
                (budget, Place(budget.key, subject, budget.period_at(now())))
                for budget in budgets_of(connection, spender.team_key)
                if (subject := subject_of(budget, spender)) is not None
            ]
        for budget, place in concerned:
            with self._database.read() as connection:
                amount, state = used(connection, budget, place.subject_key), state_of(connection, place)
            level = budget.level(amount, state.more if state is not None else 0)
            if level is None:
                continue
            words = budget.words(amount, state.more if state is not None else 0)
            if state is None or state.told not in {level, "passed"}:
                self._tell(place, level, words, spender, budget)
            if level == "passed" and budget.hard:
                held = self._hold(place, words, spender) or held
        return held

    def _tell(self, place: Place, level: Level, words: str, spender: Spender, budget: Budget) -> None:
        """Once, in the log of the session that has used it."""
        rest = "Ask an administrator of the team for more."
        if level == "near":
            rest = "Then it pauses, and asks." if budget.hard else "Nothing stops then; this is told once more."
        elif not budget.hard:
            rest = "Nothing stops."
        with self._database.write() as connection:
            if not note_told(connection, place, level):
                return
            session_id = connection.scalar(select(sessions.c.id).where(sessions.c.key == spender.session_key))
            if session_id is None:
                return
            event = Error(
                session_id=session_id, run_id=spender.run_id or None, code=_CODES[level], message=f"{words} {rest}"
            )
            try:
                receipt = self._log.append_within(connection, session_id, [event], spender.session_key)
            except SessionGoneError:
                return
        self._log.tell(receipt)

    def _hold(self, place: Place, words: str, spender: Spender) -> bool:
        """Pause a run of this server; ask the program to stop that reports another one. Whether it is paused."""
        if spender.kind == REPORTED:
            for told in self._runs.reported(spender.run_id) if spender.run_key else ():
                if told.key == spender.run_key and not told.ended:
                    self._reported.ask_to_stop(told)
            return False
        with self._database.write() as connection:
            run = find_run(connection, spender.run_id, lock=True)
            if run is None or run.ended or run.cancel_requested:
                return False
            hold(connection, place, run.key)
        self._queue.pause(run.id, reason=f"{words} Somebody has to decide whether it goes on.")
        self._ask(place, run.id)
        return True

    def _ask(self, place: Place, run_id: str) -> None:
        """People, in the session of this run, unless another one asks already."""
        with self._database.read() as connection:
            state, budget = state_of(connection, place), budget_with(connection, place.budget_key)
        if state is None or budget is None or state.approval_id is not None:
            return
        receipt = None
        with suppress(_AsksAlreadyError), self._database.write() as connection:
            run, amount = find_run(connection, run_id, lock=True), used(connection, budget, place.subject_key)
            if run is None or run.ended:
                return
            words = f"{budget.words(amount, state.more)} May it go on, with as much again?"
            of_team = budget.scope in ("agent", "user", "team")
            question = Question("Decide about the budget", words, _CHOICES, administrators=of_team)
            step = f"budget-{budget.key}-{place.subject_key}-{place.period}-{state.more}-{run.key}"
            key = spender_of(connection, run.key)
            if key is None:
                return
            asked = NewApproval(step, _AGENT, question, run.id)
            approval, is_new = add_approval(connection, key[0].session_key, asked)
            if not is_new or not note_asked(connection, place, approval.id, run.id):
                raise _AsksAlreadyError
            receipt = self._log.append_within(connection, run.session_id, [approval.waiting_event()])
        if receipt is not None:
            self._log.tell(receipt)

    def _take_answers(self) -> None:
        with self._database.read() as connection:
            states = asking(connection)
        for state in states:
            with self._database.read() as connection:
                approval = find_approval(connection, state.approval_id or "")
                budget = budget_with(connection, state.budget_key)
            if approval is not None and not approval.is_over:
                if budget is None or not self._is_over(budget, state.place):
                    self._withdraw(state)
                continue
            chosen = approval.choice if approval is not None else None
            if chosen == END and state.asking_run is not None:
                self._queue.cancel(state.asking_run)
            with self._database.write() as connection:
                note_answered(connection, state, budget.at_most if chosen == MORE and budget is not None else 0)

    def _withdraw(self, state: State) -> None:
        """Nobody needs the decision any more: there is more by now, or it is counted anew."""
        receipt = None
        with self._database.write() as connection:
            if state.asking_run is not None:
                find_run(connection, state.asking_run, lock=True)
            approval = find_approval(connection, state.approval_id or "")
            if approval is not None and end_approval(connection, approval, status="withdrawn"):
                ended = find_approval(connection, approval.id)
                assert ended is not None, "its row is ours until the transaction ends"
                receipt = self._log.append_within(connection, ended.session.id, [ended.end_event()], ended.session.key)
                note_answered(connection, state)
        if receipt is not None:
            self._log.tell(receipt)

    def _look_at_holds(self) -> None:
        with self._database.read() as connection:
            held = holds(connection)
        for one in held:
            with self._database.read() as connection:
                budget = budget_with(connection, one.budget_key)
            if one.ended:
                self._let_go(one)
            elif budget is None or not self._is_over(budget, one.place):
                self._queue.resume(one.run_id)
                self._let_go(one)
            elif not one.paused:  # somebody has resumed it: that is not for them to decide
                self._queue.pause(one.run_id, reason=self._words(budget, one.place))
            else:
                self._ask(one.place, one.run_id)

    def _let_go(self, held: Hold) -> None:
        with self._database.write() as connection:
            let_go(connection, held.run_key)

    def _look_at_minutes(self) -> None:
        with self._database.read() as connection:
            found = at_work_for_minutes(connection)
        self.look(spender for spender, _ in found)

    def _hold_others(self) -> None:
        """The questions that wait for their turn, while what they would use is used up."""
        with self._database.read() as connection:
            passed = hard_and_passed(connection)
        for budget, state in passed:
            if state.period == budget.period_at(now()) and self._is_over(budget, state.place):
                with self._database.read() as connection:
                    others = not_held(connection, budget, state.subject_key)
                for spender in others:
                    self._hold(state.place, self._words(budget, state.place), spender)

    def _is_over(self, budget: Budget, place: Place) -> bool:
        """Whether nothing more may be used now."""
        if budget.removed_at is not None or not budget.hard or place.period != budget.period_at(now()):
            return False
        with self._database.read() as connection:
            amount, state = used(connection, budget, place.subject_key), state_of(connection, place)
        return budget.level(amount, state.more if state is not None else 0) == "passed"

    def _words(self, budget: Budget, place: Place) -> str:
        with self._database.read() as connection:
            amount, state = used(connection, budget, place.subject_key), state_of(connection, place)
        return budget.words(amount, state.more if state is not None else 0)
