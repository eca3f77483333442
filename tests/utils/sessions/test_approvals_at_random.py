"""Approvals under whatever happens in whatever order: each is decided at most once, and told and noted as it was.

Made-up histories (Hypothesis) of questions, asked again and again, of people who decide, late, twice and at odds, of
answers that are lost on their way, of transactions that are cut off, of time, and of runs that go on and end. What is
expected is kept in a model beside, which knows of no database.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from tests.support.account import HASHED
from tests.support.clock import Clock
from tests.support.histories import histories
from utils.accounts.audit import Audit
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_user
from utils.database.base import Database
from utils.database.tables import runs as run_rows
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, RunUpdate
from utils.sessions.approval import ApprovalError, ApprovalRecord, NewApproval, Question
from utils.sessions.approval_rows import find_approval
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.sessions.waking import AT_ONCE

ENDS = {"decided": ["completed"], "expired": ["failed"], "withdrawn": ["cancelled"], "open": []}
CHOICES = st.sampled_from(["approve", "reject"])
PEOPLE = st.integers(0, 2)
SECONDS = st.sampled_from([None, 5, 50])


class CutOffError(Exception):
    """A process is killed before it commits."""


@dataclass
class World:
    database: Database
    log: ActivityLog
    queue: RunQueue
    approvals: Approvals
    sessions: Sessions
    reported: ReportedRuns
    people: list[UserRecord]
    clock: Clock
    made: int = 0

    def told(self, session_id: str) -> list[dict[str, Any]]:
        position = self.log.position(session_id)
        assert position is not None
        return [json.loads(event.data()) for event in self.log.read(position.key, 0)]


@dataclass
class Expected:
    """What the model knows of one approval. ``end``: status, who, choice."""

    approval: ApprovalRecord
    asked: NewApproval
    expires_at: float | None
    on_expiry: str | None
    end: tuple[str, int | None, str | None] = ("open", None, None)


@dataclass
class Run:
    """``id`` is that of the events; ``own``: of this server's queue."""

    session: str
    id: str
    own: bool
    ended: bool = False


class History(RuleBasedStateMachine):
    world: World
    runs = Bundle("runs")
    questions = Bundle("questions")

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._known: dict[str, Expected] = {}
        self._runs: list[Run] = []

    @initialize(target=runs, own=st.lists(st.booleans(), min_size=1, max_size=3))
    def begin(self, own: list[bool]) -> Any:
        for is_own in own:
            self.world.made += 1
            session = self.world.sessions.create(f"s{self.world.made}", owner=self.world.people[0])
            if is_own:
                requested = self.world.queue.request(session.id, "Why?")
                assert requested is not None
                self._runs.append(Run(session.id, requested[1].id, True))
            else:
                run_id = f"crew-{self.world.made}"
                self.world.reported.append(
                    session.id, session.key, [RunUpdate(session_id=session.id, run_id=run_id, status="running")]
                )
                self._runs.append(Run(session.id, run_id, False))
        return multiple(*self._runs)

    def teardown(self) -> None:
        """One pass ends a hundred at most: what this history leaves is not to keep later ones from theirs."""
        self.world.approvals.expire_due()

    # What programs and agents do

    @rule(target=questions, run=runs, seconds=SECONDS, set_choice=st.none() | CHOICES)
    def ask(self, run: Run, seconds: int | None, set_choice: str | None) -> Any:
        """An agent of this server asks as its run begins to wait, a program at any time."""
        self.world.made += 1
        on_expiry = set_choice if seconds is not None else None
        question = Question("Pay", f"Pay {self.world.made}?", expires_in=seconds, on_expiry=on_expiry)
        step = f"step-{self.world.made}"
        asked = NewApproval(step, "Purser", question, run.id, None, step if run.own else None)
        if run.own:
            claimed = self._claim(run)
            if claimed is None:
                return multiple()
            self.world.queue.wait(claimed, 1000, 0, [], [asked], self.world.queue.kept(claimed).over)
        else:
            session = self.world.sessions.get(run.session)
            assert session is not None
            if run.ended:
                with pytest.raises(ApprovalError, match="has ended"):
                    self.world.approvals.ask(run.session, session.key, asked)
                return multiple()
            self.world.approvals.ask(run.session, session.key, asked)
        [approval] = [one for one in self._open(run) if one.activity_id == step]
        due = self._now + seconds if seconds is not None else None
        self._known[approval.id] = Expected(approval, asked, due, on_expiry)
        return approval.id

    def _claim(self, run: Run) -> Any:
        """The run at work, if nothing keeps it from being."""
        with self.world.database.write() as connection:
            mine = run_rows.c.id == run.id, run_rows.c.status == "waiting"
            connection.execute(run_rows.update().where(*mine).values(wake_at=AT_ONCE))
        while (claimed := self.world.queue.claim("me")) is not None:
            if claimed.id == run.id:
                return claimed
            self.world.queue.wait(claimed, 1_000_000, 0, [], [], self.world.queue.kept(claimed).over)
        return None

    def _open(self, run: Run) -> list[ApprovalRecord]:
        return self.world.approvals.page(self.world.people[0], session_id=run.session, limit=200).items

    @rule(question=questions)
    def ask_again(self, question: str) -> None:
        """The answer was lost, or the program was started again."""
        known = self._known[question]
        session = known.approval.session
        if known.asked.name is not None:
            return
        run = next(run for run in self._runs if run.id == known.asked.run_id)
        if run.ended:
            return
        again, is_new = self.world.approvals.ask(session.id, session.key, known.asked)
        assert (again.id, is_new) == (question, False)

    @rule(run=consumes(runs), how=st.sampled_from(["finish", "cancel", "lose"]))
    def end(self, run: Run, how: str) -> None:
        if run.own:
            claimed = self._claim(run)
            if claimed is None:
                return
            if how == "finish":  # whoever ends it believes that nothing is decided yet
                self.world.queue.finish(claimed, "completed", None, self._believed_ends(run))
            elif how == "cancel":
                self.world.queue.cancel(run.id)
                self.world.queue.free(run.id)
            else:
                self.world.queue.take_back(claimed, 1)
        else:
            session = self.world.sessions.get(run.session)
            assert session is not None
            status = "completed" if how == "finish" else "cancelled"
            self.world.reported.append(
                run.session, session.key, [RunUpdate(session_id=run.session, run_id=run.id, status=status)]
            )
        run.ended = True
        for known in self._known.values():
            if known.asked.run_id == run.id and known.end[0] == "open":
                known.end = ("withdrawn", None, None)

    def _believed_ends(self, run: Run) -> list[AgentActivity]:
        return [
            AgentActivity(
                session_id=run.session, run_id=run.id, activity_id=known.asked.activity_id, agent_name="Purser",
                action="Pay", kind="approval", status="cancelled",
            )
            for known in self._known.values()
            if known.asked.run_id == run.id
        ]  # fmt: skip

    # What people do

    @rule(question=questions, person=PEOPLE, choice=CHOICES, lost=st.booleans())
    def decide(self, question: str, person: int, choice: str, lost: bool) -> None:
        """``lost``: the answer does not arrive, so that it is sent again."""
        known = self._known[question]
        self._let_expire(known)
        was_open = known.end[0] == "open"
        if was_open:
            known.end = ("decided", person, choice)
        for _ in range(2 if lost else 1):
            if known.end == ("decided", person, choice):
                decided = self._decide(question, person, choice)
                assert (decided.choice, decided.decider_key) == (choice, self.world.people[person].key)
            else:
                with pytest.raises(ApprovalError) as refused:
                    self._decide(question, person, choice)
                is_decided = known.end[0] == "decided"
                assert refused.value.code == ("already_decided" if is_decided else "approval_over")
        if was_open:
            self._assert_woken(known)

    @rule(question=questions, person=PEOPLE, choice=CHOICES)
    def decide_and_be_killed(self, question: str, person: int, choice: str) -> None:
        """Before the commit: nothing has happened."""
        append = self.world.log.append_within

        def cut_off(*arguments: Any) -> Any:
            append(*arguments)
            raise CutOffError

        self.world.log.append_within = cut_off  # type: ignore[method-assign]
        try:
            self._decide(question, person, choice)
        except (CutOffError, ApprovalError):
            pass
        finally:
            self.world.log.append_within = append  # type: ignore[method-assign]

    def _decide(self, question: str, person: int, choice: str) -> ApprovalRecord:
        by = Decider(self.world.people[person], "dashboard")
        decided = self.world.approvals.decide(question, by, choice, None, None)
        assert decided is not None
        return decided

    # What time does

    @rule(seconds=st.sampled_from([1, 4, 30]))
    def time_passes(self, seconds: int) -> None:
        self._now += seconds
        self.world.clock.move(seconds=seconds)

    @rule()
    def expire(self) -> None:
        self.world.approvals.expire_due()
        for known in self._known.values():
            before = known.end
            self._let_expire(known)
            if before != known.end:
                self._assert_woken(known)

    def _let_expire(self, known: Expected) -> None:
        if known.end[0] == "open" and known.expires_at is not None and known.expires_at <= self._now:
            chosen = known.on_expiry
            known.end = ("decided", None, chosen) if chosen is not None else ("expired", None, None)

    def _assert_woken(self, known: Expected) -> None:
        with self.world.database.read() as connection:
            mine = run_rows.c.id == known.asked.run_id, run_rows.c.status == "waiting"
            assert connection.scalars(select(run_rows.c.wake_at).where(*mine)).first() in (None, AT_ONCE)

    # What is always so

    @precondition(lambda self: self._known)
    @invariant()
    def each_is_told_and_noted_as_it_was_decided(self) -> None:
        noted = [
            line.subject for line in Audit(self.world.database).page(self.world.people[0].team_key, limit=1000).items
            if line.action == "approval decided"
        ]  # fmt: skip
        told = {run.session: self.world.told(run.session) for run in self._runs}
        for id, known in self._known.items():
            steps = [
                one for one in told[known.approval.session.id] if one.get("activity_id") == known.asked.activity_id
            ]
            statuses = [one["status"] for one in steps]
            with self.world.database.read() as connection:
                stored = find_approval(connection, id)
            assert stored is not None
            due = known.end[0] == "open" and known.expires_at is not None and known.expires_at <= self._now
            assert due or stored.status == known.end[0]
            assert statuses == ["waiting", *ENDS[stored.status]], "each is told once, and ends once"
            assert sum(f": {id} in" in line for line in noted) == (stored.status == "decided")
            if stored.status == "decided":
                _, person, choice = known.end
                key = self.world.people[person].key if person is not None else None
                assert (stored.choice, stored.decider_key) == (choice, key), "it never changes"
                assert steps[-1]["output"]["choice"] == choice


def test_whatever_happens_each_is_decided_at_most_once_and_told_as_it_was(
    database: Database, log: ActivityLog, run_queue: RunQueue, approvals: Approvals, sessions: Sessions,
    ada: UserRecord, clock: Clock, add: Callable[..., UserRecord],
) -> None:  # fmt: skip
    clock.stop()
    reported = ReportedRuns(database, log)
    people = [ada, add("Max"), add("Vera")]
    History.world = World(database, log, run_queue, approvals, sessions, reported, people, clock)
    run_state_machine_as_test(History, settings=histories(30, steps=25))


@pytest.fixture
def add(database: Database, ada: UserRecord) -> Callable[..., UserRecord]:
    def add(name: str) -> UserRecord:
        with database.write() as connection:
            return add_user(connection, ada.team_key, f"{name.lower()}@example.org", name, "administrator", HASHED)

    return add
