"""Paused runs: nobody works on them, whatever happens, until they are resumed; nothing that came meanwhile is lost."""

from collections.abc import Callable

import pytest

from tests.support.account import HASHED
from tests.support.hearing import hints
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_user
from utils.database.base import Database
from utils.doorbell.base import RUNS, Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import RunUpdate
from utils.sessions.approval import NewApproval, Question
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.hook_calls import HookCalls
from utils.sessions.run_queue import RunQueue, Wishes
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions

Told = Callable[[RunRecord], list[tuple[str, str | None, bool | None]]]


@pytest.fixture(autouse=True)
def _session(sessions: Sessions, ada: UserRecord) -> None:
    for session_id in ("s1", "s2"):
        sessions.create(session_id, owner=ada)


@pytest.fixture
def told(log: ActivityLog) -> Told:
    """Of a run: its status, the reason and whether it is paused, as its log says."""

    def told(run: RunRecord) -> list[tuple[str, str | None, bool | None]]:
        events = log.run_events(run.session_id, run.id, run.first_seq)
        return [(one.status, one.reason, one.paused) for one in events if isinstance(one, RunUpdate)]

    return told


def ask(queue: RunQueue, session_id: str = "s1") -> RunRecord:
    requested = queue.request(session_id, "Why?")
    assert requested is not None
    return requested[1]


def claim(queue: RunQueue) -> RunRecord:
    run = queue.claim("host/1/a")
    assert run is not None
    return run


def now(runs: Runs, run: RunRecord) -> RunRecord:
    found = runs.get(run.id)
    assert found is not None
    return found


def test_a_queued_run_that_is_paused_is_not_claimed_and_keeps_its_place(
    runs: Runs, run_queue: RunQueue, ada: UserRecord, told: Told
) -> None:
    run, second, elsewhere = ask(run_queue), ask(run_queue), ask(run_queue, "s2")
    run_queue.pause(run.id, ada)
    assert claim(run_queue).id == elsewhere.id, "others are not held up"
    assert run_queue.claim("host/1/a") is None, "the question behind it waits for its turn"
    run_queue.resume(run.id, ada)
    assert claim(run_queue).id == run.id
    assert now(runs, second).status == "queued"
    assert told(run) == [
        ("queued", None, None), ("queued", "Paused by Ada.", True), ("queued", "Resumed by Ada.", False),
        ("running", None, None),
    ]  # fmt: skip


def test_a_run_at_work_is_asked_by_its_heartbeat_and_waits_from_its_next_safe_point(
    runs: Runs, run_queue: RunQueue, ada: UserRecord, told: Told
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    asked = run_queue.pause(run.id, ada)
    assert asked is not None
    assert (asked.status, asked.reason) == ("running", "Paused by Ada.")
    assert run_queue.beat(run) == Wishes(pause=True)
    run_queue.wait(run, 0, 0)
    waits = now(runs, run)
    assert (waits.status, waits.owner, waits.wake_at, waits.reason) == ("waiting", None, None, "Paused by Ada.")
    assert run_queue.claim("host/1/a") is None
    run_queue.resume(run.id, ada)
    again = claim(run_queue)
    assert (again.id, again.attempt, again.paused_at, again.reason) == (run.id, 2, None, None)
    assert told(run)[2:] == [
        ("running", "Paused by Ada.", True), ("waiting", "Paused by Ada.", True), ("waiting", "Resumed by Ada.", False),
    ]  # fmt: skip


def test_what_comes_while_a_run_is_paused_wakes_nobody_and_is_seen_when_it_is_resumed(
    runs: Runs, run_queue: RunQueue, hook_calls: HookCalls, approvals: Approvals, ada: UserRecord
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    asked = NewApproval("pay", "Purser", Question("Pay", "Pay?"), run.id, None, "pay")
    run_queue.wait(run, 0, 0, [], [asked])
    run_queue.pause(run.id, ada)
    hook_calls.add(run.id, "status", b"{}", "application/json")
    [approval] = approvals.page(ada).items
    approvals.decide(approval.id, Decider(ada, "dashboard"), "approve", None, None)
    assert now(runs, run).wake_at is None
    assert run_queue.claim("host/1/a") is None
    run_queue.resume(run.id, ada)
    again = claim(run_queue)
    assert run_queue.kept(again).newest_call > 0
    assert run_queue.decisions(again)["pay"].choice == "approve"


def test_one_that_is_asked_to_pause_and_is_lost_is_queued_and_stays_paused(
    runs: Runs, run_queue: RunQueue, ada: UserRecord, told: Told
) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.pause(run.id, ada)
    assert run_queue.take_back(now(runs, run), max_losses=3)
    assert run_queue.claim("host/1/a") is None
    assert told(run)[-1] == ("queued", "Paused by Ada.", True)
    run_queue.resume(run.id, ada)
    assert claim(run_queue).attempt == 2


def test_one_that_ends_before_it_could_pause_has_ended(runs: Runs, run_queue: RunQueue, ada: UserRecord) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.pause(run.id, ada)
    run_queue.finish(run, "completed")
    ended = now(runs, run)
    assert (ended.status, ended.paused_at) == ("completed", None)
    assert run_queue.resume(run.id, ada) == ended, "there is nothing to resume"
    assert run_queue.pause(run.id, ada) == ended, "nor to pause"


def test_one_that_is_resumed_before_it_could_pause_goes_on_at_once(run_queue: RunQueue, ada: UserRecord) -> None:
    ask(run_queue)
    run = claim(run_queue)
    run_queue.pause(run.id, ada)
    run_queue.resume(run.id, ada)
    assert run_queue.beat(run) == Wishes()
    run_queue.wait(run, 0, 0)  # it has heard of the first alone
    assert claim(run_queue).id == run.id


@pytest.mark.parametrize("at_work", [False, True])
def test_a_paused_run_can_be_stopped(runs: Runs, run_queue: RunQueue, ada: UserRecord, at_work: bool) -> None:
    run = ask(run_queue)
    if at_work:
        run = claim(run_queue)
        run_queue.keep(run, {"id": "x"})
    run_queue.pause(run.id, ada)
    if at_work:
        run_queue.wait(run, 0, 0)
    run_queue.cancel(run.id)
    if at_work:
        again = claim(run_queue)
        assert again.cancel_requested, "its backend is told"
        run_queue.finish(again, "cancelled", "Stopped on request.")
    ended = now(runs, run)
    assert (ended.status, ended.paused_at) == ("cancelled", None)


def test_the_server_pauses_with_its_own_words_and_the_one_at_work_may_do_so_itself(
    runs: Runs, run_queue: RunQueue, told: Told, doorbell: Doorbell
) -> None:
    ask(run_queue)
    run, listener = claim(run_queue), doorbell.listen(RUNS)
    run_queue.pause(run.id, reason="Paused: its budget of 2 € is used up.")
    assert run.id in hints(listener)
    run_queue.wait(run, 0, 0)
    assert now(runs, run).reason == "Paused: its budget of 2 € is used up."
    run_queue.resume(run.id)
    assert told(run)[-1] == ("waiting", "Resumed.", False)


def test_paused_twice_the_first_stands(runs: Runs, run_queue: RunQueue, ada: UserRecord, database: Database) -> None:
    run = ask(run_queue)
    with database.write() as connection:
        max_ = add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)
    run_queue.pause(run.id, max_)
    before = now(runs, run)
    run_queue.pause(run.id, ada)
    assert now(runs, run) == before
    assert before.reason == "Paused by Max."


def test_an_unknown_run_is_neither_paused_nor_resumed(run_queue: RunQueue, ada: UserRecord) -> None:
    assert run_queue.pause("run-unknown", ada) is None
    assert run_queue.resume("run-unknown", ada) is None
