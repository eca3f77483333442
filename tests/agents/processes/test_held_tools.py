"""Rules of a team hold the calls of the built-in agents' tools: with real agent processes, which are killed."""

import io
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import agent_process, environment
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import ENDED_ACTIVITY, AgentActivity
from utils.sessions.approval import ApprovalRecord
from utils.sessions.approval_rules import ApprovalRules
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.documents import Documents
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

LOG = "The engine was rebuilt by Ada in 1957.\n\nThe harbour lies in the north."
CARGO = "The cargo was salt. Its owner was Max."


class Harbour:
    """A team with rules, a session with documents, and agent processes at will."""

    def __init__(
        self, stack: ExitStack, settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell,
        ada: UserRecord, folder: Path,
    ) -> None:  # fmt: skip
        self.log, self.runs, self.ada = log, Runs(database), ada
        self.queue, self.messages = RunQueue(database, log, doorbell), Messages(database)
        self.rules, self.approvals = ApprovalRules(database), Approvals(database, log, doorbell)
        self.documents = Documents(database)
        self.output = folder / "agents.log"
        self._stack = stack
        self._environment = environment(settings.data_path, lease_seconds=2)
        Sessions(database).create("s", owner=ada)
        for name, text in (("log.txt", LOG), ("cargo.txt", CARGO)):
            self.documents.add("s", name, io.BytesIO(text.encode()))

    def rule(self, tool: str, **more: Any) -> Any:
        fields = {"name": f"{tool} asks", "tool": tool, "effect": "ask", "decides": "session", "deciders": []}
        return self.rules.add(self.ada.team_key, self.ada, fields | more)

    def start(self) -> Any:
        return self._stack.enter_context(agent_process(self._environment, self.output))

    def ask(self, question: str = "Who rebuilt the engine?") -> str:
        requested = self.queue.request("s", question)
        assert requested is not None
        return requested[1].id

    def wait(self, run_id: str, status: str) -> RunRecord:
        def reached() -> RunRecord | None:
            run = self.runs.get(run_id)
            assert run is not None
            assert run.status == status or not run.ended, f"{run.status}: {run.reason}\n{self.output.read_text()}"
            return run if run.status == status else None

        wait_until(reached, 30, f"status {status}")
        run = self.runs.get(run_id)
        assert run is not None
        return run

    def asked(self, count: int = 1) -> list[ApprovalRecord]:
        wait_until(lambda: len(self.approvals.page(self.ada).items) == count, 30, "the questions")
        return list(self.approvals.page(self.ada).items)

    def decide(self, approval: ApprovalRecord, choice: str, comment: str | None = None) -> None:
        self.approvals.decide(approval.id, Decider(self.ada, "dashboard"), choice, None, comment)

    def steps(self, run_id: str) -> list[AgentActivity]:
        run = self.runs.get(run_id)
        assert run is not None
        told = self.log.run_events(run.session_id, run.id, run.first_seq)
        return [event for event in told if isinstance(event, AgentActivity)]

    def ends(self, run_id: str) -> dict[str, str]:
        return {one.action: one.status for one in self.steps(run_id) if one.status in ENDED_ACTIVITY}

    def answer(self, run_id: str) -> str:
        found = self.messages.answer_of(run_id)
        assert found is not None
        return found.content


@pytest.fixture
def harbour(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[Harbour]:
    with ExitStack() as stack:
        yield Harbour(stack, settings, database, log, doorbell, ada, tmp_path)


def test_a_run_waits_for_a_person_without_a_process_and_goes_on_once_after_a_kill(harbour: Harbour) -> None:
    harbour.rule("search_*")
    run_id = harbour.ask()
    first = harbour.start()
    approvals = harbour.asked()
    waiting = harbour.wait(run_id, "waiting")
    assert (waiting.owner, waiting.attempt) == (None, 1)
    [approval] = approvals
    assert approval.question == "Rule “search_* asks”: may Research Agent call search_documents?"
    assert approval.context["tool"] == "search_documents"
    first.send_signal(signal.SIGKILL)
    first.wait(20)
    harbour.decide(approval, "approve")
    harbour.start()
    ended = harbour.wait(run_id, "completed")
    assert (ended.attempt, ended.losses) == (2, 0)
    assert "Ada" in harbour.answer(run_id)
    told = Counter((step.action, step.status) for step in harbour.steps(run_id) if step.status != "in-progress")
    assert set(told.values()) == {1}, told
    assert harbour.ends(run_id)["Find evidence"] == "completed"
    assert [one for one in harbour.steps(run_id) if one.kind == "approval" and one.status == "completed"] != []


def test_what_a_person_refuses_is_left_out_and_the_answer_says_so(harbour: Harbour) -> None:
    """All that a step is about to do is asked at once; the rule is deleted meanwhile, and the decisions count."""
    rule = harbour.rule("read_document")
    harbour.start()
    run_id = harbour.ask()
    by_name = {one.context["input"]["document"]: one for one in harbour.asked(2)}
    harbour.rules.remove(harbour.ada.team_key, rule.id)
    harbour.decide(by_name["cargo.txt"], "reject", "It is secret.")
    harbour.decide(by_name["log.txt"], "approve")
    harbour.wait(run_id, "completed")
    ends = harbour.ends(run_id)
    assert (ends["Read log.txt"], ends["Read cargo.txt"]) == ("completed", "failed")
    answer = harbour.answer(run_id)
    assert "1957" in answer
    assert "Read cargo.txt: Ada refused this call of read_document: It is secret." in answer
    statuses = {one.name: one.status for one in harbour.documents.list("s")}
    assert statuses == {"log.txt": "read", "cargo.txt": "uploaded"}, "another run may ask again"


@pytest.mark.any_database
def test_a_rule_that_refuses_asks_nobody_and_a_run_without_anything_fails_with_its_words(harbour: Harbour) -> None:
    harbour.rule("read_document", effect="refuse", name="Nothing is read")
    run_id = harbour.ask()
    harbour.start()
    failed = harbour.wait(run_id, "failed")
    assert "Rule “Nothing is read” refuses calls of read_document." in (failed.reason or "")
    assert harbour.approvals.page(harbour.ada).items == []


@pytest.mark.any_database
def test_when_the_time_is_over_the_run_goes_on_without(harbour: Harbour) -> None:
    harbour.rule("calculate", expires_in=1)
    harbour.documents.add("s", "crew.csv", io.BytesIO(b"name,age\nAda,36\nMax,40\nFay,29\n"))
    run_id = harbour.ask("What is the mean age?")
    harbour.start()
    [approval] = harbour.asked()
    wait_until(lambda: harbour.approvals.expire_due() or harbour.approvals.page(harbour.ada, "expired").items, 20, "it")
    assert approval.context["tool"] == "calculate"
    harbour.wait(run_id, "completed")
    assert "Nobody approved this call of calculate, so it was refused." in harbour.answer(run_id)


@pytest.mark.any_database
def test_a_run_that_waits_for_a_person_is_stopped(harbour: Harbour) -> None:
    harbour.rule("search_documents")
    run_id = harbour.ask()
    harbour.start()
    harbour.asked()
    harbour.wait(run_id, "waiting")
    harbour.queue.cancel(run_id)
    harbour.wait(run_id, "cancelled")
    assert harbour.approvals.page(harbour.ada).items == []
    assert len(harbour.approvals.page(harbour.ada, "withdrawn").items) == 1


@pytest.mark.any_database
@pytest.mark.parametrize("question", ["Who rebuilt the engine?", "What is it?"])
def test_without_the_tools_that_look_into_documents_none_is_evidence(harbour: Harbour, question: str) -> None:
    """Nor are those that are so small that all of them is looked at, whatever words they use."""
    harbour.rule("search_documents", effect="refuse", name="No searching")
    harbour.rule("look_through_documents", effect="refuse")
    run_id = harbour.ask(question)
    harbour.start()
    failed = harbour.wait(run_id, "failed")
    assert "Rule “No searching” refuses calls of search_documents." in (failed.reason or "")
    assert harbour.messages.answer_of(run_id) is None


def test_an_approval_is_for_the_document_that_was_shown_and_for_no_other_of_its_name(harbour: Harbour) -> None:
    """Each is asked about for itself, when it is read and when its table is looked at and calculated with."""
    for age in (b"36", b"40"):
        harbour.documents.add("s", "crew.csv", io.BytesIO(b"name,age\nAda," + age + b"\nMax,29\n"))
    ids = {one.id for one in harbour.documents.list("s") if one.name.startswith("crew")}
    for tool in ("read_document", "look_at_table", "calculate"):
        harbour.rule(tool)
    harbour.start()
    harbour.ask("What is the mean age?")
    for tool, count in (("read_document", 4), ("look_at_table", 1), ("look_at_table", 1), ("calculate", 1)):
        approvals = harbour.asked(count)
        assert {one.context["tool"] for one in approvals} == {tool}
        about = {one.context["input"]["document_id"] for one in approvals}
        assert about & ids
        for one in approvals:
            harbour.decide(one, "approve")
    [last] = harbour.asked()
    assert {last.context["input"]["document_id"]} | about == ids
