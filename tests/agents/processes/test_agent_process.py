"""Agent processes, killed, stopped and frozen in the middle of real runs."""

import asyncio
import io
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from agents.models.llm import ChatModel
from agents.processes.agent_process import AgentProcess
from tests.model_server import ModelServer, Silence
from tests.support.processes import agent_process, environment
from tests.support.waiting import wait_until
from utils.database.base import Database, DatabaseLostError
from utils.log.activity_log import ActivityLog
from utils.log.events import (
    ENDED_ACTIVITY,
    AgentActivity,
    AgentMessage,
    AgentStatusUpdate,
    Error,
    LoggedEvent,
    RunUpdate,
    logged_event,
)
from utils.sessions.documents import Documents
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.sessions.turns import Room
from utils.settings import Settings

QUESTION = "How many passengers may the ferry carry in winter?"
NOTICE = b"# Notice\n\nIn winter the ferry may carry at most 84 passengers. Dogs travel free on the lower deck.\n"
CALLS = ("AnswerPlan", "tools", "text", "Verdicts")


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


class Machine:
    """A database with one session and a document in it, and agent processes at will."""

    def __init__(
        self, stack: ExitStack, settings: Settings, log: ActivityLog, runs: Runs, run_queue: RunQueue,
        sessions: Sessions, documents: Documents, model: ModelServer, folder: Path,
    ) -> None:  # fmt: skip
        self.log, self.runs, self.run_queue, self.model = log, runs, run_queue, model
        self.output = folder / "agents.log"
        self._stack = stack
        self._environment = environment(
            settings.data_path, lease_seconds=1, openai_api_key="test", openai_base_url=model.url, openai_model="tiny"
        )
        self._sessions, self._documents = sessions, documents
        self.add_session("s")

    def add_session(self, session_id: str) -> None:
        self._sessions.create(session_id)
        with (self.output.parent / "notice.md").open("wb+") as file:
            file.write(NOTICE)
            file.seek(0)
            self._documents.add(session_id, "notice.md", file)

    def start(self, **settings: object) -> "Agent":
        extra = {name.upper(): str(value) for name, value in settings.items()}
        return Agent(self._stack.enter_context(agent_process(self._environment | extra, self.output)))

    def ask(self, session_id: str = "s") -> str:
        requested = self.run_queue.request(session_id, QUESTION)
        assert requested is not None
        return requested[1].id

    def run(self, run_id: str) -> RunRecord:
        run = self.runs.get(run_id)
        assert run is not None
        return run

    def wait(self, run_id: str, status: str, seconds: float = 20) -> RunRecord:
        def reached() -> RunRecord | None:
            run = self.run(run_id)
            assert run.status == status or not run.ended, f"{run.status}: {run.reason}\n{self.output.read_text()}"
            return run if run.status == status else None

        run = wait_until(reached, seconds, f"status {status}")
        assert run is not None
        return run

    def wait_for_call(self, kind: str, count: int = 1) -> None:
        wait_until(lambda: self.model.kinds.count(kind) >= count, 20, f"call {count} of kind {kind}")

    def events(self, session_id: str = "s") -> list[LoggedEvent]:
        position = self.log.position(session_id)
        assert position is not None
        return [logged_event.validate_json(event.data()) for event in self.log.read(position.key, 0, 100_000)]


class Agent:
    def __init__(self, child: object) -> None:
        self._child = child

    def send(self, number: signal.Signals) -> None:
        self._child.send_signal(number)  # type: ignore[attr-defined]

    def wait(self) -> int:
        return int(self._child.wait(15))  # type: ignore[attr-defined]


@pytest.fixture
def machine(
    settings: Settings, database: Database, log: ActivityLog, runs: Runs, run_queue: RunQueue, sessions: Sessions,
    model: ModelServer, tmp_path: Path,
) -> Iterator[Machine]:  # fmt: skip
    with ExitStack() as stack:
        yield Machine(stack, settings, log, runs, run_queue, sessions, Documents(database), model, tmp_path)


def assert_told_once(events: list[LoggedEvent]) -> None:
    """Every step began once and ended once; the numbers have no hole; the run ended last, and once."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    activities = [event for event in events if isinstance(event, AgentActivity)]
    begun = Counter(event.activity_id for event in activities if event.status == "started")
    ended = Counter(event.activity_id for event in activities if event.status in ENDED_ACTIVITY)
    assert set(begun.values()) == {1}
    assert begun == ended
    ends = [
        event.status for event in events if isinstance(event, RunUpdate) and event.status not in ("queued", "running")
    ]
    assert len(ends) == 1
    assert isinstance(events[-1], RunUpdate)
    agents = {event.agent_name: event.status for event in events if isinstance(event, AgentStatusUpdate)}
    assert not {"working", "waiting"} & set(agents.values()), agents


def shown(events: list[LoggedEvent]) -> list[str]:
    texts: dict[str, str] = {}
    for event in events:
        if isinstance(event, AgentMessage):
            texts.pop(event.replaces or "", None)
            texts[event.message_id] = texts.get(event.message_id, "") + event.delta
    return list(texts.values())


def test_a_run_whose_process_is_killed_goes_on_elsewhere_and_tells_no_step_twice(machine: Machine) -> None:
    """Where else it may be cut off, tests/agents/test_resume.py tries."""
    machine.model.answer("text", Silence("In winter"))
    first = machine.start()
    run_id = machine.ask()
    machine.wait_for_call("text")
    first.send(signal.SIGKILL)
    machine.start()
    run = machine.wait(run_id, "completed")
    assert run.attempt == 2
    assert_told_once(machine.events())
    assert shown(machine.events()) == ["In winter the ferry may carry at most 84 passengers [1]."]
    final = [event for event in machine.events() if isinstance(event, AgentMessage) and event.final]
    assert [citation.document_name for citation in final[-1].citations or []] == ["notice.md"]
    assert machine.model.kinds.count("AnswerPlan") == 1, "what had ended before the kill does not run again"


def test_a_process_that_wakes_up_after_losing_its_lease_writes_no_more_and_goes_on_with_other_work(
    machine: Machine,
) -> None:
    machine.model.answer("text", Silence("Stale"))
    first = machine.start()
    run_id = machine.ask()
    machine.wait_for_call("text")
    first.send(signal.SIGSTOP)
    second = machine.start()
    machine.wait(run_id, "completed")
    head = len(machine.events())
    second.send(signal.SIGTERM)
    second.wait()
    first.send(signal.SIGCONT)
    machine.add_session("other")
    other = machine.ask("other")
    machine.wait(other, "completed")
    assert len(machine.events()) == head
    assert_told_once(machine.events())


@pytest.mark.any_database
def test_a_run_that_loses_process_after_process_fails_and_says_so(machine: Machine) -> None:
    machine.model.answer("AnswerPlan", Silence(), Silence())
    run_id = machine.ask()
    for calls in (1, 2):
        agent = machine.start(max_losses=2)
        machine.wait_for_call("AnswerPlan", calls)
        agent.send(signal.SIGKILL)
    machine.start(max_losses=2)
    run = machine.wait(run_id, "failed")
    assert "lost 2 times" in (run.reason or "")
    assert_told_once(machine.events())
    assert [event.code for event in machine.events() if isinstance(event, Error)] == ["process_lost"]


@pytest.mark.any_database
def test_a_run_that_waits_for_another_process_can_be_cancelled(machine: Machine) -> None:
    machine.model.answer("text", Silence("In winter"))
    first = machine.start()
    run_id = machine.ask()
    machine.wait_for_call("text")
    first.send(signal.SIGTERM)
    first.wait()
    machine.run_queue.cancel(run_id)
    assert machine.run(run_id).status == "cancelled"
    assert_told_once(machine.events())


def test_a_process_that_is_stopped_at_any_moment_leaves_no_run_without_an_owner(machine: Machine) -> None:
    for number in range(3):
        machine.add_session(f"s{number}")
        run_id = machine.ask(f"s{number}")
        agent = machine.start()
        if number:  # the first one is stopped as it starts, the others at work
            wait_until(lambda run_id=run_id: machine.run(run_id).attempt or machine.run(run_id).ended, 20, "a claim")
        agent.send(signal.SIGTERM)
        agent.wait()
        assert machine.run(run_id).status in ("queued", "completed")


def test_cancelling_stops_a_run_wherever_it_waits(machine: Machine) -> None:
    machine.start()
    for number, call in enumerate(CALLS):
        machine.add_session(call)
        machine.model.gone.clear()
        machine.model.answer(call, Silence("In winter"))
        calls = machine.model.kinds.count(call)
        run_id = machine.ask(call)
        machine.wait_for_call(call, calls + 1)
        machine.run_queue.cancel(run_id)
        machine.wait(run_id, "cancelled", seconds=5)
        assert machine.model.gone.wait(5), f"call {number} to the model server, for {call}, goes on"
        events = machine.events(call)
        assert_told_once(events)
        statuses = [e.status for e in events if isinstance(e, AgentActivity) and e.status in ENDED_ACTIVITY]
        assert statuses[-1] == "cancelled"


def test_a_process_that_is_asked_to_stop_gives_its_run_back_unharmed(machine: Machine) -> None:
    machine.model.answer("text", Silence())
    first = machine.start()
    run_id = machine.ask()
    machine.wait_for_call("text")
    first.send(signal.SIGTERM)
    assert first.wait() == 0
    assert machine.run(run_id).status == "queued"
    machine.start()
    run = machine.wait(run_id, "completed")
    assert (run.attempt, run.losses) == (2, 0)
    assert_told_once(machine.events())


def test_one_process_works_on_several_sessions_at_a_time_and_on_one_run_of_each(machine: Machine) -> None:
    machine.add_session("other")
    machine.model.answer("AnswerPlan", Silence(), Silence())
    machine.start()
    first, second, third = machine.ask(), machine.ask(), machine.ask("other")
    machine.wait_for_call("AnswerPlan", 2)
    assert [machine.run(run_id).status for run_id in (first, second, third)] == ["running", "queued", "running"]
    machine.run_queue.cancel(first)
    machine.wait(second, "completed")
    machine.run_queue.cancel(third)
    machine.wait(third, "cancelled")


def test_the_checkpoints_of_an_ended_run_are_gone_where_none_are_kept(
    machine: Machine, settings: Settings, database: Database
) -> None:
    def none_left() -> bool:
        if database.dialect == "sqlite":
            return not list((settings.data_path / "checkpoints").iterdir())
        with database.read() as connection:
            count = "SELECT (SELECT count(*) FROM checkpoints) + (SELECT count(*) FROM checkpoint_writes)"
            return connection.execute(text(count)).scalar() == 0

    machine.start(checkpoint_hours=0)
    machine.wait(machine.ask(), "completed")
    wait_until(none_left, 20, "removal of the checkpoints")


def ended(runs: Runs, run_id: str) -> RunRecord | None:
    run = runs.get(run_id)
    return run if run is not None and run.ended else None


@pytest.mark.anyio
async def test_a_stopping_process_closes_its_connections_to_the_model_server(
    settings: Settings,
    sessions: Sessions,
    runs: Runs,
    model: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
    run_queue: RunQueue,
) -> None:
    sessions.create("s")
    requested = run_queue.request("s", QUESTION)
    assert requested is not None
    closed: list[str] = []
    really_close = ChatModel.close

    async def close(model: ChatModel) -> None:
        closed.append(model.name)
        await really_close(model)

    monkeypatch.setattr(ChatModel, "close", close)
    address = {"openai_base_url": model.url, "openai_model": "keyless"}
    process = AgentProcess(settings.model_copy(update=address), "test")
    serving = asyncio.create_task(process.serve())
    await asyncio.to_thread(wait_until, lambda: ended(runs, requested[1].id), 20, "the end of the run")
    assert closed == []
    process._stop()
    await serving
    assert closed == ["keyless"]


@pytest.mark.any_database
@pytest.mark.anyio
async def test_a_claim_whose_answer_is_lost_costs_the_run_nothing(
    settings: Settings, sessions: Sessions, runs: Runs, monkeypatch: pytest.MonkeyPatch, run_queue: RunQueue
) -> None:
    sessions.create("s")
    requested = run_queue.request("s", QUESTION)
    assert requested is not None
    claim = RunQueue.claim

    def lost(self: RunQueue, owner: str, *, room: Room) -> None:
        monkeypatch.setattr(RunQueue, "claim", claim)
        assert claim(self, owner, room=room) is not None
        raise DatabaseLostError("The connection broke before the answer came.")

    monkeypatch.setattr(RunQueue, "claim", lost)
    process = AgentProcess(settings, "test")
    serving = asyncio.create_task(process.serve())

    run = await asyncio.to_thread(wait_until, lambda: ended(runs, requested[1].id), 20, "the end of the run")
    process._stop()
    await serving
    assert run is not None
    assert (run.status, run.attempt, run.losses) == ("completed", 2, 0)


@pytest.mark.any_database
@pytest.mark.anyio
async def test_an_outage_ends_with_a_write_and_not_with_a_read(settings: Settings, database: Database) -> None:
    """A standby reads: "that is over" and the next warning would follow each other every second."""
    process = AgentProcess(settings, "a")
    process._outage.goes_on("cannot execute UPDATE in a read-only transaction")
    assert await process._quickly(process._queue.running) == []
    await process._quickly(process._leases.look)
    assert process._outage.open
    seen = asyncio.create_task(process._keep_seen())
    await asyncio.to_thread(wait_until, lambda: not process._outage.open, 10, "the end of the outage")
    seen.cancel()
    process._listener.close()
    process._doorbell.close()
    process._database.close()


def test_a_broken_document_is_known_before_anybody_asks_and_told_by_the_run_too(
    machine: Machine, database: Database
) -> None:
    machine.start()
    documents = Documents(database)
    [broken] = documents.add_all("s", [("broken.pdf", io.BytesIO(b"%PDF-1.7 nothing"))], to_be_checked=True)
    wait_until(lambda: documents.get(broken.id).error, 20, "what is wrong with the document")
    machine.wait(machine.ask(), "completed")
    assert documents.get(broken.id).status == "failed"
    told = [event for event in machine.events() if isinstance(event, AgentActivity) and event.status == "failed"]
    assert "Read broken.pdf" in [event.action for event in told]
