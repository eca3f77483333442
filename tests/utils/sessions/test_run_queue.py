"""Runs as a queue: who may work on what, and how that ends. Every change of a run is told in its session's log."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from agents.backends.built_in.chat import ChatConfiguration
from agents.backends.kinds import KINDS
from tests.support.clock import Clock
from tests.support.events import activity
from tests.support.hearing import hints
from tests.support.programs import python
from utils.accounts.error_log import ErrorLog
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user
from utils.database.base import Database
from utils.database.moment import now as moment
from utils.doorbell.base import ANYTHING, RUNS, Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.errors import StaleRunError
from utils.log.events import LoggedEvent, RunUpdate
from utils.registry.agent_registry import AgentRecord, AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.hook_calls import HookCalls
from utils.sessions.messages import Messages
from utils.sessions.run_queue import Kept, RunQueue, Wishes
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.sessions.turns import AtWork, Candidate, Limits, Room, next_turn
from utils.settings import Settings


@pytest.fixture(autouse=True)
def _session(sessions: Sessions) -> None:
    sessions.create("s1")
    sessions.create("s2")


def ask(run_queue: RunQueue, session_id: str = "s1", question: str = "Why?") -> RunRecord:
    requested = run_queue.request(session_id, question)
    assert requested is not None
    return requested[1]


def claim(run_queue: RunQueue, owner: str = "host/1/a") -> RunRecord:
    run = run_queue.claim(owner)
    assert run is not None
    return run


def now(runs: Runs, run: RunRecord) -> RunRecord:
    found = runs.get(run.id)
    assert found is not None
    return found


def told(log: ActivityLog, run: RunRecord) -> list[dict[str, Any]]:
    """The run's events, without what is the same in all."""
    position = log.position(run.session_id)
    assert position is not None
    events = [json.loads(event.body) for event in log.read(position.key, 0) if event.run_id == run.id]
    return [{k: v for k, v in event.items() if k not in {"session_id", "run_id", "time", "type"}} for event in events]


def test_a_request_stores_message_run_and_event_together(
    run_queue: RunQueue, log: ActivityLog, messages: Messages
) -> None:
    requested = run_queue.request("s1", "Who rebuilt the engine?", "A title")
    assert requested is not None
    message, run = requested
    assert (run.status, run.attempt, run.losses, run.owner, run.session_id) == ("queued", 0, 0, None, "s1")
    assert (message.role, message.content, message.run_id) == ("user", "Who rebuilt the engine?", run.id)
    [event] = told(log, run)
    assert event.pop("agent_id").startswith("agent-"), "the team's built-in one"
    assert event == {"status": "queued", "question": "Who rebuilt the engine?"}
    position = log.position("s1")
    assert position is not None
    assert run.first_seq == position.head
    assert [m.id for m in messages.page(position.key).items] == [message.id]


def test_a_request_for_an_unknown_session_is_none_and_leaves_nothing(run_queue: RunQueue, log: ActivityLog) -> None:
    assert run_queue.request("nowhere", "Why?") is None
    assert log.position("nowhere") is None
    assert run_queue.claim("me") is None


def test_a_request_rings_for_agents(run_queue: RunQueue, database: Database, doorbell: Doorbell) -> None:
    listener = doorbell.listen(RUNS)
    run = ask(run_queue)
    assert hints(listener) - {ANYTHING} == {run.id}
    listener.close()


# Claiming


def test_the_oldest_queued_run_is_claimed_first(run_queue: RunQueue) -> None:
    first, second = ask(run_queue, "s1"), ask(run_queue, "s2")
    assert claim(run_queue).id == first.id
    assert claim(run_queue).id == second.id
    assert run_queue.claim("me") is None


def test_a_claim_is_told_with_its_attempt(run_queue: RunQueue, log: ActivityLog) -> None:
    ask(run_queue)
    run = claim(run_queue, "host/7/x")
    assert (run.status, run.attempt, run.owner) == ("running", 1, "host/7/x")
    assert run.started_at is not None
    assert told(log, run)[-1] == {"status": "running", "attempt": 1}


def test_a_session_works_on_one_run_at_a_time_and_others_do_not_wait_for_it(run_queue: RunQueue) -> None:
    first, second, other = ask(run_queue, "s1"), ask(run_queue, "s1"), ask(run_queue, "s2")
    running = claim(run_queue)
    assert running.id == first.id
    assert claim(run_queue).id == other.id
    assert run_queue.claim("me") is None
    run_queue.finish(running, "completed")
    assert claim(run_queue).id == second.id


def test_the_database_itself_refuses_a_second_running_run_of_a_session(
    runs: Runs, database: Database, run_queue: RunQueue
) -> None:
    ask(run_queue), ask(run_queue)
    claim(run_queue)
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("UPDATE runs SET status = 'running'"))


CLAIM_ALL = """
import sys
from utils.database.opening import open_database
from utils.doorbell.opening import open_doorbell
from utils.log.opening import open_log
from utils.sessions.new_session import emitted_session
from utils.sessions.run_queue import RunQueue
from utils.settings import get_settings
database = open_database(get_settings())
doorbell = open_doorbell(database)
queue = RunQueue(database, open_log(database, doorbell, emitted_session), doorbell)
print("ready", flush=True)
sys.stdin.readline()
while run := queue.claim(sys.argv[1]):
    print(run.id, flush=True)
"""


def test_processes_that_claim_at_once_get_each_run_once(
    run_queue: RunQueue, sessions: Sessions, database: Database, settings: Settings
) -> None:
    asked = []
    for number in range(30):
        sessions.create(f"many-{number}")
        asked.append(ask(run_queue, f"many-{number}").id)
    with ExitStack() as stack:
        processes = [stack.enter_context(python(CLAIM_ALL, settings.data_path, name)) for name in "abc"]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        claimed = []
        for process in processes:
            assert process.stdout is not None
            claimed += process.stdout.read().split()
    assert sorted(claimed) == sorted(asked)


def limited(database: Database, log: ActivityLog, doorbell: Doorbell, most: int) -> RunQueue:
    return RunQueue(database, log, doorbell, Limits(team=most))


@pytest.fixture
def bob(database: Database) -> UserRecord:
    """Of another team than Ada."""
    with database.write() as connection:
        return add_user(connection, add_team(connection, "Lock").key, "bob@example.org", "Bob", "member", "hash")


def test_a_team_at_its_limit_waits_and_holds_up_no_other(
    sessions: Sessions,
    database: Database,
    log: ActivityLog,
    doorbell: Doorbell,
    ada: UserRecord,
    bob: UserRecord,
) -> None:
    run_queue = limited(database, log, doorbell, 1)
    for session_id, owner in (("a1", ada), ("a2", ada), ("b1", bob)):
        sessions.create(session_id, owner=owner)
    first, second, other = ask(run_queue, "a1"), ask(run_queue, "a2"), ask(run_queue, "b1")
    running = claim(run_queue)
    assert running.id == first.id
    assert claim(run_queue).id == other.id
    assert run_queue.claim("me") is None
    run_queue.finish(running, "completed")
    assert claim(run_queue).id == second.id


def test_without_a_limit_a_team_may_have_all(
    sessions: Sessions, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord
) -> None:
    run_queue = limited(database, log, doorbell, 0)
    for number in range(5):
        sessions.create(f"a{number}", owner=ada)
        ask(run_queue, f"a{number}")
    assert [claim(run_queue).session_id for _ in range(5)] == [f"a{number}" for number in range(5)]


def test_sessions_of_no_team_are_not_limited(
    sessions: Sessions, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord
) -> None:
    run_queue = limited(database, log, doorbell, 1)
    with database.write() as connection:
        connection.execute(text("UPDATE sessions SET team_key = NULL"))
    sessions.create("a1", owner=ada)
    asked = [ask(run_queue, session_id).id for session_id in ("a1", "s1", "s2")]
    assert [claim(run_queue).id for _ in range(3)] == asked


def test_a_team_does_not_get_over_its_limit_by_claims_at_the_same_instant(
    sessions: Sessions, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord
) -> None:
    run_queue = limited(database, log, doorbell, 2)
    for number in range(12):
        sessions.create(f"a{number}", owner=ada)
        ask(run_queue, f"a{number}")
    together = Barrier(6)

    def claim_one(_: int) -> RunRecord | None:
        together.wait(10)
        return run_queue.claim("me")

    with ThreadPoolExecutor(6) as pool:
        claimed = list(pool.map(claim_one, range(6)))
    assert sum(run is not None for run in claimed) == 2


# Fair turns


Chat = ChatConfiguration(kind="chat")


@dataclass
class Asking:
    """Users and agents, and questions that each are of a session of their own."""

    sessions: Sessions
    run_queue: RunQueue
    users: dict[str, UserRecord]
    agents: dict[str, AgentRecord]
    count: int = 0

    def __call__(self, user: str, agent: str) -> RunRecord:
        self.count += 1
        owner = self.users[user]
        self.sessions.create(f"q{self.count}", owner=owner)
        requested = self.run_queue.request(f"q{self.count}", "Why?", agent_key=self.agents[agent].key)
        assert requested is not None
        return requested[1]


@pytest.fixture
def asking(
    run_queue: RunQueue, sessions: Sessions, database: Database, settings: Settings, ada: UserRecord, bob: UserRecord
) -> Asking:
    registry = AgentRegistry(database, lambda: ServerKey.of(settings), KINDS)
    with database.write() as connection:
        users = {"Ada": ada, "Bob": bob} | {
            name: add_user(connection, ada.team_key, f"{name}@example.org", name, "member", "hash")
            for name in ("Cy", "Di")
        }
    agents = {name: registry.create(ada.team_key, name=name, configuration=Chat) for name in ("Slow", "Sales", "Stock")}
    return Asking(sessions, run_queue, users, agents)


def test_a_flood_of_one_user_leaves_the_others_their_turns(run_queue: RunQueue, asking: Asking) -> None:
    flood = [asking("Ada", "Sales").id for _ in range(6)]
    colleague, stranger = asking("Cy", "Sales").id, asking("Bob", "Sales").id
    assert [claim(run_queue).id for _ in range(8)] == [flood[0], stranger, colleague, *flood[1:]]


def test_questions_to_one_agent_leave_the_others_their_turns(run_queue: RunQueue, asking: Asking) -> None:
    slow = [asking("Ada", "Slow").id for _ in range(4)]
    other = asking("Ada", "Sales").id
    assert [claim(run_queue).id for _ in range(5)] == [slow[0], other, *slow[1:]]


@pytest.mark.parametrize("limits", [Limits(agent=2), Limits(user=2)], ids=["agent", "user"])
def test_an_agent_or_user_at_the_limit_waits_and_holds_up_no_other(
    run_queue: RunQueue, asking: Asking, database: Database, log: ActivityLog, doorbell: Doorbell, limits: Limits
) -> None:
    claiming = RunQueue(database, log, doorbell, limits)
    several = [asking("Ada", "Slow").id for _ in range(4)]
    other = asking("Cy", "Sales").id
    claimed = [claim(claiming) for _ in range(3)]
    assert {run.id for run in claimed} == {several[0], several[1], other}
    assert claiming.claim("me") is None
    claiming.finish(next(run for run in claimed if run.id == several[0]), "completed")
    assert claim(claiming).id == several[2]


def test_limits_hold_and_the_reserve_is_not_taken_twice_by_claims_at_the_same_instant(
    asking: Asking, database: Database, log: ActivityLog, doorbell: Doorbell
) -> None:
    for _ in range(12):
        asking("Ada", "Slow")
    run_queue = RunQueue(database, log, doorbell, Limits(agent=3))
    together = Barrier(6)

    def claim_one(room: Room) -> RunRecord | None:
        together.wait(10)
        return run_queue.claim("me", room=room)

    with ThreadPoolExecutor(6) as pool:
        assert sum(run is not None for run in pool.map(claim_one, ["new agent"] * 6)) == 1
        assert sum(run is not None for run in pool.map(claim_one, ["any"] * 6)) == 2


def test_the_reserve_serves_who_has_nothing_at_work(run_queue: RunQueue, asking: Asking) -> None:
    for _ in range(3):
        asking("Ada", "Slow")
    claim(run_queue)
    assert run_queue.claim("me", room="new") is None
    other_user, other_agent = asking("Cy", "Slow"), asking("Ada", "Sales")
    found = run_queue.claim("me", room="new agent")
    assert found is not None
    assert found.id == other_agent.id
    assert run_queue.claim("me", room="new agent") is None
    found = run_queue.claim("me", room="new")
    assert found is not None
    assert found.id == other_user.id
    assert run_queue.claim("me", room="none") is None


def test_who_asks_counts_and_not_whose_session_it_is(
    run_queue: RunQueue, asking: Asking, sessions: Sessions, database: Database, log: ActivityLog, doorbell: Doorbell
) -> None:
    for name in ("t1", "t2"):
        sessions.create(name, owner=asking.users["Cy"])
        run_queue.request(name, "Why?", asked_by=asking.users["Ada"].key)
    claiming = RunQueue(database, log, doorbell, Limits(user=1))
    claim(claiming)
    assert claiming.claim("me") is None
    mine = asking("Cy", "Sales")
    assert claim(claiming).id == mine.id


def test_a_run_that_was_handed_over_waits_in_the_line_of_its_new_agent(
    run_queue: RunQueue, asking: Asking, database: Database, log: ActivityLog, doorbell: Doorbell
) -> None:
    asking("Ada", "Sales")
    run_queue.hand_over(claim(run_queue), asking.agents["Slow"], [])
    asking("Cy", "Slow")
    claiming = RunQueue(database, log, doorbell, Limits(agent=1))
    claim(claiming)
    assert claiming.claim("me") is None, "both are of one agent"


_asked = st.lists(
    st.tuples(st.sampled_from(["Ada", "Bob", "Cy", "Di"]), st.sampled_from(["Slow", "Sales", "Stock"]), st.booleans()),
    min_size=1,
    max_size=12,
)


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(_asked, st.integers(0, 2), st.integers(0, 2), st.sampled_from(["any", "new", "new agent"]))
def test_the_lines_find_whose_turn_it_is_among_all(
    asking: Asking, database: Database, log: ActivityLog, doorbell: Doorbell,
    asked: list[tuple[str, str, bool]], most_of_agent: int, most_of_user: int, room: Room,
) -> None:  # fmt: skip
    """What is claimed is what the rule chooses from every run that could start, and not only from the first ones."""
    with database.write() as connection:
        connection.execute(text("DELETE FROM runs"))
    limits = Limits(agent=most_of_agent, user=most_of_user)
    claiming = RunQueue(database, log, doorbell, limits)
    first = ""  # the session in which some ask again
    waiting: dict[str, tuple[RunRecord, str, str]] = {}
    for user, agent, again in asked:
        if again and first:
            requested = asking.run_queue.request(first, "And?", agent_key=asking.agents[agent].key)
            assert requested is not None
            owner = next(name for name, one in asking.users.items() if one.key == _asker(database, requested[1]))
            waiting[requested[1].id] = requested[1], owner, agent
        else:
            run = asking(user, agent)
            first = first or run.session_id
            waiting[run.id] = run, user, agent
    working, started = AtWork(), dict[tuple[str, str], datetime]()
    sessions_busy: set[str] = set()

    def candidate(run: RunRecord, user: str, agent: str) -> Candidate:
        since = max(run.created_at, started.get((user, agent), run.created_at))
        return Candidate(run.key, asking.users[user].team_key, asking.users[user].key, asking.agents[agent].key, since)

    while waiting:
        able = {
            run.key: candidate(run, user, agent)
            for run, user, agent in waiting.values()
            if run.session_id not in sessions_busy
            and not any(other.session_id == run.session_id and other.key < run.key for other, *_ in waiting.values())
        }
        expected = next_turn(able.values(), working, limits, room, moment())
        claimed = claiming.claim("me", room=room)
        assert (claimed and claimed.key) == (expected and expected.key)
        if claimed is None or expected is None:
            return
        working.add(expected.team, expected.user, expected.agent)
        sessions_busy.add(claimed.session_id)
        _, user, agent = waiting.pop(claimed.id)
        assert claimed.started_at is not None
        started[user, agent] = claimed.started_at


def _asker(database: Database, run: RunRecord) -> int:
    with database.read() as connection:
        return connection.execute(text("SELECT asked_by FROM runs WHERE key = :key"), {"key": run.key}).scalar_one()


# Living and losing


def test_a_beat_moves_and_says_what_is_wanted(runs: Runs, run_queue: RunQueue) -> None:
    ask(run_queue)
    run = claim(run_queue)
    assert run_queue.beat(run) == Wishes()
    assert now(runs, run).beat == run.beat + 1
    run_queue.pause(run.id)
    assert run_queue.beat(run) == Wishes(pause=True)
    run_queue.cancel(run.id)
    assert run_queue.beat(run) == Wishes(stop=True)


def test_a_run_whose_beat_moved_is_not_taken_back(runs: Runs, run_queue: RunQueue) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.beat(run)
    assert run_queue.take_back(run, max_losses=3) is False
    assert now(runs, run).status == "running"


def test_a_lost_run_is_queued_again_and_its_old_owner_is_fenced_off(
    runs: Runs, log: ActivityLog, run_queue: RunQueue
) -> None:
    ask(run_queue)
    lost = claim(run_queue, "host/1/a")
    assert run_queue.take_back(lost, max_losses=3) is True
    assert now(runs, lost).status == "queued"
    assert now(runs, lost).owner is None
    again = claim(run_queue, "host/2/b")
    assert (again.id, again.attempt, again.losses) == (lost.id, 2, 1)
    assert again.started_at == lost.started_at
    for late in (
        lambda: run_queue.beat(lost),
        lambda: run_queue.finish(lost, "completed"),
        lambda: run_queue.release(lost),
        lambda: log.append("s1", [activity()], lost.fence),
    ):
        with pytest.raises(StaleRunError):
            late()
    assert [event["status"] for event in told(log, lost)] == ["queued", "running", "queued", "running"]
    assert "lost" in told(log, lost)[2]["reason"]
    run_queue.finish(again, "completed")


def test_two_watchers_take_a_lost_run_back_once(runs: Runs, run_queue: RunQueue) -> None:
    ask(run_queue)
    run = claim(run_queue)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: run_queue.take_back(run, max_losses=3), range(4)))
    assert taken.count(True) == 1
    assert now(runs, run).losses == 1


def test_the_last_loss_fails_the_run_and_says_why(runs: Runs, log: ActivityLog, run_queue: RunQueue) -> None:
    ask(run_queue)
    for _ in range(3):
        run_queue.take_back(claim(run_queue), max_losses=3)
    position = log.position("s1")
    assert position is not None
    [found] = runs.page(position.key).items
    assert (found.status, found.losses) == ("failed", 3)
    assert found.finished_at is not None
    assert "3 times" in (found.reason or "")
    assert told(log, found)[-1] == {"status": "failed", "reason": found.reason}
    assert run_queue.claim("me") is None


def test_a_run_that_is_given_up_is_in_the_error_log_once(
    runs: Runs, sessions: Sessions, database: Database, ada: UserRecord, run_queue: RunQueue
) -> None:
    sessions.create("of-ada", owner=ada)
    run = ask(run_queue, "of-ada")
    for _ in range(3):
        assert ErrorLog(database).page(ada).items == [], "a run that goes on has not failed"
        run_queue.take_back(claim(run_queue), max_losses=3)
    [kept] = ErrorLog(database).page(ada).items
    assert (kept.severity, kept.code, kept.message) == ("error", "process_lost", now(runs, run).reason)
    assert (kept.user_id, kept.session_id, kept.run_id) == (ada.id, "of-ada", run.id)


def test_an_error_log_that_cannot_be_written_holds_no_run_up(
    runs: Runs, database: Database, monkeypatch: pytest.MonkeyPatch, run_queue: RunQueue
) -> None:
    run = ask(run_queue)
    claimed = claim(run_queue)
    monkeypatch.setattr(run_queue._error_log, "_database", None)
    assert run_queue.take_back(claimed, max_losses=1) is True
    assert now(runs, run).status == "failed"


def test_a_lost_run_that_was_to_be_cancelled_is_cancelled_and_no_error(
    runs: Runs, database: Database, ada: UserRecord, run_queue: RunQueue
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.cancel(run.id)
    assert run_queue.take_back(now(runs, run), max_losses=1) is True
    assert now(runs, run).status == "cancelled"
    assert ErrorLog(database).page(ada).items == []


def test_a_process_that_stops_gives_its_run_back_without_a_loss(
    runs: Runs, log: ActivityLog, run_queue: RunQueue
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.release(run)
    assert now(runs, run).status == "queued"
    again = claim(run_queue)
    assert (again.attempt, again.losses) == (2, 0)
    assert "restarts" in told(log, run)[2]["reason"]


def test_running_runs_are_listed_by_owner(run_queue: RunQueue) -> None:
    ask(run_queue, "s1"), ask(run_queue, "s2")
    one, two = claim(run_queue, "a"), claim(run_queue, "b")
    assert {run.id for run in run_queue.running()} == {one.id, two.id}
    assert [run.id for run in run_queue.running("b")] == [two.id]


# Ending


def test_finishing_stores_answer_last_events_and_the_end_together(
    runs: Runs, log: ActivityLog, messages: Messages, run_queue: RunQueue
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.finish(run, "completed", events=[activity(run_id=run.id)], answer=("Yes [1].", '[{"number": 1}]'))
    position = log.position("s1")
    assert position is not None
    answer = messages.page(position.key).items[-1]
    assert (answer.role, answer.content, answer.citations, answer.run_id) == (
        "assistant", "Yes [1].", '[{"number": 1}]', run.id,
    )  # fmt: skip
    ended = now(runs, run)
    assert (ended.status, ended.owner, ended.ended) == ("completed", None, True)
    assert told(log, run)[-1] == {"status": "completed", "progress": 1.0}
    assert told(log, run)[-2]["activity_id"] == "step-1"


def test_a_stale_finish_stores_nothing_at_all(log: ActivityLog, messages: Messages, run_queue: RunQueue) -> None:
    ask(run_queue)
    stale = claim(run_queue)
    run_queue.take_back(stale, 3)
    before = log.position("s1")
    assert before is not None
    with pytest.raises(StaleRunError):
        run_queue.finish(stale, "completed", events=[activity()], answer=("No.", "[]"))
    assert log.position("s1") == before
    assert [message.role for message in messages.page(before.key).items] == ["user"]


def test_finishing_rings_because_the_session_is_free_again(
    database: Database, doorbell: Doorbell, run_queue: RunQueue
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    listener = doorbell.listen(RUNS)
    run_queue.finish(run, "failed", "It broke.")
    assert hints(listener) - {ANYTHING} == {run.id}
    listener.close()


# Cancelling


def test_a_queued_run_is_cancelled_at_once(log: ActivityLog, run_queue: RunQueue) -> None:
    run = ask(run_queue)
    cancelled = run_queue.cancel(run.id)
    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert told(log, run)[-1]["status"] == "cancelled"
    assert run_queue.claim("me") is None


def test_a_running_run_is_asked_to_stop_and_rung_for(
    log: ActivityLog, database: Database, doorbell: Doorbell, run_queue: RunQueue
) -> None:
    run = ask(run_queue)
    claim(run_queue)
    listener = doorbell.listen(RUNS)
    asked = run_queue.cancel(run.id)
    assert asked is not None
    assert (asked.status, asked.cancel_requested) == ("running", True)
    assert hints(listener) - {ANYTHING} == {run.id}
    assert told(log, run)[-1]["status"] == "running"
    listener.close()


def test_an_ended_run_stays_as_it_is(log: ActivityLog, run_queue: RunQueue) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.finish(run, "completed")
    head = log.position("s1")
    cancelled = run_queue.cancel(run.id)
    assert cancelled is not None
    assert cancelled.status == "completed"
    assert log.position("s1") == head


def test_cancelling_an_unknown_run_is_none(runs: Runs, run_queue: RunQueue) -> None:
    assert run_queue.cancel("run-x") is None
    assert runs.get("run-x") is None


# Waiting


def waits(log: ActivityLog, run: RunRecord, reason: str = "For a call.") -> list[LoggedEvent]:
    return [RunUpdate(session_id=run.session_id, run_id=run.id, status="waiting", reason=reason)]


def test_a_run_that_waits_is_claimed_again_when_its_time_has_come(
    runs: Runs, log: ActivityLog, run_queue: RunQueue, clock: Clock
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.wait(run, 60, 0, waits(log, run))
    waiting = now(runs, run)
    assert (waiting.status, waiting.owner, waiting.losses) == ("waiting", None, 0)
    assert run_queue.claim("me") is None
    clock.move(seconds=59)
    assert run_queue.claim("me") is None
    clock.move(seconds=2)
    again = claim(run_queue, "host/2/b")
    assert (again.id, again.status, again.attempt, again.owner) == (run.id, "running", 2, "host/2/b")
    assert again.wake_at is not None
    assert [event["status"] for event in told(log, run)] == ["queued", "running", "waiting"], "a look is not told"


def test_a_run_that_waits_is_no_more_its_former_owners(log: ActivityLog, run_queue: RunQueue) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.wait(run, 60, 0)
    for late in (
        lambda: run_queue.beat(run),
        lambda: run_queue.keep(run, {}),
        lambda: run_queue.wait(run, 60, 0),
        lambda: run_queue.finish(run, "completed"),
        lambda: log.append("s1", [activity()], run.fence),
    ):
        with pytest.raises(StaleRunError):
            late()
    assert run_queue.running() == []


def test_a_call_wakes_a_run_whatever_the_clocks_say(
    run_queue: RunQueue, hook_calls: HookCalls, database: Database, doorbell: Doorbell, clock: Clock
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.wait(run, 3600, 0)
    listener = doorbell.listen(RUNS)
    clock.move(seconds=-3000)
    assert hook_calls.add(run.id, "done", b"It is done.", "text/plain") == "stored"
    assert hints(listener) - {ANYTHING} == {run.id}
    listener.close()
    assert claim(run_queue).id == run.id


def test_a_call_that_came_before_the_run_waits_wakes_it_at_once_unless_it_was_seen(
    run_queue: RunQueue, hook_calls: HookCalls
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    hook_calls.add(run.id, "done", b"1", "text/plain")
    [seen] = hook_calls.of_run(run.id)
    hook_calls.add(run.id, "done", b"2", "text/plain")
    run_queue.wait(run, 60, seen.key)
    again = claim(run_queue)
    newest = hook_calls.of_run(run.id)[-1].key
    assert run_queue.kept(again).newest_call == newest
    run_queue.wait(again, 60, newest)
    assert run_queue.claim("me") is None


def test_of_calls_and_changes_to_waiting_at_the_same_instant_none_is_lost(
    run_queue: RunQueue, hook_calls: HookCalls, sessions: Sessions
) -> None:
    """The call is stored before the change, which sees it, or after it, and then it wakes the run."""
    for number in range(20):
        sessions.create(f"race-{number}")
        ask(run_queue, f"race-{number}")
        run, together = claim(run_queue), Barrier(2)

        def wait(run: RunRecord = run, together: Barrier = together) -> None:
            together.wait(10)
            run_queue.wait(run, 3600, 0)

        def call(run: RunRecord = run, together: Barrier = together) -> None:
            together.wait(10)
            hook_calls.add(run.id, "done", b"", "text/plain")

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(wait), pool.submit(call)]:
                done.result(20)
        assert claim(run_queue).id == run.id, f"round {number}"


def test_a_waiting_run_keeps_its_sessions_place_and_frees_its_teams(
    sessions: Sessions, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord
) -> None:
    run_queue = limited(database, log, doorbell, 1)
    for session_id in ("a1", "a2"):
        sessions.create(session_id, owner=ada)
    first, _, other = ask(run_queue, "a1"), ask(run_queue, "a1"), ask(run_queue, "a2")
    running = claim(run_queue)
    assert running.id == first.id
    run_queue.wait(running, 3600, 0)
    assert claim(run_queue).id == other.id
    assert run_queue.claim("me") is None, "the second question of a1 waits for the first"


def test_a_run_that_woke_up_waits_for_its_teams_limit_but_not_to_be_stopped(
    sessions: Sessions, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord
) -> None:
    run_queue = limited(database, log, doorbell, 1)
    for session_id in ("a1", "a2"):
        sessions.create(session_id, owner=ada)
    ask(run_queue, "a1"), ask(run_queue, "a2")
    waiting = claim(run_queue)
    run_queue.wait(waiting, 0, 0)
    working = claim(run_queue)
    while working.id == waiting.id:  # it was due at once, and is the older one
        run_queue.wait(working, 3600, 0)
        working = claim(run_queue)
    HookCalls(database, doorbell).add(waiting.id, "done", b"", "")
    assert run_queue.claim("me") is None
    assert run_queue.claim("me", room="none") is None
    run_queue.cancel(waiting.id)
    stopped = run_queue.claim("me", room="none")
    assert stopped is not None
    assert (stopped.id, stopped.cancel_requested) == (waiting.id, True)


def test_cancelling_a_run_that_waits_or_has_kept_something_leaves_its_end_to_who_can_stop_it(
    runs: Runs, log: ActivityLog, run_queue: RunQueue
) -> None:
    ask(run_queue, "s1"), ask(run_queue, "s2")
    waiting, released = claim(run_queue), claim(run_queue)
    run_queue.wait(waiting, 3600, 0)
    run_queue.keep(released, {"id": "work"})
    run_queue.release(released)
    for run in (waiting, released):
        asked = run_queue.cancel(run.id)
        assert asked is not None
        assert (asked.ended, asked.cancel_requested) == (False, True)
    assert {claim(run_queue).id, claim(run_queue).id} == {waiting.id, released.id}


def test_a_lost_run_that_was_to_be_cancelled_and_has_kept_something_is_left_to_another(
    runs: Runs, run_queue: RunQueue
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.keep(run, {"id": "work"})
    run_queue.cancel(run.id)
    assert run_queue.take_back(now(runs, run), max_losses=2)
    again = claim(run_queue)
    assert (again.id, again.cancel_requested) == (run.id, True)


def test_a_run_whose_backend_was_never_told_to_stop_says_that_it_may_go_on(runs: Runs, run_queue: RunQueue) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.keep(run, {"id": "work"})
    run_queue.cancel(run.id)
    assert run_queue.take_back(now(runs, run), max_losses=1)
    again = claim(run_queue)
    assert again.cancel_requested, "its last loss leaves it to one more, for the stop alone"
    assert run_queue.take_back(again, max_losses=1)
    ended = now(runs, run)
    words = "Stopped here; its process was lost 2 times, so that what it started outside may go on."
    assert (ended.status, ended.reason) == ("cancelled", words)


def test_a_lost_run_that_has_waited_is_told_as_any_lost_run(runs: Runs, log: ActivityLog, run_queue: RunQueue) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.wait(run, 0, 0, waits(log, run))
    run_queue.take_back(claim(run_queue), max_losses=3)
    again = claim(run_queue)
    assert (again.wake_at, again.losses) == (None, 1)
    assert [event["status"] for event in told(log, run)] == ["queued", "running", "waiting", "queued", "running"]


# What is kept


def test_what_a_run_keeps_is_there_for_its_next_attempt_and_its_sessions_next_run(
    run_queue: RunQueue, sessions: Sessions
) -> None:
    ask(run_queue, "s1")
    run = claim(run_queue)
    assert run_queue.kept(run) == Kept({}, None, None, 0, 0)
    run_queue.keep(run, {"id": "work-1"})
    run_queue.keep(run, {"id": "wörk-2"})
    run_queue.release(run)
    again = claim(run_queue)
    assert run_queue.kept(again).state == {"id": "wörk-2"}
    run_queue.finish(again, "completed")
    ask(run_queue, "s1"), ask(run_queue, "s2")
    following, other = claim(run_queue), claim(run_queue)
    assert run_queue.kept(other).earlier is None
    assert run_queue.kept(following) == Kept({}, None, {"id": "wörk-2"}, 0, 0)


def test_a_run_that_is_ours_no_more_keeps_nothing(runs: Runs, run_queue: RunQueue) -> None:
    ask(run_queue)
    stale = claim(run_queue)
    run_queue.take_back(stale, 3)
    with pytest.raises(StaleRunError):
        run_queue.keep(stale, {"id": "work"})
    assert run_queue.kept(claim(run_queue)).state is None


def test_a_state_that_is_too_large_or_has_no_json_is_refused(run_queue: RunQueue) -> None:
    ask(run_queue)
    run = claim(run_queue)
    with pytest.raises(ValueError, match="at most 65,536 characters"):
        run_queue.keep(run, {"everything": "x" * 65_536})
    with pytest.raises(TypeError):
        run_queue.keep(run, {"when": run.created_at})
    assert run_queue.kept(run).state is None


def test_a_run_keeps_the_metadata_of_its_message_on_top_of_its_sessions(
    run_queue: RunQueue, sessions: Sessions
) -> None:
    sessions.create("m", metadata={"customer": "Åse", "place": "Oslo"})
    requested = run_queue.request("m", "Why?", metadata={"place": "Bergen"})
    assert requested is not None
    sessions.change("m", metadata={})
    assert run_queue.kept(claim(run_queue)).metadata == {"customer": "Åse", "place": "Bergen"}


# Work of others


def test_runs_of_kinds_that_work_outside_are_claimed_by_their_agents_alone(
    database: Database, log: ActivityLog, doorbell: Doorbell, sessions: Sessions, ada: UserRecord
) -> None:
    run_queue = RunQueue(database, log, doorbell, outside_kinds={"documents"})
    sessions.create("a1", owner=ada)
    run = ask(run_queue, "a1")
    assert run.agent_key is not None
    assert run_queue.claim("me") is None
    assert run_queue.claim("me", outside=[run.agent_key + 1]) is None
    assert run_queue.claim("me", outside=[]) is None
    claimed = run_queue.claim("a worker", outside=[run.agent_key])
    assert claimed is not None
    assert (claimed.id, claimed.owner) == (run.id, "a worker")


def test_runs_of_all_others_are_no_workers(run_queue: RunQueue, sessions: Sessions, ada: UserRecord) -> None:
    sessions.create("a1", owner=ada)
    run = ask(run_queue, "a1")
    assert run.agent_key is not None
    assert run_queue.claim("a worker", outside=[run.agent_key]) is None
    assert claim(run_queue).id == run.id
