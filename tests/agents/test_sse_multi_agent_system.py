"""A run that is cut off anywhere and goes on later tells the same story as one that was not."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.backends.base import RestartPoint
from agents.backends.graph_restarts import find
from agents.backends.kinds import KINDS
from agents.backends.opening import Backends
from agents.checkpoints.checkpoints import open_checkpoints
from agents.errors import AgentError
from agents.sample import SAMPLE_QUESTION, sample_files
from agents.sse_multi_agent_system import SseMultiAgentSystem, _Seen
from agents.telling.record_queue import RecordQueue
from tests.support.backends import resources
from utils.accounts.error_log import ErrorLog
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import (
    ENDED_ACTIVITY,
    AgentActivity,
    AgentMessage,
    AgentStatusUpdate,
    Error,
    LoggedEvent,
    logged_event,
)
from utils.log.store import Fence
from utils.registry.agent_registry import AgentRegistry
from utils.registry.hook_addresses import HookAddresses
from utils.registry.server_key import ServerKey
from utils.sessions.documents import Documents
from utils.sessions.hook_calls import HookCalls
from utils.sessions.messages import Messages
from utils.sessions.restart import Restart
from utils.sessions.run_messages import RunMessages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.budget_watch import BudgetWatch
from utils.sse_emitter import SseEmitter

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("read_once")]
MakeSystem = Callable[[], SseMultiAgentSystem]


class _SlowEmitter(SseEmitter):
    """A disk that takes its time: whatever runs ahead of the log is seen."""

    def emit_all(self, events: list[LoggedEvent], fence: Fence | None = None) -> int:
        time.sleep(0.02)
        return super().emit_all(events, fence)


@pytest.fixture
async def make_system(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, run_queue: RunQueue,
    run_messages: RunMessages, monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[MakeSystem]:  # fmt: skip
    checkpoints = open_checkpoints(settings, database)
    await checkpoints.open()
    monkeypatch.setattr("agents.sse_multi_agent_system.SseEmitter", _SlowEmitter)

    shared = resources(settings, database, checkpoints)
    backends = Backends(AgentRegistry(database, lambda: ServerKey.of(settings), KINDS), shared)

    def make() -> SseMultiAgentSystem:
        addresses = HookAddresses(None, lambda: ServerKey.of(settings))
        return SseMultiAgentSystem(
            log, run_queue, Messages(database), run_messages, backends, shared, HookCalls(database, doorbell),
            addresses, Bookkeeping(database), BudgetWatch(database, log, run_queue),
        )  # fmt: skip

    yield make
    await checkpoints.close()


@pytest.fixture
def claim(database: Database, run_queue: RunQueue, sessions: Sessions) -> Callable[[str], RunRecord]:
    def ask(session_id: str) -> RunRecord:
        sessions.create(session_id)
        documents = Documents(database)
        for path in sample_files():
            with path.open("rb") as file:
                documents.add(session_id, path.name, file)
        assert run_queue.request(session_id, SAMPLE_QUESTION)
        run = run_queue.claim("test")
        assert run is not None
        return run

    return ask


def _story(log: ActivityLog, session_id: str) -> dict[str, Any]:
    """What a screen shows at the end: steps and how they ended, agents and what they are, the answer."""
    position = log.position(session_id)
    assert position is not None
    events = [logged_event.validate_json(event.data()) for event in log.read(position.key, 0, 10_000)]
    ends = [e for e in events if isinstance(e, AgentActivity) and e.status in ENDED_ACTIVITY]
    texts: dict[str, str] = {}
    citations: list[Any] = []
    for event in events:
        if isinstance(event, AgentMessage):
            texts.pop(event.replaces or "", None)
            texts[event.message_id] = texts.get(event.message_id, "") + event.delta
            citations = [citation.quote for citation in event.citations or []] if event.final else citations
    return {
        "steps": sorted((end.agent_name, end.action, end.status) for end in ends),
        "agents": {e.agent_name: e.status for e in events if isinstance(e, AgentStatusUpdate)},
        "answer": list(texts.values()),
        "citations": citations,
    }


class _Cut:
    """Counts saved checkpoints, and tells when the wanted one is saved."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.saved, self.wanted, self.reached = 0, 0, asyncio.Event()
        kind: Any = AsyncSqliteSaver if database.dialect == "sqlite" else AsyncPostgresSaver
        save = kind.aput

        async def aput(saver: Any, *arguments: Any) -> Any:
            config = await save(saver, *arguments)
            self.saved += 1
            if self.saved == self.wanted:
                self.reached.set()
            return config

        monkeypatch.setattr(kind, "aput", aput)


async def test_cut_after_any_checkpoint_and_resumed_the_story_is_the_same(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], log: ActivityLog, run_queue: RunQueue,
    database: Database, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    cut = _Cut(database, monkeypatch)
    await make_system().answer(claim("whole"))
    whole, checkpoints = _story(log, "whole"), cut.saved
    assert len(whole["citations"]) == 3
    # Where the graph is cut is nothing to the database: once it is done at every place, elsewhere at some.
    for wanted in range(1, checkpoints + 1, 1 if database.dialect == "sqlite" else 5):
        session_id = f"cut-{wanted}"
        cut.saved, cut.wanted, cut.reached = 0, wanted, asyncio.Event()
        run = claim(session_id)
        answering = asyncio.create_task(make_system().answer(run))
        await asyncio.wait({answering, asyncio.create_task(cut.reached.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
            run_queue.release(run)
            again = run_queue.claim("test")
            assert again is not None
            await make_system().answer(again)
        assert _story(log, session_id) == whole, f"cut after checkpoint {wanted} of {checkpoints}"


async def test_paused_after_any_checkpoint_and_resumed_the_story_is_the_same(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], log: ActivityLog, run_queue: RunQueue, runs: Runs,
    database: Database, ada: UserRecord, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    cut = _Cut(database, monkeypatch)
    await make_system().answer(claim("whole"))
    whole, checkpoints = _story(log, "whole"), cut.saved
    pauses = 0
    for wanted in range(1, checkpoints + 1, 2 if database.dialect == "sqlite" else 6):
        session_id = f"paused-{wanted}"
        cut.saved, cut.wanted, cut.reached = 0, wanted, asyncio.Event()
        run = claim(session_id)
        answering = asyncio.create_task(make_system().answer(run, cut.reached))
        reached = asyncio.create_task(cut.reached.wait())
        await asyncio.wait({answering, reached}, return_when=asyncio.FIRST_COMPLETED)
        run_queue.pause(run.id, ada)
        await answering
        saved, paused = cut.saved, runs.get(run.id)
        assert paused is not None
        if not paused.ended:
            pauses += 1
            assert (paused.status, paused.wake_at, paused.owner, paused.reason) == (
                "waiting", None, None, "Paused by Ada.",
            )  # fmt: skip
            assert run_queue.claim("test") is None
            run_queue.resume(run.id, ada)
            again = run_queue.claim("test")
            assert again is not None
            await make_system().answer(again)
            assert saved >= wanted, "it goes on from what was saved"
        assert _story(log, session_id) == whole, f"paused after checkpoint {wanted} of {checkpoints}"
    assert pauses > 1


async def test_what_people_say_is_read_once_and_each_step_is_given_all_of_it(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], run_messages: RunMessages, ada: UserRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """However long the agents were told things: a step reads what is new. Two may ask at the same moment."""
    run, taken, take = claim("s1"), list[str](), run_messages.take

    def taking(*asked: Any) -> Any:
        found = take(*asked)
        taken.extend(one.id for one in found)
        return found

    monkeypatch.setattr(run_messages, "take", taking)
    job = await make_system()._job(run, RecordQueue(), _Seen(), asyncio.Event())
    for number in range(3):
        run_messages.send(run, f"m{number}", "Mind the fog.", ada, reads=True)
        told = await asyncio.gather(job.messages(), job.messages())
        assert [[one.id for one in some] for some in told] == [[f"m{n}" for n in range(number + 1)]] * 2
    assert taken == ["m0", "m1", "m2"]


async def test_a_log_that_cannot_store_stops_the_run_and_leaves_it_to_others(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from utils.log.errors import StorageFullError

    run, system = claim("full"), make_system()
    told = 0

    def emit_all(events: list[LoggedEvent], fence: Fence | None = None) -> int:
        nonlocal told
        told += 1
        if told > 3:
            raise StorageFullError("The disk is full.")
        return 0

    monkeypatch.setattr(system._emitter, "emit_all", emit_all)
    with pytest.raises(StorageFullError):
        await asyncio.wait_for(system.answer(run), 20)
    now = runs.get(run.id)
    assert now is not None
    assert now.status == "running"


async def test_a_finish_that_cannot_be_stored_does_not_make_a_good_run_a_failed_one(
    make_system: MakeSystem,
    claim: Callable[[str], RunRecord],
    runs: Runs,
    monkeypatch: pytest.MonkeyPatch,
    run_queue: RunQueue,
) -> None:
    import pysqlite3
    from sqlalchemy.exc import OperationalError

    from utils.log.errors import NotStoredError

    run, system = claim("late"), make_system()

    def finish(*_arguments: Any, **_options: Any) -> None:
        raise OperationalError("COMMIT", {}, pysqlite3.OperationalError("disk I/O error"))

    with monkeypatch.context() as broken:
        broken.setattr(RunQueue, "finish", finish)
        with pytest.raises(NotStoredError):
            await system.answer(run)
    now = runs.get(run.id)
    assert now is not None
    assert now.status == "running"
    run_queue.release(run)
    again = run_queue.claim("test")
    assert again is not None
    await make_system().answer(again)
    ended = runs.get(run.id)
    assert ended is not None
    assert ended.status == "completed"


@pytest.mark.parametrize(
    ("failure", "kept"),
    [
        (AgentError("model_unauthorised", "Check the key."), [("error", "model_unauthorised", "Check the key.")]),
        (AgentError("model_busy", "Later.", retryable=True), [("warning", "model_busy", "Later.")]),
        (AgentError("model_too_long", "Ask a narrower question."), []),
        (AgentError("no_readable_document", "letter.pdf is empty."), []),
        (ValueError("a secret detail"), [("error", "internal_error", None)]),
    ],
    ids=str,
)
async def test_a_failed_run_is_in_the_error_log_unless_it_is_its_users_own_matter(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], runs: Runs, database: Database, ada: UserRecord,
    monkeypatch: pytest.MonkeyPatch, failure: Exception, kept: list[tuple[str, str, str | None]],
) -> None:  # fmt: skip
    run, system = claim("fails"), make_system()

    async def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr("agents.backends.langgraph.LangGraphBackend.answer", fail)
    await system.answer(run)
    ended = runs.get(run.id)
    assert ended is not None
    assert ended.status == "failed"
    found = ErrorLog(database).page(ada).items
    assert [(one.severity, one.code) for one in found] == [(severity, code) for severity, code, _ in kept]
    for one, (_, _, message) in zip(found, kept, strict=True):
        assert (one.session_id, one.run_id) == ("fails", run.id)
        assert one.message == (message or one.message)
        assert "secret" not in one.message


def _code(log: ActivityLog, run: RunRecord) -> list[str]:
    return [event.code for event in log.run_events(run.session_id, run.id, run.first_seq) if isinstance(event, Error)]


@pytest.mark.any_database
@pytest.mark.parametrize("broken", ["agents.team.graph", "agents.backends.langgraph"])
async def test_a_backend_that_cannot_be_opened_fails_its_run_at_once(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], runs: Runs, log: ActivityLog, broken: str,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    run, system = claim("unopened"), make_system()
    monkeypatch.setitem(sys.modules, broken, None)  # importing it raises ImportError
    await system.answer(run)
    ended = runs.get(run.id)
    assert ended is not None
    assert ended.status == "failed"
    assert "server's log has the details" in (ended.reason or "")
    assert _code(log, run) == ["internal_error"]
    [told] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert told.exc_info is not None
    assert told.exc_info[0] is ModuleNotFoundError


@pytest.mark.any_database
async def test_a_backend_that_cancels_itself_fails_its_run_and_one_that_is_stopped_does_not(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], runs: Runs, log: ActivityLog,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    begun = asyncio.Event()

    async def cancel_itself(*_: object) -> None:
        raise asyncio.CancelledError

    async def wait_for_ever(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("agents.backends.langgraph.LangGraphBackend.answer", cancel_itself)
    run = claim("cancelled")
    await make_system().answer(run)
    ended = runs.get(run.id)
    assert ended is not None
    assert ended.status == "failed"
    assert _code(log, run) == ["internal_error"]
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]

    monkeypatch.setattr("agents.backends.langgraph.LangGraphBackend.answer", wait_for_ever)
    stopped = claim("stopped")
    answering = asyncio.create_task(make_system().answer(stopped))
    await begun.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    left = runs.get(stopped.id)
    assert left is not None
    assert left.status == "running"


async def test_a_cancelled_run_is_not_in_the_error_log(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], database: Database, ada: UserRecord
) -> None:
    run = claim("stopped")
    await make_system().cancelled(run)
    assert ErrorLog(database).page(ada).items == []


@pytest.fixture
def begin_from(
    run_queue: RunQueue, log: ActivityLog, make_system: MakeSystem
) -> Callable[[RunRecord, str, dict[str, Any] | None], RunRecord]:
    """A run that begins from the step of another one with this action, perhaps with another input; claimed."""

    def ask(former: RunRecord, action: str, given: dict[str, Any] | None = None) -> RunRecord:
        steps = list(_began(log, former).values())
        [chosen] = [step for step in steps if step.action == action]
        point = find(former.id, chosen, steps)
        assert isinstance(point, RestartPoint), point
        restart = Restart(
            former.id, chosen.activity_id, chosen.agent_name, action, chosen.kind,
            chosen.input if given is None else given, given is not None, point.begin, chosen.input,
        )  # fmt: skip
        assert run_queue.request(former.session_id, former.question, retry_of=former.id, from_step=restart)
        run = run_queue.claim("test")
        assert run is not None
        return run

    return ask


def _began(log: ActivityLog, run: RunRecord) -> dict[str, AgentActivity]:
    events = log.run_events(run.session_id, run.id, run.first_seq)
    return {e.activity_id: e for e in events if isinstance(e, AgentActivity) and e.status == "started"}


def _actions(log: ActivityLog, run: RunRecord) -> list[str]:
    return [step.action for step in _began(log, run).values()]


BeginFrom = Callable[..., RunRecord]
_HANDOVER = "Hand over to Research Agent and Analysis Agent"
# By the beginning of a step's action: what is done before it, in the order of the work.
_BEFORE = {
    "Read the documents": {"Plan the work"},
    _HANDOVER: {"Plan the work", "Read the documents"},
    "Calculate": {"Plan the work", "Read the documents", _HANDOVER},
    "Write the answer": {"Plan the work", "Read the documents", _HANDOVER, "Find evidence", "Calculate"},
    "Check ": {"Plan the work", "Read the documents", _HANDOVER, "Find evidence", "Calculate", "Write the answer"},
}


async def test_a_run_that_begins_from_a_step_does_nothing_of_what_was_before_it_and_has_the_same_answer(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], begin_from: BeginFrom, log: ActivityLog,
    database: Database,
) -> None:  # fmt: skip
    former = claim("s")
    await make_system().answer(former)
    messages = Messages(database)
    whole = messages.answer_of(former.id)
    assert whole is not None
    # Where it begins is nothing to the database: once it is done at every step, elsewhere at some.
    for begin, kept in list(_BEFORE.items())[:: 1 if database.dialect == "sqlite" else 3]:
        action = next(one for one in _actions(log, former) if one.startswith(begin))
        run = begin_from(former, action)
        await make_system().answer(run)
        done = _actions(log, run)
        assert done[1] == f"Begin again from “{action}”"
        assert action in done or action == "Read the documents"  # they are read
        assert not kept & set(done)
        answer = messages.answer_of(run.id)
        assert answer is not None
        assert (answer.content, answer.citations) == (whole.content, whole.citations)


async def test_another_input_changes_what_is_done_from_the_step_on(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], begin_from: BeginFrom, log: ActivityLog,
    database: Database,
) -> None:  # fmt: skip
    former = claim("s")
    await make_system().answer(former)
    search = next(action for action in _actions(log, former) if action.startswith("Search “"))
    run = begin_from(former, search, {"query": "telegraph pier"})
    await make_system().answer(run)
    done = _actions(log, run)
    assert "Search “telegraph pier”" in done
    assert search not in done
    run = begin_from(former, _HANDOVER, {"questions": ["How many passengers were there in 1931?"]})
    await make_system().answer(run)
    given = [step.input for step in _began(log, run).values() if step.kind == "handoff"]
    assert given == [{"questions": ["How many passengers were there in 1931"]}]
    answer, before = Messages(database).answer_of(run.id), Messages(database).answer_of(former.id)
    assert answer is not None
    assert before is not None
    assert answer.content != before.content


async def test_a_fork_that_is_cut_off_goes_on_as_any_run(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], begin_from: BeginFrom, log: ActivityLog,
    run_queue: RunQueue, database: Database, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    former = claim("s")
    await make_system().answer(former)
    cut = _Cut(database, monkeypatch)
    cut.wanted = 1  # the state that it was given
    run = begin_from(former, "Write the answer")
    answering = asyncio.create_task(make_system().answer(run))
    await asyncio.wait_for(cut.reached.wait(), 20)
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)
    run_queue.release(run)
    again = run_queue.claim("test")
    assert again is not None
    await make_system().answer(again)
    assert _actions(log, again).count("Begin again from “Write the answer”") == 1
    answer, before = Messages(database).answer_of(run.id), Messages(database).answer_of(former.id)
    assert answer is not None
    assert before is not None
    assert answer.content == before.content


async def test_without_the_checkpoints_of_the_former_run_none_begins_in_the_middle(
    make_system: MakeSystem, claim: Callable[[str], RunRecord], begin_from: BeginFrom, settings: Settings,
    database: Database,
) -> None:  # fmt: skip
    former = claim("s")
    await make_system().answer(former)
    run = begin_from(former, "Write the answer")
    open_checkpoints(settings, database).forget(former.id)
    await make_system().answer(run)
    ended = Runs(database).get(run.id)
    assert ended is not None
    assert (ended.status, "not kept any more" in (ended.reason or "")) == ("failed", True)
