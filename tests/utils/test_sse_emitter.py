"""The public call, as its users make it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.programs import python, run_python
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.log.errors import StorageFullError
from utils.log.events import Citation, EventError, LoggedEvent, Usage, stream_event
from utils.sessions.sessions import Sessions
from utils.settings import Settings
from utils.sse_emitter import SseEmitter, event_emitted, sse_emitter

AS_DOCUMENTED = """
from utils.sse_emitter import sse_emitter
seq = sse_emitter.emit_agent_activity(session_id="session-123", agent_name="Document Agent",
    action="Processing document", status="in-progress", details="Analyzing PDF content")
print(seq)
"""


@pytest.fixture
def emitter(log: ActivityLog) -> SseEmitter:
    return SseEmitter(log)


def events(log: ActivityLog, session_id: str = "s1") -> list[Any]:
    position = log.position(session_id)
    assert position is not None
    return [stream_event.validate_json(event.data()) for event in log.read(position.key, 0)]


def test_the_documented_call_from_another_process_makes_the_session_and_returns_the_seq(
    log: ActivityLog, database: Database, sessions: Sessions, settings: Settings
) -> None:
    assert run_python(AS_DOCUMENTED, settings.data_path) == "1\n"
    assert run_python(AS_DOCUMENTED, settings.data_path) == "2\n"
    session = sessions.get("session-123")
    assert session is not None
    assert session.head == 2
    first, second = events(log, "session-123")
    assert (first.agent_name, first.action, first.status, first.details, first.kind) == (
        "Document Agent",
        "Processing document",
        "in-progress",
        "Analyzing PDF content",
        "step",
    )
    assert first.activity_id == second.activity_id


def test_the_documented_call_works_on_an_empty_folder(tmp_path: Path) -> None:
    assert run_python(AS_DOCUMENTED, tmp_path / "new") == "1\n"


def test_calls_of_one_step_are_grouped_and_others_are_not(emitter: SseEmitter, log: ActivityLog) -> None:
    emitter.emit_agent_activity("s1", "A", "read", "started")
    emitter.emit_agent_activity("s1", "A", "read", "completed")
    emitter.emit_agent_activity("s1", "A", "write", "started")
    emitter.emit_agent_activity("s1", "B", "read", "started")
    emitter.emit_agent_activity("s1", "A", "read", "started", run_id="r")
    emitter.emit_agent_activity("s1", "A", "read", "started", activity_id="mine")
    emitter.emit_agent_activity("s2", "A", "read", "started")
    ids = [event.activity_id for event in events(log)] + [events(log, "s2")[0].activity_id]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 6
    assert ids[5] == "mine"


def test_every_type_has_its_call_and_carries_all_it_is_given(emitter: SseEmitter, log: ActivityLog) -> None:
    usage = Usage(
        model="m", input_tokens=1, output_tokens=2, cached_input_tokens=1, reasoning_tokens=2, cost=0.5, currency="EUR"
    )
    citation = Citation(number=1, document_id="d", document_name="n", passage_id=3, reference="page 1", quote="q")
    numbers = [
        emitter.emit_agent_activity(
            "s1", "A", "b", "completed", "d", run_id="r", activity_id="a", parent_id="p", kind="tool", progress=0.5,
            input={"x": 1}, output=[2], usage=usage,
        ),
        emitter.emit_agent_status_update("s1", "A", "working", "d", run_id="r"),
        emitter.emit_agent_message(
            "s1", "A", "m", "text", True, run_id="r", replaces="m0", citations=[citation], channel="reasoning",
            activity_id="a",
        ),
        emitter.emit_run_update("s1", "r", "running", "why", question="q?", phase="Reading", progress=0.1),
        emitter.emit_error("s1", "code", "message", "A", True, run_id="r", activity_id="a"),
    ]  # fmt: skip
    assert numbers == [1, 2, 3, 4, 5]
    told = [event.model_dump(exclude={"time"}, exclude_none=True) for event in events(log)]
    common = {"session_id": "s1", "run_id": "r"}
    assert told == [
        {
            **common, "seq": 1, "type": "agentActivity", "activity_id": "a", "parent_id": "p", "agent_name": "A",
            "action": "b", "kind": "tool", "status": "completed", "details": "d", "progress": 0.5, "input": {"x": 1},
            "output": [2], "usage": usage.model_dump(),
        },
        {**common, "seq": 2, "type": "agentStatusUpdate", "agent_name": "A", "status": "working", "details": "d"},
        {
            **common, "seq": 3, "type": "agentMessage", "message_id": "m", "agent_name": "A", "delta": "text",
            "final": True, "replaces": "m0", "citations": [citation.model_dump()], "channel": "reasoning",
            "activity_id": "a",
        },
        {
            **common, "seq": 4, "type": "runUpdate", "status": "running", "reason": "why", "question": "q?",
            "phase": "Reading", "progress": 0.1,
        },
        {
            **common, "seq": 5, "type": "error", "code": "code", "message": "message", "agent_name": "A",
            "activity_id": "a", "retryable": True,
        },
    ]  # fmt: skip


def test_events_emitted_together_are_neighbours_and_of_one_session(emitter: SseEmitter, log: ActivityLog) -> None:
    emitter.emit_error("s1", "c", "m")
    emitter.emit_error("s2", "c", "m")
    one, other = events(log)[0], events(log, "s2")[0]
    assert emitter.emit_all([one, one, one]) == 4
    for wrong in ([], [one, other]):
        with pytest.raises(ValueError, match="one session"):
            emitter.emit_all(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "dancing"},
        {"session_id": "a b"},
        {"agent_name": ""},
        {"progress": 2},
        {"kind": "x"},
        {"action": "x" * 201},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_an_event_that_is_not_well_formed_is_refused_and_nothing_is_stored(
    emitter: SseEmitter, log: ActivityLog, wrong: dict[str, Any]
) -> None:
    call: dict[str, Any] = {"session_id": "s1", "agent_name": "A", "action": "b", "status": "started", **wrong}
    with pytest.raises(ValidationError):
        emitter.emit_agent_activity(**call)
    assert log.position("s1") is None


@pytest.mark.parametrize(
    "output", [object(), "x\ud800", b"\xff", {1, object()}], ids=["object", "surrogate", "bytes", "set"]
)
def test_what_has_no_json_is_refused_and_nothing_is_stored(
    emitter: SseEmitter, log: ActivityLog, output: object
) -> None:
    with pytest.raises(EventError, match="has no JSON"):
        emitter.emit_agent_activity("s1", "A", "b", "completed", output=output)
    assert log.position("s1") is None


@pytest.fixture
def heard() -> Iterator[list[tuple[LoggedEvent, int]]]:
    heard: list[tuple[LoggedEvent, int]] = []

    def hear(_sender: SseEmitter, event: LoggedEvent, seq: int) -> None:
        heard.append((event, seq))

    event_emitted.connect(hear)
    yield heard
    event_emitted.disconnect(hear)


def test_onlookers_hear_of_stored_events_with_their_seq(emitter: SseEmitter, log: ActivityLog, heard) -> None:
    emitter.emit_error("s1", "c", "m")
    emitter.emit_all([heard[0][0], heard[0][0]])
    assert [seq for _, seq in heard] == [1, 2, 3]
    assert heard[0][0].type == "error"


@pytest.mark.only_on("sqlite")
def test_onlookers_hear_nothing_of_what_was_not_stored(log: ActivityLog, emitter: SseEmitter, heard) -> None:
    emitter.emit_error("s1", "c", "m")
    log._store._connection().execute(
        f"PRAGMA max_page_count={log._store._connection().execute('PRAGMA page_count').fetchone()[0]}"
    )
    with pytest.raises(StorageFullError):
        emitter.emit_error("s1", "c", "m" * 100_000)
    assert len(heard) == 1


FULL_DISK = """
import json, sys
from utils.log.errors import NotStoredError
from utils.sse_emitter import sse_emitter
last = 0
try:
    while True:
        last = sse_emitter.emit_error("s1", "c", "m" * 20_000)
except NotStoredError as error:
    print(json.dumps([last, error.code, str(error)]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_that_is_really_full_raises_the_typed_error_and_keeps_all_that_was_acknowledged(
    tmp_path: Path, migrated: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=False).returncode:
        pytest.skip("this machine does not allow to mount a small disk")
    try:
        shutil.copy(migrated, disk / "ringside.db")
        last, code, words = json.loads(run_python(FULL_DISK, disk))
        assert last > 10
        assert code == "storage_full", words
        # A process that comes now meets the full disk at its first connection.
        again = json.loads(run_python(FULL_DISK, disk))
        assert again[1] == "storage_full", again
        check = (
            "import json; from utils.database.opening import open_database\nfrom utils.settings import get_settings\n"
        )
        check += "raw = open_database(get_settings()).connect()\n"
        check += "print(json.dumps([raw.execute('PRAGMA integrity_check').fetchone()[0],"
        check += " raw.execute('SELECT count(*), max(seq) FROM events').fetchone()]))"
        subprocess.run(["mount", "-o", "remount,size=30m", disk], check=True)
        intact, (count, newest) = json.loads(run_python(check, disk))
        assert intact == "ok"
        assert count == newest >= max(last, again[0])
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


FORKING = """
import os, sys
from utils.sse_emitter import sse_emitter
sse_emitter.emit_error("s1", "parent", "before")
children = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        for number in range(50):
            sse_emitter.emit_error("s1", f"child-{child}", str(number))
        os._exit(0)
    children.append(pid)
for number in range(50):
    sse_emitter.emit_error("s1", "parent", str(number))
assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
"""


def test_a_process_that_has_emitted_may_fork(log: ActivityLog, database: Database, settings: Settings) -> None:
    """multiprocessing forks on Linux; a child must not write through the connection it was given."""
    run_python(FORKING, settings.data_path)
    told = [(event.seq, event.code) for event in events(log)]
    assert [seq for seq, _ in told] == list(range(1, 202))
    for child in range(3):
        assert sum(code == f"child-{child}" for _, code in told) == 50
    if database.dialect == "sqlite":
        assert log._store._connection().execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_shared_emitter_opens_the_database_at_its_first_use_only() -> None:
    code = "import utils.sse_emitter, os; print(os.path.exists(os.environ['DATA_DIR']))"
    assert run_python(code, Path("/tmp/ringside-tests-never-made")) == "False\n"
    assert isinstance(sse_emitter, SseEmitter)


STOPPED = """
import os, signal, sys
from utils.database.opening import open_database
from utils.settings import get_settings
database = open_database(get_settings())
with database.write():
    print("holding", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""
EMIT_AFTER = """
from utils.database import sqlite as sqlite_database
sqlite_database._BUSY_MS = 300
from utils.log.errors import NotStoredError
from utils.sse_emitter import sse_emitter
try:
    sse_emitter.emit_error("s1", "c", "m")
except NotStoredError as error:
    print(error.code)
"""


@pytest.mark.only_on("sqlite")
def test_a_writer_that_hangs_does_not_hang_the_others_for_ever(database: Database, settings: Settings) -> None:
    """Emit raises its typed error after the time a writer may wait."""
    with python(STOPPED, settings.data_path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        wait_until(lambda: Path(f"/proc/{holder.pid}/stat").read_text().split(") ")[1][0] == "T")
        with python(EMIT_AFTER, settings.data_path) as emitting:
            out, err = emitting.communicate(timeout=6)
            assert (out, emitting.returncode) == ("storage_busy\n", 0), err
