"""Servers that never answer, or drip: they hold up nobody but those who ask them, and not for ever."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.model_server import ModelServer
from tests.support.agent_runs import AgentRuns
from tests.support.drip_server import HEAD, DripServer
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentMessage, RunUpdate
from utils.settings import Settings

_CHUNK = b'data: {"choices": [{"index": 0, "delta": {"content": "%s"}}]}\n\n'
_LIFE = b":\n"  # a comment, which says that the server lives


@pytest.fixture
def team(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[AgentRuns]:
    with ExitStack() as stack:
        yield AgentRuns(stack, settings, database, log, doorbell, ada, tmp_path)


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def chat(url: str, **configuration: object) -> dict[str, object]:
    return {"source": "own", "base_url": url, "model": {"name": "tiny"}, **configuration}


@pytest.mark.parametrize("sent", [(b"", b""), (HEAD, _LIFE)], ids=["silent", "dripping"])
def test_twenty_questions_to_a_server_that_never_answers_hold_up_no_other_agent(
    team: AgentRuns, model: ModelServer, sent: tuple[bytes, bytes]
) -> None:
    with DripServer(*sent) as server:
        slow = team.register("Slow", "chat", chat(server.url))
        quick = [team.register(name, "chat", chat(model.url)) for name in ("Sales", "Stock")]
        held = []
        for number in range(20):
            team.session(f"slow-{number}", slow)
            held.append(team.ask(f"slow-{number}"))
        for agent in quick:
            team.session(agent.name, agent)
        team.start(agent_concurrency=4)
        wait_until(lambda: server.asked >= 4, 20, "the slots are taken")
        for agent in quick:
            asked_at = time.monotonic()
            team.wait(team.ask(agent.name), "completed", 10)
            assert time.monotonic() - asked_at < 5
        assert sum(team.run(run_id).status == "running" for run_id in held) == 4, "and no place of theirs stayed free"


def test_those_who_wait_for_a_slow_agent_are_told_so(team: AgentRuns) -> None:
    with DripServer() as server:
        slow = team.register("Slow", "chat", chat(server.url))
        for number in range(3):
            team.session(f"slow-{number}", slow)
        runs = [team.ask(f"slow-{number}") for number in range(3)]
        team.start(max_runs_per_agent=2)
        words = "Waiting for “Slow”: 2 of its 2 places are taken."
        wait_until(lambda: team.run(runs[2]).reason == words, 20, "the reason")
        [told] = [event for event in team.events(runs[2]) if isinstance(event, RunUpdate) and event.reason]
        assert (told.status, told.reason) == ("queued", words)


def test_bytes_that_make_no_line_are_silence(team: AgentRuns) -> None:
    with DripServer(HEAD, b"x", pause=0.2) as server:
        team.agent("s", "chat", chat(server.url))
        run_id = team.ask("s")
        team.start(model_timeout_seconds=1)
        assert "said nothing for 1 second" in str(team.wait(run_id, "failed", 30).reason)


def test_a_run_ends_with_its_time_budget_and_what_was_written_stays(team: AgentRuns) -> None:
    with DripServer(HEAD + _CHUNK % b"In winter she may carry", _LIFE, pause=0.3) as server:
        team.agent("s", "chat", chat(server.url, run_seconds=8))
        run_id = team.ask("s")
        team.start()
        run = team.wait(run_id, "failed")
    assert run.reason is not None
    assert run.reason.startswith("Stopped after 8 seconds: the time budget of this agent.")
    assert [error.code for error in team.errors(run_id)] == ["time_budget"]
    written = [event.delta for event in team.events(run_id) if isinstance(event, AgentMessage)]
    assert "".join(written) == "In winter she may carry"
    assert team.steps(run_id, "failed"), "what was open is closed"
    assert run.started_at is not None
    assert run.finished_at is not None
    assert 7.9 < (run.finished_at - run.started_at).total_seconds() < 25


def test_the_budget_is_counted_over_the_attempts_of_a_run(team: AgentRuns) -> None:
    with DripServer(HEAD, _LIFE, pause=0.3) as server:
        team.agent("s", "chat", chat(server.url))
        run_id = team.ask("s")
        first = team.start(run_seconds=6)
        wait_until(lambda: team.run(run_id).worked_ms > 3000, 20, "half of its time")
        team.start(run_seconds=6)
        first.send_signal(signal.SIGKILL)
        wait_until(lambda: team.run(run_id).attempt == 2, 20, "another process takes over")
        taken_at = time.monotonic()
        run = team.wait(run_id, "failed")
        assert run.worked_ms < 9000
        assert time.monotonic() - taken_at < 5.5, "it does not begin anew"
    assert run.reason is not None
    assert run.reason.startswith("Stopped after 6 seconds: the time budget of this agent.")
