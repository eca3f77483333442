"""Runs under whatever happens in whatever order: nobody works on a paused one, each has one owner, none is lost.

Made-up histories (Hypothesis) of questions that are claimed, lost, called, decided, paused, resumed, stopped,
ended and put in another order, alone and with everything of the team. What is expected is kept in a model beside, which
knows of no database.
"""

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.support.histories import histories
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.errors import StaleRunError
from utils.log.events import ENDED_RUN, RunUpdate
from utils.sessions.approval import ApprovalError, NewApproval, Question
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.hook_calls import HookCalls
from utils.sessions.pauses import Pauses
from utils.sessions.run_queue import RunQueue, Wishes
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions


@dataclass
class World:
    queue: RunQueue
    runs: Runs
    pauses: Pauses
    calls: HookCalls
    approvals: Approvals
    sessions: Sessions
    log: ActivityLog
    ada: UserRecord
    made: int = 0


class History(RuleBasedStateMachine):
    world: World
    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[str, RunRecord] = {}  # by whom the model says that they are worked on
        self._paused: dict[str, str] = {}  # with what
        self._team_paused = False
        self._stopping: set[str] = set()
        self._seen: dict[str, int] = {}  # calls that have arrived
        self._all: list[str] = []
        self._sessions: dict[str, str] = {}

    @initialize(target=asked, questions=st.lists(st.integers(0, 2), min_size=2, max_size=5))
    def ask_all(self, questions: list[int]) -> object:
        self.world.made += 1
        self.world.pauses.resume(self.world.ada.team_key, None, self.world.ada)
        while (left := self.world.queue.claim("before")) is not None:
            self.world.queue.finish(left, "completed")
        for number in sorted(set(questions)):
            self.world.sessions.create(f"s{self.world.made}-{number}", owner=self.world.ada)
        return multiple(*[self._ask(f"s{self.world.made}-{number}") for number in questions])

    def _ask(self, session_id: str) -> str:
        requested = self.world.queue.request(session_id, "Why?")
        assert requested is not None
        run_id = requested[1].id
        self._all.append(run_id)
        self._sessions[run_id] = session_id
        return run_id

    # What processes do

    @rule()
    def claim(self) -> None:
        run = self.world.queue.claim("me")
        if run is None or run.id not in self._all:
            return
        assert run.id not in self._paused, "a paused run is claimed"
        assert run.id in self._stopping or not self._team_paused, "a run of a paused team is claimed"
        assert run.id not in self._held, "it has two owners"
        same = [other for other in self._held if self._sessions[other] == self._sessions[run.id]]
        assert not same, "its session has two at work"
        assert self.world.queue.kept(run).newest_call >= self._seen.get(run.id, 0), "a call is lost"
        self._held[run.id] = run

    @rule(run_id=asked, seconds=st.sampled_from([0, 1000]), asks=st.booleans())
    def wait(self, run_id: str, seconds: int, asks: bool) -> None:
        if (run := self._held.pop(run_id, None)) is None:
            return
        self.world.made += 1
        step = f"step-{self.world.made}"
        question = [NewApproval(step, "Purser", Question("Pay", "Pay?"), run.id, None, step)] if asks else []
        kept = self.world.queue.kept(run)
        self.world.queue.wait(run, seconds, kept.newest_call, [], question, kept.over)

    @rule(run_id=asked)
    def lose(self, run_id: str) -> None:
        if (run := self._held.pop(run_id, None)) is None:
            return
        assert self.world.queue.take_back(self._now(run_id), max_losses=1000)
        with pytest.raises(StaleRunError):
            self.world.queue.beat(run)

    @rule(run_id=asked)
    def beat(self, run_id: str) -> None:
        if (run := self._held.get(run_id)) is not None:
            wishes = Wishes(stop=run_id in self._stopping, pause=run_id in self._paused)
            assert self.world.queue.beat(run) == wishes

    @rule(run_id=asked)
    def end(self, run_id: str) -> None:
        if (run := self._held.pop(run_id, None)) is not None:
            self.world.queue.finish(run, "cancelled" if run_id in self._stopping else "completed")
            self._paused.pop(run_id, None)

    # What the world does

    @rule(run_id=asked)
    def call(self, run_id: str) -> None:
        if self.world.calls.add(run_id, "status", b"{}", "text/plain") == "stored":
            self._seen[run_id] = self.world.calls.of_run(run_id)[-1].key

    @rule()
    def decide(self) -> None:
        for approval in self.world.approvals.page(self.world.ada, limit=1).items:
            try:
                self.world.approvals.decide(approval.id, Decider(self.world.ada, "dashboard"), "approve", None, None)
            except ApprovalError as error:
                raise AssertionError("it was open") from error

    # What people do

    @rule(run_id=asked)
    def pause(self, run_id: str) -> None:
        self.world.queue.pause(run_id, self.world.ada)
        if not self._now(run_id).ended and run_id not in self._stopping:
            self._paused.setdefault(run_id, "run")

    @rule(run_id=asked)
    def resume(self, run_id: str) -> None:
        self.world.queue.resume(run_id, self.world.ada)
        self._paused.pop(run_id, None)

    @rule(at_work=st.booleans())
    def pause_team(self, at_work: bool) -> None:
        before = {run_id: self._now(run_id) for run_id in self._all}
        self.world.pauses.pause(self.world.ada.team_key, None, self.world.ada, at_work=at_work)
        self._team_paused = True
        for run_id, run in before.items():
            if at_work and run.attempt > 0 and not run.ended and run_id not in self._stopping:
                self._paused.setdefault(run_id, "team")

    @rule()
    def resume_team(self) -> None:
        self.world.pauses.resume(self.world.ada.team_key, None, self.world.ada)
        self._team_paused = False
        self._paused = {run_id: what for run_id, what in self._paused.items() if what != "team"}

    @rule(run_id=asked)
    def stop(self, run_id: str) -> None:
        self.world.queue.cancel(run_id)
        self._paused.pop(run_id, None)
        if not self._now(run_id).ended:
            self._stopping.add(run_id)

    @rule(run_id=asked)
    def put_first(self, run_id: str) -> None:
        self.world.queue.reorder(self._sessions[run_id], [run_id])

    def _now(self, run_id: str) -> RunRecord:
        found = self.world.runs.get(run_id)
        assert found is not None
        return found

    # What is always so

    @invariant()
    def each_is_as_the_model_says_and_its_log_says_so(self) -> None:
        for run_id in self._all:
            run = self._now(run_id)
            assert (run.paused_at is not None) == (run_id in self._paused)
            assert (run.status == "running") == (run_id in self._held), "it has no owner, or one that nobody knows of"
            events = self.world.log.run_events(run.session_id, run.id, run.first_seq)
            told = [one.paused for one in events if isinstance(one, RunUpdate) and one.paused is not None]
            assert run.status in ENDED_RUN or (bool(told) and told[-1]) == (run_id in self._paused)

    def teardown(self) -> None:
        """None is lost: resumed, each ends when it is worked on."""
        for run_id in self._all:
            self.world.queue.resume(run_id, self.world.ada)
        self.world.pauses.resume(self.world.ada.team_key, None, self.world.ada)
        for run in self._held.values():
            self.world.queue.release(run)
        for run_id in self._all:  # what waits is called, so that it goes on
            self.world.calls.add(run_id, "status", b"{}", "text/plain")
        while (claimed := self.world.queue.claim("me")) is not None:
            self.world.queue.finish(claimed, "completed")
        assert [run_id for run_id in self._all if not self._now(run_id).ended] == []


def test_whatever_happens_a_paused_run_is_left_alone_and_none_is_lost(
    database: Database, log: ActivityLog, run_queue: RunQueue, runs: Runs, approvals: Approvals, sessions: Sessions,
    hook_calls: HookCalls, doorbell: Doorbell, ada: UserRecord,
) -> None:  # fmt: skip
    pauses = Pauses(database, run_queue, doorbell)
    History.world = World(run_queue, runs, pauses, hook_calls, approvals, sessions, log, ada)
    run_state_machine_as_test(History, settings=histories(30, steps=25))
