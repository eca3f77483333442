"""PostgreSQL restarts or crashes under load: nobody else is started again, and all goes on by itself."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from agents.sample import SAMPLE_QUESTION, sample_files
from tests.support.gunicorn import HttpStream, gunicorn
from tests.support.postgres import PostgresServer
from tests.support.processes import agent_process, environment
from tests.support.programs import python
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentMessage, RunUpdate
from utils.sessions.documents import Documents
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")

GOES_ON_SECONDS = 5.0
HEARTBEAT_SECONDS = 1
EMIT = """
import sys, time
from utils.sse_emitter import sse_emitter
number = 0
while True:
    number += 1
    details = f"{sys.argv[1]}-{number}"
    seq = sse_emitter.emit_agent_activity("load", sys.argv[1], "write", "in-progress", details)
    print(seq, details, flush=True)
    time.sleep(0.02)
"""


class Emitter:
    """A process that emits without end, and what it was acknowledged."""

    def __init__(self, stack: ExitStack, data_dir: Path, name: str) -> None:
        self.name = name
        self.acknowledged: list[tuple[int, str]] = []
        self._process = stack.enter_context(python(EMIT, data_dir, name))
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                seq, details = line.split()
                self.acknowledged.append((int(seq), details))

    def stop(self) -> None:
        self._process.kill()
        self._thread.join(10)


class Questions:
    """Sessions with documents and a question each, put while the agents are at work."""

    def __init__(self, database: Database, log: ActivityLog, sessions: Sessions, run_queue: RunQueue) -> None:
        self._log, self._sessions, self._queue = log, sessions, run_queue
        self._runs = Runs(database)
        self._documents = Documents(database)
        self._asked: list[str] = []

    def ask(self) -> None:
        session_id = f"s{len(self._asked)}"
        self._sessions.create(session_id)
        for path in sample_files():
            with path.open("rb") as file:
                self._documents.add(session_id, path.name, file)
        requested = self._queue.request(session_id, SAMPLE_QUESTION)
        assert requested is not None
        self._asked.append(requested[1].id)

    def heads(self) -> dict[str, int]:
        """Of the sessions whose run has not ended."""
        return {run.session_id: self._head(run.session_id) for run in self._records() if not run.ended}

    def completed(self) -> bool:
        found = self._records()
        assert all(run.status not in ("failed", "cancelled") for run in found), found
        return all(run.status == "completed" for run in found)

    def assert_whole(self) -> None:
        """Every run ended once, its answer is complete, and the restart is nobody's loss."""
        assert {run.losses for run in self._records()} == {0}
        for run in self._records():
            events = list(self._log.run_events(run.session_id, run.id, run.first_seq))
            ends = [event for event in events if isinstance(event, RunUpdate) and event.status == "completed"]
            assert len(ends) == 1
            texts: dict[str, str] = {}
            for event in events:
                if isinstance(event, AgentMessage):
                    texts.pop(event.replaces or "", None)
                    texts[event.message_id] = texts.get(event.message_id, "") + event.delta
            assert len(texts) == 1
            assert all("[1]" in text for text in texts.values())

    def _records(self) -> list[RunRecord]:
        return [run for run_id in self._asked if (run := self._runs.get(run_id))]

    def _head(self, session_id: str) -> int:
        position = self._log.position(session_id)
        assert position is not None
        return position.head


Fault = Callable[[], Iterator[None]]


@pytest.fixture
def faults(postgres: PostgresServer) -> list[Fault]:
    """Each has two steps: the database is away, and it is back. ``immediate`` is a crash of the whole server."""

    def restart(mode: str) -> Iterator[None]:
        postgres.stop(mode)
        yield
        postgres.start()

    def kill() -> Iterator[None]:
        postgres.kill_backend()
        yield

    return [partial(restart, "fast"), partial(restart, "immediate"), kill]


def test_all_goes_on_by_itself_and_nothing_acknowledged_is_lost(
    settings: Settings, database: Database, log: ActivityLog, sessions: Sessions, run_queue: RunQueue,
    faults: list[Fault], tmp_path: Path,
) -> None:  # fmt: skip
    questions = Questions(database, log, sessions, run_queue)
    with ExitStack() as stack:
        folder = tmp_path / "machine"
        folder.mkdir()
        server = stack.enter_context(gunicorn(folder / "data", web_concurrency=2, heartbeat_seconds=HEARTBEAT_SECONDS))
        stack.enter_context(agent_process(environment(folder / "data", lease_seconds=3), tmp_path / "agents.log"))
        emitters = [Emitter(stack, folder / "data", name) for name in "ABC"]
        wait_until(lambda: all(len(emitter.acknowledged) > 20 for emitter in emitters), 30, "events of all emitters")
        readers = [stack.enter_context(server.watch("load")) for _ in range(4)]
        for fault in faults:
            for _ in range(2):
                questions.ask()
            wait_until(questions.heads, 30, "a run at work")
            _break_and_mend(fault, emitters, readers, questions)
            wait_until(questions.completed, 90, "the end of the runs")
        for emitter in emitters:
            emitter.stop()
        position = log.position("load")
        assert position is not None
        for reader in readers:
            reader.until_cursor(position.head, 20)
            assert reader.seqs == list(range(1, position.head + 1)), "the same stream, without a hole"
    stored = {event.seq: json.loads(event.body)["details"] for event in log.read(position.key, 0, 1_000_000)}
    assert sorted(stored) == list(range(1, position.head + 1))
    assert len(set(stored.values())) == len(stored), "an event was stored twice"
    for emitter in emitters:
        told = [details for _, details in emitter.acknowledged]
        assert told == [f"{emitter.name}-{number}" for number in range(1, len(told) + 1)]
        assert all(stored[seq] == details for seq, details in emitter.acknowledged), "not where it was said"
    questions.assert_whole()


def _break_and_mend(fault: Fault, emitters: list[Emitter], readers: list[HttpStream], questions: Questions) -> None:
    """The streams hear heartbeats while the database is away, and all move within five seconds once it is back."""
    for _ in fault():
        for reader in readers:
            beats = len(reader.of_type("heartbeat"))
            reader.until(lambda r, beats=beats: len(r.of_type("heartbeat")) > beats, 5 * HEARTBEAT_SECONDS)
    back = time.monotonic()
    acknowledged = [len(emitter.acknowledged) for emitter in emitters]
    heads = questions.heads()

    def moved() -> bool:
        now = questions.heads()
        return all(name not in now or now[name] > head for name, head in heads.items()) and all(
            len(emitter.acknowledged) > before for emitter, before in zip(emitters, acknowledged, strict=True)
        )

    wait_until(moved, GOES_ON_SECONDS, "emitters and runs going on")
    newest = max(emitter.acknowledged[-1][0] for emitter in emitters)
    for reader in readers:
        reader.until_cursor(newest, max(0.1, back + GOES_ON_SECONDS - time.monotonic()))
