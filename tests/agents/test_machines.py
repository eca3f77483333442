"""Several machines that share a PostgreSQL database and nothing else; and what happens when it restarts under load."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.sample import SAMPLE_QUESTION, sample_files
from tests.support.gunicorn import Server, gunicorn
from tests.support.postgres import PostgresServer
from tests.support.processes import agent_process, environment
from tests.support.programs import python
from tests.support.waiting import wait_until
from utils.activity_events import AgentMessage, RunUpdate, logged_event
from utils.activity_log import ActivityLog
from utils.database import Database
from utils.documents import Documents
from utils.runs import Runs
from utils.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")

EMIT = """
import sys
from utils.activity_log import NotStoredError
from utils.sse_emitter import sse_emitter
number = 0
while True:
    number += 1
    details = f"{sys.argv[1]}-{number}"
    seq = sse_emitter.emit_agent_activity("load", sys.argv[1], "write", "in-progress", details)
    print(seq, details, flush=True)
"""


class Machine:
    """A web server whose DATA_DIR is its own."""

    def __init__(self, stack: ExitStack, folder: Path, **settings: object) -> None:
        folder.mkdir()
        self.server: Server = stack.enter_context(gunicorn(folder / "data", **settings))
        host, port = self.server.address
        self.client = stack.enter_context(httpx2.Client(base_url=f"http://{host}:{port}", timeout=20))


@pytest.fixture
def machines(
    settings: Settings, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Machine, Machine]]:
    """One that only serves, and one with an agent process; they reach the database over TCP."""
    assert settings.database_url is not None
    name = settings.database_url.get_secret_value().partition("///")[2].partition("?")[0]
    monkeypatch.setenv("DATABASE_URL", postgres.tcp_url(name))
    with ExitStack() as stack:
        yield Machine(stack, tmp_path / "web"), Machine(stack, tmp_path / "agents", agent_processes=1)


def ask(client: httpx2.Client) -> tuple[str, str]:
    """A session with the sample's documents and its question: (session id, run id)."""
    session_id: str = client.post("/api/sessions", json={}).json()["id"]
    for path in sample_files():
        answer = client.post(f"/api/sessions/{session_id}/documents", files={"files": (path.name, path.read_bytes())})
        assert answer.status_code == 201, answer.text
    asked = client.post(f"/api/sessions/{session_id}/messages", json={"content": SAMPLE_QUESTION})
    assert asked.status_code == 202, asked.text
    return session_id, asked.json()["run"]["id"]


def test_what_is_asked_at_one_machine_is_worked_on_at_another_and_watched_at_both(
    machines: tuple[Machine, Machine],
) -> None:
    web, agents = machines
    wait_until(lambda: agents.client.get("/readyz").status_code == 200, 20, "an agent process that listens")
    session_id, run_id = ask(web.client)
    path = f"/sse/agent-activity/{session_id}"
    with web.server.watch(session_id) as here, agents.server.watch(session_id) as there:
        for reader in (here, there):
            reader.until(lambda r: _ended(r.events), 30)
        assert here.logged == there.logged
    assert here.seqs == list(range(1, len(here.seqs) + 1))
    assert web.client.get(f"/api/runs/{run_id}").json()["status"] == "completed"
    for machine in machines:
        messages = machine.client.get(f"/api/sessions/{session_id}/messages").json()["messages"]
        assert [message["role"] for message in messages] == ["user", "assistant"]
        cited = messages[1]["citations"][0]
        passage = machine.client.get(f"/api/sessions/{session_id}/passages/{cited['passage_id']}")
        assert passage.status_code == 200, path


def test_a_run_is_stopped_from_another_machine(machines: tuple[Machine, Machine]) -> None:
    web, _ = machines
    session_id, run_id = ask(web.client)
    web.client.post(f"/api/runs/{run_id}/cancel")
    wait_until(
        lambda: web.client.get(f"/api/runs/{run_id}").json()["status"] in ("cancelled", "completed"), 10, "the end"
    )
    events = web.client.get(f"/api/sessions/{session_id}/activity").json()["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_the_database_under_load_loses_nothing_and_everything_goes_on_by_itself(
    settings: Settings, database: Database, log: ActivityLog, sessions: Sessions, runs: Runs, postgres: PostgresServer,
    tmp_path: Path, mode: str,
) -> None:  # fmt: skip
    """Emitters, streams and runs: none is started again by anybody. ``immediate`` is a crash of the server."""
    documents = Documents(database)
    for number in range(4):
        sessions.create(f"s{number}")
        for path in sample_files():
            with path.open("rb") as file:
                documents.add(f"s{number}", path.name, file)
    told: dict[str, list[tuple[int, str]]] = {name: [] for name in "ABC"}
    with ExitStack() as stack:
        folder = tmp_path / "machine"
        folder.mkdir()
        server = stack.enter_context(gunicorn(folder / "data", web_concurrency=2, heartbeat_seconds=1))
        env = environment(folder / "data", lease_seconds=3)
        stack.enter_context(agent_process(env, tmp_path / "agents.log"))
        emitters = {name: stack.enter_context(python(EMIT, folder / "data", name)) for name in told}
        threads = [threading.Thread(target=_collect, args=(emitters[name], told[name]), daemon=True) for name in told]
        for thread in threads:
            thread.start()
        wait_until(lambda: all(len(seen) > 20 for seen in told.values()), 30, "events of all emitters")
        readers = [stack.enter_context(server.watch("load", cursor=0)) for _ in range(10)]
        asked = []
        for number in range(4):
            requested = runs.request(f"s{number}", SAMPLE_QUESTION)
            assert requested is not None
            asked.append(requested[1].id)
        for _ in range(2):
            before = {name: len(seen) for name, seen in told.items()}
            postgres.restart(mode)
            wait_until(
                lambda before=before: all(len(told[name]) > before[name] + 20 for name in told), 30, "emitters going on"
            )
        for emitter in emitters.values():
            emitter.kill()
        for thread in threads:
            thread.join(10)

        def completed() -> bool:
            found = [runs.get(run_id) for run_id in asked]
            assert all(run and run.status not in ("failed", "cancelled") for run in found), found
            return all(run and run.status == "completed" for run in found)

        wait_until(completed, 90, "the end of the runs")
        position = log.position("load")
        assert position is not None
        stored = {event.seq: json.loads(event.body)["details"] for event in log.read(position.key, 0, 1_000_000)}
        for reader in readers:
            reader.until_cursor(position.head, 20)
            assert reader.seqs == list(range(1, position.head + 1))
    assert sorted(stored) == list(range(1, position.head + 1))
    assert len(set(stored.values())) == len(stored), "an event was stored twice"
    for name, seen in told.items():
        assert [details for _, details in seen] == [f"{name}-{number}" for number in range(1, len(seen) + 1)]
        assert all(stored[seq] == details for seq, details in seen), "an acknowledged event is not where it was said"
    losses = [run.losses for run_id in asked if (run := runs.get(run_id))]
    assert losses == [0, 0, 0, 0], "a restart is nobody's loss"
    for number in range(4):
        _assert_whole(log, f"s{number}")


def _collect(emitter: Any, seen: list[tuple[int, str]]) -> None:
    for line in emitter.stdout:
        if line.endswith("\n"):
            seq, details = line.split()
            seen.append((int(seq), details))


def _ended(events: list[Any]) -> bool:
    return any(event.type == "runUpdate" and event.json()["status"] == "completed" for event in events)


def _assert_whole(log: ActivityLog, session_id: str) -> None:
    """The run ended once and its answer is complete."""
    position = log.position(session_id)
    assert position is not None
    events = [logged_event.validate_json(event.data()) for event in log.read(position.key, 0, 100_000)]
    ends = [event for event in events if isinstance(event, RunUpdate) and event.status == "completed"]
    assert len(ends) == 1
    texts: dict[str, str] = {}
    for event in events:
        if isinstance(event, AgentMessage):
            texts.pop(event.replaces or "", None)
            texts[event.message_id] = texts.get(event.message_id, "") + event.delta
    assert len(texts) == 1
    assert all("[1]" in text for text in texts.values())
