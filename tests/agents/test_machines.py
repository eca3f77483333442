"""Several machines that share a PostgreSQL database and nothing else."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.sample import SAMPLE_QUESTION, sample_files
from tests.support.account import HEADERS
from tests.support.gunicorn import Server, gunicorn
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")


class Machine:
    """A web server whose DATA_DIR is its own."""

    def __init__(self, stack: ExitStack, folder: Path, **settings: object) -> None:
        folder.mkdir()
        self.server: Server = stack.enter_context(gunicorn(folder / "data", **settings))
        host, port = self.server.address
        self.client = stack.enter_context(httpx2.Client(base_url=f"http://{host}:{port}", timeout=20, headers=HEADERS))


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


def test_what_is_asked_at_one_machine_is_worked_on_and_stopped_at_another_and_watched_at_both(
    machines: tuple[Machine, Machine],
) -> None:
    web, agents = machines
    wait_until(lambda: agents.client.get("/readyz").json()["status"] == "ready", 20, "an agent process that listens")
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
    session_id, run_id = ask(web.client)
    web.client.post(f"/api/runs/{run_id}/cancel")
    wait_until(
        lambda: web.client.get(f"/api/runs/{run_id}").json()["status"] in ("cancelled", "completed"), 10, "the end"
    )
    events = web.client.get(f"/api/sessions/{session_id}/activity").json()["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def _ended(events: list[Any]) -> bool:
    return any(event.type == "runUpdate" and event.json()["status"] == "completed" for event in events)
