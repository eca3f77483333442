"""A paused agent, or a paused team: nothing of it begins or goes on, and what waits is told why."""

import pytest

from agents.backends.kinds import KINDS
from tests.support.account import HASHED
from tests.support.clock import Clock
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.registry.agent_registry import AgentRecord, AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.pauses import Pauses
from utils.sessions.queue_watch import QueueWatch
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.sessions.turns import NO_LIMITS
from utils.settings import Settings


@pytest.fixture
def pauses(database: Database, run_queue: RunQueue, doorbell: Doorbell) -> Pauses:
    return Pauses(database, run_queue, doorbell)


@pytest.fixture
def purser(database: Database, settings: Settings, ada: UserRecord) -> AgentRecord:
    registry = AgentRegistry(database, lambda: ServerKey.of(settings), KINDS)
    configuration = KINDS["documents"].configuration.model_validate({"kind": "documents"})
    return registry.create(ada.team_key, name="Purser", configuration=configuration)


@pytest.fixture
def of_purser(sessions: Sessions, ada: UserRecord, purser: AgentRecord) -> str:
    return sessions.create("purser", owner=ada, agent_key=purser.key).id


@pytest.fixture
def of_others(sessions: Sessions, ada: UserRecord) -> str:
    return sessions.create("others", owner=ada).id


def ask(queue: RunQueue, session_id: str) -> RunRecord:
    requested = queue.request(session_id, "Why?")
    assert requested is not None
    return requested[1]


def now(runs: Runs, run: RunRecord) -> RunRecord:
    found = runs.get(run.id)
    assert found is not None
    return found


def test_nothing_of_a_paused_agent_begins_and_others_are_not_held_up(
    run_queue: RunQueue, pauses: Pauses, purser: AgentRecord, of_purser: str, of_others: str, ada: UserRecord
) -> None:
    held, other = ask(run_queue, of_purser), ask(run_queue, of_others)
    assert pauses.pause(ada.team_key, purser, ada, at_work=False)
    assert not pauses.pause(ada.team_key, purser, ada, "Twice.", at_work=False), "the first stands"
    claimed = run_queue.claim("me")
    assert claimed is not None
    assert claimed.id == other.id
    assert run_queue.claim("me") is None
    [pause] = pauses.of_team(ada.team_key)
    assert (pause.agent_name, pause.by, pause.reason) == ("Purser", "Ada", None)
    assert pauses.resume(ada.team_key, purser, ada)
    assert not pauses.resume(ada.team_key, purser, ada)
    claimed = run_queue.claim("me")
    assert claimed is not None
    assert claimed.id == held.id


def test_nothing_of_a_paused_team_begins_or_goes_on_and_another_team_works(
    run_queue: RunQueue, pauses: Pauses, of_purser: str, of_others: str, ada: UserRecord, database: Database,
    sessions: Sessions,
) -> None:  # fmt: skip
    with database.write() as connection:
        team = add_team(connection, "Others")
        grace = add_user(connection, team.key, "grace@example.org", "Grace", "administrator", HASHED)
    sessions.create("elsewhere", owner=grace)
    waits = ask(run_queue, of_purser)
    claimed = run_queue.claim("me")
    assert claimed is not None
    run_queue.wait(claimed, 0, 0)
    ask(run_queue, of_others)
    elsewhere = ask(run_queue, "elsewhere")
    pauses.pause(ada.team_key, None, ada, at_work=False)
    claimed = run_queue.claim("me")
    assert claimed is not None
    assert claimed.id == elsewhere.id
    assert run_queue.claim("me") is None, "what has waited does not go on"
    pauses.resume(ada.team_key, None, ada)
    claimed = run_queue.claim("me")
    assert claimed is not None
    assert claimed.id == waits.id


def test_workers_outside_get_nothing_of_a_paused_agent(
    database: Database, settings: Settings, log: ActivityLog, doorbell: Doorbell, sessions: Sessions, ada: UserRecord
) -> None:
    queue = RunQueue(database, log, doorbell, outside_kinds=KINDS.outside)
    registry = AgentRegistry(database, lambda: ServerKey.of(settings), KINDS)
    crew = registry.create(
        ada.team_key, name="Crew", configuration=KINDS["remote"].configuration.model_validate({"kind": "remote"})
    )
    sessions.create("crew", owner=ada, agent_key=crew.key)
    ask(queue, "crew")
    own = Pauses(database, queue, doorbell)
    own.pause(ada.team_key, crew, ada, at_work=False)
    assert queue.claim("outside/key-1/x", outside=[crew.key]) is None
    own.resume(ada.team_key, crew, ada)
    assert queue.claim("outside/key-1/x", outside=[crew.key]) is not None


def test_runs_at_work_are_paused_with_their_agent_if_that_is_wanted_and_resumed_with_it(
    run_queue: RunQueue, runs: Runs, pauses: Pauses, purser: AgentRecord, of_purser: str, of_others: str,
    ada: UserRecord,
) -> None:  # fmt: skip
    run, other = ask(run_queue, of_purser), ask(run_queue, of_others)
    claimed = {one.id: one for one in (run_queue.claim("me"), run_queue.claim("me")) if one is not None}
    pauses.pause(ada.team_key, purser, ada, at_work=False)
    assert not run_queue.beat(claimed[run.id]).pause
    pauses.pause(ada.team_key, purser, ada, "It costs too much.", at_work=True)
    assert run_queue.beat(claimed[run.id]).pause
    assert not run_queue.beat(claimed[other.id]).pause
    assert now(runs, run).reason == "“Purser” was paused by Ada. It costs too much."
    run_queue.wait(claimed[run.id], 0, 0)
    run_queue.resume(run.id, ada)
    assert run_queue.claim("me") is None, "its agent is paused still"
    run_queue.pause(run.id, ada, what="agent")
    pauses.resume(ada.team_key, purser, ada)
    again = run_queue.claim("me")
    assert again is not None
    assert again.id == run.id


def test_a_run_that_was_paused_by_itself_stays_so_when_its_agent_is_resumed(
    run_queue: RunQueue, runs: Runs, pauses: Pauses, purser: AgentRecord, of_purser: str, ada: UserRecord
) -> None:
    run = ask(run_queue, of_purser)
    run_queue.pause(run.id, ada)
    pauses.pause(ada.team_key, purser, ada, at_work=True)
    pauses.resume(ada.team_key, purser, ada)
    assert now(runs, run).paused_at is not None
    assert run_queue.claim("me") is None


def test_one_of_a_paused_agent_can_be_stopped(
    run_queue: RunQueue, runs: Runs, pauses: Pauses, purser: AgentRecord, of_purser: str, ada: UserRecord
) -> None:
    run = ask(run_queue, of_purser)
    claimed = run_queue.claim("me")
    assert claimed is not None
    run_queue.wait(claimed, 1000, 0)
    pauses.pause(ada.team_key, purser, ada, at_work=False)
    run_queue.cancel(run.id)
    again = run_queue.claim("me")
    assert again is not None
    assert (again.id, again.cancel_requested) == (run.id, True)


def test_those_who_wait_are_told_what_is_paused_and_by_whom(
    run_queue: RunQueue, runs: Runs, pauses: Pauses, purser: AgentRecord, of_purser: str, ada: UserRecord,
    database: Database, log: ActivityLog, clock: Clock,
) -> None:  # fmt: skip
    run, watch = ask(run_queue, of_purser), QueueWatch(database, log, NO_LIMITS)
    pauses.pause(ada.team_key, purser, ada, "Back on Monday.", at_work=False)
    clock.move(seconds=3)
    watch.look()
    assert now(runs, run).reason == "“Purser” is paused by Ada. Back on Monday."
    pauses.pause(ada.team_key, None, ada, at_work=False)
    clock.move(seconds=11)
    watch.look()
    assert now(runs, run).reason == "Everything of the team is paused by Ada."
    for agent in (purser, None):
        pauses.resume(ada.team_key, agent, ada)
    clock.move(seconds=11)
    watch.look()
    assert now(runs, run).reason == "Waiting for a free agent: this question is next."
