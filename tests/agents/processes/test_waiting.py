"""Runs whose work goes on in a system outside: nobody holds them, nothing is started twice, nothing told twice.

With real agent processes, which are killed, and a real system outside over HTTP.
"""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.foreign_server import ForeignServer, Received, answer, json_answer
from tests.support.patient.kinds.patient import KIND, PatientConfiguration
from tests.support.processes import agent_process, environment
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, AgentMessage, LoggedEvent, RunUpdate
from utils.project import PROJECT
from utils.registry.agent_registry import AgentRegistry
from utils.registry.kinds import Kinds
from utils.registry.server_key import ServerKey
from utils.sessions.approval import ApprovalError, ApprovalRecord
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.hook_calls import HookCalls
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

FOLDER = PROJECT / "tests" / "support" / "patient"
WORKS_OUTSIDE = "The work goes on outside."


class Outside:
    """A database, a system outside, and agent processes at will."""

    def __init__(
        self, stack: ExitStack, settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell,
        ada: UserRecord, folder: Path,
    ) -> None:  # fmt: skip
        self.log, self.runs, self.queue = log, Runs(database), RunQueue(database, log, doorbell)
        self.messages, self.calls = Messages(database), HookCalls(database, doorbell)
        self.approvals, self.ada = Approvals(database, log, doorbell), ada
        self.kept, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.stopped_as: Callable[[Received], Iterator[bytes]] = lambda _: json_answer("acknowledged")
        self.system = stack.enter_context(
            ForeignServer(
                {
                    ("POST", "/start"): lambda _: json_answer({"id": "work-1"}),
                    ("GET", "/kept"): self._hold,
                    ("GET", "/for-ever"): self._for_ever,
                    ("POST", "/stop"): self._stop,
                }
            )
        )
        self.output = folder / "agents.log"
        self._stack, self._sessions = stack, Sessions(database)
        self._registry = AgentRegistry(database, lambda: ServerKey.of(settings), Kinds([KIND]))
        self._environment = environment(
            settings.data_path, lease_seconds=2, public_url="https://ringside.example.org",
            pythonpath=f"{FOLDER}:{PROJECT}",
        )  # fmt: skip

    def _hold(self, _: Received) -> Iterator[bytes]:
        self.kept.set()
        self.go_on.wait(20)
        return json_answer({})

    def _for_ever(self, call: Received) -> Iterator[bytes]:
        self.kept.set()
        call.server.stopping.wait(30)
        return json_answer({})

    def _stop(self, call: Received) -> Iterator[bytes]:
        return self.stopped_as(call)

    def start(self, **settings: object) -> Any:
        extra = {name.upper(): str(value) for name, value in settings.items()}
        return self._stack.enter_context(agent_process(self._environment | extra, self.output))

    def ask(self, session_id: str = "s", question: str = "How is it going?", **configuration: Any) -> str:
        if self._sessions.get(session_id) is None:
            given = PatientConfiguration(kind="patient", address=self.system.url, **configuration)
            agent = self._registry.create(self.ada.team_key, name=f"Patient {session_id}", configuration=given)
            self._sessions.create(session_id, owner=self.ada, agent_key=agent.key)
        requested = self.queue.request(session_id, question)
        assert requested is not None
        return requested[1].id

    def run(self, run_id: str) -> RunRecord:
        run = self.runs.get(run_id)
        assert run is not None
        return run

    def wait(self, run_id: str, status: str) -> RunRecord:
        def reached() -> bool:
            run = self.run(run_id)
            assert run.status == status or not run.ended, f"{run.status}: {run.reason}\n{self.output.read_text()}"
            return run.status == status

        wait_until(reached, 20, f"status {status}")
        return self.run(run_id)

    def call(self, run_id: str, body: bytes = b"It is done.", name: str = "done") -> None:
        assert self.calls.add(run_id, name, body, "text/plain") == "stored"

    def events(self, run_id: str) -> list[LoggedEvent]:
        run = self.run(run_id)
        return list(self.log.run_events(run.session_id, run.id, run.first_seq))

    def statuses(self, run_id: str) -> list[str]:
        return [event.status for event in self.events(run_id) if isinstance(event, RunUpdate) and event.model is None]

    def assert_told_once(self, run_id: str, answered: str = "It is done.") -> None:
        """Each step began and ended once, the work was started once, and the answer is there once."""
        steps = [event for event in self.events(run_id) if isinstance(event, AgentActivity)]
        seen = Counter((step.action, step.status) for step in steps if step.status != "in-progress")
        assert set(seen.values()) == {1}, seen
        assert {action for action, _ in seen} == {"Answer the question", "Start the work", "Wait for the result"}
        assert len(self.system.asked("POST", "/start")) == 1
        texts = "".join(event.delta for event in self.events(run_id) if isinstance(event, AgentMessage))
        assert texts == answered
        answer = self.messages.answer_of(run_id)
        assert answer is not None
        assert answer.content == answered


@pytest.fixture
def outside(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[Outside]:
    with ExitStack() as stack:
        yield Outside(stack, settings, database, log, doorbell, ada, tmp_path)


def test_a_run_waits_without_a_process_and_a_call_wakes_it(outside: Outside) -> None:
    run_id = outside.ask()
    outside.start()
    waiting = outside.wait(run_id, "waiting")
    assert (waiting.owner, waiting.attempt, waiting.losses) == (None, 1, 0)
    [started] = outside.system.asked("POST", "/start")
    address = started.json()["callback"]
    assert address.startswith(f"https://ringside.example.org/api/hooks/{run_id}/")
    assert outside.statuses(run_id) == ["queued", "running", "waiting"]
    reasons = [event.reason for event in outside.events(run_id) if isinstance(event, RunUpdate)]
    assert reasons[-1] == WORKS_OUTSIDE
    outside.call(run_id)
    outside.wait(run_id, "completed")
    outside.assert_told_once(run_id)
    assert outside.statuses(run_id) == ["queued", "running", "waiting", "running", "completed"]
    assert outside.calls.of_run(run_id) == [], "what arrived goes with the end of the run"


def test_looks_that_find_nothing_are_not_told(outside: Outside) -> None:
    run_id = outside.ask(patience=0.01)
    outside.start()
    wait_until(lambda: outside.run(run_id).attempt > 4, 20, "some looks")
    outside.call(run_id)
    outside.wait(run_id, "completed")
    outside.assert_told_once(run_id)
    assert outside.statuses(run_id) == ["queued", "running", "waiting", "running", "completed"]
    assert outside.run(run_id).losses == 0


def test_a_process_killed_right_after_it_kept_what_it_started_starts_nothing_twice(outside: Outside) -> None:
    outside.go_on.clear()
    run_id = outside.ask()
    first = outside.start()
    assert outside.kept.wait(20)
    first.send_signal(signal.SIGKILL)
    outside.go_on.set()
    outside.start()
    waiting = outside.wait(run_id, "waiting")
    assert (waiting.attempt, waiting.losses) == (2, 1)
    outside.call(run_id)
    outside.wait(run_id, "completed")
    outside.assert_told_once(run_id)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_waits_survives_the_end_of_every_process(outside: Outside, number: signal.Signals) -> None:
    run_id = outside.ask()
    first = outside.start()
    outside.wait(run_id, "waiting")
    first.send_signal(number)
    first.wait(20)
    outside.call(run_id)
    assert outside.run(run_id).status == "waiting"
    outside.start()
    ended = outside.wait(run_id, "completed")
    assert (ended.attempt, ended.losses) == (2, 0)
    outside.assert_told_once(run_id)


def test_a_call_that_arrives_before_the_run_waits_is_not_lost(outside: Outside) -> None:
    outside.go_on.clear()
    run_id = outside.ask()
    outside.start()
    assert outside.kept.wait(20)
    outside.call(run_id)
    outside.go_on.set()
    outside.wait(run_id, "completed")
    outside.assert_told_once(run_id)


def test_a_waiting_run_keeps_its_sessions_place_and_leaves_its_own_to_other_sessions(outside: Outside) -> None:
    first = outside.ask("s")
    outside.start(agent_concurrency=1, max_runs_per_team=1)
    outside.wait(first, "waiting")
    second, other = outside.ask("s"), outside.ask("t")
    outside.wait(other, "waiting")
    assert outside.run(second).status == "queued"
    outside.call(first)
    outside.wait(first, "completed")
    outside.wait(second, "waiting")


@pytest.mark.parametrize(
    ("answering", "reason"),
    [
        (lambda _: json_answer("acknowledged"), "Stopped; The patient system confirmed it."),
        (
            lambda _: json_answer("no longer listening"),
            "Stopped here; The patient system goes on, and nobody listens.",
        ),
        (lambda _: json_answer("failed"), "Stopped here; The patient system could not be told and may go on."),
        (
            lambda _: answer(403),
            "Stopped here; The patient system could not be told: The patient system does not allow this (403). Check "
            "the rights of the agent's secret.",
        ),
    ],
    ids=["acknowledged", "no longer listening", "failed", "refused"],
)
def test_a_waiting_run_is_stopped_outside_and_says_with_what_outcome(
    outside: Outside, answering: Callable[[Received], Iterator[bytes]], reason: str
) -> None:
    outside.stopped_as = answering
    run_id = outside.ask()
    outside.start()
    outside.wait(run_id, "waiting")
    outside.queue.cancel(run_id)
    ended = outside.wait(run_id, "cancelled")
    assert ended.reason == reason
    # Once, or again by another process where the machine was too busy to keep the lease.
    assert {call.json()["id"] for call in outside.system.asked("POST", "/stop")} == {"work-1"}
    steps = {event.action: event.status for event in outside.events(run_id) if isinstance(event, AgentActivity)}
    assert steps == {
        "Answer the question": "cancelled", "Start the work": "completed", "Wait for the result": "cancelled",
    }  # fmt: skip
    assert outside.calls.add(run_id, "done", b"late", "text/plain") == "ended"


def test_a_running_run_is_stopped_outside_too(outside: Outside) -> None:
    run_id = outside.ask(holds_on=True)
    outside.start()
    wait_until(lambda: outside.system.asked("GET", "/for-ever"), 20, "the work")
    outside.queue.cancel(run_id)
    assert outside.wait(run_id, "cancelled").reason == "Stopped; The patient system confirmed it."


def test_a_waiting_run_is_stopped_although_the_process_has_its_hands_full(outside: Outside) -> None:
    waiting = outside.ask("s")
    outside.start(agent_concurrency=1, max_runs_per_team=1)
    outside.wait(waiting, "waiting")
    outside.ask("t", holds_on=True)
    wait_until(lambda: outside.system.asked("GET", "/for-ever"), 20, "the work of the other")
    outside.queue.cancel(waiting)
    outside.wait(waiting, "cancelled")


def test_a_process_killed_while_it_stops_leaves_the_stop_to_another_also_at_the_last_loss(outside: Outside) -> None:
    asked = threading.Event()

    def hangs_once(call: Received) -> Iterator[bytes]:
        if not asked.is_set():
            asked.set()
            call.server.stopping.wait(30)
        return json_answer("acknowledged")

    outside.stopped_as = hangs_once
    run_id = outside.ask()
    first = outside.start(max_losses=1)
    outside.wait(run_id, "waiting")
    outside.queue.cancel(run_id)
    assert asked.wait(20)
    first.send_signal(signal.SIGKILL)
    outside.start(max_losses=1)
    assert outside.wait(run_id, "cancelled").reason == "Stopped; The patient system confirmed it."


# What people are asked


def asked(outside: Outside, run_id: str) -> ApprovalRecord:
    wait_until(lambda: outside.approvals.page(outside.ada).items, 20, "the question")
    [approval] = outside.approvals.page(outside.ada).items
    assert approval.run_id == run_id
    return approval


def assert_asked_once(outside: Outside, run_id: str, end: str) -> None:
    steps = [one for one in outside.events(run_id) if isinstance(one, AgentActivity) and one.kind == "approval"]
    assert [one.status for one in steps] == ["waiting", end]
    assert len({one.activity_id for one in steps}) == 1
    assert len(outside.system.asked("POST", "/start")) == 1


def decide(outside: Outside, approval: ApprovalRecord, choice: str = "approve") -> None:
    outside.approvals.decide(approval.id, Decider(outside.ada, "dashboard"), choice, None, None)


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_run_asks_a_person_and_goes_on_with_what_they_decide(outside: Outside, choice: str) -> None:
    run_id = outside.ask(asks="Shall we sail?")
    outside.start()
    approval = asked(outside, run_id)
    waiting = outside.wait(run_id, "waiting")
    assert (waiting.owner, approval.question, approval.agent_name) == (None, "Shall we sail?", "Patient s")
    decide(outside, approval, choice)
    outside.wait(run_id, "completed")
    answer = outside.messages.answer_of(run_id)
    assert answer is not None
    assert answer.content == f"decided: {choice} by Ada"
    assert_asked_once(outside, run_id, "completed")


def test_looks_without_a_decision_ask_nobody_again(outside: Outside) -> None:
    run_id = outside.ask(asks="Shall we sail?", patience=0.01)
    outside.start()
    approval = asked(outside, run_id)
    wait_until(lambda: outside.run(run_id).attempt > 4, 20, "some looks")
    decide(outside, approval)
    outside.wait(run_id, "completed")
    assert_asked_once(outside, run_id, "completed")


def test_a_decision_is_found_by_whichever_process_goes_on(outside: Outside) -> None:
    run_id = outside.ask(asks="Shall we sail?")
    first = outside.start()
    approval = asked(outside, run_id)
    outside.wait(run_id, "waiting")
    first.send_signal(signal.SIGKILL)
    first.wait(20)
    decide(outside, approval)
    outside.start()
    outside.wait(run_id, "completed")
    assert_asked_once(outside, run_id, "completed")


def test_when_nobody_decides_in_time_the_run_goes_on(outside: Outside, clock: Clock) -> None:
    run_id = outside.ask(asks="Shall we sail?")
    outside.start()
    asked(outside, run_id)
    outside.wait(run_id, "waiting")
    clock.move(seconds=601)
    outside.approvals.expire_due()
    outside.wait(run_id, "completed")
    answer = outside.messages.answer_of(run_id)
    assert answer is not None
    assert answer.content == "expired: None by None"
    assert_asked_once(outside, run_id, "failed")


def test_a_run_that_is_stopped_needs_no_decision(outside: Outside) -> None:
    run_id = outside.ask(asks="Shall we sail?")
    outside.start()
    approval = asked(outside, run_id)
    outside.wait(run_id, "waiting")
    outside.queue.cancel(run_id)
    outside.wait(run_id, "cancelled")
    assert_asked_once(outside, run_id, "cancelled")
    with pytest.raises(ApprovalError, match="Nobody needs this decision any more"):
        decide(outside, approval)
