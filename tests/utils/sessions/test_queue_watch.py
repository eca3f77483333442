"""Who waits in the queue is told what for, once for each change, however many processes look."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from agents.backends.built_in.chat import ChatConfiguration
from agents.backends.kinds import KINDS
from tests.support.clock import Clock
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.registry.agent_processes import AgentProcesses
from utils.registry.agent_registry import AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.queue_watch import QueueWatch
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.sessions.turns import NO_LIMITS, Limits
from utils.settings import Settings

Ask = Callable[[str], RunRecord]


@pytest.fixture
def ask(
    run_queue: RunQueue, sessions: Sessions, database: Database, settings: Settings, ada: UserRecord, clock: Clock
) -> Ask:
    registry = AgentRegistry(database, lambda: ServerKey.of(settings), KINDS)
    agents = {
        name: registry.create(ada.team_key, name=name, configuration=ChatConfiguration(kind="chat"))
        for name in ("Sales model", "Stock model")
    }

    def asked(session_id: str, agent: str = "Sales model") -> RunRecord:
        sessions.create(session_id, owner=ada, agent_key=agents[agent].key)
        requested = run_queue.request(session_id, "Why?")
        assert requested is not None
        return requested[1]

    return asked


def reasons(log: ActivityLog, run: RunRecord) -> list[str]:
    position = log.position(run.session_id)
    assert position is not None
    told = [json.loads(event.body) for event in log.read(position.key, 0) if event.run_id == run.id]
    return [event["reason"] for event in told if event.get("status") == "queued" and event.get("reason")]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(agent=2), "Waiting for “Sales model”: 2 of its 2 places are taken."),
        (Limits(user=2), "Waiting for other questions of the same user: 2 of 2 places are taken."),
        (Limits(team=2), "Waiting for other questions of the team: 2 of 2 places are taken."),
        (NO_LIMITS, "Waiting for a free agent: this question is next."),
    ],
    ids=["agent", "user", "team", "none"],
)
def test_who_waits_is_told_what_for(
    ask: Ask, run_queue: RunQueue, runs: Runs, database: Database, log: ActivityLog, clock: Clock,
    limits: Limits, words: str,
) -> None:  # fmt: skip
    for name in ("a", "b"):
        ask(name)
        run_queue.claim("me")
    waiting = ask("c")
    watch = QueueWatch(database, log, limits)
    watch.look()
    assert reasons(log, waiting) == [], "most begin within two seconds"
    clock.move(seconds=2)
    watch.look()
    watch.look()
    assert reasons(log, waiting) == [words]
    found = runs.get(waiting.id)
    assert found is not None
    assert (found.status, found.reason) == ("queued", words)


def test_a_change_is_told_and_not_more_often_than_every_ten_seconds(
    ask: Ask, run_queue: RunQueue, runs: Runs, database: Database, log: ActivityLog, clock: Clock
) -> None:
    waiting = [ask(name) for name in ("a", "b", "c")]
    watch = QueueWatch(database, log, NO_LIMITS)
    clock.move(seconds=2)
    watch.look()
    assert [reasons(log, run)[-1].partition(": ")[2] for run in waiting] == [
        "this question is next.", "1 question before this one.", "2 questions before this one.",
    ]  # fmt: skip
    assert run_queue.claim("me") is not None
    clock.move(seconds=9)
    watch.look()
    assert len(reasons(log, waiting[2])) == 1
    clock.move(seconds=1)
    watch.look()
    assert reasons(log, waiting[2])[1:] == ["Waiting for a free agent: 1 question before this one."]
    clock.move(seconds=60)
    watch.look()
    assert len(reasons(log, waiting[2])) == 2, "nothing changed"
    claimed = run_queue.claim("me")
    assert claimed is not None
    assert (claimed.id, claimed.reason) == (waiting[1].id, None)
    clock.move(seconds=60)
    watch.look()
    assert len(reasons(log, claimed)) == 2, "who has begun is told nothing"


def test_lines_take_turns_in_what_is_told(ask: Ask, database: Database, log: ActivityLog, clock: Clock) -> None:
    flood = [ask(f"a{number}") for number in range(4)]
    other = ask("b", "Stock model")
    clock.move(seconds=2)
    QueueWatch(database, log, NO_LIMITS).look()
    assert reasons(log, other) == ["Waiting for a free agent: 1 question before this one."]
    assert reasons(log, flood[3]) == ["Waiting for a free agent: 4 questions before this one."]


def test_what_waits_for_the_question_before_it_is_not_told_of_agents(
    ask: Ask, run_queue: RunQueue, database: Database, log: ActivityLog, clock: Clock
) -> None:
    ask("a")
    requested = run_queue.request("a", "And?")
    assert requested is not None
    clock.move(seconds=2)
    QueueWatch(database, log, NO_LIMITS).look()
    assert reasons(log, requested[1]) == []


def test_several_processes_tell_it_once(ask: Ask, database: Database, log: ActivityLog, clock: Clock) -> None:
    waiting = [ask(f"a{number}") for number in range(5)]
    clock.move(seconds=2)
    watches = [QueueWatch(database, log, NO_LIMITS) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(QueueWatch.look, watches))
    assert [len(reasons(log, run)) for run in waiting] == [1] * 5


def test_who_waits_is_told_that_nobody_works_once_no_agent_process_is_seen(
    ask: Ask, database: Database, log: ActivityLog, clock: Clock
) -> None:
    waiting, processes, watch = ask("a"), AgentProcesses(database), QueueWatch(database, log, NO_LIMITS)
    processes.seen("here/1/a", 4, 0)
    clock.move(seconds=20)
    watch.look_for_nobody()
    assert reasons(log, waiting) == [], "it was seen half a minute ago at the most"
    processes.ended("here/1/a")
    watch.look_for_nobody()
    watch.look_for_nobody()
    nobody = "Waiting for an agent process: none is running."
    assert reasons(log, waiting) == [nobody]
    processes.seen("here/2/b", 4, 0)
    clock.move(seconds=10)
    watch.look()
    assert reasons(log, waiting) == [nobody, "Waiting for a free agent: this question is next."]
